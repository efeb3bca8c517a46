//! Reads a row whose columns are known: its day, its amount with its sign, its words.

use domain::{
    categorize,
    category::CategoryId,
    currency::Currency,
    day::{Day, NotADay},
    line::{self, Line},
    money::Money,
};
use rust_decimal::Decimal;

use super::{
    super::{
        Field, Reason,
        amount::{self, Sign},
        date, mt940, source_id,
    },
    column::Columns,
    mapping::{CsvMapping, Positive, Role},
    word::{self, Status},
};

/// How rows are read.
pub(super) struct Reading {
    pub(super) mapping: CsvMapping,
    pub(super) columns: Columns,
    pub(super) signs: Signs,
}

/// What signs mean in columns that have a meaning without them; most of their fields decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Signs {
    /// Of money out, money in (as a card's bank may see it) and fees those that are negative.
    pub(super) negative: Vec<Role>,
    /// Whether the balance is what is owed: it rises when money goes out.
    pub(super) balance_is_owed: bool,
    /// Whether the balance is what the account held before its row.
    pub(super) balance_is_before: bool,
}

impl Signs {
    /// A balance as the account's owner sees it.
    pub(super) fn balance(&self, balance: Decimal) -> Decimal {
        if self.balance_is_owed { -balance } else { balance }
    }

    /// What a column for money that goes out or comes in says, without the sign that most of it has.
    fn size(&self, role: Role, amount: Decimal) -> Decimal {
        if self.negative.contains(&role) { -amount } else { amount }
    }
}

impl Reading {
    /// Whether the columns have names.
    pub(super) fn has_names(&self) -> bool {
        self.mapping.columns.iter().any(|column| column.name.is_some())
    }

    /// Whether the names of columns are these.
    pub(super) fn is_named(&self, fields: &[String]) -> bool {
        let columns = self.mapping.columns.iter();
        let differ = |(index, name): (usize, Option<&str>)| {
            let field = fields.get(index).map_or("", String::as_str);
            name.is_some_and(|name| name != field) && !field.is_empty()
        };
        !columns.map(|column| column.name.as_deref()).enumerate().any(differ)
    }

