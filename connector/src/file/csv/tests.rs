//! Tables in the forms that banks of several countries give them. The names of columns are the banks'; the rows are made up.

use std::io::Cursor;

use domain::{account::AccountKind, category, currency::Currency};
use proptest::prelude::*;

use super::{
    super::{Format, Item, Needed, Options, Refusal, Statement, amount::DecimalMark, date::DateOrder, read},
    CsvMapping, Positive, Role, guess,
};

fn currency(code: &str) -> Currency {
    Currency::from_code(code).expect(code)
}

fn options(code: &str) -> Options {
    Options { currency: Some(currency(code)), ..Options::default() }
}

/// Each line as `account day minor [descriptor]` with marks for pending (`?`), an id (`#`), a merchant (`@`), an original amount
/// (`=`) and a category (`~`).
fn lines(source: &str, options: &Options) -> Vec<String> {
    let mut found = Vec::new();
    let sink = |item| match item {
        Item::Line(row) => {
            let line = row.line;
            let pending = if line.pending { "?" } else { "" };
            let id = line.source_id.map(|id| format!(" #{id}")).unwrap_or_default();
            let merchant = line.merchant_name.map(|name| format!(" @{name}")).unwrap_or_default();
            let original = line.original.map(|money| format!(" ={money}")).unwrap_or_default();
            let category = line.category.map(|id| format!(" ~{}", category::key(id))).unwrap_or_default();
            found.push(format!(
                "{} {}{pending} {} [{}]{id}{merchant}{original}{category}",
                row.account, line.day, line.amount_minor, line.descriptor
            ));
        }
        Item::Reject(reject) => {
            found.push(format!("line {}: {:?} {}", reject.position.line, reject.field, reject.reason));
        }
        Item::Account(_) | Item::Balance(_) | Item::Holding(_) | Item::HoldingsEnd(_) | Item::Security(_) => {}
    };
    read(Format::Csv, Cursor::new(source), options, sink).expect(source);
    found
}

fn mapping(source: &str, options: &Options) -> CsvMapping {
    guess(source.as_bytes(), true, options).expect(source)
}

/// One bank's table: the currency, the text, and what it says.
struct Bank {
    currency: &'static str,
    text: &'static str,
    lines: &'static [&'static str],
}

