//! A house to test in: the built binary with a database of its own, and what every scenario asks of it.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, SystemTime},
};

use harness::{
    eventually, postgres, process,
    process::{Output, Running},
    within_a_minute,
};
use serde_json::Value;

/// Any key will do in a test; it must not look like a placeholder.
const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// A process that has not ended so long after its end was asked for hangs. How long a stop may take the program says itself, and fails.
pub(crate) const HANGS_AFTER: Duration = Duration::from_mins(1);

/// Ten thousand jobs, each with a commit of its own in one household, while other tests use the machine too.
const IDLE_WITHIN: Duration = Duration::from_mins(4);

/// A household's next pull is planned for about a day later: it waits, and nobody waits for it.
const PLANNED_AFTER: Duration = Duration::from_hours(12);
/// No scenario plans more pulls than this.
const PLANNED_AT_MOST: u64 = 100;

/// Which size of Florin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// No setting at all: SQLite, everything in one process.
    Embedded,
    /// PostgreSQL and Redis.
    Production,
}

/// A Florin of a test's own.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) size: Size,
    pub(crate) florin: process::Florin,
    database: Option<postgres::Database>,
}

impl House {
    /// A house of a size, on the servers that all tests share.
    pub(crate) async fn new(size: Size) -> Self {
        match size {
            Size::Embedded => Self { size, florin: florin(), database: None },
            Size::Production => Self::on(postgres::shared(), harness::redis::shared()).await,
        }
    }

    /// A house on servers of the test's own, to be stopped and flushed.
    pub(crate) async fn on(postgres_url: &str, redis_url: &str) -> Self {
        let database = postgres::Database::create(postgres_url).await;
        let florin = florin()
            .env("DATABASE_URL", database.url())
            .env("REDIS_URL", redis_url)
            .env("FLORIN_MASTER_KEY", MASTER_KEY)
            .env("FLORIN_DATABASE_PARTITIONS", "4");
        Self { size: Size::Production, florin, database: Some(database) }
    }

