//! Statement files of any length, made up: the same for the same length.

use std::fmt::{Error, Write};

use connector::file::Format;

/// A file that is measured: what it is called, its format, and what makes it that long, in bytes.
pub(super) type Made = (&'static str, Format, fn(usize) -> Result<String, Error>);

/// A file of each format, and of what makes a difference within one.
pub(super) const ALL: [Made; 8] = [
    ("OFX 1, tags left open", Format::Ofx, |bytes| ofx(bytes, false)),
    ("OFX 1, tags closed", Format::Ofx, |bytes| ofx(bytes, true)),
    ("CSV", Format::Csv, |bytes| csv(bytes, false)),
    ("CSV, quoted", Format::Csv, |bytes| csv(bytes, true)),
    ("QIF", Format::Qif, qif),
    ("MT940, subfields", Format::Mt940, |bytes| mt940(bytes, true)),
    ("MT940, plain", Format::Mt940, |bytes| mt940(bytes, false)),
    ("CAMT", Format::Camt, camt),
];

fn ofx(bytes: usize, closing_tags: bool) -> Result<String, Error> {
    let mut text = String::from(
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>\n",
    );
    text.push_str(
        "<CURDEF>USD\n<BANKACCTFROM><BANKID>1<ACCTID>12345678<ACCTTYPE>CHECKING</BANKACCTFROM>\n<BANKTRANLIST>\n",
    );
    let end = |name: &str| if closing_tags { format!("</{name}>") } else { String::new() };
    let ends = ["TRNTYPE", "DTPOSTED", "TRNAMT", "FITID", "NAME", "MEMO"].map(end);
    for row in 0_u64.. {
        if text.len() >= bytes {
            break;
        }
        let (day, cents) = (1 + row % 28, row % 100);
        writeln!(text, "<STMTTRN>\n<TRNTYPE>DEBIT{}\n<DTPOSTED>202611{day:02}120000[-5:EST]{}", ends[0], ends[1])?;
        writeln!(text, "<TRNAMT>-{}.{cents:02}{}\n<FITID>{row:012}{}", row % 997, ends[2], ends[3])?;
        writeln!(
            text,
            "<NAME>SHOP {} MAIN ST{}\n<MEMO>POS PURCHASE &amp; MORE {row}{}\n</STMTTRN>",
            row % 53,
            ends[4],
            ends[5]
        )?;
    }
    text.push_str("</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n");
    Ok(text)
}

fn csv(bytes: usize, quoted: bool) -> Result<String, Error> {
    let mut text = String::from("Date,Description,Amount,Balance,Reference Number\n");
    let quote = if quoted { "\"" } else { "" };
    for row in 0_u64.. {
        if text.len() >= bytes {
            break;
        }
        let (day, cents) = (1 + row % 28, row % 100);
        write!(
            text,
            "{day:02}/11/2026,{quote}SHOP {} MAIN STREET SPRINGFIELD{quote},-{}.{cents:02},",
            row % 53,
            row % 997
        )?;
        writeln!(text, "1000.00,T{row:012}")?;
    }
    Ok(text)
}

fn qif(bytes: usize) -> Result<String, Error> {
    let mut text = String::from("!Account\nNChecking\nTBank\n^\n!Type:Bank\n");
    for row in 0_u64.. {
        if text.len() >= bytes {
            break;
        }
        let (day, cents) = (1 + row % 28, row % 100);
        writeln!(text, "D11/{day:2}'26\nU-{0}.{cents:02}\nT-{0}.{cents:02}\nCX\nN{row}", row % 997)?;
        writeln!(text, "PSHOP {} MAIN STREET\nMPOS PURCHASE AND MORE {row}\nLGroceries:Food\n^", row % 53)?;
    }
    Ok(text)
}

fn mt940(bytes: usize, is_structured: bool) -> Result<String, Error> {
    let mut text = String::from(":20:STARTUMS\n:25:10020030/1234567\n:28C:1/1\n:60F:C261101USD100,00\n");
    for row in 0_u64.. {
        if text.len() >= bytes {
            break;
        }
        let (day, cents) = (1 + row % 28, row % 100);
        writeln!(text, ":61:2611{day:02}11{day:02}DR{},{cents:02}NTRFNONREF//{row:012}", row % 997)?;
        if is_structured {
            writeln!(text, ":86:106?00KARTENZAHLUNG?109251?20EREF+{row:020}?21SVWZ+Einkau")?;
            writeln!(text, "f und mehr {}?30DRESDEFF508?31DE14508800500194785000?32SHOP {} MAIN", row % 97, row % 53)?;
        } else {
            writeln!(text, ":86:BEA   NR:CT{row:06}   21.11.26/12.54 SHOP {} MAIN STREET,PAS999", row % 53)?;
        }
    }
    text.push_str(":62F:C261130USD100,00\n-\n");
    Ok(text)
}

fn camt(bytes: usize) -> Result<String, Error> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\n<BkToCstmrStmt><Stmt>\n",
    );
    text.push_str("<Acct><Id><IBAN>DE75512108001245126199</IBAN></Id><Ccy>USD</Ccy></Acct>\n");
    for row in 0_u64.. {
        if text.len() >= bytes {
            break;
        }
        let (day, cents) = (1 + row % 28, row % 100);
        writeln!(text, "<Ntry>\n  <NtryRef>{row}</NtryRef>\n  <Amt Ccy=\"USD\">{}.{cents:02}</Amt>", row % 997)?;
        writeln!(text, "  <CdtDbtInd>DBIT</CdtDbtInd>\n  <Sts>\n    <Cd>BOOK</Cd>\n  </Sts>")?;
        writeln!(
            text,
            "  <BookgDt>\n    <Dt>2026-11-{day:02}</Dt>\n  </BookgDt>\n  <ValDt>\n    <Dt>2026-11-{day:02}</Dt>\n  </ValDt>"
        )?;
        writeln!(
            text,
            "  <AcctSvcrRef>{row:016}</AcctSvcrRef>\n  <BkTxCd>\n    <Domn>\n      <Cd>PMNT</Cd>\n      <Fmly>"
        )?;
        writeln!(
            text,
            "        <Cd>ICDT</Cd>\n        <SubFmlyCd>ESCT</SubFmlyCd>\n      </Fmly>\n    </Domn>\n  </BkTxCd>"
        )?;
        writeln!(
            text,
            "  <NtryDtls>\n    <TxDtls>\n      <Refs>\n        <EndToEndId>E{row}</EndToEndId>\n      </Refs>"
        )?;
        writeln!(
            text,
            "      <RltdPties>\n        <Cdtr>\n          <Pty>\n            <Nm>SHOP {} &amp; SON</Nm>",
            row % 53
        )?;
        writeln!(
            text,
            "          </Pty>\n        </Cdtr>\n        <CdtrAcct>\n          <Id>\n            <IBAN>NL91ABNA0417164300</IBAN>"
        )?;
        writeln!(
            text,
            "          </Id>\n        </CdtrAcct>\n      </RltdPties>\n      <RmtInf>\n        <Ustrd>Invoice {row}</Ustrd>"
        )?;
        writeln!(text, "      </RmtInf>\n    </TxDtls>\n  </NtryDtls>\n</Ntry>")?;
    }
    text.push_str("</Stmt></BkToCstmrStmt></Document>\n");
    Ok(text)
}
