//! Elements of OFX, as SGML and as XML, in one reader: in version 1 what holds a value is not closed, in version 2 it is, and banks mix
//! both. Whatever is not known is passed over without being kept, so nesting costs nothing.

use std::io::BufRead;

use super::super::{
    Refusal,
    markup::{self, Markup},
    text::Text,
};

macro_rules! tags {
    ($($tag:ident = $($name:literal)|+),+ $(,)?) => {
        /// The elements that mean something here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Tag {
            $($tag,)+
            /// Any other.
            Other,
        }

        /// All names, in capitals.
        const NAMES: &[(u128, Tag)] = &[$($((key($name), Tag::$tag),)+)+];
    };
}

/// A name of at most sixteen letters as one number, in capitals.
const fn key(name: &[u8]) -> u128 {
    let mut key = 0;
    let mut at = 0;
    while at < name.len() {
        key = (key << 8) | name[at].to_ascii_uppercase() as u128;
        at += 1;
    }
    key
}

/// Places for names: a power of two, and several for each.
const PLACES: usize = 512;

/// Where a name is looked for first.
#[expect(clippy::cast_possible_truncation, reason = "both halves are folded into one, and nine bits are left of it")]
const fn place(key: u128) -> usize {
    let folded = (key ^ (key >> 64)) as u64;
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55) as usize
}

/// The names by their places; of several with one place the later ones stand in the next that are free.
static TABLE: [Option<(u128, Tag)>; PLACES] = {
    let mut table = [None; PLACES];
    let mut next = 0;
    while next < NAMES.len() {
        let mut at = place(NAMES[next].0);
        while table[at].is_some() {
            at = (at + 1) % PLACES;
        }
        table[at] = Some(NAMES[next]);
        next += 1;
    }
    table
};

impl Tag {
    /// By its name, in capitals or not.
    fn named(name: &[u8]) -> Self {
        if name.len() > 16 {
            return Self::Other;
        }
        let key = key(name);
        let mut at = place(key);
        while let Some((known, tag)) = TABLE[at] {
            if known == key {
                return tag;
            }
            at = (at + 1) % PLACES;
        }
        Self::Other
    }
}

tags! {
    Ofx = b"OFX", Org = b"ORG",
    Bank = b"STMTRS", Card = b"CCSTMTRS", Investment = b"INVSTMTRS", Loan = b"LOANSTMTRS",
    BankAccount = b"BANKACCTFROM", CardAccount = b"CCACCTFROM", InvestmentAccount = b"INVACCTFROM", LoanAccount = b"LOANACCTFROM",
    BankId = b"BANKID", BrokerId = b"BROKERID", BranchId = b"BRANCHID", AccountId = b"ACCTID", LoanId = b"LOANACCTID",
    AccountType = b"ACCTTYPE", AccountKey = b"ACCTKEY",
    DefaultCurrency = b"CURDEF", Currency = b"CURRENCY", OriginalCurrency = b"ORIGCURRENCY", CurrencySymbol = b"CURSYM",
    Trades = b"INVTRANLIST",
    Row = b"STMTTRN", LoanRow = b"LOANSTMTTRN", PendingRow = b"STMTTRNP",
    Kind = b"TRNTYPE", Posted = b"DTPOSTED", Initiated = b"DTUSER", Correction = b"CORRECTACTION", Corrected = b"CORRECTFITID", Authorized = b"DTTRAN", Amount = b"TRNAMT", LoanAmount = b"LOANTRNAMT",
    Id = b"FITID", Check = b"CHECKNUM", Industry = b"SIC", Name = b"NAME", Memo = b"MEMO", Payee = b"PAYEE", ExtendedPayee = b"EXTDPAYEE",
    ToBank = b"BANKACCTTO", ToCard = b"CCACCTTO",
    LedgerBalance = b"LEDGERBAL", AvailableBalance = b"AVAILBAL", BalanceAmount = b"BALAMT", AsOf = b"DTASOF",
    InvestmentBalance = b"INVBAL", AvailableCash = b"AVAILCASH",
    Buy = b"BUYDEBT" | b"BUYMF" | b"BUYOPT" | b"BUYOTHER" | b"BUYSTOCK",
    Sell = b"SELLDEBT" | b"SELLMF" | b"SELLOPT" | b"SELLOTHER" | b"SELLSTOCK",
    Income = b"INCOME", Expense = b"INVEXPENSE", Reinvestment = b"REINVEST", ReturnOfCapital = b"RETOFCAP", MarginInterest = b"MARGININTEREST",
    CashJournal = b"JRNLFUND", SecurityJournal = b"JRNLSEC", Transfer = b"TRANSFER", Split = b"SPLIT", OptionClosure = b"CLOSUREOPT",
    Traded = b"DTTRADE", Settled = b"DTSETTLE", Reversal = b"REVERSALFITID", SecurityCode = b"UNIQUEID", SecurityCodeType = b"UNIQUEIDTYPE",
    Units = b"UNITS", UnitPrice = b"UNITPRICE", OldUnits = b"OLDUNITS", NewUnits = b"NEWUNITS", FractionCash = b"FRACCASH", Total = b"TOTAL",
    Commission = b"COMMISSION", Fees = b"FEES", SalesLoad = b"LOAD", Penalty = b"PENALTY", Taxes = b"TAXES", Withholding = b"WITHHOLDING",
    StateWithholding = b"STATEWITHHOLDING", IncomeType = b"INCOMETYPE", Direction = b"TFERACTION",
    Holdings = b"INVPOSLIST", Holding = b"INVPOS", HeldIn = b"HELDINACCT", Side = b"POSTYPE", MarketValue = b"MKTVAL", PricedOn = b"DTPRICEASOF",
    Securities = b"SECLIST", StockInfo = b"STOCKINFO", FundInfo = b"MFINFO", DebtInfo = b"DEBTINFO", OptionInfo = b"OPTINFO", OtherInfo = b"OTHERINFO",
    SecurityName = b"SECNAME", Ticker = b"TICKER",
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// An element that holds others begins (or one that should hold a value and does not).
    Open(Tag),
    /// It ends.
    Close(Tag),
    /// An element with its value, which is [`Tokens::value`].
    Field(Tag),
    /// The end of the file.
    End,
}

