//! Serves the sandbox bank: `cargo run -p sandbox --example bank -- 127.0.0.1:8081`. Ctrl-C stops it.

use std::{env, io, sync::Arc, time::SystemTime};

use sandbox::{Options, router, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[expect(clippy::disallowed_methods, reason = "a program has to take the time from somewhere")]
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8081".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("the sandbox bank is open at http://{}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopping.cancel();
        }
    });
    serve(listener, router(Options::default(), Arc::new(now_ms)), stop).await
}
