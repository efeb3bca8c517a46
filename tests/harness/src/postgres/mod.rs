//! PostgreSQL for tests: the server that all tests of a process share, servers of a test's own to stop and start,
//! and fresh databases.

mod database;

use std::{
    env, fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use nix::unistd::{Uid, User};

pub use self::database::Database;
use crate::{
    INSTALL,
    child::{self, Guarded, PATIENCE, Signal},
    folder::Folder,
};

/// Throwaway means that the machine may lose the data, so nothing waits for the disk. A process must not lose any:
/// `synchronous_commit` stays on, or an immediate stop would take the last commits with it, which no real server does.
const SETTINGS: [&str; 6] = [
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=64MB",
    "max_wal_size=256MB",
    "max_connections=300",
];

/// The URL of the server that all tests share: `DATABASE_URL`, else a throwaway server of this process.
///
/// It names a database to connect to, which stays empty: a test takes its own [`Database`].
///
/// # Panics
/// When `DATABASE_URL` is not of PostgreSQL, or when PostgreSQL is not installed; the message says what to do.
pub fn shared() -> &'static str {
    static GIVEN: OnceLock<Option<String>> = OnceLock::new();
    static SERVER: OnceLock<Server> = OnceLock::new();
    match GIVEN.get_or_init(|| env::var("DATABASE_URL").ok()) {
        Some(url) => {
            assert!(
                url.starts_with("postgres://"),
                "DATABASE_URL must be postgres://…, or unset for a throwaway server"
            );
            url
        }
        None => SERVER.get_or_init(Server::start).url(),
    }
}

/// A throwaway server on a unix socket, for a test that stops or restarts it; gone with its data on drop.
#[derive(Debug)]
pub struct Server {
    // Before the folder, so that the server has ended when its data goes.
    process: Option<Guarded>,
    folder: Folder,
    programs: PathBuf,
    url: String,
}

impl Server {
    /// A new, empty server that answers; blocks the thread for a second or two.
    ///
    /// # Panics
    /// When PostgreSQL is not installed (the message says what to do) or does not start (with its log).
    #[must_use]
    pub fn start() -> Self {
        let programs = child::folder_with(&["initdb", "postgres"], packaged())
            .unwrap_or_else(|| panic!("the tests need PostgreSQL (initdb, postgres): {INSTALL}"));
        let folder = Folder::new();
        if let Some(user) = lesser_user() {
            chown(folder.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("root gives its folder away");
        }
        // Port and user are named, or PGPORT and PGUSER of the person who runs the tests would count.
        let url = format!("postgres://postgres@localhost:5432/postgres?host={}", folder.path().display());
        let mut server = Self { process: None, folder, programs, url };
        server.create_data();
        server.start_again();
        server
    }

    /// Names the database `postgres`, which is there to connect to and stays empty.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As if it crashed: connections break, nothing is written any more; it recovers at the next start.
    ///
    /// # Panics
    /// When it is stopped already.
    pub fn stop_immediately(&mut self) {
        self.stop(Signal::SIGQUIT);
    }

    /// The same data at the same [`url`](Self::url); blocks until the server answers.
    ///
    /// # Panics
    /// When it runs, or does not start (with its log).
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "PostgreSQL is started while it runs");
        let mut command = self.command("postgres", Signal::SIGQUIT);
        command.arg("-k").arg(self.folder.path()).args(["-p", "5432"]);
        command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let process = Guarded::spawn("postgres", command);
        let answers = child::until(PATIENCE, || match process.ended() {
            Some(_) => Some(false),
            None => is_ready(&self.data(), process.pid()).then_some(true),
        });
        assert_eq!(answers, Some(true), "PostgreSQL does not start:\n{}", self.log());
        self.process = Some(process);
    }

    /// An orderly stop, which ends every connection, and a start.
    ///
    /// # Panics
    /// When it is stopped, or does not start (with its log).
    pub fn restart(&mut self) {
        self.stop(Signal::SIGINT);
        self.start_again();
    }

    fn stop(&mut self, signal: Signal) {
        let process = self.process.take().expect("PostgreSQL is stopped while it is stopped");
        process.signal(signal);
        assert!(process.wait(PATIENCE).is_some(), "PostgreSQL does not stop:\n{}", self.log());
    }

    fn create_data(&self) {
        let mut command = self.command("initdb", Signal::SIGKILL);
        command.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]);
        let ended = Guarded::spawn("initdb", command).wait(PATIENCE);
        assert!(ended.is_some_and(|status| status.success()), "initdb fails ({ended:?}):\n{}", self.log());
    }

    /// One of PostgreSQL's programs on the data of this server, as a user that PostgreSQL accepts.
    fn command(&self, program: &str, on_death: Signal) -> Command {
        let mut command = child::command(&self.programs.join(program), on_death);
        if let Some(user) = lesser_user() {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command.arg("-D").arg(self.data()).current_dir(self.folder.path());
        child::log_to(&mut command, &self.folder.path().join("log"));
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killing only the first process would leave the others to find out by themselves.
        if let Some(process) = &self.process {
            process.signal(Signal::SIGQUIT);
            process.wait(Duration::from_secs(10));
        }
    }
}