/// A reader of elements.
pub(super) struct Tokens<R> {
    markup: Markup<R>,
    /// The element that has begun, and of which it is not known yet whether it holds a value.
    open: Option<Tag>,
    /// Its line.
    open_line: u64,
    /// The line of the event that was handed out.
    line: u64,
    /// Whether `value` belongs to an event that was handed out.
    given: bool,
    /// An end that follows the event that was handed out.
    close: Option<Tag>,
}

impl<R: BufRead> Tokens<R> {
    pub(super) fn new(text: Text<R>) -> Self {
        Self { markup: Markup::new(text), open: None, open_line: 1, line: 1, given: false, close: None }
    }

    /// The value of the last field, without spaces around it.
    pub(super) fn value(&self) -> &str {
        self.markup.value()
    }

    /// The line on which the element of the last event begins.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// The next event.
    pub(super) fn next(&mut self) -> Result<Event, Refusal> {
        if self.given {
            self.markup.clear();
            self.given = false;
        }
        if let Some(tag) = self.close.take() {
            return Ok(Event::Close(tag));
        }
        loop {
            let Some(bytes) = self.markup.find_tag(self.wants_value())? else { return Ok(Event::End) };
            if let Some(event) = self.tag(bytes) {
                return Ok(event);
            }
        }
    }

    fn wants_value(&self) -> bool {
        self.open.is_some_and(|tag| tag != Tag::Other)
    }

    /// Takes a tag; an event follows from it, unless it closes the field that was just handed out.
    fn tag(&mut self, bytes: usize) -> Option<Event> {
        let inner = self.markup.tag(bytes).as_bytes();
        let (closes, name) = inner.strip_prefix(b"/").map_or((false, inner), |name| (true, name));
        let is_empty = !closes && name.ends_with(b"/");
        let tag = Tag::named(markup::name_of(name));
        let line = self.markup.line();
        self.markup.leave(bytes);
        if is_empty {
            return None;
        }
        let before = self.open.take();
        self.line = self.open_line;
        self.open_line = line;
        if closes {
            return match before {
                Some(open) if open == tag => self.field(open),
                Some(open) => {
                    self.close = Some(tag);
                    self.ended(open).or_else(|| self.close.take().map(Event::Close))
                }
                None => {
                    self.line = line;
                    (tag != Tag::Other).then_some(Event::Close(tag))
                }
            };
        }
        self.open = Some(tag);
        before.and_then(|open| self.ended(open))
    }