    /// With one more setting.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.florin = self.florin.env(name, value);
        self
    }

    /// With the sandbox bank in a process of its own, which lives as long as the scenario wishes.
    pub(crate) async fn with_sandbox(self) -> (Self, Running) {
        let running = Self::ready(&self.florin.clone().env("FLORIN_SANDBOX_LISTEN", "127.0.0.1:0"), &["sandbox"]).await;
        let address = Self::address(&running);
        (self.with("FLORIN_SANDBOX_URL", &address).with("FLORIN_BANK_TIMEOUT_SECONDS", "2"), running)
    }

    /// The data folder that the program chose by itself.
    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.florin.folder().join("data")
    }

    /// Starts everything in one process, and waits until it is ready.
    pub(crate) async fn serve(&self) -> Running {
        self.start(&["serve"]).await
    }

    /// Starts a second process that works: on SQLite too, where it is the same command.
    pub(crate) async fn worker(&self) -> Running {
        match self.size {
            Size::Embedded => self.start(&["serve"]).await,
            Size::Production => self.start(&["worker"]).await,
        }
    }

    /// Starts a second process that serves: on SQLite it is the same command, and works too.
    pub(crate) async fn second(&self) -> Running {
        match self.size {
            Size::Embedded => self.start(&["serve"]).await,
            Size::Production => self.start(&["api"]).await,
        }
    }

    /// Where a process that is ready serves.
    pub(crate) fn address(running: &Running) -> String {
        ready(running)["address"].as_str().expect("a process that serves").to_owned()
    }

    /// Where a process that is ready finds the sandbox bank.
    pub(crate) fn sandbox(running: &Running) -> String {
        ready(running)["sandbox"].as_str().expect("a process with a sandbox bank").to_owned()
    }

    async fn start(&self, arguments: &[&str]) -> Running {
        Self::ready(&self.florin, arguments).await
    }

    async fn ready(florin: &process::Florin, arguments: &[&str]) -> Running {
        let running = florin.start(arguments);
        within_a_minute(&format!("{arguments:?} is ready"), async || {
            assert!(running.is_running(), "ended: {}", running.stderr());
            lines(&running).iter().any(|line| line["message"] == "ready").then_some(())
        })
        .await;
        running
    }

    /// Runs a command that must succeed; gives what it printed.
    pub(crate) async fn command(&self, arguments: &[&str]) -> String {
        let output = self.florin.run(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
        output.stdout
    }

    /// Runs a command that must fail; gives what it said.
    pub(crate) async fn refused(&self, arguments: &[&str]) -> Output {
        let output = self.florin.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?} succeeded: {}", output.stdout);
        output
    }

    /// Enqueues probes.
    pub(crate) async fn probe(&self, arguments: &[&str]) {
        self.command(&[&["jobs", "probe"], arguments].concat()).await;
    }

    /// The number of jobs in a state, in all lanes.
    pub(crate) async fn count(&self, state: &str) -> u64 {
        let counts: Value = serde_json::from_str(&self.command(&["jobs", "counts"]).await).expect("JSON");
        counts.as_object().expect("lanes").values().map(|lane| lane[state].as_u64().expect("a count")).sum()
    }

    /// The jobs in a state.
    pub(crate) async fn jobs(&self, state: &str) -> Vec<Value> {
        json_lines(&self.command(&["jobs", "list", "--state", state, "--limit", "10000"]).await)
    }

    /// The events of the house after a number.
    pub(crate) async fn events(&self, after: i64) -> Vec<Value> {
        json_lines(&self.command(&["events", "--after", &after.to_string()]).await)
    }

    /// The effects of probes of a label: each names its job.
    pub(crate) async fn effects(&self, label: &str) -> Vec<String> {
        let events = self.events(0).await;
        let bodies = events.iter().map(|event| &event["event"]["body"]).filter(|body| body["label"] == label);
        bodies.map(|body| body["job"].as_str().expect("a job").to_owned()).collect()
    }

    /// Waits until nothing runs, and nothing waits but pulls that are planned for another day.
    pub(crate) async fn until_idle(&self) {
        eventually("all jobs are done", IDLE_WITHIN, async || {
            let counts: Value = serde_json::from_str(&self.florin.run(&["jobs", "counts"]).await.stdout).ok()?;
            let of = |state: &str| counts.as_object()?.values().map(|lane| lane[state].as_u64()).sum::<Option<u64>>();
            match (of("running")?, of("waiting")?) {
                (0, 0) => Some(()),
                (0, waiting) if waiting <= PLANNED_AT_MOST => {
                    let listed = self.florin.run(&["jobs", "list", "--limit", "10000"]).await;
                    let idle =
                        |job: &Value| ["parked", "dead"].map(Value::from).contains(&job["state"]) || is_planned(job);
                    (listed.status.success() && json_lines(&listed.stdout).iter().all(idle)).then_some(())
                }
                _ => None,
            }
        })
        .await;
    }

    /// Asserts that every probe of a label had its effect, and none had it twice.
    pub(crate) async fn assert_each_once(&self, label: &str, count: usize) {
        let mut jobs = self.effects(label).await;
        let effects = jobs.len();
        jobs.sort_unstable();
        jobs.dedup();
        assert_eq!((jobs.len(), effects), (count, count), "different jobs with an effect, and effects, of {label}");
    }

    /// Asserts that everything holds that must always hold. Gives what was found: warnings.
    pub(crate) async fn verify(&self) -> Vec<Value> {
        let mut said = json_lines(&self.command(&["verify", "--archive", "--json"]).await);
        let sum = said.pop().expect("a sum");
        assert_eq!((&sum["faults"], &sum["warnings"]), (&Value::from(0), &Value::from(said.len())), "{said:?}");
        said
    }

    /// What `florin verify` names, each with how often: its exit code is that of somebody who found faults.
    pub(crate) async fn faults(&self) -> BTreeMap<String, usize> {
        let output = self.florin.run(&["verify", "--json"]).await;
        assert_eq!(output.status.code(), Some(1), "{}{}", output.stdout, output.stderr);
        let mut said = json_lines(&output.stdout);
        said.pop().expect("a sum");
        said.iter().filter(|finding| finding["level"] == "fault").fold(BTreeMap::new(), |mut counts, finding| {
            *counts.entry(finding["check"].as_str().expect("a check").to_owned()).or_default() += 1;
            counts
        })
    }

    /// Changes rows behind the back of whoever serves, with all keys of the tables in force. Gives how many.
    pub(crate) async fn sql(&self, statement: &str) -> u64 {
        let url = match &self.database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite://{}", self.file().display()),
        };
        harness::sql::execute(&url, statement).await
    }

    /// The SQLite file.
    fn file(&self) -> std::path::PathBuf {
        self.data().join("florin.db")
    }

    /// Stops a process in the middle of whatever it does, but not while it is the one that writes to a SQLite file: nobody else would ever
    /// come to its turn there.
    pub(crate) async fn freeze(&self, running: &Running) {
        let writer = match self.size {
            Size::Embedded => Some(harness::sql::Writer::take(&self.file()).await),
            Size::Production => None,
        };
        running.freeze();
        if let Some(writer) = writer {
            writer.release().await;
        }
    }

    /// Ends a scenario: everything holds that must; the processes stop in time, with success, without an ERROR in their logs; no
    /// job is left.
    pub(crate) async fn end(&self, processes: Vec<Running>) {
        self.until_idle().await;
        assert_eq!((self.count("parked").await, self.count("dead").await), (0, 0), "parked and dead jobs");
        self.verify().await;
        self.stop(processes).await;
    }

    /// Stops processes: in time, with success, without an ERROR in their logs.
    pub(crate) async fn stop(&self, processes: Vec<Running>) {
        for running in processes {
            running.terminate();
            let status = running.wait(HANGS_AFTER).await;
            assert!(status.success(), "{status}: {}", running.stderr());
            let errors: Vec<Value> = lines(&running).into_iter().filter(|line| line["level"] == "ERROR").collect();
            assert_eq!(errors, Vec::<Value>::new());
        }
    }
}