    /// The day of booking, or the one that stands in for it; `None` if there is neither.
    pub(super) fn day<'a>(&self, field: &impl Fn(Option<usize>) -> &'a str) -> Option<Result<Day, NotADay>> {
        let read = |text: &str| date::parse(text, self.mapping.date_order);
        match (field(self.columns.day), field(self.columns.day_otherwise)) {
            ("", "") => None,
            ("", otherwise) => Some(read(otherwise)),
            (day, _) => Some(read(day)),
        }
    }

    /// The row as a line; or which field is wrong, and why.
    pub(super) fn line<'a>(
        &self,
        field: &impl Fn(Option<usize>) -> &'a str,
        currency: Currency,
        status: Status,
    ) -> Result<Line, (Field, Reason)> {
        let day = self.day(field).ok_or((Field::Day, Reason::Missing))?.map_err(|error| (Field::Day, error.into()))?;
        let decimal = self.amount(field).map_err(|reason| (Field::Amount, reason))?;
        let money = Money::from_decimal(decimal, currency).map_err(|error| (Field::Amount, error.into()))?;
        let merchant = line::descriptor(field(self.columns.merchant));
        let mut descriptor = joined(&self.columns.description, field);
        if descriptor.is_empty() {
            descriptor.clone_from(&merchant);
        }
        if descriptor.is_empty() {
            descriptor = joined(&self.columns.description_otherwise, field);
        }
        if descriptor.is_empty() {
            descriptor = joined(&self.columns.category, field);
        }
        Ok(Line {
            source_id: source_id(field(self.columns.id)),
            replaces_source_id: None,
            day,
            amount_minor: money.minor,
            original: self.original(field, money),
            pending: status == Status::Pending,
            descriptor,
            merchant_name: (!merchant.is_empty()).then_some(merchant),
            merchant_category_code: field(self.columns.category_code)
                .parse()
                .ok()
                .filter(|code| (1..10_000).contains(code)),
            category: self.category(field, money.minor > 0),
        })
    }

    /// The category that the row names, in one column or in several that go from the general to the particular.
    fn category<'a>(&self, field: &impl Fn(Option<usize>) -> &'a str, comes_in: bool) -> Option<CategoryId> {
        match self.columns.category[..] {
            [] => None,
            [column] => categorize::told(field(Some(column)), comes_in),
            _ => {
                let all: Vec<&str> = self.columns.category.iter().map(|column| field(Some(*column))).collect();
                categorize::told(&all.join(":"), comes_in)
            }
        }
    }

    /// What the row was in another currency. Nothing depends on it: what cannot be read is left out.
    fn original<'a>(&self, field: &impl Fn(Option<usize>) -> &'a str, money: Money) -> Option<Money> {
        let currency = Currency::from_code(&field(self.columns.original_currency).to_ascii_uppercase())?;
        let amount = self.side(field(self.columns.original_amount)).ok()??;
        line::original(money, amount, currency)
    }

    /// What the row moves, positive for money in, its fee included.
    pub(super) fn amount<'a>(&self, field: &impl Fn(Option<usize>) -> &'a str) -> Result<Decimal, Reason> {
        let fee = self.side(field(self.columns.fee))?;
        let taken = fee.map(|fee| -self.signs.size(Role::Fee, fee));
        match (self.amount_alone(field), taken) {
            (Err(Reason::Missing), Some(taken)) => Ok(taken),
            (amount, taken) => Ok(amount? + taken.unwrap_or_default()),
        }
    }

    fn amount_alone<'a>(&self, field: &impl Fn(Option<usize>) -> &'a str) -> Result<Decimal, Reason> {
        if let Some(column) = self.columns.amount {
            let text = field(Some(column));
            if text.is_empty() {
                return Err(Reason::Missing);
            }
            return self.signed(self.read(text)?, field(self.columns.direction));
        }
        let (debit, credit) = (self.side(field(self.columns.debit))?, self.side(field(self.columns.credit))?);
        let out = debit.map(|debit| -self.signs.size(Role::Debit, debit));
        let credit = credit.map(|credit| self.signs.size(Role::Credit, credit));
        match (out, credit) {
            (None, None) => Err(Reason::Missing),
            (Some(out), Some(credit)) if !out.is_zero() && !credit.is_zero() => Err(Reason::BothWays),
            (out, credit) => Ok(out.unwrap_or_default() + credit.unwrap_or_default()),
        }
    }

    fn read(&self, text: &str) -> Result<amount::Amount, Reason> {
        amount::parse(text, self.mapping.decimal_mark).ok_or(Reason::NotAnAmount)
    }

    /// An amount that need not be there.
    fn side(&self, text: &str) -> Result<Option<Decimal>, Reason> {
        if matches!(text, "" | "-") { Ok(None) } else { self.read(text).map(|amount| Some(amount.signed())) }
    }

    /// The amount of the one column, positive for money in.
    fn signed(&self, amount: amount::Amount, word: &str) -> Result<Decimal, Reason> {
        if !word.is_empty() {
            let is_in = word::is_in(word).ok_or(Reason::NoDirection)?;
            // A debit of minus five is a correction: it comes in.
            let size = if amount.sign == Sign::Minus { -amount.size } else { amount.size };
            return Ok(if is_in { size } else { -size });
        }
        Ok(match (self.mapping.positive, amount.sign) {
            (Positive::In, _) => amount.signed(),
            (Positive::Out, Sign::Unsaid) => -amount.size,
            (Positive::Out, Sign::Plus | Sign::Minus) => amount.size,
        })
    }
}

/// The parts of a descriptor, each once: one that says all of another takes its place.
fn joined<'a>(columns: &[usize], field: &impl Fn(Option<usize>) -> &'a str) -> String {
    let read = |column: &usize| {
        let text = field(Some(*column));
        let purpose = if text.contains("SVWZ+") { mt940::sepa_purpose(text) } else { None };
        let part = line::descriptor(purpose.as_deref().unwrap_or(text));
        if word::is_nothing(&part) { String::new() } else { part }
    };
    if let [column] = columns {
        return read(column);
    }
    let mut parts: Vec<String> = Vec::new();
    for part in columns.iter().map(read) {
        if part.is_empty() || parts.iter().any(|other| says(other, &part)) {
            continue;
        }
        match parts.iter().position(|other| says(&part, other)) {
            Some(shorter) => parts[shorter] = part,
            None => parts.push(part),
        }
    }
    line::descriptor(&parts.join(" "))
}

/// Whether a text has the words of another in it, in any case of letters.
fn says(whole: &str, part: &str) -> bool {
    let (whole, part) = (whole.to_lowercase(), part.to_lowercase());
    let is_end = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    let mut found = whole.match_indices(&part);
    found.any(|(at, _)| is_end(whole[..at].chars().next_back()) && is_end(whole[at + part.len()..].chars().next()))
}
