//! `florin demo`: the whole product with a household to look at. A person registers, links the sandbox bank, and the workers pull two years of
//! life through the pipeline that every bank takes. A later start finds everything as it was.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use domain::{
    category::{self, Kind},
    day::{Day, UTC},
    id::ConnectionId,
};
use service::{
    Db, Error, Scope, account,
    budget::{self, SetBudget},
    connection::{self, CompleteLink, StartLink, Status},
    event::Feed,
    identity::{self, Login, Register},
    notification,
    outside::SANDBOX,
    spending::{self, Grouping, Question},
    transaction::{self, Filter, Order, Slice},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};
use url::Url;

use super::serve::{self, Halves, Standing};
use crate::config::Config;

const MAIL_ADDRESS: &str = "demo@florin.example";
const PASSWORD: &str = "demo demo demo";
/// Where the demo begins.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The sandbox's customer with accounts in two currencies and 24 months of life.
const CUSTOMER: &str = "anna";
/// The first pull takes seconds; after this something is wrong.
const PATIENCE: Duration = Duration::from_mins(2);
/// What the demo household means to spend on groceries.
const GROCERIES: (&str, i64) = ("FOOD_AND_DRINK_GROCERIES", 150);

/// Runs until it is told to stop.
pub(crate) async fn run(mut config: Config) -> Result<()> {
    config.sandbox.listen.get_or_insert(SocketAddr::new(HERE, 0));
    serve::run_with(config, Halves::Both, Some(Box::new(|standing| Box::pin(show(standing))))).await
}

async fn show(standing: Standing) -> Result<()> {
    let begun = Instant::now();
    let scope = person(&standing.db).await?;
    if connection::list(&standing.db, scope).await?.is_empty() {
        println!("==> links the sandbox bank as a person would: OAuth 2, consent, code");
        link(&standing, scope).await?;
    }
    for linked in connection::list(&standing.db, scope).await? {
        if linked.status == Status::Pulling {
            let before = Instant::now();
            pulled(&standing.db, scope, linked.id).await?;
            println!("==> pulled, categorized and summed in {:.1} s", before.elapsed().as_secs_f64());
        }
    }
    set_budget(&standing.db, scope).await?;
    summary(&standing.db, scope).await?;
    println!("\nready after {:.1} s", begun.elapsed().as_secs_f64());
    explain(&standing.address);
    Ok(())
}

/// The demo's person: registered, or back.
async fn person(db: &Db) -> Result<Scope> {
    let register = Register {
        mail_address: MAIL_ADDRESS.into(),
        password: PASSWORD.into(),
        name: "Anna Demo".into(),
        locale: "en".into(),
        time_zone: "Europe/Berlin".into(),
        currency: "EUR".into(),
    };
    match identity::register(db, register, HERE).await {
        Ok(session) => {
            println!("==> a person registers: {MAIL_ADDRESS}");
            Ok(session.caller.scope)
        }
        Err(Error::Conflict { .. }) => {
            let login = Login { mail_address: MAIL_ADDRESS.into(), password: PASSWORD.into() };
            Ok(identity::login(db, login, HERE).await?.caller.scope)
        }
        Err(error) => Err(error.into()),
    }
}

async fn link(standing: &Standing, scope: Scope) -> Result<ConnectionId> {
    let command = StartLink { institution: SANDBOX, redirect_uri: None, connection: None };
    let started = connection::start_link(&standing.db, &standing.outside, scope, command).await?;
    let (state, code) = consent(&started.authorization_url.parse()?).await?;
    let command = CompleteLink { state, code };
    Ok(connection::complete_link(&standing.db, &standing.outside, scope, command).await?.id)
}

/// What a browser does on the bank's page: sends its form with "allow", and is sent back with state and code.
async fn consent(page: &Url) -> Result<(String, String)> {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(page.query_pairs())
        .append_pair("customer", CUSTOMER)
        .append_pair("decision", "allow")
        .finish();
    let (host, port) = (page.host_str().unwrap_or_default(), page.port_or_known_default().unwrap_or(80));
    let request = format!(
        "POST /authorize/decision HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect((host, port)).await.context("the sandbox bank does not answer")?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
    };
    let back: Url = answer.lines().find_map(header).context("the sandbox bank sent nobody back")?.parse()?;
    let sent: BTreeMap<_, _> = back.query_pairs().into_owned().collect();
    let value = |name: &str| sent.get(name).cloned().ok_or_else(|| anyhow!("the sandbox bank sent no {name}"));
    Ok((value("state")?, value("code")?))
}

