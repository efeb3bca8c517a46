//! A household's merchants: those of its transactions, each with what it says of it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use domain::{
    categorize,
    currency::Currency,
    day::Day,
    merchant::{self as sellers, Directory, MerchantId},
    money::Money,
};
use sea_orm::ConnectionTrait;

use super::directory::directory;
use crate::{
    Db, Error, Result, Scope,
    connection::currency,
    transaction::{Cut, SHOWN},
};

/// The longest text that is looked for.
const TEXT_CHARS: usize = 100;

/// A merchant, as a household knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The merchant.
    pub id: MerchantId,
    /// What it is called.
    pub name: String,
    /// What the household calls it, where it does.
    pub given_name: Option<String>,
    /// Those that are part of it, each by its own name.
    pub merged: Vec<(MerchantId, String)>,
    /// How many transactions are with it.
    pub count: u64,
    /// What they come to, pending ones among them, a sum for each currency: in positive, out negative.
    pub amounts: Vec<Money>,
    /// The day of the first one.
    pub first: Option<Day>,
    /// The day of the last one.
    pub last: Option<Day>,
}

/// The order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// That of the latest transaction first.
    Latest,
    /// That of the most transactions first.
    Count,
    /// By name.
    Name,
}

/// Which part of the list.
#[derive(Clone, Debug)]
pub struct Question {
    /// Only those in whose name, or the name of one that is part of them, this text is, in capitals or not.
    pub text: Option<String>,
    /// In which order.
    pub order: Order,
    /// So many.
    pub first: Option<i32>,
    /// Behind this cursor.
    pub after: Option<String>,
}

/// A page of the list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Each with its cursor.
    pub rows: Vec<(String, Known)>,
    /// Whether the list goes on after it.
    pub has_next: bool,
    /// Whether there is something before it.
    pub has_previous: bool,
    /// How many there are in all.
    pub count: usize,
}

/// A page of the merchants of a household's transactions.
pub async fn list(db: &Db, scope: Scope, seq: Option<i64>, question: &Question) -> Result<Page> {
    let text = question.text.as_deref().map(str::to_lowercase).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS) {
        return Err(Error::invalid("text", format!("must have at most {TEXT_CHARS} characters")));
    }
    let order = question.order;
    let cut = Cut::new(&("merchants", &text, order), question.first, question.after.as_deref())?;
    let directory = directory(db, scope, seq).await?;
    let mut all = read(db, scope, &directory, None).await?;
    if let Some(text) = text {
        let has = |name: &str| name.to_lowercase().contains(&text);
        let is_called_so = |id: MerchantId| directory.names(id).any(has);
        all.retain(|known| {
            has(&known.name) || is_called_so(known.id) || known.merged.iter().any(|(id, _)| is_called_so(*id))
        });
    }
    match order {
        Order::Latest => all.sort_by_key(|known| (Reverse(known.last), known.id)),
        Order::Count => all.sort_by_key(|known| (Reverse(known.count), known.id)),
        Order::Name => all.sort_by_cached_key(|known| (known.name.to_lowercase(), known.id)),
    }
    let from = match cut.from {
        None => 0,
        Some((key, id)) => behind(&all, order, key, MerchantId(id)),
    };
    let count = all.len();
    let has_next = count - from > cut.size as usize;
    let rows = all.into_iter().skip(from).take(cut.size as usize);
    let rows = rows.map(|known| (cut.cursor(order.key(&known), known.id.0), known)).collect();
    Ok(Page { rows, has_next, has_previous: from > 0, count })
}

/// Where the list goes on behind one of it; behind its place, if it is not there any more.
fn behind(all: &[Known], order: Order, key: i64, id: MerchantId) -> usize {
    // One that has gone, or has moved since, stood where the cursor says.
    match all.iter().position(|known| known.id == id && order.key(known) == key) {
        Some(at) => at + 1,
        // Of names the key is only how they begin: rather one twice than one not at all.
        None if order == Order::Name => all.partition_point(|known| order.key(known) < key),
        None => all.partition_point(|known| (order.key(known), known.id) <= (key, id)),
    }
}

impl Order {
    /// The place of a merchant in the list, nearly.
    fn key(self, known: &Known) -> i64 {
        match self {
            Self::Latest => -known.last.map_or(0, |day| i64::from(day.number())),
            Self::Count => -i64::try_from(known.count).unwrap_or(i64::MAX),
            Self::Name => {
                let name = known.name.to_lowercase();
                let letter = |at| i64::from(name.as_bytes().get(at).copied().unwrap_or(0));
                (0..7).fold(0, |key, at| key << 8 | letter(at))
            }
        }
    }
}

