//! A small HTTP/1.1 client: one connection a request, and every byte that goes out is the test's to choose.

use std::{
    io::{self, ErrorKind},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

/// The longest that an exchange may take.
const DEADLINE: Duration = Duration::from_mins(1);
/// The longest line of an answer's head, or of the head of a chunk.
const LINE_BYTES: u64 = 64 << 10;

/// A client of one server.
#[derive(Clone, Debug)]
pub struct Client {
    authority: String,
    deadline: Duration,
}

/// A request as it goes out. `Host`, `Connection: close` and, for a body, `Content-Length` are added.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, in their order.
    pub headers: Headers,
    /// The body, whole and without the marks of its transfer.
    pub body: Vec<u8>,
}

/// The headers of an answer. Names are compared without regard to case.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, String)>);

/// An exchange under way, for requests that come in pieces.
#[derive(Debug)]
pub struct Exchange {
    reading: BufReader<OwnedReadHalf>,
    writing: OwnedWriteHalf,
    deadline: Duration,
}

impl Client {
    /// Of the server at `http://HOST:PORT`.
    ///
    /// # Panics
    /// When that is not the form of the address.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let authority = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let authority = authority.filter(|rest| rest.contains(':') && !rest.contains('/'));
        let authority = authority.unwrap_or_else(|| panic!("{url} is not http://HOST:PORT")).to_owned();
        Self { authority, deadline: DEADLINE }
    }

    /// Sends a request and reads the answer, also one that comes before the whole request was sent.
    pub async fn send(&self, request: &Request) -> io::Result<Response> {
        let Exchange { mut reading, mut writing, deadline } = self.connect().await?;
        let bytes = request.bytes(&self.authority);
        let mut answer = std::pin::pin!(within(deadline, read(&mut reading)));
        tokio::select! {
            answer = &mut answer => return answer,
            // Why not everything was taken, the answer says.
            _ = writing.write_all(&bytes) => {}
        }
        answer.await
    }

    /// Sends a request, whose headers may announce more body than it has, and leaves the rest to the test.
    pub async fn begin(&self, request: &Request) -> io::Result<Exchange> {
        let mut exchange = self.connect().await?;
        exchange.send(&request.bytes(&self.authority)).await?;
        Ok(exchange)
    }

    async fn connect(&self) -> io::Result<Exchange> {
        let stream = within(self.deadline, TcpStream::connect(&self.authority)).await?;
        let (reading, writing) = stream.into_split();
        Ok(Exchange { reading: BufReader::new(reading), writing, deadline: self.deadline })
    }
}

impl Request {
    /// GET.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self { method: "GET", target: target.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// POST.
    #[must_use]
    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { method: "POST", body: body.into(), ..Self::get(target) }
    }

    /// DELETE.
    #[must_use]
    pub fn delete(target: &str) -> Self {
        Self { method: "DELETE", ..Self::get(target) }
    }

    /// Adds a header. One that says how long the body is replaces what would be said of it.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn bytes(&self, authority: &str) -> Vec<u8> {
        let says = |wanted: &str| self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        let mut lines = vec![
            format!("{} {} HTTP/1.1", self.method, self.target),
            format!("host: {authority}"),
            "connection: close".to_owned(),
        ];
        if self.method == "POST" && !says("content-length") && !says("transfer-encoding") {
            lines.push(format!("content-length: {}", self.body.len()));
        }
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        let head = lines.join("\r\n") + "\r\n\r\n";
        [head.as_bytes(), &self.body].concat()
    }
}

impl Response {
    /// The body as text; what is not UTF-8 in it is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Headers {
    /// The first header of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    /// All headers of a name, in their order.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.0.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }
}

impl Exchange {
    /// Sends more of the request.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(self.deadline, self.writing.write_all(bytes)).await
    }

    /// Reads the interim answer (100 Continue) to a request that asked for one: its body is being read.
    pub async fn is_being_read(&mut self) -> io::Result<bool> {
        Ok(within(self.deadline, head(&mut self.reading)).await?.0 == 100)
    }

    /// Reads the answer.
    pub async fn answer(mut self) -> io::Result<Response> {
        within(self.deadline, read(&mut self.reading)).await
    }
}

