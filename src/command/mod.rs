//! What each command does.

mod doctor;
mod events;
mod jobs;
mod serve;

use anyhow::{Context, Result};

use crate::{cli::Command, compose, config::Config, config::key};

/// Runs a command.
pub(crate) async fn run(command: Command, config: Config) -> Result<()> {
    match command {
        Command::Serve => Box::pin(serve::serve(config)).await,
        Command::Worker => Box::pin(serve::worker(config)).await,
        Command::Migrate => migrate(&config).await,
        Command::Doctor => doctor::run(&config).await,
        Command::Jobs(what) => jobs::run(&config, what).await,
        Command::Events(what) => events::run(&config, what).await,
    }
}

async fn migrate(config: &Config) -> Result<()> {
    // The key belongs to the database: whoever has the one must have the other.
    key::load_or_generate(config)?;
    let db = compose::open(config, service::hint::Hints::in_process()).await?;
    db.migrate().await.context("the schema was not changed")?;
    println!("the schema is up to date");
    Ok(db.close().await?)
}