/// Where Debian keeps the programs it does not put on `PATH`, newest version first.
fn packaged() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path()).collect();
    folders.sort_by_key(|folder| folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    folders.into_iter().rev().map(|folder| folder.join("bin")).collect()
}

/// PostgreSQL refuses to run as root; the package brings a user for it.
fn lesser_user() -> Option<User> {
    Uid::effective().is_root().then(|| {
        let user = User::from_name("postgres").expect("the users of this machine");
        user.unwrap_or_else(|| panic!("the tests run as root and need a user `postgres`: {INSTALL}"))
    })
}

/// What `pg_ctl --wait` looks at: line 1 of the lock file is the process, line 8 its state. An open socket says less,
/// for a server that still recovers has one as well.
fn is_ready(data: &Path, pid: u32) -> bool {
    let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let line = |number: usize| lock.lines().nth(number - 1).map(str::trim);
    line(1) == Some(pid.to_string().as_str()) && line(8) == Some("ready")
}

#[cfg(test)]
mod tests {
    use sea_orm::sqlx::{Connection, PgConnection, query_scalar, raw_sql};

    use super::*;

    async fn connect(url: &str) -> PgConnection {
        PgConnection::connect(url).await.expect("the server answers")
    }

    async fn notes(url: &str) -> i64 {
        let mut connection = connect(url).await;
        query_scalar("SELECT count(*) FROM note").fetch_one(&mut connection).await.expect("a count")
    }

    #[tokio::test]
    async fn the_shared_server_answers() {
        let mut connection = connect(shared()).await;
        let answer: i32 = query_scalar("SELECT 6 * 7").fetch_one(&mut connection).await.expect("an answer");
        assert_eq!(answer, 42);
        assert_eq!(shared(), shared());
    }

    #[tokio::test]
    async fn a_commit_survives_every_kind_of_stop() {
        let mut server = Server::start();
        let database = Database::create(server.url()).await;
        let mut connection = connect(database.url()).await;
        raw_sql("CREATE TABLE note (id int); INSERT INTO note VALUES (1)")
            .execute(&mut connection)
            .await
            .expect("rows");

        server.restart();
        assert_eq!(notes(database.url()).await, 1);
        raw_sql("SELECT 1").execute(&mut connection).await.expect_err("the stop has ended the connection");

        let mut connection = connect(database.url()).await;
        raw_sql("INSERT INTO note VALUES (2)").execute(&mut connection).await.expect("a row");
        server.stop_immediately();
        PgConnection::connect(database.url()).await.expect_err("nobody answers");
        server.start_again();
        assert_eq!(notes(database.url()).await, 2);
    }

    #[tokio::test]
    async fn a_dropped_server_leaves_nothing() {
        let server = Server::start();
        let folder = server.folder.path().to_owned();
        let process = server.process.as_ref().map(Guarded::pid).expect("a running server");
        drop(server);
        assert!(!folder.exists());
        assert!(!Path::new(&format!("/proc/{process}")).exists());
    }
}
