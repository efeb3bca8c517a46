//! The list of sellers of the world, from openly licensed lists of names.
//!
//! The list is its own registry: whoever stands in it keeps his number for ever, whether or not a source names him today, and new ones
//! follow behind the last. A name with several meanings in one country is left to whoever people pay most often there.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
};

use domain::{
    categorize::{self, normalize},
    category::{self, CategoryId},
};
use serde::Deserialize;

/// What kinds of places sell, by their tags in OpenStreetMap.
const TAGS: &str = include_str!("../data/osm_tag.csv");
/// The first line of the list.
const HEAD: &str = "# id,name,category,category of money in,countries,spellings; built by `florin sellers`\n";
/// The list's numbers end before those that a household gives.
const END: i64 = 1_000_000;
/// Words of a spelling.
const WORDS: usize = 8;
/// Spellings of a seller.
const SPELLINGS: usize = 8;
/// Letters that a name of one word has at least.
const LETTERS: usize = 4;
/// Kinds of places that a brand has beside its business: its name means the business.
const BESIDE: [&str; 9] = [
    "amenity/atm",
    "amenity/charging_station",
    "amenity/fuel",
    "amenity/parcel_locker",
    "amenity/parking",
    "amenity/vending_machine",
    "shop/kiosk",
    "shop/outpost",
    "shop/pharmacy",
];

/// The texts that the list is built from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// `nsi.json` of the name suggestion index.
    pub index: &'a str,
    /// `names_all.json` of an older one: how many places bear a name.
    pub counts: &'a str,
    /// Universities: lines of country, name and address.
    pub universities: &'a str,
    /// Colleges of the United States.
    pub colleges: &'a str,
    /// Banks: a registry of each country.
    pub banks: &'a [String],
    /// The list as it stands.
    pub list: &'a str,
}

