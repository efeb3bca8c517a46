//! Serving, until told to stop.

use std::{io, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long answers that are on their way may take when the bank stops.
const GRACE: Duration = Duration::from_secs(1);

/// Serves the bank until `stop` is cancelled. Requests that are waiting then, be it for a fault that hangs, are answered with 503.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    let stopped = stop.clone();
    let router = router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let stopped = stopped.clone();
        async move { stopped.run_until_cancelled(next.run(request)).await.unwrap_or_else(leave) }
    }));
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        ended = serving => ended,
        () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
    }
}

fn leave() -> Response {
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::http::Method;
    use serde_json::{Value, json};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        task::JoinHandle,
    };

    use super::*;
    use crate::testing::House;

    struct Open {
        house: House,
        address: SocketAddr,
        stop: CancellationToken,
        served: JoinHandle<io::Result<()>>,
    }

    async fn open() -> Open {
        let house = House::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let served = tokio::spawn(serve(listener, house.router.clone(), stop.clone()));
        Open { house, address, stop, served }
    }

    impl Open {
        async fn send(&self, path: &str, token: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.expect("a connection");
            let head = format!(
                "GET /open-banking/v4.0/aisp/{path} HTTP/1.1\r\nhost: bank\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.expect("a request");
            stream
        }

        /// The head and the body, until the bank closes the connection.
        async fn get(&self, path: &str, token: &str) -> (String, String) {
            let mut whole = Vec::new();
            // A connection that is cut may end with a reset: what came before it counts.
            let _ = self.send(path, token).await.read_to_end(&mut whole).await;
            let whole = String::from_utf8(whole).expect("text");
            let (head, body) = whole.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {whole:?}"));
            (head.to_ascii_lowercase(), body.to_owned())
        }

        async fn fault(&self, order: Value) {
            let answer = self.house.control(Method::POST, "fault", order).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
        }
    }

    fn length(head: &str) -> usize {
        let line = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        line.parse().expect("a number")
    }

    #[tokio::test]
    async fn every_failure_is_one_on_the_wire_and_ends() {
        let bank = open().await;
        let token = bank.house.access("anna").await;
        let (_, right) = bank.get("accounts", &token).await;
        assert!(serde_json::from_str::<Value>(&right).is_ok());

        bank.fault(json!({"customer": "anna", "path": "accounts", "kind": "too_many_requests", "times": 2, "retry_after_seconds": 7})).await;
        let (head, _) = bank.get("balances", &token).await;
        assert!(head.starts_with("http/1.1 200"), "another path: {head}");
        for _ in 0..2 {
            let (head, body) = bank.get("accounts", &token).await;
            assert!(head.starts_with("http/1.1 429") && head.contains("\r\nretry-after: 7"), "{head}");
            assert!(body.contains("\"Code\":\"429 TooManyRequests\""), "{body}");
        }
        assert_eq!(bank.get("accounts", &token).await.1, right);

        bank.fault(json!({"kind": "server_error"})).await;
        assert!(bank.get("accounts", &token).await.0.starts_with("http/1.1 500"));
        assert_eq!(bank.get("accounts", &token).await.1, right);

        bank.fault(json!({"kind": "malformed", "path": "accounts"})).await;
        let (head, body) = bank.get("accounts", &token).await;
        assert!(head.starts_with("http/1.1 200"));
        assert_eq!((length(&head), body.as_str()), (right.len() / 2, &right[..right.len() / 2]));
        assert!(serde_json::from_str::<Value>(&body).is_err());

        bank.fault(json!({"kind": "cut", "path": "accounts"})).await;
        let (head, body) = bank.get("accounts", &token).await;
        assert!(head.starts_with("http/1.1 200"));
        assert_eq!((length(&head), body.as_str()), (right.len(), &right[..right.len() / 2]));
        assert_eq!(bank.get("accounts", &token).await.1, right);
        bank.stop.cancel();
        bank.served.await.expect("no panic").expect("served");
    }

    #[tokio::test]
    async fn a_request_that_hangs_gets_no_answer_until_the_bank_closes() {
        let bank = open().await;
        let token = bank.house.access("anna").await;
        let other = bank.house.access("ben").await;
        bank.fault(json!({"customer": "anna", "kind": "hang", "path": "transactions"})).await;
        let mut hanging = bank.send("transactions", &token).await;
        while bank.house.control(Method::GET, "fault", json!(null)).await.json() != json!([]) {
            tokio::task::yield_now().await;
        }
        assert!(bank.get("transactions", &other).await.0.starts_with("http/1.1 200"));
        assert!(bank.get("transactions", &token).await.0.starts_with("http/1.1 200"));
        let early = hanging.try_read(&mut [0; 1]);
        assert_eq!(early.expect_err("an answer").kind(), io::ErrorKind::WouldBlock);
        bank.stop.cancel();
        bank.served.await.expect("no panic").expect("served");
        let mut rest = String::new();
        hanging.read_to_string(&mut rest).await.expect("a farewell");
        assert!(rest.starts_with("HTTP/1.1 503"), "{rest}");
        assert!(TcpStream::connect(bank.address).await.is_err());
    }

    #[tokio::test]
    async fn orders_are_taken_back() {
        let bank = open().await;
        let token = bank.house.access("anna").await;
        bank.fault(json!({"kind": "server_error", "times": 100})).await;
        assert!(bank.get("accounts", &token).await.0.starts_with("http/1.1 500"));
        bank.house.control(Method::DELETE, "fault", json!(null)).await;
        assert!(bank.get("accounts", &token).await.0.starts_with("http/1.1 200"));
    }
}
