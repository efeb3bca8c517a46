//! `florin doctor`: what is configured and reachable. Shows no secret.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use service::{exchange, hint, installation, job};

use crate::{
    compose,
    config::{Config, key},
};

/// Looks at everything, and fails when something is wrong.
pub(crate) async fn run(config: &Config) -> Result<()> {
    println!("configuration");
    for shown in &config.shown {
        println!("  {:<28} {}  ({})", shown.key, shown.value, shown.place);
    }
    println!("checks");
    let mut well = true;
    let mut check = |name: &str, outcome: Result<String>| match outcome {
        Ok(fact) => println!("  ok    {name}: {fact}"),
        Err(error) => {
            well = false;
            println!("  FAIL  {name}: {error:#}");
        }
    };
    check("master key", key::load_or_generate(config).map(|_| "present".to_owned()).map_err(Into::into));
    check("database", database(config).await);
    check("Redis", redis(config).await);
    check("archive", archive(config).await);
    check("sandbox bank", sandbox(config).await);
    check("exchange rates", rates(config).await);
    if well { Ok(()) } else { bail!("something is wrong, see above") }
}

/// Whether the archive's folder, or the one in which it will be made, can be written to.
async fn archive(config: &Config) -> Result<String> {
    tokio::fs::create_dir_all(&config.archive_folder).await?;
    let probe = config.archive_folder.join(format!("doctor-{}", std::process::id()));
    tokio::fs::write(&probe, b"").await?;
    tokio::fs::remove_file(&probe).await?;
    Ok(format!("{} can be written to", config.archive_folder.display()))
}

/// Whether somebody listens where the sandbox bank should be.
async fn sandbox(config: &Config) -> Result<String> {
    let Some(url) = &config.sandbox.url else {
        return Ok(match config.sandbox.listen {
            Some(address) => format!("`florin serve` will run it on {address}"),
            None => "not configured: no bank can be linked".to_owned(),
        });
    };
    let url: url::Url = url.parse()?;
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(80));
    let connected = tokio::time::timeout(Duration::from_secs(5), tokio::net::TcpStream::connect((host, port))).await;
    connected.context("no answer within 5 s")?.with_context(|| format!("{url} is not reachable"))?;
    Ok(format!("{url} is reachable"))
}

/// Of which day the latest exchange rates are. That there are none is no fault: what cannot be converted says so.
async fn rates(config: &Config) -> Result<String> {
    let db = compose::connect(config).await?;
    let latest = exchange::latest(&db).await?;
    db.close().await?;
    let known = latest.map_or_else(|| "none yet".to_owned(), |day| format!("up to {day}"));
    Ok(match &config.rates_url {
        Some(url) => format!("{known}, fetched from {url}"),
        None => format!("{known}, not fetched"),
    })
}

async fn redis(config: &Config) -> Result<String> {
    let Some(url) = &config.redis_url else {
        return Ok("not configured: doorbells and hints stay in this process".to_owned());
    };
    hint::redis_answers(url.expose()).await?;
    Ok("answers".to_owned())
}

async fn database(config: &Config) -> Result<String> {
    let db = compose::connect(config).await?;
    db.ping().await?;
    installation::assert_key(&db).await?;
    let counts = job::counts(&db).await?;
    let jobs = |state| counts.iter().filter(|((_, known), _)| *known == state).map(|(_, count)| count).sum::<i64>();
    let (waiting, dead) = (jobs(job::State::Waiting), jobs(job::State::Dead));
    db.close().await?;
    Ok(format!("answers, schema up to date, {waiting} jobs waiting, {dead} dead"))
}