const BANKS: [Bank; 30] = [
    // United States
    Bank {
        currency: "USD",
        text: "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n\
               DEBIT,01/15/2026,COFFEE BAR 12,-4.50,DEBIT_CARD,95.50,,\nCREDIT,01/14/2026,PAYROLL,100.00,ACH_CREDIT,100.00,,\n",
        lines: &["0 2026-01-15 -450 [COFFEE BAR 12]", "0 2026-01-14 10000 [PAYROLL]"],
    },
    Bank {
        currency: "USD",
        text: "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n\
               01/12/2026,01/13/2026,GROCER 7,Groceries,Sale,-20.00,\n01/02/2026,01/03/2026,Payment Thank You,,Payment,120.00,\n",
        lines: &["0 2026-01-13 -2000 [GROCER 7] ~FOOD_AND_DRINK_GROCERIES", "0 2026-01-03 12000 [Payment Thank You]"],
    },
    Bank {
        currency: "USD",
        text: "Trans. Date,Post Date,Description,Amount,Category\n\
               01/12/2026,01/13/2026,GROCER 7,20.00,Groceries\n01/14/2026,01/14/2026,BOOKS,9.99,Shops\n\
               01/15/2026,01/15/2026,INTERNET PAYMENT - THANK YOU,-29.99,Payments\n",
        lines: &[
            "0 2026-01-13 -2000 [GROCER 7] ~FOOD_AND_DRINK_GROCERIES",
            "0 2026-01-14 -999 [BOOKS]",
            "0 2026-01-15 2999 [INTERNET PAYMENT - THANK YOU]",
        ],
    },
    Bank {
        currency: "USD",
        text: "Status,Date,Description,Debit,Credit\nCleared,01/31/2026,GROCER,12.00,\nPending,02/01/2026,PARKING,3.00,\nCleared,01/30/2026,REFUND,,-5.00\n",
        lines: &["0 2026-01-31 -1200 [GROCER]", "0 2026-02-01? -300 [PARKING]", "0 2026-01-30 500 [REFUND]"],
    },
    Bank {
        currency: "USD",
        text: "Description,,Summary Amt.\nBeginning balance as of 01/01/2026,,\"1,000.00\"\nEnding balance as of 01/31/2026,,\"1,095.50\"\n\n\
               Date,Description,Amount,Running Bal.\n01/01/2026,Beginning balance as of 01/01/2026,,\"1,000.00\"\n\
               01/20/2026,\"CHECK \"\"12\"\", X\",\"-4.50\",\"995.50\"\n01/21/2026,\"DEPOSIT\",\"1,100.00\",\"2,095.50\"\n",
        lines: &["0 2026-01-20 -450 [CHECK \"12\", X]", "0 2026-01-21 110000 [DEPOSIT]"],
    },
    Bank {
        currency: "USD",
        text: "\"01/20/2026\",\"-4.50\",\"*\",\"\",\"COFFEE BAR\"\n\"01/19/2026\",\"100.00\",\"*\",\"\",\"PAYROLL INC\"\n",
        lines: &["0 2026-01-20 -450 [COFFEE BAR]", "0 2026-01-19 10000 [PAYROLL INC]"],
    },
    Bank {
        currency: "USD",
        text: "\"Date\",\"Description\",\"Original Description\",\"Amount\",\"Transaction Type\",\"Category\",\"Account Name\",\"Labels\",\"Notes\"\n\
               \"1/20/2026\",\"Coffee Bar\",\"SQ *COFFEE BAR 12\",\"4.50\",\"debit\",\"Coffee Shops\",\"CHECKING\",\"\",\"\"\n\
               \"1/19/2026\",\"Payroll\",\"ACH PAYROLL 99\",\"100.00\",\"credit\",\"Paycheck\",\"CHECKING\",\"\",\"\"\n\
               \"1/18/2026\",\"Grocer\",\"GROCER 7\",\"7.00\",\"debit\",\"Groceries\",\"VISA\",\"\",\"\"\n\
               \"1/17/2026\",\"Grocer\",\"GROCER 7\",\"8.00\",\"debit\",\"Groceries\",\"CHECKING\",\"\",\"\"\n\
               \"1/16/2026\",\"Grocer\",\"GROCER 8\",\"8.00\",\"debit\",\"Groceries\",\"VISA\",\"\",\"\"\n\
               \"1/16/2026\",\"Grocer\",\"GROCER 8\",\"8.00\",\"debit\",\"Groceries\",\"VISA\",\"\",\"\"\n",
        lines: &[
            "0 2026-01-20 -450 [SQ *COFFEE BAR 12] @Coffee Bar ~FOOD_AND_DRINK_COFFEE",
            "0 2026-01-19 10000 [ACH PAYROLL 99] @Payroll ~INCOME_WAGES",
            "1 2026-01-18 -700 [GROCER 7] @Grocer ~FOOD_AND_DRINK_GROCERIES",
            "0 2026-01-17 -800 [GROCER 7] @Grocer ~FOOD_AND_DRINK_GROCERIES",
            "1 2026-01-16 -800 [GROCER 8] @Grocer ~FOOD_AND_DRINK_GROCERIES",
            "1 2026-01-16 -800 [GROCER 8] @Grocer ~FOOD_AND_DRINK_GROCERIES",
        ],
    },
    // New Zealand
    Bank {
        currency: "NZD",
        text: "Created date / time : 21 November 2026 / 06:26:02\nBank 12; Branch 3456; Account 0123456-00 (Streamline)\nFrom date 20261001\nTo date 20261121\n\
               Avail Bal : 1095.50 as of 20261101\nLedger Balance : 1095.50 as of 20261121\nDate,Unique Id,Tran Type,Cheque Number,Payee,Memo,Amount\n\n\
               2026/11/02,2026110201,EFTPOS,,\"DAIRY\",\"CARD 1234\",-4.50\n2026/11/03,2026110301,D/C,,\"EMPLOYER\",\"WAGES\",1100.00\n",
        lines: &["0 2026-11-02 -450 [DAIRY CARD 1234] #2026110201", "0 2026-11-03 110000 [EMPLOYER WAGES] #2026110301"],
    },
    Bank {
        currency: "NZD",
        text: "Type,Details,Particulars,Code,Reference,Amount,Date,ForeignCurrencyAmount,ConversionCharge\n\
               Visa Purchase,4835-****-****-1234  Df,Countdown,,,-4.50,25/11/2026,,\nSalary,Employer,Wages,,Nov,1100.00,24/11/2026,,\n",
        lines: &["0 2026-11-25 -450 [4835-****-****-1234 Df Countdown]", "0 2026-11-24 110000 [Employer Wages Nov]"],
    },
    Bank {
        currency: "NZD",
        text: "Account number,Date,Memo/Description,Source Code (payment type),TP ref,TP part,TP code,OP ref,OP part,OP code,OP name,OP Bank Account Number,\
               Amount (credit),Amount (debit),Amount,Balance\n38-9000-0000000-00,25-11-2026,POS W/D DAIRY,,,,,,,,,,,4.50,-4.50,95.50\n",
        lines: &["0 2026-11-25 -450 [POS W/D DAIRY]"],
    },
    Bank {
        currency: "NZD",
        text: "Date,Amount,Payee,Particulars,Code,Reference,Tran Type,This Party Account,Other Party Account,Serial,Transaction Code,Batch Number,\
               Originating Bank/Branch,Processed Date\n25/11/2026,-4.50,DAIRY,1234,,,POS,02-0100-0000000-00,,,00,1,02-0100,25/11/2026\n",
        lines: &["0 2026-11-25 -450 [DAIRY 1234]"],
    },
    // Australia
    Bank {
        currency: "AUD",
        text: "25/11/2026,\"-4.50\",\"CAFE SYDNEY\",\"+95.50\"\n24/11/2026,\"+100.00\",\"SALARY\",\"+100.00\"\n",
        lines: &["0 2026-11-25 -450 [CAFE SYDNEY]", "0 2026-11-24 10000 [SALARY]"],
    },
    Bank {
        currency: "AUD",
        text: "Bank Account,Date,Narrative,Debit Amount,Credit Amount,Balance,Categories,Serial\n\
               032000123456,25/11/2026,CAFE,4.50,,95.50,PAYMENT,\n032000123456,24/11/2026,SALARY,,100.00,100.00,DEP,\n",
        lines: &["0 2026-11-25 -450 [CAFE]", "0 2026-11-24 10000 [SALARY]"],
    },
    Bank {
        currency: "AUD",
        text: "Date,Amount,Account Number,,Transaction Type,Transaction Details,Balance,Category,Merchant Name\n\
               25 Nov 26,-4.50,123456789,,MISCELLANEOUS DEBIT,V1234 CAFE SYDNEY,95.50,Eating out,Cafe Sydney\n",
        lines: &["0 2026-11-25 -450 [V1234 CAFE SYDNEY] @Cafe Sydney ~FOOD_AND_DRINK_RESTAURANT"],
    },
    // South Africa
    Bank {
        currency: "ZAR",
        text: "ACCOUNT TRANSACTION HISTORY\n\nName:, A, PERSON\nAccount:, 62000000000, [Cheque]\nBalance:, 95.50, 95.50\n\n\
               Date, Amount, Balance, Description\n2026/11/25, -4.50, 95.50, POS PURCHASE SHOP\n2026/11/24, 100.00, 100.00, SALARY\n",
        lines: &["0 2026-11-25 -450 [POS PURCHASE SHOP]", "0 2026-11-24 10000 [SALARY]"],
    },
    Bank {
        currency: "ZAR",
        text: "Nr,Account,Posting Date,Transaction Date,Description,Original Description,Parent Category,Category,Money In,Money Out,Fee,Balance\n\
               1,1234567890,2026-11-25,2026-11-24,Shop,POS SHOP CAPE TOWN,Food,Groceries,,-4.50,,95.50\n\
               2,1234567890,2026-11-26,2026-11-26,Salary,SALARY REF 1,Income,Salary,100.00,,,195.50\n",
        lines: &[
            "0 2026-11-25 -450 [POS SHOP CAPE TOWN] @Shop ~FOOD_AND_DRINK_GROCERIES",
            "0 2026-11-26 10000 [SALARY REF 1] @Salary ~INCOME_WAGES",
        ],
    },
    // Britain
    Bank {
        currency: "GBP",
        text: "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount,Local currency,Notes and #tags,Address,Receipt,Description,Category split,Money Out,Money In\n\
               tx_0001,25/11/2026,10:00:00,Card payment,Cafe,,Eating out,-4.50,GBP,-5.00,EUR,,1 Road,,CAFE PARIS FRA,,-4.50,\n",
        lines: &["0 2026-11-25 -450 [CAFE PARIS FRA] #tx_0001 =-5.00 EUR ~FOOD_AND_DRINK_RESTAURANT"],
    },
    Bank {
        currency: "GBP",
        text: "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance\n\
               25/11/2026,DEB,'11-22-33,12345678,CAFE CD 1234,4.50,,95.50\n24/11/2026,FPI,'11-22-33,12345678,A PERSON,,100.00,100.00\n",
        lines: &["0 2026-11-25 -450 [CAFE CD 1234]", "0 2026-11-24 10000 [A PERSON]"],
    },
    Bank {
        currency: "USD",
        text: "\"Account Name:\",\"FlexAccount ****12345\"\r\n\"Account Balance:\",\"£95.50\"\r\n\"Available Balance: \",\"£95.50\"\r\n\r\n\
               \"Date\",\"Transaction type\",\"Description\",\"Paid out\",\"Paid in\",\"Balance\"\r\n\
               \"25 Nov 2026\",\"Visa purchase\",\"CAFE\",\"£4.50\",\"\",\"£95.50\"\r\n\"26 Nov 2026\",\"Transfer\",\"\",\"\",\"£1.00\",\"£96.50\"\r\n",
        lines: &["0 2026-11-25 -450 [CAFE]", "0 2026-11-26 100 [Transfer]"],
    },
    Bank {
        currency: "EUR",
        text: "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n\
               CARD_PAYMENT,Current,2026-11-24 10:00:00,2026-11-25 11:00:00,Cafe,-4.50,0.00,GBP,COMPLETED,95.50\n\
               CARD_PAYMENT,Current,2026-11-25 10:00:00,,Parking,-3.00,0.00,GBP,PENDING,\n\
               CARD_PAYMENT,Current,2026-11-26 10:00:00,,Fraud,-99.00,0.00,GBP,REVERTED,\n\
               TRANSFER,Current,2026-11-26 10:00:00,2026-11-26 10:00:00,To EUR,5.00,0.00,EUR,COMPLETED,5.00\n",
        lines: &["0 2026-11-25 -450 [Cafe]", "0 2026-11-25? -300 [Parking]", "1 2026-11-26 500 [To EUR]"],
    },
    Bank {
        currency: "GBP",
        text: "Date,Description,Amount\n25/11/2026,CAFE,4.50\n24/11/2026,SHOP,10.00\n20/11/2026,PAYMENT RECEIVED - THANK YOU,-99.00\n",
        lines: &[
            "0 2026-11-25 -450 [CAFE]",
            "0 2026-11-24 -1000 [SHOP]",
            "0 2026-11-20 9900 [PAYMENT RECEIVED - THANK YOU]",
        ],
    },
    Bank {
        currency: "GBP",
        text: "25/11/2026,VIS CAFE,-4.50\n24/11/2026,CR SALARY,\"1,000.00\"\n",
        lines: &["0 2026-11-25 -450 [VIS CAFE]", "0 2026-11-24 100000 [CR SALARY]"],
    },
    Bank {
        currency: "GBP",
        text: "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes\n\
               25/11/2026,Cafe,CAFE 12,CONTACTLESS,-4.50,95.50,EATING_OUT,\n24/11/2026,A Person,RENT,FASTER PAYMENT,100.00,100.00,INCOME,\n",
        lines: &[
            "0 2026-11-25 -450 [CAFE 12] ~FOOD_AND_DRINK_RESTAURANT",
            "0 2026-11-24 10000 [A Person RENT] ~INCOME_OTHER_INCOME",
        ],
    },
    Bank {
        currency: "USD",
        text: "sep=;\nTransaction Date;Clearing Date;Description;Merchant;Category;Type;Amount (USD);Purchased By\n\
               11/24/2026;11/25/2026;CAFE 12 MAIN;Cafe;Restaurants;Purchase;4.50;A\n11/20/2026;11/20/2026;ACH DEPOSIT INTERNET TRANSFER - THANK YOU;;Payment;Payment;-4.00;A\n",
        lines: &[
            "0 2026-11-25 -450 [CAFE 12 MAIN] @Cafe ~FOOD_AND_DRINK_RESTAURANT",
            "0 2026-11-20 400 [ACH DEPOSIT INTERNET TRANSFER - THANK YOU]",
        ],
    },
    Bank {
        currency: "CHF",
        text: "\"Girokonto\";\"DE00\"\n\"Kontostand vom 25.11.2026:\";\"95,50 €\"\n\"\"\n\
               \"Buchungsdatum\";\"Wertstellung\";\"Status\";\"Zahlungspflichtige*r\";\"Zahlungsempfänger*in\";\"Verwendungszweck\";\"Umsatztyp\";\"IBAN\";\"Betrag (€)\"\n\
               \"25.11.26\";\"25.11.26\";\"Gebucht\";\"A\";\"Cafe\";\"Kaffee\";\"Ausgang\";\"DE12\";\"-4,5\"\n\
               \"26.11.26\";\"\";\"Vorgemerkt\";\"A\";\"Shop\";\"Schuhe\";\"Ausgang\";\"DE13\";\"-1.050\"\n",
        lines: &["0 2026-11-25 -450 [A Cafe Kaffee]", "0 2026-11-26? -105000 [A Shop Schuhe]"],
    },
    Bank {
        currency: "ZAR",
        text: "Date,Description,Payments,Deposits,Balance\n2026-11-05,SHOP,-R 4.50,,R 95.50\n2026-11-06,SALARY,,R 100.00,R 195.50\n",
        lines: &["0 2026-11-05 -450 [SHOP]", "0 2026-11-06 10000 [SALARY]"],
    },
    Bank {
        currency: "INR",
        text: "Account,Txn Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance\n\
               123456,25/11/26,UPI-CAFE,0000001,25/11/26,\"1,00,004.50\",,\"2,00,000.00\"\n",
        lines: &["0 2026-11-25 -10000450 [UPI-CAFE]"],
    },
    Bank {
        currency: "EUR",
        text: "Datum;Bokföringsdag;Belopp;Avsändare;Mottagare;Namn;Rubrik;Saldo;Valuta\n2026/11/25;2026/11/25;-4,50;123;;Kafé;Kortköp;95,50;SEK\n",
        lines: &["0 2026-11-25 -450 [Kafé Kortköp]"],
    },
    // Germany and the Netherlands
    Bank {
        currency: "EUR",
        text: "Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;Kontonummer;BLZ;Betrag;Waehrung;Info\n\
               DE89370400440532013000;25.11.26;25.11.26;KARTENZAHLUNG;KAFFEE 12;CAFE GMBH;DE12;XX;-1.234,50;EUR;Umsatz gebucht\n",
        lines: &["0 2026-11-25 -123450 [KAFFEE 12 CAFE GMBH]"],
    },
    Bank {
        currency: "EUR",
        text: "\"Datum\";\"Naam / Omschrijving\";\"Rekening\";\"Tegenrekening\";\"Code\";\"Af Bij\";\"Bedrag (EUR)\";\"Mutatiesoort\";\"Mededelingen\"\n\
               \"20261125\";\"Cafe\";\"NL01INGB0000000001\";\"\";\"BA\";\"Af\";\"4,50\";\"Betaalautomaat\";\"Pasvolgnr 1\"\n\
               \"20261124\";\"Werkgever\";\"NL01INGB0000000001\";\"NL02\";\"OV\";\"Bij\";\"100,00\";\"Overschrijving\";\"Loon\"\n",
        lines: &["0 2026-11-25 -450 [Cafe BA Pasvolgnr 1]", "0 2026-11-24 10000 [Werkgever OV Loon]"],
    },
];

