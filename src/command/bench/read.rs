//! `florin bench read`: what a screen asks for, over HTTP and GraphQL, against the same SQL.

use std::{net::SocketAddr, process::Stdio};

use anyhow::{Context, Result, bail};
use domain::{
    day::{Day, UTC},
    id::HouseholdId,
};
use service::{
    Db,
    bench::{Target, analyze},
    identity::{self, Register},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::Command,
    task::JoinSet,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

use super::page::page;
use crate::{
    cli::BenchRead,
    compose,
    config::{Config, Engine},
    listen::Listener,
};

const LIST: &str = "{ transactions(first: 50) { edges { node { id date amount { amount currency } descriptor isPending merchant { id name } category { id name } account { id name } } } pageInfo { hasNextPage endCursor } } }";

/// Seeds a household, serves it, and asks.
pub(super) async fn run(config: &Config, db: &Db, size: &BenchRead, stop: &CancellationToken) -> Result<()> {
    let outside = compose::outside(config, db, "http://localhost", None)?;
    let register = Register {
        mail_address: "bench@florin.example".into(),
        password: "bench bench bench".into(),
        name: "Bench".into(),
        locale: "en".into(),
        time_zone: "UTC".into(),
        currency: "EUR".into(),
    };
    let session = identity::register(db, register, std::net::Ipv4Addr::LOCALHOST.into()).await?;
    let scope = session.caller.scope;
    let mut target = Target::found_in(db, scope).await?;
    let today = Day::at(db.now_ms(), UTC);
    for n in 0..size.transactions / 500 {
        // A year of days: each page begins another month.
        let back = i32::try_from(n % 12).unwrap_or(0) * 30;
        target.take(db, outside.archive(), &page(n * 500, 500, today.plus(-back), n)).await?;
    }
    analyze(db).await?;
    let listener = Listener::bind(config).await?;
    let address = listener.address();
    let (serving, config_of, db_of) = (stop.child_token(), config.clone(), db.clone());
    let grace = Duration::from_secs(2);
    let stopped = serving.clone();
    let server = tokio::spawn(async move { listener.serve(&config_of, db_of, outside, grace, stopped).await });
    let month = today.month();
    let spending = format!(
        "{{ spending(from: \"{}\", to: \"{}\", groupBy: CATEGORY) {{ totals {{ amount currency }} groups {{ amount {{ amount currency }} count share category {{ id name }} }} }} }}",
        month.plus(-11).first_day(),
        month.last_day()
    );
    println!("{} transactions, {} connections, {} s each", size.transactions, size.connections, size.seconds);
    let sql = (list_sql(scope.household()), spending_sql(scope.household(), month.number()));
    for (name, query, sql) in [("list of 50", LIST.to_owned(), sql.0), ("12 months", spending, sql.1)] {
        let rate = asked(address, &session.tokens.access, &query, size).await?;
        println!("{name:<12} {rate:>8.0} requests a second over HTTP and GraphQL");
        match ceiling(config, &sql, size).await {
            Ok(ceiling) => println!(
                "{name:<12} {ceiling:>8.0} a second with pgbench and the same SQL: ratio {:.2}",
                rate / ceiling
            ),
            Err(reason) => println!("{name:<12} no ceiling: {reason:#}"),
        }
    }
    serving.cancel();
    server.await??;
    Ok(())
}

/// The rows of the list with the names of their accounts. Names of categories and merchants are in no table.
fn list_sql(household: HouseholdId) -> String {
    format!(
        r#"SELECT t.*, a.name, a.currency FROM (SELECT * FROM "transaction" WHERE household_id = {0} AND state IN (0, 1) ORDER BY day DESC, id DESC LIMIT 51) t
           JOIN account a ON a.household_id = {0} AND a.id = t.account_id;"#,
        household.0
    )
    .replace('\n', " ")
}

fn spending_sql(household: HouseholdId, month: i32) -> String {
    format!(
        "SELECT a.currency, s.category_id, sum(s.posted_minor), sum(s.pending_minor), sum(s.posted_count) FROM monthly_spending s
         JOIN account a ON a.household_id = s.household_id AND a.id = s.account_id
         WHERE s.household_id = {} AND s.month BETWEEN {} AND {month} GROUP BY 1, 2;",
        household.0,
        month - 11
    )
    .replace('\n', " ")
}

async fn asked(address: SocketAddr, token: &str, query: &str, size: &BenchRead) -> Result<f64> {
    let body = serde_json::json!({ "query": query }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let begun = Instant::now();
    let until = begun + Duration::from_secs(size.seconds);
    let mut clients = JoinSet::new();
    for _ in 0..size.connections {
        let request = request.clone();
        clients.spawn(async move {
            let mut stream = BufReader::new(TcpStream::connect(address).await?);
            let mut count = 0_u32;
            while Instant::now() < until {
                stream.write_all(request.as_bytes()).await?;
                answer(&mut stream).await?;
                count += 1;
            }
            anyhow::Ok(count)
        });
    }
    let mut count = 0;
    while let Some(done) = clients.join_next().await {
        count += done??;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

/// Reads an answer that must be good.
async fn answer(stream: &mut BufReader<TcpStream>) -> Result<()> {
    let (mut line, mut length, mut status) = (String::new(), 0, String::new());
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if status.is_empty() {
            text.clone_into(&mut status);
        }
        if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let good = status.contains("200")
        && !body.starts_with(br#"{"data":null"#)
        && !body.windows(8).any(|part| part == br#""errors""#);
    if good { Ok(()) } else { bail!("{status}: {}", String::from_utf8_lossy(&body)) }
}

/// The same SQL, prepared, as fast as PostgreSQL's own program asks.
async fn ceiling(config: &Config, sql: &str, size: &BenchRead) -> Result<f64> {
    let Engine::Postgres(url) = &config.database.engine else { bail!("it is measured on PostgreSQL") };
    let script = std::env::temp_dir().join(format!("florin-bench-{}.sql", std::process::id()));
    tokio::fs::write(&script, sql).await?;
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-j", "2"])
        .args(["-c", &size.connections.to_string(), "-T", &size.seconds.to_string(), "-f"])
        .arg(&script)
        .arg(url.expose())
        .stdin(Stdio::null())
        .output()
        .await
        .context("pgbench does not start (it comes with PostgreSQL)")?;
    tokio::fs::remove_file(&script).await?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
}
