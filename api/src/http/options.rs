//! What can be set, and what is injected.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::execute::Finished;

/// The limits and addresses of the layer. Everything has a bound.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address people use, `https://florin.example`; pages of this origin may open sockets.
    pub public_url: String,
    /// Further origins whose pages may open sockets.
    pub allowed_origins: Vec<String>,
    /// Longest body of a JSON request and longest message of a socket.
    pub body_bytes: usize,
    /// How long a JSON body may take to arrive.
    pub body_timeout: Duration,
    /// How long a query or mutation may run.
    pub execution_timeout: Duration,
    /// What a document may weigh.
    pub document: DocumentLimits,
    /// Requests with files.
    pub upload: UploadOptions,
    /// Subscriptions' transport.
    pub socket: SocketOptions,
    /// Whether `/graphiql` is served.
    pub graphiql: bool,
}

/// What a document may weigh before the schema looks at it. The schema's own validation walks every
/// spread of every fragment, so 700 bytes of nested fragments keep it busy for seconds; these limits
/// are counted in one pass and make that walk short.
#[derive(Clone, Copy, Debug)]
pub struct DocumentLimits {
    /// Length of its text.
    pub bytes: usize,
    /// Fields and fragments, each counted as often as it is spread.
    pub selections: usize,
    /// Named fragments.
    pub fragments: usize,
    /// Levels of nesting, fragments included.
    pub depth: usize,
    /// Root fields of one mutation: each alias of `login` is an attempt.
    pub mutation_fields: usize,
    /// Uses of variables times the length of the request: each use copies the value.
    pub variable_bytes: usize,
}

/// The limits of requests with files.
#[derive(Clone, Debug)]
pub struct UploadOptions {
    /// Where files are kept while their request runs.
    pub folder: PathBuf,
    /// Length of one file.
    pub file_bytes: u64,
    /// Files in one request.
    pub files: usize,
    /// Requests with files under way at once in this process.
    pub concurrent: usize,
    /// How long a whole upload may take.
    pub timeout: Duration,
    /// How long it may say nothing.
    pub idle_timeout: Duration,
}

/// The limits of sockets.
#[derive(Clone, Debug)]
pub struct SocketOptions {
    /// From the upgrade to the accepted `connection_init`.
    pub init_timeout: Duration,
    /// Between two pings; a peer that has not answered one by the next is gone.
    pub keepalive: Duration,
    /// How long one message may take to leave.
    pub send_timeout: Duration,
    /// Messages waiting to leave.
    pub queue: usize,
    /// Operations at once on one socket.
    pub operations: usize,
    /// Sockets at once in this process.
    pub sockets: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".to_owned(),
            allowed_origins: Vec::new(),
            body_bytes: 1 << 20,
            body_timeout: Duration::from_secs(30),
            execution_timeout: Duration::from_mins(1),
            document: DocumentLimits::default(),
            upload: UploadOptions::default(),
            socket: SocketOptions::default(),
            graphiql: true,
        }
    }
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            bytes: 64 << 10,
            selections: 2_000,
            fragments: 100,
            depth: 40,
            mutation_fields: 20,
            variable_bytes: 32 << 20,
        }
    }
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            folder: std::env::temp_dir(),
            file_bytes: 32 << 20,
            files: 4,
            concurrent: 16,
            timeout: Duration::from_mins(5),
            idle_timeout: Duration::from_secs(20),
        }
    }
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(10),
            keepalive: Duration::from_secs(25),
            send_timeout: Duration::from_secs(10),
            queue: 64,
            operations: 100,
            sockets: 10_000,
        }
    }
}

/// Answers that come from elsewhere in the program.
#[derive(Clone)]
pub struct Hooks {
    /// Makes the name of a request: 1 to 64 characters of `A-Z a-z 0-9 _ -`.
    pub request_id: Arc<dyn Fn() -> String + Send + Sync>,
    /// Whether an address is a proxy of ours, whose `X-Forwarded-For` is believed.
    pub trusted_proxy: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// Whether this process can serve; otherwise the codes of the reasons why not.
    pub ready: Arc<dyn Fn() -> BoxFuture<'static, Result<(), Vec<String>>> + Send + Sync>,
    /// The metrics in Prometheus text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Told of each finished operation, to count it.
    pub finished: Arc<dyn Fn(&Finished<'_>) + Send + Sync>,
    /// Cancelled when the server stops: sockets close with 1001.
    pub stop: CancellationToken,
    /// Every open socket. After `stop`, close it and wait for it with a deadline, or the process is gone
    /// before its clients were told.
    pub sockets: TaskTracker,
}

impl Hooks {
    /// Nobody trusted, always ready, no metrics: what tests and small servers need.
    pub fn new(request_id: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self {
            request_id: Arc::new(request_id),
            trusted_proxy: Arc::new(|_| false),
            ready: Arc::new(|| Box::pin(async { Ok(()) })),
            metrics: Arc::new(String::new),
            finished: Arc::new(|_| ()),
            stop: CancellationToken::new(),
            sockets: TaskTracker::new(),
        }
    }
}