async fn within<T>(deadline: Duration, exchange: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(deadline, exchange)
        .await
        .unwrap_or_else(|_| Err(io::Error::new(ErrorKind::TimedOut, format!("the server was silent for {deadline:?}"))))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("not HTTP/1.1: {what:?}"))
}

type Reading = BufReader<OwnedReadHalf>;

async fn read(reading: &mut Reading) -> io::Result<Response> {
    let (status, headers) = loop {
        let (status, headers) = head(reading).await?;
        // An interim answer (100 Continue) announces another one.
        if status >= 200 {
            break (status, headers);
        }
    };
    let chunked = headers.get("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let body = match headers.get("content-length") {
        _ if matches!(status, 204 | 304) => Vec::new(),
        _ if chunked => chunks(reading).await?,
        Some(length) => exactly(reading, length.parse().map_err(|_| malformed(length))?).await?,
        None => {
            let mut body = Vec::new();
            reading.read_to_end(&mut body).await?;
            body
        }
    };
    Ok(Response { status, headers, body })
}

async fn head(reading: &mut Reading) -> io::Result<(u16, Headers)> {
    let first = line(reading).await?;
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| malformed(&first))?;
    let mut headers = Headers::default();
    loop {
        let line = line(reading).await?;
        if line.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
        headers.0.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// A line without its end.
async fn line(reading: &mut Reading) -> io::Result<String> {
    let mut line = String::new();
    reading.take(LINE_BYTES).read_line(&mut line).await?;
    let line = line.strip_suffix("\r\n").map(str::to_owned).ok_or(line);
    line.map_err(|rest| if rest.is_empty() { ErrorKind::UnexpectedEof.into() } else { malformed(&rest) })
}

async fn exactly(reading: &mut Reading, length: u64) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    reading.take(length).read_to_end(&mut body).await?;
    if body.len() as u64 == length { Ok(body) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

async fn chunks(reading: &mut Reading) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let head = line(reading).await?;
        let length = head.split(';').next().and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
        let length = length.ok_or_else(|| malformed(&head))?;
        body.extend(exactly(reading, length).await?);
        if length == 0 {
            // Trailers, if any, and the empty line after them.
            while !line(reading).await?.is_empty() {}
            return Ok(body);
        }
        line(reading).await?;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
        thread::{self, JoinHandle},
    };

    use super::*;

    /// A server of one connection; gives what `answer` makes of it.
    fn server<T: Send + 'static>(answer: impl FnOnce(TcpStream) -> T + Send + 'static) -> (Client, JoinHandle<T>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = thread::spawn(move || answer(listener.accept().expect("a connection").0));
        (Client::new(&url), serving)
    }

    /// A server that reads until the request has this ending, and then says `words`.
    fn saying(words: &'static str, ending: &'static str) -> (Client, JoinHandle<String>) {
        server(move |mut stream| {
            let mut heard = vec![0; 64 << 10];
            let mut length = 0;
            while length == 0 || !heard[..length].ends_with(ending.as_bytes()) {
                length += stream.read(&mut heard[length..]).expect("a request");
            }
            stream.write_all(words.as_bytes()).expect("a reader");
            String::from_utf8_lossy(&heard[..length]).into_owned()
        })
    }

    async fn answered(words: &'static str) -> io::Result<Response> {
        saying(words, "").0.send(&Request::get("/")).await
    }

    #[tokio::test]
    async fn a_request_is_what_the_test_wrote() {
        let (client, heard) = saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "\r\n\r\n{}");
        let request = Request::post("/graphql?a=b", "{}").header("Content-Type", "application/json");
        client.send(&request).await.expect("an answer");
        let authority = &client.authority;
        let expected = format!(
            "POST /graphql?a=b HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-length: 2\r\n\
             Content-Type: application/json\r\n\r\n{{}}"
        );
        assert_eq!(heard.join().expect("heard"), expected);
        let own = Request::post("/", "x").header("Content-Length", "9");
        assert_eq!(String::from_utf8_lossy(&own.bytes("h")).matches("ontent-").count(), 1);
    }

    #[tokio::test]
    async fn bodies_end_by_length_by_chunk_or_by_the_connection() {
        for (words, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyrest", "body"),
            (
                "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nbo\r\n00a\r\ndy\r\nand so\r\n0\r\nx: y\r\n\r\n",
                "body\r\nand so",
            ),
            ("HTTP/1.1 200 OK\r\n\r\nbody", "body"),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody", "body"),
            ("HTTP/1.1 204 No Content\r\n\r\n", ""),
        ] {
            let answer = answered(words).await.expect(words);
            assert_eq!((answer.status / 100, answer.text().as_str()), (2, body));
        }
    }

    #[tokio::test]
    async fn headers_are_found_whatever_their_case_and_number() {
        let answer = answered(
            "HTTP/1.1 401 No\r\nSet-Cookie: a=1\r\nX-Empty:\r\nset-cookie:  b=2 \r\nContent-Length: 0\r\n\r\n",
        );
        let answer = answer.await.expect("an answer");
        assert_eq!(answer.status, 401);
        assert_eq!(answer.headers.all("SET-COOKIE"), ["a=1", "b=2"]);
        assert_eq!((answer.headers.get("x-empty"), answer.headers.get("nothing")), (Some(""), None));
    }

    #[tokio::test]
    async fn what_is_broken_is_an_error() {
        for (words, kind) in [
            ("", ErrorKind::UnexpectedEof),
            ("HTTP/1.1 200 OK\r\n", ErrorKind::UnexpectedEof),
            ("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbod", ErrorKind::UnexpectedEof),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n", ErrorKind::UnexpectedEof),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfour\r\n", ErrorKind::InvalidData),
            ("HTTP/1.1 200 OK\r\ncontent-length: four\r\n\r\n", ErrorKind::InvalidData),
            ("HTTP/1.1 200 OK\r\nheader\r\n\r\n", ErrorKind::InvalidData),
            ("SSH-2.0-OpenSSH\r\n", ErrorKind::InvalidData),
        ] {
            assert_eq!(answered(words).await.expect_err(words).kind(), kind, "{words:?}");
        }
    }

    #[tokio::test]
    async fn an_early_answer_is_an_answer() {
        let (client, serving) = server(|mut stream| {
            stream.write_all(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n").expect("a reader");
            // Nothing of the request is read; the client leaves first.
            stream
        });
        let answer = client.send(&Request::post("/", vec![0; 64 << 20])).await.expect("an answer");
        assert_eq!(answer.status, 413);
        drop(serving.join());
    }

    #[tokio::test]
    async fn a_request_may_come_in_pieces() {
        let (client, heard) = saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "\r\n\r\n{}");
        let mut exchange = client.begin(&Request::post("/", "{").header("content-length", "2")).await.expect("begun");
        exchange.send(b"}").await.expect("sent");
        assert_eq!(exchange.answer().await.expect("an answer").status, 200);
        assert!(heard.join().expect("heard").ends_with("\r\n\r\n{}"));
    }

    #[tokio::test]
    async fn a_silent_server_meets_the_deadline() {
        let (client, serving) = server(|stream| stream);
        let hasty = Client { deadline: Duration::from_millis(50), ..client };
        assert_eq!(hasty.send(&Request::get("/")).await.expect_err("silence").kind(), ErrorKind::TimedOut);
        drop(serving.join());
    }

    #[tokio::test]
    async fn nobody_at_home_is_an_error() {
        let (client, serving) = server(drop);
        TcpStream::connect(&client.authority).expect("the one connection");
        serving.join().expect("gone");
        assert_eq!(client.send(&Request::get("/")).await.expect_err("nobody").kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    #[should_panic(expected = "is not http://HOST:PORT")]
    fn another_scheme_is_refused() {
        let _ = Client::new("https://127.0.0.1:1");
    }
}
