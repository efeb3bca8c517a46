//! Finds out how a table is read: its delimiter, where it begins, and what its columns mean.

mod seen;
mod sign;

use domain::currency::Currency;

use super::{
    super::{Needed, Options, Refusal, amount, date},
    mapping::{CsvColumn, CsvMapping, Role, Shape},
    name, prove, role,
    table::Table,
};

use seen::Seen;

/// Rows above a table in which its names are looked for.
const PREAMBLE_ROWS: usize = 60;

/// A way to split the file.
struct Split {
    delimiter: u8,
    table: Table,
    /// The row of names.
    header: Option<usize>,
}

/// How a table is read, by its beginning.
pub(super) fn mapping(sample: &str, is_whole: bool, options: &Options) -> Result<CsvMapping, Refusal> {
    if sample.trim().is_empty() {
        return Err(Refusal::Empty);
    }
    let mut split = split(sample, is_whole)?;
    if let Some(header) = split.header {
        split.table.end_at_other_names(header, is_header);
    }
    let table = &split.table;
    let header = split.header.map(|header| last_of_header(table, header));
    let first = header.map_or_else(|| first_row(table), |header| header + 1);
    let width = table.width(split.header.unwrap_or(first));
    let names: Vec<Option<&str>> = (0..width).map(|index| name(table, split.header, header, index)).collect();
    let mut roles = match split.header {
        Some(_) => {
            let mut roles = role::by_names(table, first, &names);
            prove::columns(table, first, &names, &mut roles);
            roles
        }
        None if !table.rows.iter().any(|(_, fields)| is_row(fields)) => return Err(nowhere(table)),
        None => role::by_content(table, first, width)?,
    };
    role::direction(table, first, &mut roles);
    let missing = missing(&roles);
    if !missing.is_empty() {
        return Err(Refusal::MissingColumns(missing));
    }
    let seen = Seen { table, first, roles: &roles };
    let (decimal_mark, decimal_mark_certain) = seen.decimal_mark(options);
    let (date_order, date_order_certain) = seen.date_order(&names, decimal_mark, options);
    let (positive, mut positive_certain) = seen.positive(decimal_mark, options);
    // A pair without names is certain if the balance proves which is which.
    positive_certain &= header.is_some() || roles.iter().any(|role| matches!(role, Role::Amount | Role::Balance));
    let currency = seen.currency(&names).or_else(|| options.currency.map(|currency| currency.code().to_owned()));
    let columns = roles.iter().zip(&names).map(|(role, name)| CsvColumn { name: name.map(str::to_owned), role: *role });
    Ok(CsvMapping {
        delimiter: char::from(split.delimiter),
        skip_lines: table.lines_before(first, header),
        columns: columns.collect(),
        date_order,
        date_order_certain,
        decimal_mark,
        decimal_mark_certain,
        positive,
        positive_certain,
        currency,
    })
}

/// What makes this table like others.
pub(super) fn shape(sample: &str, is_whole: bool) -> Result<Shape, Refusal> {
    if sample.trim().is_empty() {
        return Err(Refusal::Empty);
    }
    let Split { delimiter, table, header } = split(sample, is_whole)?;
    let delimiter = char::from(delimiter);
    Ok(if let Some(header) = header {
        let last = last_of_header(&table, header);
        let rows = &table.rows[header..=last];
        let names: Vec<&str> = rows.iter().flat_map(|(_, fields)| fields).map(String::as_str).collect();
        let skip_lines = Some(table.lines_before(last + 1, Some(last)));
        Shape { key: format!("names {delimiter}{}", names.join("\u{1f}")), skip_lines }
    } else {
        let width = table.rows.get(first_row(&table)).map_or(0, |(_, fields)| fields.len());
        Shape { key: format!("columns {delimiter}{width}"), skip_lines: None }
    })
}

fn split(sample: &str, is_whole: bool) -> Result<Split, Refusal> {
    // `sep=;` is how a file tells a spreadsheet program its delimiter.
    let told = match sample.as_bytes() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, ..] => Some(*delimiter),
        _ => None,
    };
    let told = told.filter(|delimiter| delimiter.is_ascii_punctuation() || *delimiter == b'\t');
    let candidates = told.map_or_else(|| vec![b',', b';', b'\t', b'|'], |delimiter| vec![delimiter]);
    let mut best: Option<(Split, (bool, usize))> = None;
    for delimiter in candidates {
        let table = Table::read(sample, is_whole, delimiter)?;
        let header = (0..table.rows.len().min(PREAMBLE_ROWS)).find(|row| is_header(&table.rows[*row].1));
        let score = (header.is_some(), table.evenness());
        if best.as_ref().is_none_or(|(_, before)| score > *before) {
            best = Some((Split { delimiter, table, header }, score));
        }
    }
    best.map(|(split, _)| split).ok_or(Refusal::Empty)
}