    /// An element that ends because another begins or ends: a field if it has a value.
    fn ended(&mut self, open: Tag) -> Option<Event> {
        if self.value().is_empty() {
            self.markup.clear();
            return (open != Tag::Other).then_some(Event::Open(open));
        }
        self.field(open)
    }

    fn field(&mut self, tag: Tag) -> Option<Event> {
        self.given = true;
        (tag != Tag::Other).then_some(Event::Field(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    fn events(source: &str) -> Vec<String> {
        let input = BufReader::with_capacity(3, Cursor::new(source.as_bytes()));
        let mut tokens = Tokens::new(Text::open(input, 1 << 20).expect("a head"));
        let mut found = Vec::new();
        loop {
            match tokens.next().expect(source) {
                Event::End => return found,
                Event::Field(tag) => found.push(format!("{tag:?}={}", tokens.value())),
                event => found.push(format!("{event:?}")),
            }
        }
    }

    #[test]
    fn every_name_is_found_and_no_other() {
        for (name, tag) in [
            (&b"STMTTRN"[..], Tag::Row),
            (b"stmtTrn", Tag::Row),
            (b"BUYSTOCK", Tag::Buy),
            (b"STATEWITHHOLDING", Tag::StateWithholding),
            (b"STMTTRNX", Tag::Other),
            (b"", Tag::Other),
            (b"ASTATEWITHHOLDING", Tag::Other),
        ] {
            assert_eq!(Tag::named(name), tag);
        }
        assert_eq!(TABLE.iter().flatten().count(), NAMES.len());
        for (key, tag) in NAMES {
            let name: Vec<u8> = key.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            assert_eq!(Tag::named(&name), *tag);
        }
    }

    #[test]
    fn both_versions_say_the_same() {
        let expected = ["Open(Row)", "Amount=-5", "Name=A & B", "Close(Row)"];
        for source in [
            "<STMTTRN><TRNAMT>-5<NAME>A & B</STMTTRN>",
            "<stmttrn>\n<trnamt> -5 \n<name>A &amp; B  \n</stmttrn>",
            "<STMTTRN><TRNAMT>-5</TRNAMT><NAME>A &#38; B</NAME></STMTTRN>",
            "<STMTTRN a=\"b\"><!-- <MEMO>no --><TRNAMT>-5</TRNAMT ><X>y</X><NAME><![CDATA[A & B]]></NAME><SIC/></STMTTRN>",
            "<o:STMTTRN><o:TRNAMT>-5</o:TRNAMT><EMPTY><o:NAME>A &#x26; B</o:NAME></EMPTY></o:STMTTRN>",
        ] {
            assert_eq!(events(source), expected, "{source}");
        }
    }

    #[test]
    fn signs_that_begin_nothing_are_text() {
        assert_eq!(
            events("<NAME>a < b & c &x; 5<6<MEMO>x</NAME>"),
            ["Name=a < b & c &x; 5<6", "Memo=x", "Close(Name)"]
        );
        assert_eq!(events("<NAME>A <B Corp\n<MEMO>\"x\""), ["Name=A <B Corp"]);
        assert_eq!(events("<NAME>cut <"), Vec::<String>::new());
    }

    #[test]
    fn fields_without_a_value_are_no_fields() {
        assert_eq!(
            events("<STMTTRN><FITID></FITID><MEMO><NAME>x</NAME></STMTTRN>"),
            ["Open(Row)", "Id=", "Open(Memo)", "Name=x", "Close(Row)"]
        );
    }

    #[test]
    fn declared_entities_are_refused() {
        let source = "<?xml version='1.0'?>\n<!DOCTYPE OFX [<!ENTITY a \"aaaa\">]><OFX><NAME>&a;</NAME></OFX>";
        let mut tokens = Tokens::new(Text::open(Cursor::new(source), 1 << 20).expect("a head"));
        assert_eq!(tokens.next(), Err(Refusal::Entities { line: 2 }));
        assert_eq!(events("<!DOCTYPE OFX SYSTEM \"ofx160.dtd\"><NAME>&a;</NAME>"), ["Name=&a;"]);
    }
}
