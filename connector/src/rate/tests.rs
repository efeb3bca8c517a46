//! The files of rates, and where they are asked for.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;

use super::*;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>
    <Cube time='2026-11-20'><Cube currency='USD' rate='1.1527'/><Cube currency='JPY' rate='180.25'/></Cube>
    <Cube time="2026-11-19"><Cube currency="USD" rate="1.1550"/><Cube currency="BGN" rate="1.9558"/></Cube>
  </Cube>
</gesmes:Envelope>
"#;
const DAY: &str = "Date, USD, JPY, \n20 November 2026, 1.1527, 180.25, \n";
const HISTORY: &str = "Date,USD,JPY,CYP,\n2026-11-20,1.1527,180.25,N/A,\n2007-12-31,1.4721,164.93,0.585274,\n";

fn shown(source: &[u8]) -> Vec<String> {
    let published = read(Cursor::new(source)).expect("rates");
    let line = |one: &Reference| format!("{} {} {}", one.day, one.currency.code(), one.per_euro);
    published.references.iter().map(line).collect()
}

fn packed(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).expect("written");
    gzip.finish().expect("packed")
}

#[test]
fn all_forms_of_the_files_are_read() {
    let days = ["2026-11-20 USD 1.1527", "2026-11-20 JPY 180.25"];
    assert_eq!(shown(XML.as_bytes()), [days[0], days[1], "2026-11-19 USD 1.155"]);
    assert_eq!(shown(DAY.as_bytes()), days);
    assert_eq!(shown(HISTORY.as_bytes()), [days[0], days[1], "2007-12-31 USD 1.4721", "2007-12-31 JPY 164.93"]);
    assert_eq!(shown(&packed(HISTORY)).len(), 4);
    let passed = |text: &str| read(Cursor::new(text)).expect(text).passed.into_iter().collect::<Vec<_>>();
    assert_eq!((passed(XML), passed(HISTORY)), (vec!["BGN".to_owned()], vec!["CYP".to_owned()]));
}

#[test]
fn a_file_is_believed_as_a_whole_or_not_at_all() {
    for (source, expected) in [
        (XML.replace("1.1527", "0"), "line 6: the rate must be more than zero"),
        (XML.replace("1.1527", "1,1527"), "line 6: the rate is no number"),
        (XML.replace("time='2026-11-20'", "time='2026-02-30'"), "line 6: that is no day"),
        (XML.replace("time='2026-11-20'", ""), "line 6: the rate has no day"),
        (XML.replace("</gesmes:Envelope>", ""), "the file is cut off"),
        (XML.replace("<Cube>", "<!ENTITY a 'b'><Cube>"), "line 5: the file declares entities of its own"),
        (HISTORY.replace("0.585274,\n", ""), "line 3: the row has more or fewer fields than there are names"),
        (HISTORY.replace("2007-12-31", "31/12"), "line 3: that is no day"),
        (HISTORY.replace("1.4721", "-1.4721"), "line 3: the rate must be more than zero"),
        (
            "Buchungstag;Betrag\n".to_owned(),
            "the file holds no exchange rates: expected XML or CSV of the European Central Bank, as it is or packed",
        ),
        (
            "Date,USD\n".to_owned(),
            "the file holds no exchange rates: expected XML or CSV of the European Central Bank, as it is or packed",
        ),
    ] {
        let refusal = read(Cursor::new(&source)).expect_err(&source);
        assert_eq!(refusal.to_string(), expected, "{source}");
    }
    assert!(read(Cursor::new("")).is_err());
    assert!(read(Cursor::new(&packed(HISTORY)[..40])).is_err());
}

proptest! {
    #[test]
    fn no_text_brings_it_down(text in "(Date|,|\n|[0-9]{4}-[0-9]{2}-[0-9]{2}|1\\.5|USD|<Cube|time='|currency=\"|rate='|/?>|</Cube>|.){0,60}") {
        let _ = read(Cursor::new(text.as_bytes()));
    }
}