#[test]
fn tables_of_banks_are_understood() {
    for bank in &BANKS {
        assert_eq!(lines(bank.text, &options(bank.currency)), bank.lines, "{}", bank.text);
    }
}

fn refusal(source: &str, options: &Options) -> Refusal {
    read(Format::Csv, Cursor::new(source), options, drop).expect_err(source)
}

#[test]
fn what_is_missing_is_named() {
    let euro = options("EUR");
    let needed = |needed: &[Needed]| Refusal::MissingColumns(needed.to_vec());
    assert_eq!(refusal("", &euro), Refusal::Empty);
    assert_eq!(refusal("a,b\nc,d\n", &euro), needed(&[Needed::Day, Needed::Amount]));
    assert_eq!(refusal("Date,Text\n2026-11-05,Coffee\n", &euro), needed(&[Needed::Amount]));
    assert_eq!(refusal("Amount,Text\n5.00,Coffee\n", &euro), needed(&[Needed::Day, Needed::Amount]));
    let two_numbers = "2026-11-05,Coffee,4.50,8.20\n2026-11-06,Bakery,7.20,3.10\n";
    assert_eq!(refusal(two_numbers, &euro), needed(&[Needed::WhichAmount]));
    let table = "Date,Text,Amount\n2026-11-05,Coffee,4.50\n";
    assert_eq!(refusal(table, &Options::default()), Refusal::CurrencyNeeded);
    assert_eq!(
        refusal(two_numbers, &euro).to_string(),
        "the file has no column for the amount that is certain (there are several columns of numbers and no names)"
    );
}

