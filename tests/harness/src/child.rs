//! Child processes that die with the tests, and finding the programs for them.

use std::{
    env, fs,
    fs::File,
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use nix::{sys::signal, unistd::Pid};

pub(crate) use nix::sys::signal::Signal;

/// How long a server may take to start or to stop on a slow, busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The first folder of `PATH`, then of `folders`, that holds all `programs`.
///
/// The path stays as it is found: Debian's `redis-server` is a link to `redis-check-rdb` and looks at its own name.
pub(crate) fn folder_with(programs: &[&str], folders: Vec<PathBuf>) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates = env::split_paths(&path).chain(folders);
    candidates.find(|folder| programs.iter().all(|program| folder.join(program).is_file()))
}

/// A command in a clean environment, for a program that gets `on_death` when the tests end.
///
/// It has its own process group, so that a Ctrl-C reaches the tests alone and they go first.
pub(crate) fn command(program: &Path, on_death: Signal) -> Command {
    let setpriv = folder_with(&["setpriv"], vec!["/usr/bin".into(), "/bin".into()])
        .expect("setpriv of util-linux is missing: apt-get install util-linux")
        .join("setpriv");
    let mut command = Command::new(setpriv);
    let on_death = on_death.as_str().trim_start_matches("SIG");
    command.args(["--pdeathsig", on_death, "--"]).arg(program);
    command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null()).process_group(0);
    command
}

/// Both outputs of `command` go to the end of one file.
pub(crate) fn log_to(command: &mut Command, path: &Path) {
    let log = File::options().create(true).append(true).open(path).expect("a log file in a folder of ours");
    command.stdout(log.try_clone().expect("a second handle of a file")).stderr(log);
}

/// A running child; killed on drop.
#[derive(Debug)]
pub(crate) struct Guarded {
    name: String,
    pid: Pid,
    child: Mutex<Child>,
}

impl Guarded {
    pub(crate) fn spawn(name: &str, command: Command) -> Self {
        let child = spawn(command).unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let pid = Pid::from_raw(child.id().cast_signed());
        Self { name: name.to_owned(), pid, child: Mutex::new(child) }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw().cast_unsigned()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        self.child().try_wait().unwrap_or_else(|error| panic!("the state of {}: {error}", self.name))
    }

    /// How it ended, if it does within `deadline`; blocks the thread.
    pub(crate) fn wait(&self, deadline: Duration) -> Option<ExitStatus> {
        until(deadline, || self.ended())
    }

    /// False when it has ended: its number may belong to somebody else then.
    pub(crate) fn signal(&self, signal: Signal) -> bool {
        let mut child = self.child();
        let running = matches!(child.try_wait(), Ok(None));
        if running {
            signal::kill(self.pid, signal).unwrap_or_else(|error| panic!("{signal} to {}: {error}", self.name));
        }
        running
    }

    /// SIGKILL, which reaches a frozen process as well, and waits until it is gone.
    pub(crate) fn kill(&self) {
        let mut child = self.child();
        let _ = child.kill();
        let _ = child.wait();
    }

    /// SIGSTOP, and waits until every thread stands still: the signal alone only asks for it.
    pub(crate) fn freeze(&self) {
        assert!(self.signal(Signal::SIGSTOP), "{} is frozen after it has ended", self.name);
        let tasks = format!("/proc/{}/task", self.pid);
        let stopped = || {
            let states = fs::read_dir(&tasks).ok()?.map(|task| task.ok().and_then(|task| state(&task.path())));
            states.into_iter().all(|state| state == Some('T')).then_some(())
        };
        until(PATIENCE, stopped).unwrap_or_else(|| panic!("{} does not stand still", self.name));
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        // A test that panics elsewhere leaves the child as good as it was.
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The letter for the state of a process or thread at its path in `/proc`: it follows the name in parentheses, which
/// itself may hold anything. None when there is none (any more).
pub(crate) fn state(task: &Path) -> Option<char> {
    let stat = fs::read_to_string(task.join("stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The signal at the parent's death follows the *thread* that spawned the child, and the thread of a test ends with
/// its test. So one thread that never ends spawns them all.
fn spawn(command: Command) -> io::Result<Child> {
    type Order = (Command, mpsc::Sender<io::Result<Child>>);
    static SPAWNER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, reply) in inbox {
                let _ = reply.send(command.spawn());
            }
        });
        orders
    });
    let (reply, child) = mpsc::channel();
    spawner.send((command, reply)).expect("the spawner never ends");
    child.recv().expect("the spawner answers every order")
}

/// Asks `probe` until it gives a value or `deadline` has passed; blocks the thread.
#[expect(clippy::disallowed_methods, reason = "a server starts and stops in milliseconds, also without any runtime")]
pub(crate) fn until<T>(deadline: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(value) = probe() {
            return Some(value);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
