//! The built binary as a process of its own: run to its end, or started and then frozen, killed or asked to stop.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    child::{self, Guarded, Signal},
    folder::Folder,
};

/// The longest that [`Florin::run`] lets a command take.
const RUN_DEADLINE: Duration = Duration::from_mins(1);

/// How to call the binary: which one, with which environment, in which folder.
///
/// The environment starts clean, so that no setting of the person who runs the tests reaches the program: `PATH`,
/// `HOME` and `TMPDIR` (both the throwaway folder, which is the working folder as well) and `RUST_BACKTRACE=0`.
/// A clone shares the folder, which lives as long as a clone or a running process of it.
#[derive(Clone, Debug)]
pub struct Florin {
    binary: PathBuf,
    environment: Vec<(OsString, OsString)>,
    workplace: Arc<Workplace>,
}

/// What clones and running processes share.
#[derive(Debug)]
struct Workplace {
    folder: Folder,
    started: AtomicU32,
}

/// How a command ended, and what it wrote.
#[derive(Clone, Debug)]
pub struct Output {
    /// The exit code, or the signal that ended it.
    pub status: ExitStatus,
    /// Standard output; what is not UTF-8 in it is replaced.
    pub stdout: String,
    /// Standard error; what is not UTF-8 in it is replaced.
    pub stderr: String,
}

impl Florin {
    /// `binary` in an empty folder; a test names it by `env!("CARGO_BIN_EXE_florin")`.
    ///
    /// # Panics
    /// When there is no such file.
    #[must_use]
    pub fn new(binary: &Path) -> Self {
        assert!(binary.is_file(), "no binary at {}", binary.display());
        let workplace = Arc::new(Workplace { folder: Folder::new(), started: AtomicU32::new(1) });
        fs::create_dir(workplace.folder.path().join("data")).expect("an empty folder");
        Self { binary: binary.to_owned(), environment: Vec::new(), workplace }
    }

    /// Adds a variable, in place of one of the same name.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The folder the program works in; the outputs of its processes are there too.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.workplace.folder.path()
    }

    /// An empty folder `data` in it, for the program to keep its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// With what it wrote, when it has not ended within a minute; it is killed then.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let running = self.start(arguments);
        let status = running.wait(RUN_DEADLINE).await;
        Output { status, stdout: running.stdout(), stderr: running.stderr() }
    }

    /// Starts a command that goes on, such as a server.
    ///
    /// # Panics
    /// When the machine has no more processes or no room for the output.
    #[must_use]
    pub fn start(&self, arguments: &[&str]) -> Running {
        let number = self.workplace.started.fetch_add(1, Ordering::Relaxed);
        let [stdout, stderr] = ["stdout", "stderr"].map(|kind| self.folder().join(format!("{number}.{kind}")));
        let create = |path: &Path| File::create(path).expect("a file in a folder of ours");
        let mut command = child::command(&self.binary, Signal::SIGKILL);
        command.args(arguments).current_dir(self.folder());
        command.stdout(create(&stdout)).stderr(create(&stderr));
        command.env("HOME", self.folder()).env("TMPDIR", self.folder()).env("RUST_BACKTRACE", "0");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let name = format!("{} {}", self.binary.display(), arguments.join(" "));
        let process = Guarded::spawn(&name, command);
        Running { process, name, stdout, stderr, _workplace: Arc::clone(&self.workplace) }
    }
}

/// A started process, killed on drop, frozen or not.
#[derive(Debug)]
pub struct Running {
    process: Guarded,
    name: String,
    stdout: PathBuf,
    stderr: PathBuf,
    _workplace: Arc<Workplace>,
}

impl Running {
    /// Its number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// SIGKILL, as a machine that loses power; gone when this returns. Nothing happens to one that has ended.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// SIGSTOP, as a machine that hangs; every thread stands still when this returns.
    ///
    /// # Panics
    /// When it has ended.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// SIGCONT after [`freeze`](Self::freeze).
    ///
    /// # Panics
    /// When it has ended.
    pub fn thaw(&self) {
        assert!(self.process.signal(Signal::SIGCONT), "thawed after its end: {}", self.report());
    }

    /// SIGTERM, the request to stop in good order; [`wait`](Self::wait) says how it ended.
    ///
    /// # Panics
    /// When it has ended.
    pub fn terminate(&self) {
        assert!(self.process.signal(Signal::SIGTERM), "terminated after its end: {}", self.report());
    }

    /// How it ended.
    ///
    /// # Panics
    /// With what it wrote, when it has not ended within `deadline`; it is killed then.
    pub async fn wait(&self, deadline: Duration) -> ExitStatus {
        let end = Instant::now() + deadline;
        loop {
            if let Some(status) = self.process.ended() {
                return status;
            }
            if Instant::now() >= end {
                self.kill();
                panic!("not ended within {deadline:?}: {}", self.report());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// False once it has ended; a frozen process is running.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.process.ended().is_none()
    }

    /// What it wrote to standard output so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        text(&self.stdout)
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        text(&self.stderr)
    }

    fn report(&self) -> String {
        format!("{}\n--- stdout\n{}\n--- stderr\n{}", self.name, self.stdout(), self.stderr())
    }
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).expect("the output of a process of ours")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::within_a_minute;

