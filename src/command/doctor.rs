//! `florin doctor`: what is configured and reachable. Shows no secret.

use anyhow::{Result, bail};
use service::{hint, installation, job};

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
    if well { Ok(()) } else { bail!("something is wrong, see above") }
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
