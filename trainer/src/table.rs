//! Tables of descriptors: fields between tabs, the first line with the names of the columns, or none and the columns in their usual order.

use std::io::{self, BufRead, BufReader, Read};

use domain::{
    account::AccountKind,
    categorize::{self, Answer, Question, Setting},
    category::{self, CategoryId},
    currency::Currency,
    money::Money,
};
use rust_decimal::Decimal;

/// Why a table cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Its source fails, or is not UTF-8.
    #[error("line {line} cannot be read; it must be UTF-8")]
    Source {
        /// From one on.
        line: u64,
        /// What the source says.
        source: io::Error,
    },
    /// The first line names columns, but not what a line came to.
    #[error("the first line names no column `amount`")]
    NoAmount,
    /// A labelled table is asked for, and a line says nothing.
    #[error("line {line}: category_primary: must be there, since the table is read for what its lines were")]
    NoLabel {
        /// From one on.
        line: u64,
    },
}

/// The columns of a table whose first line names none.
const USUAL: [&str; 4] = ["descriptor", "amount", "currency", "country"];

/// A line's number, and what it says or what is wrong with it.
pub type Line = (u64, Result<Row, String>);

/// What a line of the table says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the bank wrote.
    pub descriptor: String,
    /// Negative: spent.
    pub amount_minor: i64,
    /// Where it comes from.
    pub country: Option<[u8; 2]>,
    /// The code of the card payment.
    pub merchant_category_code: Option<u16>,
    /// What it was for.
    pub label: Option<Label>,
}

impl Row {
    /// What the categorizer says of it, knowing no household.
    #[must_use]
    pub fn answer(&self) -> Answer {
        categorize::answer(&self.question())
    }

    /// What is known of it.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        let setting = Setting { kind: AccountKind::Checking, country: self.country };
        let question = Question::of(&self.descriptor, self.amount_minor, setting);
        Question { merchant_category_code: self.merchant_category_code, ..question }
    }
}

/// What somebody says that a line was for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The key of the group.
    pub group: String,
    /// The key of the category; empty where only the group is known.
    pub category: String,
    /// Who says so.
    pub kind: String,
    /// Whose line it is.
    pub household: String,
}

impl Label {
    /// Whether a category is what it says, as far as it goes.
    #[must_use]
    pub fn is_right(&self, said: CategoryId) -> bool {
        if self.category.is_empty() { self.is_group_right(said) } else { category::key(said) == self.category }
    }

    /// Whether a category is in the group that it says.
    #[must_use]
    pub fn is_group_right(&self, said: CategoryId) -> bool {
        category::group(said).is_some_and(|group| category::key(group) == self.group)
    }
}

/// A table that is read line by line.
#[derive(Debug)]
pub struct Table<R> {
    source: BufReader<R>,
    columns: Vec<String>,
    /// The first line, where it is a row already.
    first: Option<String>,
    line: u64,
}

impl<R: Read> Table<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// When it cannot be read, or names columns without `amount`.
    pub fn new(mut source: BufReader<R>) -> Result<Self, Unreadable> {
        let mut first = String::new();
        source.read_line(&mut first).map_err(|source| Unreadable::Source { line: 1, source })?;
        let first = trimmed(&first).to_owned();
        let names: Vec<String> =
            first.trim_start_matches('\u{feff}').split('\t').map(str::to_ascii_lowercase).collect();
        let is_named = names.iter().any(|name| name == USUAL[0]);
        if is_named && !names.iter().any(|name| name == USUAL[1]) {
            return Err(Unreadable::NoAmount);
        }
        let columns = if is_named { names } else { USUAL.map(str::to_owned).to_vec() };
        Ok(Self { source, columns, first: (!is_named).then_some(first), line: u64::from(is_named) })
    }

    /// Its rows, each with what it was for. What is wrong with a line is told, and it is left out.
    ///
    /// # Errors
    /// Of a row, when the table cannot be read on, or a line has no label.
    pub fn labelled(self, left_out: impl Fn(u64, &str)) -> impl Iterator<Item = Result<(Label, Row), Unreadable>> {
        self.filter_map(move |line| match line {
            Ok((line, Ok(mut row))) => {
                Some(row.label.take().map(|label| (label, row)).ok_or(Unreadable::NoLabel { line }))
            }
            Ok((line, Err(problem))) => {
                left_out(line, &problem);
                None
            }
            Err(unreadable) => Some(Err(unreadable)),
        })
    }

    /// The next line.
    fn text(&mut self) -> Result<Option<String>, Unreadable> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let mut text = String::new();
        let read = self.source.read_line(&mut text);
        let read = read.map_err(|source| Unreadable::Source { line: self.line + 1, source })?;
        Ok((read > 0).then(|| trimmed(&text).to_owned()))
    }

    fn row(&self, text: &str) -> Result<Row, String> {
        let fields: Vec<&str> = text.split('\t').collect();
        let field = |name: &str| {
            let place = self.columns.iter().position(|column| column == name)?;
            fields.get(place).map(|field| field.trim()).filter(|field| !field.is_empty())
        };
        let currency = field("currency").unwrap_or("USD");
        let currency =
            Currency::from_code(&currency.to_ascii_uppercase()).ok_or("currency: must be one of ISO 4217")?;
        // Where nobody says how much, it was spent.
        let amount: Decimal = field("amount")
            // `-1 300.00`
            .map_or(Ok(Decimal::NEGATIVE_ONE), |amount| amount.replace([' ', '\u{a0}'], "").parse())
            .map_err(|_| "amount: must be a decimal, negative for what was spent")?;
        // What is more exact than the currency is rounded: nothing is booked.
        let amount = amount.round_dp(u32::from(currency.digits()));
        let money = Money::from_decimal(amount, currency).map_err(|error| format!("amount: {error}"))?;
        let country = field("country").map(|country| {
            let letters = <[u8; 2]>::try_from(country.to_ascii_uppercase().as_bytes()).ok();
            letters.filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
        });
        let code = field("mcc").map(|code| code.parse().ok().filter(|_| code.len() == 4));
        let label = field("category_primary").map(|group| Label {
            group: group.to_owned(),
            category: field("category_detailed").unwrap_or_default().to_owned(),
            kind: field("label_kind").unwrap_or("all").to_owned(),
            household: field("source").unwrap_or_default().to_owned(),
        });
        let is_key = |key: &str| key.is_empty() || category::by_key(key).is_some();
        if let Some(label) = label.as_ref().filter(|label| !is_key(&label.group) || !is_key(&label.category)) {
            let column = if is_key(&label.group) { "category_detailed" } else { "category_primary" };
            return Err(format!("{column}: must be a category's key"));
        }
        Ok(Row {
            descriptor: field("descriptor").ok_or("descriptor: must be there")?.to_owned(),
            amount_minor: money.minor,
            // As an account's currency says it.
            country: match country {
                Some(country) => Some(country.ok_or("country: must be two letters of ISO 3166")?),
                None => field("currency").and(currency.country()),
            },
            merchant_category_code: code.map(|code| code.ok_or("mcc: must be a number of four digits")).transpose()?,
            label,
        })
    }
}