/// Prints progress until everything is there.
async fn pulled(db: &Db, scope: Scope, id: ConnectionId) -> Result<()> {
    let mut feed = Feed::begin(db, scope, None).await?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let connection = connection::get(db, scope, id).await?;
        let count = counted(db, scope).await?;
        println!("    {count} transactions");
        match connection.status {
            Status::Active => return Ok(()),
            Status::SignInNeeded => bail!("the sandbox bank asks for a new sign-in"),
            Status::Pulling | Status::Failing => {}
        }
        if tokio::time::timeout_at(deadline, feed.next()).await.is_err() {
            bail!("the sandbox bank was not pulled within {} s", PATIENCE.as_secs());
        }
    }
}

async fn counted(db: &Db, scope: Scope) -> Result<i64> {
    let month = Day::at(db.now_ms(), UTC).month();
    let (from, to) = (month.plus(-30).first_day(), month.last_day());
    let mut count = 0;
    for kind in [Kind::Spending, Kind::Income, Kind::Transfer] {
        let question = Question { from, to, grouping: Grouping::Account, kind, within: None };
        count += spending::sum(db, scope, None, question).await?.sums.iter().map(|sum| sum.count).sum::<i64>();
    }
    Ok(count)
}

/// Sets the demo's budget, unless there is one.
async fn set_budget(db: &Db, scope: Scope) -> Result<()> {
    let month = Day::at(db.now_ms(), UTC).month();
    if !budget::list(db, scope, month).await?.all.is_empty() {
        return Ok(());
    }
    let (key, amount) = GROCERIES;
    let category = category::by_key(key).context("a category of the taxonomy")?.id;
    let command = SetBudget { category, currency: None, amount: Some(amount.into()), from: None };
    budget::set(db, scope, command).await?;
    Ok(())
}

async fn summary(db: &Db, scope: Scope) -> Result<()> {
    println!("==> accounts");
    for account in account::list(db, scope).await? {
        let drift = account.drift.map_or_else(String::new, |drift| format!("   drift {}", drift.decimal()));
        println!(
            "    {:<14} {:>12} {}{drift}",
            account.name,
            account.balance.decimal(),
            account.balance.currency.code()
        );
    }
    let month = Day::at(db.now_ms(), UTC).month().plus(-1);
    println!("==> where {month} went");
    let (from, to) = (month.first_day(), month.last_day());
    let question = Question { from, to, grouping: Grouping::Category, kind: Kind::Spending, within: None };
    let spent = spending::sum(db, scope, None, question).await?;
    let categories = &spent.categories;
    for sum in spent.sums.iter().take(8) {
        let spending::Key::Category(id) = &sum.key else { continue };
        let label = &categories.or_uncategorized(*id).name;
        println!("    {label:<26} {:>10} {}", sum.amount.decimal(), sum.amount.currency.code());
    }
    println!("==> the latest transactions");
    let slice = Slice { first: Some(6), ..Slice::default() };
    for (_, row) in transaction::list(db, scope, None, &Filter::default(), Order::default(), &slice).await?.rows {
        let category = &categories.or_uncategorized(row.category).name;
        let pending = if row.pending { "pending" } else { "" };
        println!(
            "    {} {:>10} {}  {:<24} {category:<22} {pending}",
            row.day,
            row.amount.decimal(),
            row.amount.currency.code(),
            row.merchant_name
        );
    }
    for alert in notification::list(db, scope, 3).await? {
        let label = &categories.or_uncategorized(alert.category).name;
        println!("==> alert: {label} has used {} of {}", alert.used, alert.budget);
    }
    Ok(())
}

fn explain(address: &str) {
    let login = format!(
        r#"{{"query": "mutation {{ login(input: {{email: \"{MAIL_ADDRESS}\", password: \"{PASSWORD}\"}}) {{ accessToken }} }}"}}"#
    );
    let today = "{ transactions(first: 5) { edges { node { date amount { amount currency } merchant { name } category { name } account { name } } } } }";
    println!(
        r#"
Florin is up: {address}            GraphiQL: {address}/graphiql
Sign in as {MAIL_ADDRESS} with the password "{PASSWORD}".

First a token:

  token=$(curl -s {address}/graphql -H 'content-type: application/json' -d '{login}' | grep -o 'fat_[^"]*')

Then three queries, here with curl; in GraphiQL paste what stands behind "query", with {{"authorization": "Bearer TOKEN"}} as headers:

  curl -s {address}/graphql -H "authorization: Bearer $token" -H 'content-type: application/json' -d '{{"query": "{{ accounts {{ name kind balance {{ amount currency }} }} }}"}}'

  curl -s {address}/graphql -H "authorization: Bearer $token" -H 'content-type: application/json' -d '{{"query": "{today}"}}'

  curl -s {address}/graphql -H "authorization: Bearer $token" -H 'content-type: application/json' -d '{{"query": "{{ spending(from: \"2026-01-01\", to: \"2026-12-31\", groupBy: MERCHANT) {{ totals {{ amount currency }} groups {{ amount {{ amount currency }} count share merchant {{ name }} }} }} }}"}}'

Ctrl-C stops it; the next start finds everything as it was."#
    );
}
