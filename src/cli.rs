//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::{
    id::{HouseholdId, JobId},
    job::Lane,
};
use service::job::State;

/// Florin, the backend of a personal finance manager.
#[derive(Debug, Parser)]
#[command(name = "florin", version)]
pub(crate) struct Arguments {
    /// The configuration file [default: ./florin.toml if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Default, Subcommand)]
pub(crate) enum Command {
    /// Runs everything in one process
    #[default]
    Serve,
    /// Runs everything with the sandbox bank, links it for a demo household, and shows what to try
    Demo,
    /// Runs the API alone (with PostgreSQL)
    Api,
    /// Runs the workers alone (with PostgreSQL)
    Worker,
    /// Runs the sandbox bank alone, on the address that is configured for it
    Sandbox,
    /// Prints the GraphQL schema
    Schema,
    /// Brings the schema of the database up to date
    Migrate,
    /// Says what is configured and reachable
    Doctor,
    /// Lists, restarts and removes jobs, and probes the job system
    #[command(subcommand)]
    Jobs(Jobs),
    /// Measures how fast it is, in a database of its own
    #[command(subcommand)]
    Bench(Bench),
    /// Imports a statement file: OFX 1 or 2, QFX, CSV, QIF, MT940 or CAMT, also in gzip or zip
    Import(Import),
    /// Says merchant and category of the descriptors in a table, without a household
    Categorize(Categorize),
    /// Trains the categorizer's model, or reports what the categorizer gets right
    Train(Train),
    /// Builds the list of sellers of the world anew from its sources (`scripts/sellers` fetches them)
    Sellers(Sellers),
    /// Keeps exchange rates
    #[command(subcommand)]
    Rates(Rates),
    /// Prints what happened in a household, a line of JSON each
    Events(Events),
    /// Compares what a connection's archived pages say with its rows; exit code 1 when they differ
    Replay(Replay),
    /// Says whether everything that must always hold does hold; exit code 1 when something does not
    Verify(Verify),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// Counts jobs by lane and state
    Counts,
    /// Lists jobs, a line of JSON each, oldest first
    List(List),
    /// Lets parked or dead jobs begin anew
    Restart(Stopped),
    /// Removes parked or dead jobs for good
    Remove(Stopped),
    /// Enqueues jobs that have one visible effect: an event in the household
    Probe(Probe),
}

#[derive(Debug, Args)]
pub(crate) struct Categorize {
    /// The table, fields between tabs: descriptor, amount (negative: spent), currency, country; or any columns under these names, and `mcc`. `-` is the standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Says how often it is right instead, by the columns `category_primary`, `category_detailed` and `label_kind`
    #[arg(long)]
    pub(crate) score: bool,
    /// Says how often it is right for households that correct each wrong line once, in the order of the table; the column `source` says whose a
    /// line is
    #[arg(long, conflicts_with = "score")]
    pub(crate) corrected: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    /// Trains nothing: prints what the categorizer gets right on a labelled table, category by category
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Where the model goes; its report goes beside it
    #[arg(long, value_name = "FILE", default_value = "domain/data/model.bin")]
    pub(crate) out: PathBuf,
    /// Lines that are labelled, which it learns from too: one in ten is drawn from them
    #[arg(long, value_name = "FILE")]
    pub(crate) labelled: Option<PathBuf>,
    /// Lines that it learns from
    #[arg(long, default_value_t = 2_000_000, value_parser = clap::value_parser!(u32).range(1_000..=100_000_000))]
    pub(crate) lines: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Sellers {
    /// `nsi.json` of the name suggestion index
    #[arg(long, value_name = "FILE")]
    pub(crate) index: PathBuf,
    /// `names_all.json` of its version 4
    #[arg(long, value_name = "FILE")]
    pub(crate) counts: PathBuf,
    /// Universities: lines of country, name and address
    #[arg(long, value_name = "FILE")]
    pub(crate) universities: PathBuf,
    /// Colleges of the United States, JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) colleges: PathBuf,
    /// The folder of the registries of banks, JSON
    #[arg(long, value_name = "FOLDER")]
    pub(crate) banks: PathBuf,
    /// The list: read for its numbers, and written
    #[arg(long, value_name = "FILE", default_value = "domain/data/seller/world.csv")]
    pub(crate) list: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rates {
    /// Keeps the reference rates of a file of the European Central Bank: XML or CSV, also packed
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Durable jobs without work, end to end, against the commit of the same effect without a job
    Jobs(BenchJobs),
    /// A statement file, the same again, and small pulls into a large household
    Import(BenchImport),
    /// Pages through the whole pipeline, against one statement that writes the same rows
    Ingest(BenchIngest),
    /// Lists and sums over HTTP, against the same SQL
    Read(BenchRead),
    /// Statement files of each format, on one core and without a database
    Parse(BenchParse),
    /// Descriptors through the whole categorizer, on one core and without a database
    Categorize(BenchCategorize),
}

#[derive(Debug, Args)]
pub(crate) struct BenchCategorize {
    /// Rounds, of which the median counts
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=999))]
    pub(crate) rounds: u16,
}

#[derive(Debug, Args)]
pub(crate) struct BenchImport {
    /// Transactions of the file
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) count: u32,
    /// Its format
    #[arg(long, value_enum, default_value = "ofx")]
    pub(crate) format: StatementFormat,
    /// Transactions of the household that small pulls go into; 0: none
    #[arg(long, default_value_t = 0)]
    pub(crate) household: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum StatementFormat {
    Ofx,
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct BenchIngest {
    /// Transactions of a page
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rows: u32,
    /// How many pages
    #[arg(long, default_value_t = 800)]
    pub(crate) pages: usize,
    /// Pages at the same time, each of another household
    #[arg(long, default_value_t = 4)]
    pub(crate) at_once: usize,
    /// Over how many households
    #[arg(long, default_value_t = 64)]
    pub(crate) households: usize,
}

#[derive(Debug, Args)]
pub(crate) struct BenchParse {
    /// This file instead of made-up ones
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
    /// The length of those
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub(crate) megabytes: u16,
    /// How often each is read
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) rounds: u16,
}

