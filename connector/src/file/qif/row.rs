//! One record of QIF while it is read, and the line that it becomes.

use domain::{categorize, category::CategoryId, currency::Currency, day::Day, line, line::Line, money::Money};

use super::{
    super::{Field, Reason, amount, csv::CsvMapping, date, descriptor},
    day,
};

/// What programs call the row that says what an account held before.
const OPENING: [&str; 9] = [
    "opening balance",
    "initial balance",
    "solde initial",
    "solde d'ouverture",
    "anfangssaldo",
    "eröffnungssaldo",
    "saldo inicial",
    "saldo iniziale",
    "beginsaldo",
];

/// What was read of a record. Its texts are used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Row {
    day: String,
    amount: String,
    /// The amount as newer versions of Quicken write it beside the old one.
    amount_otherwise: String,
    /// What an investment account moves from or to another one.
    transferred: String,
    payee: String,
    memo: String,
    /// The number of a check; of an investment, what was done.
    number: String,
    category: String,
    address: String,
    /// The memos of the parts of a split.
    parts: String,
    has_security: bool,
    /// Whether it is in parts, each of a category of its own.
    is_split: bool,
    /// The day that was read last, and how it was written: rows of one day follow each other.
    known_day: Option<(String, Day)>,
    buffer: String,
}

/// What a row of an investment account does with cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cash {
    /// The sign of the amount says it.
    AsWritten,
    /// It comes in, whatever the sign.
    In,
    /// It goes out, whatever the sign.
    Out,
    /// It is a trade.
    None,
}

impl Row {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        for text in self.texts() {
            text.clear();
        }
        self.has_security = false;
        self.is_split = false;
    }

    /// Whether it has a day and an amount.
    pub(super) fn is_whole(&self) -> bool {
        let has_amount = !self.amount.is_empty() || !self.amount_otherwise.is_empty();
        has_amount && !self.day.is_empty()
    }

    fn texts(&mut self) -> [&mut String; 10] {
        [
            &mut self.day,
            &mut self.amount,
            &mut self.amount_otherwise,
            &mut self.transferred,
            &mut self.payee,
            &mut self.memo,
            &mut self.number,
            &mut self.category,
            &mut self.address,
            &mut self.parts,
        ]
    }

    /// How long the texts are that may stand in a record many times.
    pub(super) fn bytes(&self) -> usize {
        self.payee.len() + self.memo.len() + self.address.len() + self.parts.len()
    }

    /// Whether neither a day nor an amount was read: what is there is no transaction.
    pub(super) fn is_bare(&self) -> bool {
        self.day.is_empty() && self.amount.is_empty() && self.amount_otherwise.is_empty() && self.payee.is_empty()
    }

    /// Takes a line. Of two days or amounts the first counts; texts go on.
    pub(super) fn take(&mut self, line: &str) {
        let Some((letter, value)) = line.split_at_checked(1) else { return };
        let (target, goes_on) = match letter {
            "D" => (&mut self.day, false),
            "T" => (&mut self.amount, false),
            "U" => (&mut self.amount_otherwise, false),
            "$" => (&mut self.transferred, false),
            "N" => (&mut self.number, false),
            "L" => (&mut self.category, false),
            "P" => (&mut self.payee, true),
            "M" => (&mut self.memo, true),
            "A" => (&mut self.address, true),
            "E" => (&mut self.parts, true),
            "Y" => return self.has_security = true,
            "S" => return self.is_split = true,
            _ => return,
        };
        let value = value.trim();
        if target.is_empty() {
            target.push_str(value);
        } else if goes_on {
            target.push(' ');
            target.push_str(value);
        }
    }

    /// The account that is named as the other side: `[Savings]` or `[Savings]/Class`.
    pub(super) fn transfer(&self) -> Option<&str> {
        let inner = self.category.strip_prefix('[')?;
        Some(inner.split_once(']').map_or(inner, |(name, _)| name).trim())
    }

    /// Whether it says what the account held before.
    pub(super) fn is_opening(&self) -> bool {
        let payee = self.payee.to_lowercase();
        OPENING.contains(&payee.as_str()) && (self.category.is_empty() || self.transfer().is_some())
    }

    /// What the row of an investment account does with cash.
    pub(super) fn cash(&self) -> Cash {
        if self.has_security {
            return Cash::None;
        }
        match self.number.to_ascii_lowercase().as_str() {
            "cash" | "" => Cash::AsWritten,
            "xin" | "contribx" | "intinc" | "miscinc" => Cash::In,
            "xout" | "withdrwx" | "margint" | "miscexp" => Cash::Out,
            _ => Cash::None,
        }
    }

    /// The line; or which field is wrong, and why.
    pub(super) fn line(
        &mut self,
        mapping: &CsvMapping,
        cash: Cash,
        currency: Currency,
    ) -> Result<Line, (Field, Reason)> {
        let day = self.day(mapping).map_err(|reason| (Field::Day, reason))?;
        let amount_minor = self.minor(mapping, cash, currency).map_err(|reason| (Field::Amount, reason))?;
        Ok(Line {
            // The number of a check is no id: withdrawals are all numbered ATM.
            source_id: None,
            replaces_source_id: None,
            day,
            amount_minor,
            pending: false,
            descriptor: self.descriptor(),
            merchant_name: None,
            original: None,
            merchant_category_code: None,
            category: self.told(amount_minor > 0),
        })
    }

    /// The category that it names. An account in brackets is the other side of a transfer.
    fn told(&self, comes_in: bool) -> Option<CategoryId> {
        // Behind a slash stands a class.
        let name = self.category.split('/').next().unwrap_or_default();
        let name = if self.transfer().is_some() { "Transfer" } else { name };
        categorize::told(name, comes_in).filter(|_| !self.is_split)
    }

    fn day(&mut self, mapping: &CsvMapping) -> Result<Day, Reason> {
        if self.day.is_empty() {
            return Err(Reason::Missing);
        }
        if let Some((text, day)) = &self.known_day
            && *text == self.day
        {
            return Ok(*day);
        }
        let day = date::parse(day::plain(&self.day, &mut self.buffer), mapping.date_order)?;
        let (text, known) = self.known_day.get_or_insert_with(|| (String::new(), day));
        self.day.clone_into(text);
        *known = day;
        Ok(day)
    }

    fn minor(&self, mapping: &CsvMapping, cash: Cash, currency: Currency) -> Result<i64, Reason> {
        let texts = [&self.amount, &self.amount_otherwise, &self.transferred];
        let text = texts.into_iter().find(|text| !text.is_empty()).ok_or(Reason::Missing)?;
        let amount = amount::parse(text, mapping.decimal_mark).ok_or(Reason::NotAnAmount)?;
        let decimal = match cash {
            Cash::In => amount.size,
            Cash::Out => -amount.size,
            Cash::AsWritten | Cash::None => mapping.positive.signed(&amount),
        };
        Ok(Money::from_decimal(decimal, currency)?.minor)
    }

    /// Payee and memo, and the account on the other side of a transfer; without them the memos of the parts, the category, the address,
    /// the number.
    fn descriptor(&self) -> String {
        let words = descriptor::once([self.payee.as_str(), &self.memo]);
        if words.is_empty() {
            let others = [&self.parts, &self.category, &self.address, &self.number];
            return others
                .into_iter()
                .find(|text| !text.is_empty())
                .map(|text| line::descriptor(text))
                .unwrap_or_default();
        }
        match self.transfer() {
            Some(account) if !account.is_empty() => line::descriptor(&format!("{words} [{account}]")),
            _ => words,
        }
    }
}
