//! Elements of XML with the path on which they stand: `Nm` of a creditor is another thing than `Nm` of an account. Names count without
//! their namespaces, because banks write wrong ones, prefixes, and none.

use std::io::BufRead;

use super::super::{
    Refusal,
    markup::{self, Markup},
    text::Text,
};

/// How deep elements may stand in one another. The deepest of the standard stand on the fifteenth step.
const DEPTH: usize = 100;

macro_rules! tags {
    ($($tag:ident),+ $(,)?) => {
        /// The elements that mean something here, by the names of the standard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(clippy::upper_case_acronyms, reason = "that is how the standard writes them")]
        pub(super) enum Tag {
            $($tag,)+
            /// Any other.
            Other,
        }

        impl Tag {
            fn named(name: &str) -> Self {
                match name {
                    $(stringify!($tag) => Self::$tag,)+
                    _ => Self::Other,
                }
            }
        }
    };
}

tags! {
    Document, Stmt, Rpt, Ntfctn,
    // The account.
    Acct, Id, IBAN, Othr, PrtryAcct, Ccy, Nm, Tp, Ownr, Svcr, FinInstnId, BIC, BICFI,
    // Balances.
    Bal, CdOrPrtry, SubTp, Cd, Dt, DtTm,
    // Entries.
    Ntry, Amt, CdtDbtInd, RvslInd, Sts, BookgDt, ValDt, AcctSvcrRef, BkTxCd, Domn, Fmly, SubFmlyCd, Prtry, AddtlNtryInf,
    // What they are made of.
    NtryDtls, TxDtls, Refs, AmtDtls, InstdAmt, TxAmt, CntrValAmt, AddtlTxInf, CardTx, Tx, Indv, Aggtd, MrchntCtgyCd,
    RltdPties, Cdtr, CdtrAcct, UltmtCdtr, Dbtr, DbtrAcct, UltmtDbtr, Pty, Agt,
    RmtInf, Ustrd, Strd, CdtrRefInf, CdtrRef, Ref, RfrdDocInf, RfrdDocNb, Nb, AddtlRmtInf,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The last element of the path begins.
    Open,
    /// The last element of the path ends. If it holds text alone, that is [`Xml::value`].
    Close,
    /// The end of the file.
    End,
}

/// A reader of elements.
pub(super) struct Xml<R> {
    markup: Markup<R>,
    path: Vec<Tag>,
    /// Whether the last element of the path has ended.
    ended: bool,
    /// The line on which the last tag stands.
    line: u64,
    /// The currency of the amount that began last.
    currency: String,
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(text: Text<R>) -> Self {
        Self { markup: Markup::new(text), path: Vec::new(), ended: false, line: 1, currency: String::new() }
    }

    /// The elements around this place, the outermost first.
    pub(super) fn path(&self) -> &[Tag] {
        &self.path
    }

    /// The text of the element that ended, without spaces around it.
    pub(super) fn value(&self) -> &str {
        self.markup.value()
    }

    /// The attribute `Ccy` of the amount that ended; empty if there is none.
    pub(super) fn currency(&self) -> &str {
        &self.currency
    }

    /// The line of the tag that was handed out.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// Takes the elements between a step and the last one for ended: the file forgot to end them.
    pub(super) fn forget_between(&mut self, step: usize) {
        if let Some(last) = self.path.pop() {
            self.path.truncate(step);
            self.path.push(last);
        }
    }

    /// The next event.
    pub(super) fn next(&mut self) -> Result<Event, Refusal> {
        if std::mem::take(&mut self.ended) {
            self.path.pop();
            self.markup.clear();
        }
        loop {
            let wanted = self.path.last().is_some_and(|tag| *tag != Tag::Other);
            let Some(bytes) = self.markup.find_tag(wanted)? else { return Ok(Event::End) };
            self.line = self.markup.line();
            let event = self.tag(bytes)?;
            self.markup.leave(bytes);
            if let Some(event) = event {
                return Ok(event);
            }
        }
    }