#[test]
fn the_order_of_a_day_is_proven_or_said_to_be_open() {
    use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
    let cases: [(&[&str], &str, DateOrder, bool); 8] = [
        (&["03/04/2026", "25/04/2026"], "USD", DayMonthYear, true),
        (&["03/04/2026", "04/25/2026"], "EUR", MonthDayYear, true),
        (&["03/04/2026", "03/05/2026"], "EUR", DayMonthYear, false),
        (&["03/04/2026", "03/05/2026"], "USD", MonthDayYear, false),
        // Only with the day first are they in the order of time.
        (&["11/01/2026", "01/02/2026", "05/02/2026"], "USD", DayMonthYear, false),
        (&["03.04.2026", "04.05.2026"], "USD", DayMonthYear, true),
        (&["2026-04-03", "2026-05-04"], "USD", YearMonthDay, true),
        (&["25/04/2026", "04/25/2026"], "EUR", DayMonthYear, false),
    ];
    for (days, currency, order, is_certain) in cases {
        let source = format!("Date,Text,Amount\n{},a,-1", days.join(",a,-1\n"));
        let found = mapping(&source, &options(currency));
        assert_eq!((found.date_order, found.date_order_certain), (order, is_certain), "{days:?} {currency}");
    }
}

#[test]
fn the_sign_is_proven_or_said_to_be_open() {
    use Positive::{In, Out};
    for (rows, positive, is_certain) in [
        ("a,-1,\nb,2,\n", In, true),
        ("a,1,\nb,2,\n", In, false),
        ("a,1,\nb,2,\nPAYMENT THANK YOU,-3,\n", Out, true),
        ("a,-1,\nb,-2,\nPAYMENT THANK YOU,3,\n", In, true),
        ("a,1,\nb,2,\nc,+3,\n", Out, true),
        ("a,1,\nb,2,\nc,3 CR,\n", Out, true),
        ("a,1,9\nb,2,7\nc,-3,10\n", Out, true),
        ("a,1,9\nb,2,11\nc,-3,8\n", In, true),
    ] {
        let source = format!("Date,Text,Amount,Balance\n2026-11-05,{}", rows.trim_end().replace('\n', "\n2026-11-05,"));
        let found = mapping(&source, &options("EUR"));
        assert_eq!((found.positive, found.positive_certain), (positive, is_certain), "{source}");
    }
    let card = Options { kind: Some(AccountKind::CreditCard), ..options("EUR") };
    let found = mapping("Date,Text,Amount\n2026-11-05,a,1\n2026-11-06,b,2\n", &card);
    assert_eq!((found.positive, found.positive_certain), (Out, false));
}