    fn shell() -> Florin {
        Florin::new(Path::new("/bin/sh"))
    }

    fn sleep() -> Running {
        Florin::new(Path::new("/bin/sleep")).start(&["1000"])
    }

    #[tokio::test]
    async fn run_gives_status_and_both_outputs() {
        let output = shell().run(&["-c", "echo out; echo err >&2; exit 3"]).await;
        assert_eq!(output.status.code(), Some(3));
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("out\n", "err\n"));
    }

    #[tokio::test]
    async fn the_environment_is_clean() {
        let florin = shell().env("DATABASE_URL", "first").env("DATABASE_URL", "second");
        let output = florin.run(&["-c", "env; pwd"]).await.stdout;
        let mut lines: Vec<_> = output.lines().filter(|line| !line.starts_with("PATH=")).collect();
        lines.sort_unstable();
        let folder = florin.folder().display();
        let mut expected = [
            "DATABASE_URL=second".to_owned(),
            format!("HOME={folder}"),
            format!("PWD={folder}"),
            "RUST_BACKTRACE=0".to_owned(),
            format!("TMPDIR={folder}"),
            folder.to_string(),
        ];
        expected.sort_unstable();
        assert_eq!(lines, expected);
    }

    #[tokio::test]
    async fn clones_share_a_folder_that_outlives_them() {
        let florin = shell();
        let folder = florin.folder().to_owned();
        florin.clone().run(&["-c", "echo kept > data/file"]).await;
        assert_eq!(fs::read_to_string(florin.data().join("file")).expect("the file"), "kept\n");
        let running = florin.start(&["-c", "echo started; exec sleep 1000"]);
        drop(florin);
        within_a_minute("the line of the shell", async || (running.stdout() == "started\n").then_some(())).await;
        drop(running);
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn a_frozen_process_stands_still_until_it_is_thawed() {
        let running = shell().start(&["-c", "while :; do echo tick; sleep 0.01; done"]);
        let lines = || running.stdout().lines().count();
        within_a_minute("the first ticks", async || (lines() > 2).then_some(())).await;
        running.freeze();
        let frozen = lines();
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(lines(), frozen);
        assert!(running.is_running());
        running.thaw();
        within_a_minute("more ticks", async || (lines() > frozen).then_some(())).await;
    }

    #[tokio::test]
    async fn signals_end_a_process() {
        use std::os::unix::process::ExitStatusExt;
        let minute = Duration::from_mins(1);

        let running = sleep();
        running.terminate();
        assert_eq!(running.wait(minute).await.signal(), Some(15));
        assert!(!running.is_running());

        let running = sleep();
        running.freeze();
        running.kill();
        assert!(!running.is_running());
        assert_eq!(running.wait(minute).await.signal(), Some(9));
        running.kill();
    }

    #[test]
    fn drop_kills() {
        let running = sleep();
        let process = PathBuf::from(format!("/proc/{}", running.pid()));
        running.freeze();
        assert!(process.exists());
        drop(running);
        assert!(!process.exists());
    }

    #[tokio::test]
    #[should_panic(expected = "--- stderr\ntoo slow")]
    async fn a_missed_deadline_shows_the_output() {
        let running = shell().start(&["-c", "echo too slow >&2; exec sleep 1000"]);
        within_a_minute("the line of the shell", async || (!running.stderr().is_empty()).then_some(())).await;
        running.wait(Duration::from_millis(20)).await;
    }

    #[test]
    #[should_panic(expected = "no binary at /nowhere/florin")]
    fn a_missing_binary_is_named() {
        let _ = Florin::new(Path::new("/nowhere/florin"));
    }

    const ORPHANED: &str = "HARNESS_ORPHANED";

    #[tokio::test]
    async fn nothing_outlives_a_killed_test_process() {
        let tests = Florin::new(&std::env::current_exe().expect("the path of this test")).env(ORPHANED, "yes");
        let parent = tests.start(&["--exact", "--ignored", "--nocapture", "process::tests::waits_to_be_killed"]);
        let (process, folder) = within_a_minute("process and folder of the other test", async || {
            let output = parent.stdout();
            let line = output.lines().find_map(|line| line.strip_prefix("left: ")?.strip_suffix('.'))?;
            line.split_once(' ').map(|(process, folder)| (PathBuf::from(process), PathBuf::from(folder)))
        })
        .await;
        // A process that nobody has waited for yet (Z) has ended as well: that is up to the first one of the machine.
        let is_alive = || child::state(&process).is_some_and(|state| state != 'Z');
        assert!(is_alive() && folder.exists());
        parent.kill();
        within_a_minute("nothing is left", async || (!is_alive() && !folder.exists()).then_some(())).await;
    }

    #[test]
    #[ignore = "the other half of nothing_outlives_a_killed_test_process, which starts it"]
    fn waits_to_be_killed() {
        if std::env::var_os(ORPHANED).is_some() {
            let running = sleep();
            // The line begins anew, because the test runner has written the name of the test before it.
            println!("\nleft: /proc/{} {}.", running.pid(), running.stdout.parent().expect("a folder").display());
            std::thread::park();
        }
    }
}
