//! A bank by hand: a socket that plays one prepared answer a connection and remembers what it was asked.

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
};

use flate2::{Compression, write::GzEncoder};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// What a connection gets.
pub(super) enum Script {
    /// These bytes, then the end of the connection.
    Send(Vec<u8>),
    /// These bytes, then these again and again for as long as somebody reads.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, then nothing, until the client goes away.
    Hang(Vec<u8>),
}

/// An answer with its length.
pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Script {
    let body = body.as_ref();
    let length = body.len().to_string();
    let headers = [headers, &[("content-length", &*length), ("connection", "close")]].concat();
    let mut bytes = head(status, &headers);
    bytes.extend_from_slice(body);
    Script::Send(bytes)
}

/// A good answer.
pub(super) fn good(body: impl AsRef<[u8]>) -> Script {
    answer(200, &[("content-type", "application/json")], body)
}

/// Status line and headers, up to where the body begins.
pub(super) fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} Scripted\r\n{}\r\n", lines.concat()).into_bytes()
}

/// So many zeros, compressed.
pub(super) fn gzip_of_zeros(megabytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..megabytes {
        encoder.write_all(&vec![b'0'; 1024 * 1024]).expect("memory");
    }
    encoder.finish().expect("memory")
}

/// Compressed bytes.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A listening bank.
pub(super) struct Server {
    url: Url,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Plays these, one a connection, in their order; a connection beyond them is heard, and closed without a word.
    pub(super) async fn start(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut scripts = scripts.into_iter();
            while let Ok((mut socket, _)) = listener.accept().await {
                let request = read_request(&mut socket).await;
                heard.lock().expect("not poisoned").push(request);
                if let Some(script) = scripts.next() {
                    play(&mut socket, script).await;
                }
            }
        });
        Self { url, requests }
    }

    pub(super) fn url(&self) -> Url {
        self.url.clone()
    }

    /// What was asked so far: request line, headers, body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

async fn read_request(socket: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match socket.read(&mut buffer).await {
            Ok(count) if count > 0 => request.extend_from_slice(&buffer[..count]),
            _ => return text,
        }
    }
}

/// A client that goes away in the middle is what some tests are about: writing to it may fail.
async fn play(socket: &mut TcpStream, script: Script) {
    match script {
        Script::Send(bytes) => {
            let _ = socket.write_all(&bytes).await;
            let _ = socket.shutdown().await;
        }
        Script::Endless(bytes, again) => {
            let mut sent = socket.write_all(&bytes).await;
            while sent.is_ok() {
                sent = socket.write_all(&again).await;
            }
        }
        Script::Hang(bytes) => {
            let _ = socket.write_all(&bytes).await;
            while socket.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
        }
    }
}