#[test]
fn what_it_was_before_the_bank_converted_it_stands_beside_it() {
    let table = "Date,Name,Amount (EUR),Original Amount,Original Currency,Exchange Rate\n\
                 2026-11-20,Employer,2000.00,,,\n\
                 2026-11-25,Books London,-4.50,-4.00,GBP,0.89\n\
                 2026-11-26,Shop,-7.00,\"1,000\",jpy,\n\
                 2026-11-27,Shop,-7.00,a lot,USD,\n\
                 2026-11-28,Shop,-7.00,-7.00,EUR,1.00\n";
    let found = lines(table, &options("EUR"));
    let expected =
        ["200000 [Employer]", "-450 [Books London] =-4.00 GBP", "-700 [Shop] =-1000 JPY", "-700 [Shop]", "-700 [Shop]"];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.ends_with(expected), "{found}");
    }
    // Without its currency an amount says nothing.
    let roles =
        |table: &str| mapping(table, &options("EUR")).columns.iter().map(|column| column.role).collect::<Vec<_>>();
    assert_eq!(roles(table)[3..5], [Role::OriginalAmount, Role::OriginalCurrency]);
    assert_eq!(roles("Date,Name,Amount,Original Amount\n2026-11-25,Books,-4.50,-4.00\n")[3], Role::Ignored);
}

