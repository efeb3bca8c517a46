//! Finds out how a table is read: its delimiter, where it begins, and what its columns mean.

use domain::account::AccountKind;

use super::{
    super::{
        Needed, Options, Refusal,
        amount::{self, DecimalMark, Sign},
        date::{self, DateOrder},
    },
    mapping::{CsvColumn, CsvMapping, Positive, Role},
    role,
    table::{Table, movements},
    word,
};

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
    let split = split(sample, is_whole)?;
    let table = &split.table;
    let first = split.header.map_or_else(|| first_row(table), |header| header + 1);
    let names: Vec<Option<&str>> = (0..table.width(split.header.unwrap_or(first)))
        .map(|index| split.header.map(|header| table.get(header, index)).filter(|name| !name.is_empty()))
        .collect();
    let mut roles = match split.header {
        Some(_) => role::by_names(table, first, &names),
        None if !table.rows.iter().any(|(_, fields)| is_row(fields)) => return Err(nowhere(table)),
        None => role::by_content(table, first, names.len())?,
    };
    role::direction(table, first, &mut roles);
    let missing = missing(&roles);
    if !missing.is_empty() {
        return Err(Refusal::MissingColumns(missing));
    }
    let seen = Seen { table, first, roles: &roles };
    let (decimal_mark, decimal_mark_certain) = seen.decimal_mark();
    let (date_order, date_order_certain) = seen.date_order(options);
    let (positive, positive_certain) = seen.positive(decimal_mark, options);
    let currency = seen.currency(&names).or_else(|| options.currency.map(|currency| currency.code().to_owned()));
    let columns = roles.iter().zip(&names).map(|(role, name)| CsvColumn { name: name.map(str::to_owned), role: *role });
    Ok(CsvMapping {
        delimiter: char::from(split.delimiter),
        skip_lines: table.lines_before(first, split.header),
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
fn is_header(fields: &[String]) -> bool {
    let suggests =
        |wanted: &[Role]| fields.iter().any(|field| word::hints(field).iter().any(|hint| wanted.contains(&hint.role)));
    suggests(&[Role::Day])
        && suggests(&[Role::Amount, Role::Debit, Role::Credit])
        && !fields.iter().any(|field| date::evidence(field).is_some() || amount::parse_alone(field).is_some())
}

/// Whether a row has a day and an amount.
fn is_row(fields: &[String]) -> bool {
    fields.iter().any(|field| date::evidence(field).is_some())
        && fields.iter().any(|field| amount::parse_alone(field).is_some())
}

/// Without names: the first row with a day and an amount.
fn first_row(table: &Table) -> usize {
    table.rows.iter().position(|(_, fields)| is_row(fields)).unwrap_or(0)
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

/// A table whose columns are known.
struct Seen<'a> {
    table: &'a Table,
    first: usize,
    roles: &'a [Role],
}

impl Seen<'_> {
    /// The fields of all columns of some roles, those that are empty left out.
    fn fields(&self, wanted: &'static [Role]) -> impl Iterator<Item = &str> {
        let columns = self.roles.iter().enumerate().filter(|(_, role)| wanted.contains(role));
        columns
            .flat_map(move |(column, _)| {
                (self.first..self.table.rows.len()).map(move |row| self.table.get(row, column))
            })
            .filter(|field| !field.is_empty())
    }

    fn column(&self, wanted: Role) -> Option<usize> {
        self.roles.iter().position(|role| *role == wanted)
    }

    fn decimal_mark(&self) -> (DecimalMark, bool) {
        amount::mark_of(self.fields(&[Role::Amount, Role::Debit, Role::Credit, Role::Balance]))
    }

    fn date_order(&self, options: &Options) -> (DateOrder, bool) {
        let (days, rows) = (self.fields(&[Role::Day, Role::DayOtherwise]), self.fields(&[Role::Day]));
        date::order_of(days, rows, options.is_american())
    }

    fn positive(&self, mark: DecimalMark, options: &Options) -> (Positive, bool) {
        let Some(column) = self.column(Role::Amount) else { return (Positive::In, true) };
        if self.column(Role::Direction).is_some() {
            return self.positive_beside_words(column);
        }
        let is_card = options.kind == Some(AccountKind::CreditCard);
        let signs = Signs::of(self, column, mark);
        if signs.negative == 0 {
            // Only what comes in is marked.
            let marked = signs.plus > 0 && signs.plus < signs.positive;
            return if marked || is_card { (Positive::Out, marked) } else { (Positive::In, false) };
        }
        if signs.paid_negative != signs.paid_positive {
            let is_out = signs.paid_negative > signs.paid_positive && signs.positive >= signs.negative;
            return if is_out { (Positive::Out, true) } else { (Positive::In, true) };
        }
        let amounts = self.table.amounts(self.first, column, mark);
        let balances = self.column(Role::Balance).map(|column| self.table.amounts(self.first, column, mark));
        if let Some(is_in) = balances.and_then(|balances| movements(&amounts, &balances).positive_is_in()) {
            return if is_in { (Positive::In, true) } else { (Positive::Out, !is_card) };
        }
        if is_card && signs.positive > signs.negative {
            return (Positive::Out, false);
        }
        (Positive::In, signs.negative >= signs.positive)
    }

    /// Where a word stands beside some amounts and none beside the others, the others are the opposite.
    fn positive_beside_words(&self, column: usize) -> (Positive, bool) {
        let words: Vec<bool> = self.fields(&[Role::Direction]).filter_map(word::is_in).collect();
        let rows = (self.first..self.table.rows.len()).filter(|row| !self.table.get(*row, column).is_empty()).count();
        let only_in = words.len() < rows && words.iter().all(|is_in| *is_in);
        if only_in { (Positive::Out, true) } else { (Positive::In, true) }
    }

    /// The currency in the name of the column of amounts, or of a sign in its fields.
    fn currency(&self, names: &[Option<&str>]) -> Option<String> {
        let amounts = [Role::Amount, Role::Debit, Role::Credit];
        let mut columns = self.roles.iter().zip(names).filter(|(role, _)| amounts.contains(role));
        let by_name = columns
            .find_map(|(_, name)| name.and_then(|name| word::currency_in(name).or_else(|| amount::symbol_of(name))));
        let by_sign = || {
            let wanted = &[Role::Amount, Role::Debit, Role::Credit, Role::Balance];
            self.fields(wanted).find_map(amount::symbol_of)
        };
        by_name.or_else(by_sign).map(str::to_owned)
    }
}

/// The signs of a column of amounts.
#[derive(Default)]
struct Signs {
    positive: usize,
    negative: usize,
    plus: usize,
    /// Payments to a card and refunds, by their sign.
    paid_positive: usize,
    paid_negative: usize,
}

impl Signs {
    fn of(seen: &Seen<'_>, column: usize, mark: DecimalMark) -> Self {
        let mut signs = Self::default();
        let texts: Vec<usize> = (0..seen.roles.len())
            .filter(|index| [Role::Description, Role::Merchant].contains(&seen.roles[*index]))
            .collect();
        for row in seen.first..seen.table.rows.len() {
            let Some(amount) = amount::parse(seen.table.get(row, column), mark) else { continue };
            let is_payment = texts.iter().any(|text| word::is_payment(seen.table.get(row, *text)));
            let is_negative = amount.sign == Sign::Minus;
            signs.negative += usize::from(is_negative);
            signs.positive += usize::from(!is_negative);
            signs.plus += usize::from(amount.sign == Sign::Plus);
            signs.paid_negative += usize::from(is_negative && is_payment);
            signs.paid_positive += usize::from(!is_negative && is_payment);
        }
        signs
    }
}