/// Why no list was built.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A source is not what it should be.
    #[error("{source_name} cannot be read: {error}")]
    Source {
        /// Which.
        source_name: &'static str,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// The list as it stands is damaged: its numbers would be lost.
    #[error("line {line} of the list as it stands: {reason}")]
    List {
        /// From one on.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No number is left.
    #[error("the list is full")]
    Full,
}

#[derive(Deserialize)]
struct Index {
    nsi: BTreeMap<String, Shelf>,
}

#[derive(Deserialize)]
struct Shelf {
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    display_name: String,
    location_set: Places,
    #[serde(default)]
    match_names: Vec<String>,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Places {
    #[serde(default)]
    include: Vec<serde_json::Value>,
}

/// Where somebody is: nowhere in particular where there is no country.
type Countries = BTreeSet<String>;

/// Somebody who may be listed. Of one name and category there is one.
#[derive(Clone, Debug, Default)]
struct Candidate {
    name: String,
    countries: Countries,
    is_everywhere: bool,
    spellings: Vec<String>,
    /// How many places bear the name, as far as is known.
    places: u64,
    is_beside: bool,
}

/// By which a seller is known again: the spelling of the name, and the category.
type Key = (String, String);

/// Builds the list.
///
/// # Errors
/// When a source or the list as it stands cannot be read.
pub fn build(sources: &Sources<'_>) -> Result<String, Problem> {
    let registry = registry(sources.list)?;
    let mut found: BTreeMap<Key, Candidate> = BTreeMap::new();
    collect(sources, &mut found)?;
    educate(sources, &mut found)?;
    bank(sources.banks, &mut found)?;
    settle(&mut found);
    write(registry, found)
}

fn registry(list: &str) -> Result<Vec<(i64, Key, String)>, Problem> {
    let rows = list.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    rows.map(|(at, line)| {
        let problem = |reason| Problem::List { line: at + 1, reason };
        let (id, rest) = line.split_once(',').ok_or(problem("no fields"))?;
        let id = id.parse().map_err(|_| problem("the id is no number"))?;
        let (name, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once("\",").ok_or(problem("a quotation mark is open"))?,
            None => rest.split_once(',').ok_or(problem("no category"))?,
        };
        let category = rest.split(',').next().unwrap_or_default();
        Ok((id, (normalize::spelled(name), category.to_owned()), line.to_owned()))
    })
    .collect()
}

fn collect(sources: &Sources<'_>, found: &mut BTreeMap<Key, Candidate>) -> Result<(), Problem> {
    let problem = |source_name| move |error| Problem::Source { source_name, error };
    let index: Index = serde_json::from_str(sources.index).map_err(problem("the index"))?;
    let counts: HashMap<String, u64> = serde_json::from_str(sources.counts).map_err(problem("the counts"))?;
    let tags = TAGS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(','));
    let tags: HashMap<&str, &str> = tags.collect();
    for (path, shelf) in &index.nsi {
        let Some((_, tag)) = path.split_once('/') else { continue };
        let Some(category) = tags.get(tag) else { continue };
        for item in &shelf.items {
            let name = tidy(&item.display_name);
            let names = ["name", "brand", "operator", "name:en", "brand:en", "operator:en", "short_name"];
            // A network or an operator of many kinds of places is called what its shelf calls it.
            let tagged = names.iter().filter(|_| path.starts_with("brands/")).filter_map(|key| item.tags.get(*key));
            let spellings = std::iter::once(&item.display_name).chain(tagged).chain(&item.match_names);
            let places = counts.get(&format!("{tag}|{}", item.display_name)).copied().unwrap_or_default();
            let is_beside = BESIDE.contains(&tag) || !path.starts_with("brands/");
            let (countries, is_everywhere) = located(&item.location_set);
            let one = Candidate { name, countries, is_everywhere, places, is_beside, spellings: spell(spellings) };
            add(found, category, one);
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct College {
    name: String,
}

fn educate(sources: &Sources<'_>, found: &mut BTreeMap<Key, Candidate>) -> Result<(), Problem> {
    let colleges: Vec<College> = serde_json::from_str(sources.colleges)
        .map_err(|error| Problem::Source { source_name: "the colleges", error })?;
    let universities = sources.universities.lines().filter_map(|line| {
        let (country, rest) = line.split_once(',')?;
        let name = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once("\",")?.0,
            None => rest.split_once(',')?.0,
        };
        Some((country, name.to_owned()))
    });
    let colleges = colleges.into_iter().map(|college| ("US", college.name));
    for (country, name) in universities.chain(colleges).filter(|(country, _)| is_country(country)) {
        let one = Candidate {
            name: tidy(&name),
            countries: Countries::from([country.to_owned()]),
            spellings: spell(std::iter::once(&name)),
            is_beside: true,
            ..Candidate::default()
        };
        add(found, "GENERAL_SERVICES_EDUCATION", one);
    }
    Ok(())
}

/// A registry of banks, in either of its two forms.
#[derive(Deserialize)]
#[serde(untagged)]
enum Banks {
    Entries { entries: Vec<Bank> },
    List(Vec<Bank>),
}

#[derive(Deserialize)]
struct Bank {
    name: String,
    country_code: String,
}

/// Countries whose registries name companies of all kinds.
const MIXED: [&str; 7] = ["CY", "GB", "IE", "LT", "LU", "RS", "SA"];
/// What a name of one of them must hold to be a bank's.
const BANKING: [&str; 7] = ["BANK", "BANCO", "BANCA", "BANQUE", "BUILDING SOCIETY", "CREDIT UNION", "UNIJA"];
/// A country whose registry names each branch.
const BRANCHES: &str = "UA";

fn bank(registries: &[String], found: &mut BTreeMap<Key, Candidate>) -> Result<(), Problem> {
    for registry in registries {
        let banks = serde_json::from_str(registry)
            .map_err(|error| Problem::Source { source_name: "a registry of banks", error })?;
        let (Banks::Entries { entries: banks } | Banks::List(banks)) = banks;
        let is_one = |bank: &Bank| {
            let spelled = normalize::spelled(&bank.name);
            let is_bank =
                !MIXED.contains(&bank.country_code.as_str()) || BANKING.iter().any(|word| spelled.contains(word));
            is_bank && bank.country_code != BRANCHES
        };
        for bank in banks.into_iter().filter(is_one) {
            let one = Candidate {
                name: tidy(&bank.name),
                countries: Countries::from([bank.country_code]),
                spellings: spell(std::iter::once(&bank.name)),
                is_beside: true,
                ..Candidate::default()
            };
            add(found, "BANK_FEES_OTHER_BANK_FEES", one);
        }
    }
    Ok(())
}

/// Takes one up, or what it adds to who is there.
fn add(found: &mut BTreeMap<Key, Candidate>, category: &str, one: Candidate) {
    let spelled = normalize::spelled(&one.name);
    if spelled.is_empty() || one.spellings.is_empty() || category::by_key(category).is_none() {
        return;
    }
    let here = found.entry((spelled, category.to_owned())).or_insert_with(|| Candidate {
        name: one.name.clone(),
        is_beside: true,
        ..Candidate::default()
    });
    here.countries.extend(one.countries);
    here.is_everywhere |= one.is_everywhere;
    here.places = here.places.max(one.places);
    here.is_beside &= one.is_beside;
    for spelling in one.spellings {
        if !here.spellings.contains(&spelling) && here.spellings.len() < SPELLINGS {
            here.spellings.push(spelling);
        }
    }
}

/// A name for a line of the list.
fn tidy(name: &str) -> String {
    name.replace('"', "”").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn spell<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut spellings: Vec<String> = Vec::new();
    for spelling in names.map(|name| normalize::without_legal_form(&normalize::spelled(name))) {
        let words = spelling.split(' ').count();
        let letters = spelling.chars().filter(|c| c.is_alphabetic()).count();
        // Letters of other alphabets say more each.
        let is_long = letters >= LETTERS || (words > 1 && letters >= 3) || (!spelling.is_ascii() && letters >= 2);
        // What is written twice, split as a descriptor is, must be the same.
        let is_stable = normalize::spelled(&spelling) == spelling;
        if is_long
            && words <= WORDS
            && is_stable
            && !normalize::names_nobody(&spelling)
            && !spellings.contains(&spelling)
        {
            spellings.push(spelling);
        }
    }
    spellings
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The countries of a set of places, and whether it is the world or a part of it that holds many. A part of a country is the country; a
/// point on the map is in none that is known.
fn located(places: &Places) -> (Countries, bool) {
    let mut countries = Countries::new();
    let mut is_everywhere = false;
    for place in &places.include {
        let Some(place) = place.as_str() else { continue };
        let place = place.to_ascii_uppercase();
        let country = place.split(['-', '.']).next().unwrap_or_default();
        match country {
            "FX" => is_in(&mut countries, "FR"),
            "UK" => is_in(&mut countries, "GB"),
            "CONUS" => is_in(&mut countries, "US"),
            _ if is_country(country) => is_in(&mut countries, country),
            _ if country.bytes().all(|byte| byte.is_ascii_digit()) => is_everywhere = true,
            _ => {}
        }
    }
    if countries.is_empty() && !is_everywhere {
        is_in(&mut countries, NOWHERE);
    }
    (countries, is_everywhere)
}

fn is_in(countries: &mut Countries, country: &str) {
    countries.insert(country.to_owned());
}

/// The code of a country that nobody knows (left to users by ISO 3166): no line comes from there.
const NOWHERE: &str = "ZZ";

/// A name that is taken somewhere: where, and by which of the well-known, if it is one: the number of its group.
struct Claim {
    countries: Countries,
    is_everywhere: bool,
    group: Option<CategoryId>,
}

impl Claim {
    fn meets(&self, one: &Candidate) -> bool {
        self.is_everywhere || one.is_everywhere || !self.countries.is_disjoint(&one.countries)
    }
}

/// Each spelling belongs to one of them in a country: to the one with the most places, whose business it is. What the well-known sellers
/// are called is theirs, and whoever bears such a name and sells the same is one of them.
fn settle(found: &mut BTreeMap<Key, Candidate>) {
    let mut taken: HashMap<String, Vec<Claim>> = HashMap::new();
    for listed in categorize::listed().filter(categorize::Listed::is_well_known) {
        let countries: Countries = listed.countries().map(|code| String::from_utf8_lossy(&code).into_owned()).collect();
        let written = listed.spellings().map(|(spelling, _)| spelling.to_owned());
        for spelling in written.chain([normalize::spelled(listed.name)]) {
            let group = category::group(listed.category);
            let claim = Claim { countries: countries.clone(), is_everywhere: countries.is_empty(), group };
            taken.entry(spelling).or_default().push(claim);
        }
    }
    found.retain(|(spelled, key), one| {
        let group = category::by_key(key).and_then(|category| category::group(category.id));
        let is_known = |claim: &Claim| claim.group == group && claim.meets(one);
        let mut names = one.spellings.iter().chain([spelled]);
        !names.any(|name| taken.get(name).is_some_and(|claims| claims.iter().any(is_known)))
    });
    let mut order: Vec<Key> = found.keys().cloned().collect();
    order.sort_by_key(|key| (found[key].is_beside, Reverse(found[key].places)));
    for key in order {
        let Some(one) = found.get_mut(&key) else { continue };
        let mut mine = Vec::new();
        for spelling in &one.spellings {
            let claims = taken.entry(spelling.clone()).or_default();
            if !claims.iter().any(|claim| claim.meets(one)) {
                let (countries, is_everywhere) = (one.countries.clone(), one.is_everywhere);
                claims.push(Claim { countries, is_everywhere, group: None });
                mine.push(spelling.clone());
            }
        }
        one.spellings = mine;
    }
    found.retain(|_, one| !one.spellings.is_empty());
}

fn write(registry: Vec<(i64, Key, String)>, mut found: BTreeMap<Key, Candidate>) -> Result<String, Problem> {
    let mut text = HEAD.to_owned();
    let mut next = categorize::FIRST_OF_WORLD;
    for (id, key, line) in registry {
        match found.remove(&key) {
            Some(one) => write_line(&mut text, id, &key.1, &one),
            // Nobody names him any more, but rows do: he is listed without a spelling.
            None => writeln!(text, "{}", without_spellings(&line)).unwrap_or_default(),
        }
        next = next.max(id + 1);
    }
    for (key, one) in found {
        if next >= END {
            return Err(Problem::Full);
        }
        write_line(&mut text, next, &key.1, &one);
        next += 1;
    }
    Ok(text)
}

fn without_spellings(line: &str) -> &str {
    line.rfind(',').map_or(line, |comma| &line[..=comma])
}

fn write_line(text: &mut String, id: i64, category: &str, one: &Candidate) {
    let name = if one.name.contains(',') { format!("\"{}\"", one.name) } else { one.name.clone() };
    let countries =
        if one.is_everywhere { String::new() } else { one.countries.iter().cloned().collect::<Vec<_>>().join(" ") };
    // A single word counts only as the whole name, unless it is long and borne by many.
    let spelled = |spelling: &String| {
        let is_guarded = !spelling.contains(' ') && (spelling.len() < 7 || one.places < 100);
        if is_guarded { format!("={spelling}") } else { spelling.clone() }
    };
    let spellings = one.spellings.iter().map(spelled).collect::<Vec<_>>().join("|");
    writeln!(text, "{id},{name},{category},,{countries},{spellings}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = r#"{ "nsi": {
        "brands/shop/supermarket": { "items": [
            { "displayName": "Zorbo, Market", "locationSet": { "include": ["us-tx.geojson", "fx"] }, "matchNames": ["ZB"], "tags": { "brand": "Zorbo Inc." } },
            { "displayName": "Walmart", "locationSet": { "include": ["us"] }, "tags": {} } ] },
        "brands/amenity/fuel": { "items": [
            { "displayName": "Zorbo Market", "locationSet": { "include": ["us"] }, "tags": {} },
            { "displayName": "Quux Oil", "locationSet": { "include": ["001"] }, "tags": {} } ] },
        "flags/man_made/flagpole": { "items": [ { "displayName": "Nowhereland", "locationSet": {}, "tags": {} } ] } } }"#;

    fn built(list: &str) -> Result<Vec<String>, Problem> {
        let banks = [r#"[{ "name": "Bank of Zorbo Ltd", "country_code": "GB" }, { "name": "Zorbo Shoes", "country_code": "GB" }]"#.to_owned()];
        let sources = Sources {
            index: INDEX,
            counts: r#"{ "shop/supermarket|Zorbo, Market": 500 }"#,
            universities: "AD,University of Zorbo,http://zorbo.example/\n",
            colleges: r#"[{ "name": "Zorbo College" }]"#,
            banks: &banks,
            list,
        };
        build(&sources).map(|list| list.lines().skip(1).map(str::to_owned).collect())
    }

    #[test]
    fn names_become_sellers_with_countries_and_guarded_spellings() {
        assert_eq!(
            built("").expect("built"),
            [
                "200001,Bank of Zorbo Ltd,BANK_FEES_OTHER_BANK_FEES,,GB,BANK OF ZORBO",
                "200002,Quux Oil,TRANSPORTATION_GAS,,,QUUX OIL",
                "200003,University of Zorbo,GENERAL_SERVICES_EDUCATION,,AD,UNIVERSITY OF ZORBO",
                "200004,Zorbo College,GENERAL_SERVICES_EDUCATION,,US,ZORBO COLLEGE",
                // The pump has lost its spelling to the shop, and the well-known are not listed again.
                "200005,\"Zorbo, Market\",FOOD_AND_DRINK_GROCERIES,,FR US,ZORBO MARKET|=ZORBO",
            ]
        );
    }

    #[test]
    fn whoever_has_a_number_keeps_it() {
        let list = "# id\n200001,Gone Ltd,TRAVEL_LODGING,,GB,GONE\n200007,Quux Oil,TRANSPORTATION_GAS,,US,QUUX OIL\n";
        let again = built(list).expect("built");
        assert_eq!(
            again[..2],
            ["200001,Gone Ltd,TRAVEL_LODGING,,GB,", "200007,Quux Oil,TRANSPORTATION_GAS,,,QUUX OIL"]
        );
        assert!(again[2].starts_with("200008,Bank of Zorbo"));
        assert_eq!(built(&again.join("\n")).expect("built"), again);
        assert!(matches!(built("x,Gone"), Err(Problem::List { line: 1, .. })));
        let broken = Sources { index: "{", counts: "{}", universities: "", colleges: "[]", banks: &[], list: "" };
        assert!(build(&broken).is_err_and(|problem| problem.to_string().starts_with("the index cannot be read")));
    }
}
