//! What each command does.

mod bench;
mod categorize;
mod demo;
mod doctor;
mod events;
mod import;
mod jobs;
mod rates;
mod replay;
mod sandbox;
mod sellers;
mod serve;
mod train;
mod verify;

use std::process::ExitCode;

use anyhow::{Context, Result};

use serve::Halves;

use crate::{cli::Command, compose, config::Config, config::key};

/// The exit code of a command that looked, and found something.
const FOUND: u8 = 1;
/// The exit code of such a command when it could not look.
const BLIND: u8 = 2;

/// Runs a command. A failure comes with the exit code that it has there.
pub(crate) async fn run(command: Command, config: Config) -> Result<ExitCode, (anyhow::Error, ExitCode)> {
    match command {
        Command::Replay(what) => replay::run(&config, &what).await.map_err(|error| (error, ExitCode::from(BLIND))),
        Command::Verify(what) => verify::run(&config, what).await.map_err(|error| (error, ExitCode::from(BLIND))),
        other => {
            let done = act(other, config).await;
            done.map(|()| ExitCode::SUCCESS).map_err(|error| (error, ExitCode::FAILURE))
        }
    }
}

async fn act(command: Command, config: Config) -> Result<()> {
    match command {
        Command::Serve => Box::pin(serve::run(config, Halves::Both)).await,
        Command::Demo => Box::pin(demo::run(config)).await,
        Command::Api => Box::pin(serve::run(config, Halves::Api)).await,
        Command::Worker => Box::pin(serve::run(config, Halves::Worker)).await,
        Command::Sandbox => sandbox::run(&config).await,
        Command::Schema => {
            print!("{}", api::sdl());
            Ok(())
        }
        Command::Migrate => migrate(&config).await,
        Command::Doctor => doctor::run(&config).await,
        Command::Jobs(what) => jobs::run(&config, what).await,
        Command::Bench(what) => Box::pin(bench::run(&config, what)).await,
        Command::Import(what) => Box::pin(import::run(&config, what)).await,
        Command::Categorize(what) => categorize::run(&what),
        Command::Train(what) => train::run(&what),
        Command::Sellers(what) => sellers::run(&what),
        Command::Rates(what) => rates::run(&config, what).await,
        Command::Events(what) => events::run(&config, what).await,
        Command::Replay(_) | Command::Verify(_) => unreachable!("they have exit codes of their own"),
    }
}

async fn migrate(config: &Config) -> Result<()> {
    let key = key::load_or_generate(config)?;
    let db = compose::open(config, &key, service::hint::Hints::in_process()).await?;
    db.migrate().await.context("the schema was not changed")?;
    // The key belongs to the database: whoever has the one must have the other.
    service::installation::assert_key(&db).await?;
    println!("the schema is up to date");
    Ok(db.close().await?)
}