#[test]
fn a_corrected_mapping_is_obeyed() {
    let source = "Date,Text,Amount,Note\n03/04/2026,Coffee,\"4,500\",mine\n";
    let guessed = mapping(source, &options("EUR"));
    assert!(!guessed.date_order_certain && !guessed.decimal_mark_certain && !guessed.positive_certain);
    let shown = serde_json::to_string(&guessed).expect("JSON");
    let mut corrected: CsvMapping = serde_json::from_str(&shown).expect("the same shape");
    assert_eq!(corrected, guessed);
    corrected.date_order = DateOrder::MonthDayYear;
    corrected.decimal_mark = DecimalMark::Comma;
    corrected.positive = Positive::Out;
    corrected.columns[1].role = Role::Merchant;
    corrected.columns[3].role = Role::Description;
    corrected.currency = Some("CHF".to_owned());
    let corrected = Options { mapping: Some(corrected), ..Options::default() };
    assert_eq!(lines(source, &corrected), ["0 2026-03-04 -450 [mine] @Coffee"]);
    let mut statement = Statement::open(Format::Csv, Cursor::new(source), &corrected).expect("a file");
    assert_eq!(statement.mapping(), corrected.mapping.as_ref());
    let first = statement.next().expect("an account").expect("legible");
    assert!(matches!(first, Item::Account(account) if account.currency == currency("CHF")));
}