/// The binary, on a port of its own, with times of a test: leases and sweeps that do not bore.
fn florin() -> process::Florin {
    process::Florin::new(Path::new(env!("CARGO_BIN_EXE_florin")))
        .env("FLORIN_LISTEN", "127.0.0.1:0")
        .env("FLORIN_LOG_FORMAT", "json")
        // Nobody outside is asked for anything.
        .env("FLORIN_RATES_URL", "off")
        // Twice its own time to stop, for a machine that is busy with many of them.
        .env("FLORIN_STOP_SECONDS", "20")
        .env("FLORIN_WORKER_LEASE_SECONDS", "1")
        .env("FLORIN_WORKER_SWEEP_MILLISECONDS", "200")
}

/// Whether a job is the pull of another day.
fn is_planned(job: &Value) -> bool {
    #[expect(clippy::disallowed_methods, reason = "the processes of a test look at the clock of the machine")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
    let run_at = job["runAtMs"].as_u64().map(Duration::from_millis);
    job["kind"] == "pull" && job["state"] == "waiting" && run_at.is_some_and(|at| at > now + PLANNED_AFTER)
}

/// What a process said when it was ready.
fn ready(running: &Running) -> Value {
    lines(running).into_iter().find(|line| line["message"] == "ready").expect("a process that is ready")
}

/// What a process has logged so far.
pub(crate) fn lines(running: &Running) -> Vec<Value> {
    json_lines(&running.stderr())
}

/// The ends of runs that a process has logged: the job, how it ended, and when it began and ended in milliseconds.
pub(crate) fn runs(running: &Running) -> Vec<Value> {
    lines(running).into_iter().filter(|line| line["message"] == "job").collect()
}

/// The last line of a process that was killed may be cut.
fn json_lines(text: &str) -> Vec<Value> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Declares a scenario as two tests, one for each size.
macro_rules! on_both_sizes {
    ($($(#[$attribute:meta])* async fn $name:ident($house:ident: House) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every scenario needs everything around it")]
            use super::*;

            async fn scenario($house: $crate::house::House) $body

            #[tokio::test]
            async fn embedded() {
                scenario($crate::house::House::new($crate::house::Size::Embedded).await).await;
            }

            #[tokio::test]
            async fn production() {
                scenario($crate::house::House::new($crate::house::Size::Production).await).await;
            }
        }
    )*};
}
pub(crate) use on_both_sizes;