    /// Takes a tag; none follows from what is empty, or ends what has not begun.
    fn tag(&mut self, bytes: usize) -> Result<Option<Event>, Refusal> {
        let inner = self.markup.tag(bytes);
        let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        let tag = std::str::from_utf8(markup::name_of(inner.as_bytes())).map_or(Tag::Other, Tag::named);
        if closes {
            return Ok(self.close(tag));
        }
        if inner.ends_with('/') {
            return Ok(None);
        }
        if self.path.len() >= DEPTH {
            return Err(Refusal::TooDeep { line: self.line, limit: DEPTH });
        }
        if tag == Tag::Amt {
            self.currency.clear();
            self.currency.push_str(markup::attribute(inner, "Ccy"));
        }
        self.path.push(tag);
        self.markup.clear();
        Ok(Some(Event::Open))
    }

    /// Ends an element, and with it those within that the file did not end.
    fn close(&mut self, tag: Tag) -> Option<Event> {
        let is_unknown = tag == Tag::Other;
        let step = self.path.iter().rposition(|open| *open == tag)?;
        let is_last = step + 1 == self.path.len();
        if !is_last {
            // Names that mean nothing are not kept, so it may be the end of another one.
            if is_unknown {
                return None;
            }
            self.path.truncate(step + 1);
            self.markup.clear();
        }
        self.ended = true;
        Some(Event::Close)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    fn values(source: &str) -> Vec<String> {
        let input = BufReader::with_capacity(3, Cursor::new(source.as_bytes()));
        let mut xml = Xml::new(Text::open(input, 1 << 20).expect("a head"));
        let mut found = Vec::new();
        loop {
            match xml.next().expect(source) {
                Event::End => return found,
                Event::Close if !xml.value().is_empty() => {
                    found.push(format!("{:?}={}{}", xml.path(), xml.value(), xml.currency()));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn elements_are_known_by_their_path() {
        for source in [
            "<Ntry><Amt Ccy=\"EUR\">5</Amt></Ntry>",
            "<Ntry>\n <Amt a=\"b\" Ccy = 'EUR' > 5 </Amt >\n</Ntry>",
            "<x:Ntry xmlns:x='y'><x:Amt Ccy=\"EUR\"><!-- <Amt>6</Amt> --><![CDATA[5]]></x:Amt></x:Ntry>",
            "<Ntry><Nm/><Amt Ccy=\"EUR\">5</Amt></Stmt></Ntry>",
        ] {
            assert_eq!(values(source), ["[Ntry, Amt]=5EUR"], "{source}");
        }
    }

    #[test]
    fn what_is_not_ended_ends_with_what_is_around_it() {
        assert_eq!(values("<Ntry><Sts><Cd>A</Ntry><Ntry><Sts>B</Sts></Ntry>"), ["[Ntry, Sts]=B"]);
        assert_eq!(values("<Ntry><X><Y></X><Sts>B</Sts></X></Ntry><Nm>c</Nm>"), ["[Ntry, Other, Sts]=B", "[Nm]=c"]);
        assert_eq!(values("<Sts>a<Cd>b</Cd>c</Sts>"), ["[Sts, Cd]=b", "[Sts]=c"]);
        assert_eq!(values("<Nm>cut"), Vec::<String>::new());
    }

    #[test]
    fn depth_is_bounded() {
        let source = format!("<Ntry>\n{}", "<Nm>".repeat(1_000));
        let mut xml = Xml::new(Text::open(Cursor::new(source), 1 << 20).expect("a head"));
        let refused = loop {
            match xml.next() {
                Ok(Event::End) => panic!("it ends"),
                Ok(_) => {}
                Err(refusal) => break refusal,
            }
        };
        assert_eq!(refused, Refusal::TooDeep { line: 2, limit: DEPTH });
    }
}