/// Whether a row has names of columns: one for the day and one for the amount at least, and no amounts.
pub(super) fn is_header(fields: &[String]) -> bool {
    let suggests =
        |wanted: &[Role]| fields.iter().any(|field| name::hints(field).iter().any(|hint| wanted.contains(&hint.role)));
    suggests(&[Role::Day])
        && suggests(&[Role::Amount, Role::Debit, Role::Credit])
        && !fields.iter().any(|field| date::evidence(field).is_some() || is_amount(field))
}

/// Whether a field is an amount, and no name with a number behind it (`VWZ1`): of letters it has those of a currency at most.
fn is_amount(field: &str) -> bool {
    let letters: String = field.chars().filter(|c| c.is_alphabetic()).map(|c| c.to_ascii_uppercase()).collect();
    let is_known =
        letters.is_empty() || matches!(letters.as_str(), "CR" | "DR") || Currency::from_code(&letters).is_some();
    is_known && amount::parse_alone(field).is_some()
}

/// The last row of names: a second one may follow, which says what the first leaves open (`Amount` over `Out` and `In`).
fn last_of_header(table: &Table, header: usize) -> usize {
    let Some((_, fields)) = table.rows.get(header + 1) else { return header };
    let is_amount = |field: &String| {
        name::hints(field).iter().any(|hint| matches!(hint.role, Role::Amount | Role::Debit | Role::Credit))
    };
    let is_figure = |field: &String| field.contains(|c: char| c.is_ascii_digit());
    let goes_on = fields.iter().any(is_amount) && !fields.iter().any(is_figure);
    if goes_on { header + 1 } else { header }
}

/// The name of a column: of two rows of names the lower one counts where it has one.
fn name(table: &Table, first: Option<usize>, last: Option<usize>, index: usize) -> Option<&str> {
    let of = |row: Option<usize>| row.map(|row| table.get(row, index)).filter(|name| !name.is_empty());
    of(last).or_else(|| of(first))
}

/// Whether a row has a day and an amount.
pub(super) fn is_row(fields: &[String]) -> bool {
    fields.iter().any(|field| date::evidence(field).is_some())
        && fields.iter().any(|field| amount::parse_alone(field).is_some())
}

/// Without names: the first row with a day and an amount, as long as most of its kind are: above a table a bank may write a day and a balance.
fn first_row(table: &Table) -> usize {
    let rows = || table.rows.iter().enumerate().filter(|(_, (_, fields))| is_row(fields));
    let kinds: Vec<(usize, String)> = rows().map(|(_, (_, fields))| (fields.len(), notation(fields))).collect();
    let count = |kind: &(usize, String)| kinds.iter().filter(|other| *other == kind).count();
    let usual = kinds.iter().filter(|kind| count(kind) * 2 > kinds.len()).max();
    let is_usual = |kind: &(usize, String)| usual.is_none_or(|usual| kind == usual);
    rows().zip(&kinds).find(|(_, kind)| is_usual(kind)).map_or(0, |((index, _), _)| index)
}

/// How the first day of a row is written: each number as a nine, or as a Y if it may be a year, and no words.
fn notation(fields: &[String]) -> String {
    let day = fields.iter().find(|field| date::evidence(field).is_some()).map_or("", String::as_str);
    let mut notation = String::new();
    let mut digits = 0;
    for c in day.chars().filter(|c| !c.is_alphabetic()) {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        match digits {
            0 => notation.push(c),
            1 => notation.push('9'),
            3 => {
                notation.pop();
                notation.push('Y');
            }
            _ => {}
        }
    }
    notation
}

/// What is missing where no row has a day and an amount.
fn nowhere(table: &Table) -> Refusal {
    let has = |is_it: fn(&str) -> bool| table.rows.iter().any(|(_, fields)| fields.iter().any(|field| is_it(field)));
    let has_day = has(|field| date::evidence(field).is_some());
    Refusal::MissingColumns(if has_day { vec![Needed::Amount] } else { vec![Needed::Day, Needed::Amount] })
}

fn missing(roles: &[Role]) -> Vec<Needed> {
    let has = |wanted: &[Role]| roles.iter().any(|role| wanted.contains(role));
    let mut missing = Vec::new();
    if !has(&[Role::Day]) {
        missing.push(Needed::Day);
    }
    if !has(&[Role::Amount, Role::Debit, Role::Credit]) {
        missing.push(Needed::Amount);
    }
    missing
}
