//! Tables in the shape of many banks' exports (`fixtures/own/table/`), each against all that a person reads in it.

use std::{collections::BTreeMap, fmt::Write as _, fs, io::Cursor, path::Path};

use domain::{account::AccountKind, currency::Currency};

use super::{
    super::{Format, Item, Options, Statement, StatementLine},
    CsvMapping,
};

/// What is expected of a file: the account's currency and kind, and what the file says.
struct Expected<'a> {
    options: Options,
    says: &'a str,
}

/// Blocks of `expected.txt`: a line `# file currency kind`, then what the file says.
fn expected(text: &str) -> BTreeMap<&str, Expected<'_>> {
    let block = |block| {
        let (head, says): (&str, &str) = str::split_once(block, '\n').expect("a head");
        let mut words = head.split(' ');
        let mut word = || words.next().expect(head);
        let (name, currency) = (word(), Currency::from_code(word()).expect(head));
        let kind = match word() {
            "card" => AccountKind::CreditCard,
            "savings" => AccountKind::Savings,
            _ => AccountKind::Checking,
        };
        (name, Expected { options: Options { currency: Some(currency), kind: Some(kind), ..Options::default() }, says })
    };
    text.trim_start_matches("# ").split("\n# ").map(block).collect()
}

fn shown_line(row: &StatementLine, currency: Currency) -> String {
    let account = if row.account > 0 { format!("{}: ", row.account) } else { String::new() };
    let line = &row.line;
    let pending = if line.pending { "?" } else { "" };
    let minor = domain::money::Money::new(line.amount_minor, currency);
    let amount = minor.to_string();
    let amount = amount.split(' ').next().unwrap_or_default();
    let id = line.source_id.as_ref().map(|id| format!(" #{id}")).unwrap_or_default();
    let merchant = line.merchant_name.as_ref().map(|name| format!(" @{name}")).unwrap_or_default();
    format!("{account}{}{pending} {amount} {}{id}{merchant}", line.day, line.descriptor)
}

fn uncertain(mapping: &CsvMapping) -> Vec<&'static str> {
    let all = [
        ("order", mapping.date_order_certain),
        ("mark", mapping.decimal_mark_certain),
        ("positive", mapping.positive_certain),
    ];
    all.into_iter().filter(|(_, is_certain)| !is_certain).map(|(name, _)| name).collect()
}

/// All that a file says, as `expected.txt` writes it.
fn says(bytes: &[u8], options: &Options) -> String {
    let currency = options.currency.expect("a currency");
    let mut text = String::new();
    let mut statement = match Statement::open(Format::Csv, Cursor::new(bytes), options) {
        Ok(statement) => statement,
        Err(refusal) => return format!("refused: {refusal}\n"),
    };
    for item in statement.by_ref() {
        match item {
            Ok(Item::Line(row)) => writeln!(text, "{}", shown_line(&row, currency)),
            Ok(Item::Reject(reject)) => writeln!(text, "reject {:?} {}", reject.field, reject.reason),
            Ok(Item::Balance(balance)) => {
                let amount = balance.money.to_string();
                let amount = amount.split(' ').next().unwrap_or_default();
                writeln!(text, "balance {amount} {}", balance.day.expect("a day"))
            }
            Ok(Item::Account(_) | Item::Holding(_) | Item::HoldingsEnd(_) | Item::Security(_)) => Ok(()),
            Err(refusal) => writeln!(text, "refused: {refusal}"),
        }
        .expect("a text");
    }
    let unsupported = statement.summary().unsupported;
    if unsupported > 0 {
        writeln!(text, "unsupported {unsupported}").expect("a text");
    }
    let uncertain = statement.mapping().map(uncertain).unwrap_or_default();
    if !uncertain.is_empty() {
        writeln!(text, "uncertain {}", uncertain.join(" ")).expect("a text");
    }
    text
}

#[test]
fn tables_of_the_world_are_read_rightly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/own/table");
    let text = fs::read_to_string(folder.join("expected.txt")).expect("expected.txt");
    let expected = expected(&text);
    let files = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = files.map(|name| name.to_string_lossy().into_owned()).collect();
    names.retain(|name| name != "expected.txt");
    names.sort();
    assert_eq!(names, expected.keys().copied().collect::<Vec<_>>());
    let mut wrong = String::new();
    for (name, Expected { options, says: right }) in &expected {
        let found = says(&fs::read(folder.join(name)).expect(name), options);
        if found.trim() != right.trim() {
            write!(wrong, "# {name}\n{}\nbut found\n{found}\n", right.trim()).expect("a text");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