#[derive(Debug, Args)]
pub(crate) struct BenchRead {
    /// Transactions of the household
    #[arg(long, default_value_t = 20_000)]
    pub(crate) transactions: usize,
    /// Connections at the same time
    #[arg(long, default_value_t = 32)]
    pub(crate) connections: usize,
    /// How long each is measured, in seconds
    #[arg(long, default_value_t = 8)]
    pub(crate) seconds: u64,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whose").required(true).args(["account", "household"]))]
#[group(skip)]
pub(crate) struct Import {
    /// The file
    pub(crate) file: PathBuf,
    /// Into this account (its id, as the API shows it)
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Into the accounts of this household that the file names; missing ones are made
    #[arg(long)]
    pub(crate) household: Option<HouseholdId>,
    /// The currency of a file that does not say it (ISO 4217)
    #[arg(long)]
    pub(crate) currency: Option<String>,
    /// What the columns of a table mean: a file of JSON, as a statement shows its mapping
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// Says what the import would do, and writes nothing
    #[arg(long)]
    pub(crate) preview: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchJobs {
    /// How many
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,
    /// Over how many households
    #[arg(long, default_value_t = 64)]
    pub(crate) households: usize,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// waiting, running, parked or dead
    #[arg(long, value_parser = state)]
    pub(crate) state: Option<State>,
    /// urgent, routine or bulk
    #[arg(long, value_parser = lane)]
    pub(crate) lane: Option<Lane>,
    /// Only those after this one
    #[arg(long)]
    pub(crate) after: Option<JobId>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Stopped {
    /// The job
    pub(crate) id: Option<JobId>,
    /// All jobs of this state: parked or dead
    #[arg(long, value_parser = state)]
    pub(crate) all: Option<State>,
}

#[derive(Debug, Args)]
pub(crate) struct Probe {
    /// How many
    #[arg(long, default_value_t = 1)]
    pub(crate) count: u32,
    /// urgent, routine or bulk
    #[arg(long, default_value = "routine", value_parser = lane)]
    pub(crate) lane: Lane,
    /// A mark that their events repeat
    #[arg(long, default_value = "probe")]
    pub(crate) label: String,
    /// How long each works before its effect
    #[arg(long, default_value_t = 0)]
    pub(crate) hold_milliseconds: u64,
    /// At most one of this key waits
    #[arg(long)]
    pub(crate) unique: Option<String>,
    /// Never two of this key at once
    #[arg(long)]
    pub(crate) serial: Option<String>,
    /// At most CAP of KEY at once
    #[arg(long, value_name = "KEY:CAP", value_parser = group)]
    pub(crate) group: Option<(String, u32)>,
    /// The household; without it the house itself
    #[arg(long)]
    pub(crate) household: Option<HouseholdId>,
    #[command(flatten)]
    pub(crate) end: ProbeEnd,
}

/// How a probe ends; without any of these, with its effect.
#[derive(Debug, Args)]
#[group(multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "flags of the command line, of which at most one is set")]
pub(crate) struct ProbeEnd {
    /// Fails at the first so many attempts
    #[arg(long, value_name = "ATTEMPTS")]
    pub(crate) fail_first: Option<u16>,
    /// Puts itself off once, for so long
    #[arg(long, value_name = "MILLISECONDS")]
    pub(crate) later_once: Option<u64>,
    /// Waits until a person restarts it
    #[arg(long)]
    pub(crate) park: bool,
    /// Is hopeless
    #[arg(long)]
    pub(crate) never: bool,
    /// Panics
    #[arg(long)]
    pub(crate) panic: bool,
    /// Ends the process that works on it
    #[arg(long)]
    pub(crate) abort: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The connection (its id, as the API shows it)
    pub(crate) connection: String,
    /// Mends what differs; without it nothing is written
    #[arg(long)]
    pub(crate) write: bool,
    /// Names at most so many differences
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
    /// A line of JSON for each difference, and one for the sum
    #[arg(long)]
    pub(crate) json: bool,
    /// Shows amounts and descriptors
    #[arg(long)]
    pub(crate) amounts: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Only this household
    #[arg(long)]
    pub(crate) household: Option<HouseholdId>,
    /// Reads every page of the archive as well
    #[arg(long)]
    pub(crate) archive: bool,
    /// A line of JSON for each finding, and one for the sum
    #[arg(long)]
    pub(crate) json: bool,
    /// Shows amounts, in minor units
    #[arg(long)]
    pub(crate) amounts: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The household; without it the house itself
    #[arg(long)]
    pub(crate) household: Option<HouseholdId>,
    /// Only events after this number
    #[arg(long, default_value_t = 0)]
    pub(crate) after: i64,
    /// Goes on until it is stopped
    #[arg(long)]
    pub(crate) follow: bool,
}

fn lane(name: &str) -> Result<Lane, &'static str> {
    Lane::from_name(name).ok_or("must be urgent, routine or bulk")
}

fn state(name: &str) -> Result<State, &'static str> {
    State::from_name(name).ok_or("must be waiting, running, parked or dead")
}

fn group(text: &str) -> Result<(String, u32), &'static str> {
    let (key, cap) = text.rsplit_once(':').ok_or("must be a key, a colon and a cap")?;
    Ok((key.to_owned(), cap.parse().map_err(|_| "must end with a number")?))
}