#[test]
fn a_mapping_that_cannot_be_is_refused() {
    let source = "Date,Text,Amount\n2026-11-05,Coffee,4.50\n";
    let with = |change: fn(&mut CsvMapping)| {
        let mut mapping = mapping(source, &options("EUR"));
        change(&mut mapping);
        refusal(source, &Options { mapping: Some(mapping), ..Options::default() })
    };
    assert_eq!(with(|mapping| mapping.columns.clear()), Refusal::MissingColumns(vec![Needed::Day, Needed::Amount]));
    assert!(matches!(with(|mapping| mapping.delimiter = 'é'), Refusal::Mapping(_)));
    assert!(matches!(with(|mapping| mapping.delimiter = '\n'), Refusal::Mapping(_)));
    assert!(matches!(with(|mapping| mapping.currency = Some("DEM".to_owned())), Refusal::Mapping(_)));
    assert!(matches!(with(|mapping| mapping.columns[1].role = Role::Amount), Refusal::Mapping(_)));
}

#[test]
fn rows_are_rejected_one_by_one() {
    let source = "Date,Text,Debit,Credit,Balance,Currency\n2026-11-05,Coffee,4.50,,95.50,EUR\n2026-11-31,Bakery,1.00,,94.50,EUR\n\
                  2026-11-06,Both,1.00,2.00,95.50,EUR\n,No day,1.00,,,EUR\n2026-11-07,Strange,1.00,,,XYZ\n2026-11-08,Opening,,,95.50,EUR\n\
                  2026-11-08,Zero,0.00,3.00,98.50,EUR\nTotal,,,,98.50,\n\nEnd of report\n";
    assert_eq!(
        lines(source, &Options::default()),
        [
            "0 2026-11-05 -450 [Coffee]",
            "line 3: Day must be a day between 1900-01-01 and 2200-12-31, such as 2026-11-21",
            "line 4: Amount is both money out and money in",
            "line 5: Day is missing",
            "line 6: Currency must be a currency in use; XYZ is not",
            "0 2026-11-08 300 [Zero]",
        ]
    );
    let summary = read(Format::Csv, Cursor::new(source), &Options::default(), drop).expect("a file");
    assert_eq!((summary.unsupported, summary.balances), (1, 1));
}