/// One of them, by its own id or that of one that is part of it.
pub async fn get(db: &Db, scope: Scope, id: MerchantId) -> Result<Known> {
    let directory = directory(db, scope, None).await?;
    let one = directory.resolve(id);
    let known = read(db, scope, &directory, Some(one)).await?.into_iter().find(|known| known.id == one);
    known.ok_or(Error::NotFound { what: "merchant" })
}

/// One of which something was said just now, whether it has transactions or not. `name` is what it is called, if nothing says it any more.
pub(super) async fn said(db: &Db, scope: Scope, id: MerchantId, name: String) -> Result<Known> {
    match get(db, scope, id).await {
        Err(Error::NotFound { .. }) => {
            Ok(Gathered { name: Some(name), ..Gathered::default() }.known(id, &Directory::default(), Vec::new()))
        }
        known => known,
    }
}

async fn read(db: &Db, scope: Scope, directory: &Directory, only: Option<MerchantId>) -> Result<Vec<Known>> {
    let family = only.map(|id| directory.family(id));
    let only = family.as_ref().map_or_else(String::new, |family| {
        let ids: Vec<String> = family.iter().map(ToString::to_string).collect();
        format!("AND t.merchant_id IN ({})", ids.join(", "))
    });
    // Lines that name nobody are of no merchant.
    let sql = format!(
        r#"SELECT t.merchant_id, a.currency, count(*), min(t.day), max(t.day), CAST(sum(t.amount_minor) AS bigint),
             min(t.merchant_name), min(t.descriptor)
           FROM "transaction" t JOIN account a ON a.household_id = t.household_id AND a.id = t.account_id
           WHERE t.household_id = $1 AND t.{SHOWN} AND t.merchant_id <> $2 {only} GROUP BY 1, 2 ORDER BY 1, 2"#
    );
    let values = [scope.household().0.into(), MerchantId::of_name("").0.into()];
    let mut all: HashMap<MerchantId, Gathered> = HashMap::new();
    for row in db.reader().query_all_raw(db.statement(&sql, values)).await? {
        let id = MerchantId(row.try_get_by_index(0)?);
        let currency = currency(&row.try_get_by_index::<String>(1)?)?;
        let (first, last) = (Day::of_row(row.try_get_by_index(3)?), Day::of_row(row.try_get_by_index(4)?));
        let one = all.entry(directory.resolve(id)).or_default();
        if directory.resolve(id) == id && one.name.is_none() {
            let name: Option<String> = row.try_get_by_index(6)?;
            let descriptor: String = row.try_get_by_index(7)?;
            one.name = Some(name.unwrap_or_else(|| categorize::merchant_name(id, &descriptor)));
        }
        one.count += u64::try_from(row.try_get_by_index::<i64>(2)?).unwrap_or(0);
        one.first = Some(one.first.map_or(first, |before: Day| before.min(first)));
        one.last = one.last.max(Some(last));
        *one.amounts.entry(currency).or_default() += row.try_get_by_index::<i64>(5)?;
    }
    // One that was asked for is there when something is said of it, or Florin knows it, whether it has transactions or not.
    let asked = family.iter().flatten().map(|id| directory.resolve(*id));
    for id in asked.filter(|id| directory.saying(*id).is_some() || id.is_listed()) {
        all.entry(id).or_default();
    }
    let mut merged: HashMap<MerchantId, Vec<(MerchantId, String)>> = HashMap::new();
    for (id, saying) in directory.sayings().filter(|(_, saying)| saying.merged_into.is_some()) {
        let name = saying.name.clone().unwrap_or_else(|| saying.known_as.clone());
        merged.entry(directory.resolve(id)).or_default().push((id, name));
    }
    Ok(all
        .into_iter()
        .map(|(id, gathered)| gathered.known(id, directory, merged.remove(&id).unwrap_or_default()))
        .collect())
}

/// What is added up of a merchant.
#[derive(Debug, Default)]
struct Gathered {
    /// What its own rows say that it is called.
    name: Option<String>,
    count: u64,
    amounts: BTreeMap<Currency, i64>,
    first: Option<Day>,
    last: Option<Day>,
}

impl Gathered {
    fn known(self, id: MerchantId, directory: &Directory, mut merged: Vec<(MerchantId, String)>) -> Known {
        let saying = directory.saying(id);
        let given_name = saying.and_then(|saying| saying.name.clone());
        let listed = || sellers::name(id).map(str::to_owned);
        let name = given_name.clone().or(self.name).or_else(listed).or_else(|| saying.map(|it| it.known_as.clone()));
        merged.sort_by_cached_key(|(id, name)| (name.to_lowercase(), *id));
        Known {
            id,
            name: name.unwrap_or_default(),
            given_name,
            merged,
            count: self.count,
            amounts: self.amounts.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect(),
            first: self.first,
            last: self.last,
        }
    }
}
