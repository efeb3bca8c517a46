//! Redis for tests: the server that all tests of a process share, and servers of a test's own to stop and flush.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::OnceLock,
    time::Duration,
};

use crate::{
    INSTALL,
    child::{self, Guarded, PATIENCE, Signal},
    folder::Folder,
};

/// The URL of the server that all tests share: `REDIS_URL`, else a throwaway server of this process.
///
/// # Panics
/// When `REDIS_URL` is not of Redis, or when Redis is not installed; the message says what to do.
pub fn shared() -> &'static str {
    static GIVEN: OnceLock<Option<String>> = OnceLock::new();
    static SERVER: OnceLock<Server> = OnceLock::new();
    match GIVEN.get_or_init(|| env::var("REDIS_URL").ok()) {
        Some(url) => {
            assert!(url.starts_with("redis"), "REDIS_URL must be redis://…, or unset for a throwaway server");
            url
        }
        None => SERVER.get_or_init(Server::start).url(),
    }
}

/// A throwaway server on a unix socket, for a test that stops, restarts or flushes it. It keeps nothing on disk:
/// every stop loses all keys, the worst that Redis may do to Florin.
#[derive(Debug)]
pub struct Server {
    process: Option<Guarded>,
    folder: Folder,
    program: PathBuf,
    url: String,
}

impl Server {
    /// A new, empty server that answers; blocks the thread for some milliseconds.
    ///
    /// # Panics
    /// When Redis is not installed (the message says what to do) or does not start (with its log).
    #[must_use]
    pub fn start() -> Self {
        let program = child::folder_with(&["redis-server"], Vec::new())
            .unwrap_or_else(|| panic!("the tests need Redis (redis-server): {INSTALL}"))
            .join("redis-server");
        let folder = Folder::new();
        let url = format!("redis+unix://{}", folder.path().join("socket").display());
        let mut server = Self { process: None, folder, program, url };
        server.start_again();
        server
    }

    /// `redis+unix://` and the path of the socket.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As if it crashed: SIGKILL.
    ///
    /// # Panics
    /// When it is stopped already.
    pub fn stop_immediately(&mut self) {
        self.process.take().expect("Redis is stopped while it is stopped").kill();
    }

    /// Empty, at the same [`url`](Self::url); blocks until the server answers.
    ///
    /// # Panics
    /// When it runs, or does not start (with its log).
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "Redis is started while it runs");
        let mut command = child::command(&self.program, Signal::SIGKILL);
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(self.socket());
        command.current_dir(self.folder.path());
        child::log_to(&mut command, &self.folder.path().join("log"));
        let process = Guarded::spawn("redis-server", command);
        let answers = child::until(PATIENCE, || match process.ended() {
            Some(_) => Some(false),
            None => self.ask("PING").is_ok_and(|answer| answer == "+PONG").then_some(true),
        });
        let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert_eq!(answers, Some(true), "Redis does not start:\n{}", log());
        self.process = Some(process);
    }

    /// Every key is lost and every connection ends.
    ///
    /// # Panics
    /// When it is stopped, or does not start (with its log).
    pub fn restart(&mut self) {
        self.stop_immediately();
        self.start_again();
    }

    /// Every key is lost, connections stay.
    ///
    /// # Panics
    /// When it is stopped.
    pub fn flush_all(&self) {
        assert_eq!(self.ask("FLUSHALL").expect("Redis answers"), "+OK");
    }

    /// Runs a Lua script, without double quotes in it, that gives an integer.
    ///
    /// # Panics
    /// When it is stopped, or the script fails.
    #[must_use]
    pub fn evaluate(&self, script: &str) -> i64 {
        let answer = self.ask(&format!("EVAL \"{}\" 0", script.replace('\n', " "))).expect("Redis answers");
        answer.strip_prefix(':').and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
    }

    /// The first line of the answer to a command in Redis' inline form.
    fn ask(&self, command: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(self.socket())?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        writeln!(stream, "{command}\r")?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(answer.trim_end().to_owned())
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_server_has_one_url() {
        assert!(shared().starts_with("redis"));
        assert_eq!(shared(), shared());
    }

    #[test]
    fn a_restart_and_a_flush_lose_every_key() {
        let mut server = Server::start();
        let url = server.url().to_owned();
        let keys = |server: &Server| server.ask("DBSIZE").expect("a count");
        let set = |server: &Server| assert_eq!(server.ask("SET name florin").expect("an answer"), "+OK");

        set(&server);
        assert_eq!(keys(&server), ":1");
        server.restart();
        assert_eq!(keys(&server), ":0");

        set(&server);
        server.flush_all();
        assert_eq!(keys(&server), ":0");
        assert_eq!(server.url(), url);
    }

    #[test]
    fn a_stopped_server_is_gone_until_it_is_started_again() {
        let mut server = Server::start();
        server.stop_immediately();
        server.ask("PING").expect_err("nobody answers");
        server.start_again();
        assert_eq!(server.ask("PING").expect("an answer"), "+PONG");
    }
}