/// The latest row's balance closes the statement, whichever way the rows run.
#[test]
fn closing_balances_are_of_the_latest_row() {
    for (rows, closing) in [
        ("2026-11-05,a,-1,9\n2026-11-06,b,-2,7\n", Some(700)),
        ("2026-11-06,b,-2,7\n2026-11-05,a,-1,9\n", Some(700)),
        ("2026-11-05,a,-1,9\n2026-11-05,b,-2,7\n", Some(700)),
        ("2026-11-05,b,-2,7\n2026-11-05,a,-1,9\n", Some(700)),
        ("2026-11-05,b,-2,70\n2026-11-05,a,-1,9\n", None),
        ("2026-11-05,b,-2,7\n", Some(700)),
        ("2026-11-05,a,-1,9\n2026-11-07,b,-2,7\n2026-11-06,c,-2,5\n", None),
    ] {
        let mut found = None;
        let sink = |item| {
            if let Item::Balance(balance) = item {
                found = Some(balance.money.minor);
            }
        };
        read(Format::Csv, Cursor::new(format!("Date,Text,Amount,Balance\n{rows}")), &options("EUR"), sink).expect(rows);
        assert_eq!(found, closing, "{rows}");
    }
}

proptest! {
    /// What a table says comes back, in any of its dialects.
    #[test]
    fn tables_come_back(
        rows in prop::collection::vec((1_u32..29, -9_999_999_i64..9_999_999, "[A-Z][a-z]{2,8}( \"[a-z;,]{1,5}\")?"), 1..40),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        comma: bool,
    ) {
        let mut source = ["Date", "Description", "Amount", "Currency"].join(&delimiter.to_string());
        let mut expected = Vec::new();
        // One row proves the order of the day and the mark of the decimals.
        let proof = [(25, -150, "Proof".to_owned())];
        for (day, minor, text) in proof.iter().chain(&rows) {
            let mark = if comma { ',' } else { '.' };
            let sign = if *minor < 0 { "-" } else { "" };
            let amount = format!("{sign}{}{mark}{:02}", minor.abs() / 100, minor.abs() % 100);
            let quoted = text.replace('"', "\"\"");
            let fields = [format!("{day:02}/11/2026"), format!("\"{quoted}\""), format!("\"{amount}\""), "EUR".to_owned()];
            source.push('\n');
            source.push_str(&fields.join(&delimiter.to_string()));
            expected.push(format!("0 2026-11-{day:02} {minor} [{text}]"));
        }
        prop_assert_eq!(lines(&source, &Options::default()), expected);
    }
}