impl<R: Read> Iterator for Table<R> {
    /// What is wrong with a line names the column; a table that cannot be read on has no more.
    type Item = Result<Line, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let text = match self.text() {
                Ok(text) => text?,
                Err(problem) => return Some(Err(problem)),
            };
            self.line += 1;
            if !text.is_empty() {
                return Some(Ok((self.line, self.row(&text))));
            }
        }
    }
}

fn trimmed(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Result<Row, String>)> {
        let table = Table::new(BufReader::new(text.as_bytes())).expect("a table");
        table.collect::<Result<_, _>>().expect("reads")
    }

    #[test]
    fn columns_are_found_by_their_names_or_stand_in_the_usual_order() {
        let expected = Row {
            descriptor: "REWE".into(),
            amount_minor: -1_234,
            country: Some(*b"DE"),
            merchant_category_code: None,
            label: None,
        };
        assert_eq!(rows("REWE\t-12.34\tEUR\tde\r\n\nX\t1\n")[0], (1, Ok(expected.clone())));
        assert_eq!(rows("country\tamount\tdescriptor\nDE\t-12.34\tREWE\n"), [(2, Ok(expected.clone()))]);
        let labelled =
            rows("descriptor\tamount\tmcc\tcategory_primary\tlabel_kind\nREWE\t-1.239\t5411\tFOOD_AND_DRINK\thuman\n");
        let label = Label {
            group: "FOOD_AND_DRINK".into(),
            category: String::new(),
            kind: "human".into(),
            household: String::new(),
        };
        let row = Row {
            amount_minor: -124,
            country: None,
            merchant_category_code: Some(5411),
            label: Some(label),
            ..expected
        };
        assert_eq!(labelled, [(2, Ok(row))]);
    }

    #[test]
    fn a_labelled_table_says_of_every_row_what_it_was() {
        let text = "descriptor\tamount\tcategory_primary\nA\t-1\tTRAVEL\nB\tone\tTRAVEL\nC\t-1\t\n";
        let told = std::cell::RefCell::new(Vec::new());
        let table = Table::new(BufReader::new(text.as_bytes())).expect("a table");
        let rows: Vec<_> = table.labelled(|line, _| told.borrow_mut().push(line)).collect();
        assert_eq!(told.into_inner(), [3]);
        assert!(matches!(&rows[0], Ok((label, row)) if label.group == "TRAVEL" && row.descriptor == "A"));
        assert!(matches!(rows[1..], [Err(Unreadable::NoLabel { line: 4 })]));
    }

    #[test]
    fn what_is_wrong_with_a_line_names_the_column() {
        let wrong = rows("A\t-1\tEUR\tGER\nB\tone\nC\t1,00,0\nD\t1\tXQX\n\t1\n");
        let said: Vec<(u64, &str)> = wrong
            .iter()
            .map(|(line, row)| (*line, row.as_ref().expect_err("wrong").split(':').next().unwrap()))
            .collect();
        assert_eq!(said, [(1, "country"), (2, "amount"), (3, "amount"), (4, "currency"), (5, "descriptor")]);
        assert!(Table::new(BufReader::new("descriptor\tsum\n".as_bytes())).is_err());
        let unsaid = rows("REWE\n");
        assert_eq!(rows("REWE\t-1 300.00\n")[0].1.as_ref().map(|row| row.amount_minor), Ok(-130_000));
        assert!(unsaid[0].1.as_ref().is_ok_and(|row| row.amount_minor < 0), "spent, as far as is known");
    }
}
