//! Words that mark the parts of a text, and what stands behind each.

/// Which words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// `/NAME/`
    Slashes,
    /// `EREF+`, and `EREF: ` where a bank has room for it.
    Sepa,
    /// `Naam:`
    Labels,
}

const SLASHES: [&str; 37] = [
    "TRTP", "IBAN", "BIC", "NAME", "REMI", "EREF", "MARF", "CSID", "ORDP", "BENM", "ISDT", "TRCD", "CNTP", "PURP",
    "ULTD", "ULTC", "ULTB", "UDTR", "UCRD", "PREF", "KREF", "IREF", "PCDT", "RTRN", "ADDR", "ACCW", "OCMT", "CHGS",
    "EXCH", "TYPE", "SVCL", "INIT", "PT", "PY", "ORIG", "BUSP", "CREF",
];

const SEPA: [&str; 21] = [
    "EREF", "KREF", "MREF", "CRED", "DEBT", "COAM", "OAMT", "SVWZ", "ABWA", "ABWE", "IBAN", "BIC", "BREF", "RREF",
    "PURP", "RTRN", "SQTP", "ORCR", "MDAT", "ANAM", "IVIN",
];

const LABELS: [&str; 16] = [
    "IBAN:",
    "BIC:",
    "Naam:",
    "Name:",
    "Omschrijving:",
    "Machtiging:",
    "Incassant:",
    "Kenmerk:",
    "Voor:",
    "; ID IPH:",
    "; Z RACH.:",
    "; NA RACH.:",
    "; OD:",
    "; DLA:",
    "; TYT.:",
    "; TNR:",
];

/// The parts of a text that begin with a mark, without what stands before the first.
pub(super) fn cut(text: &str, marks: Marks) -> Vec<(&'static str, &str)> {
    let mut parts: Vec<(&'static str, &str)> = Vec::new();
    let mut begin = 0;
    let mut at = 0;
    while let Some((found, mark, bytes)) = next(text, at, marks) {
        // A key whose slash begins the next one has nothing behind it: `/BENM/NAME/`.
        end_part(&mut parts, &text[begin.min(found)..found]);
        begin = found + bytes;
        // The slash that ends one key begins the next.
        at = if marks == Marks::Slashes { begin - 1 } else { begin };
        begin = begin.min(text.len());
        parts.push((mark, ""));
    }
    end_part(&mut parts, &text[begin..]);
    parts
}

fn end_part<'a>(parts: &mut [(&'static str, &'a str)], text: &'a str) {
    if let Some(part) = parts.last_mut() {
        part.1 = text.trim_matches(['/', ' ']);
    }
}

/// The next mark from a place on: where, which, and how long it is.
fn next(text: &str, from: usize, marks: Marks) -> Option<(usize, &'static str, usize)> {
    let bytes = text.as_bytes();
    match marks {
        Marks::Slashes => memchr::memchr_iter(b'/', bytes.get(from..)?).map(|at| from + at).find_map(|at| {
            let rest = &text[at + 1..];
            let length = rest.bytes().take(5).position(|byte| byte == b'/')?;
            let mark = SLASHES.iter().find(|mark| **mark == &rest[..length])?;
            Some((at, *mark, length + 2))
        }),
        Marks::Sepa => memchr::memchr2_iter(b'+', b':', bytes.get(from..)?).map(|at| from + at).find_map(|at| {
            let mark = SEPA.iter().find(|mark| text[from..at].ends_with(**mark))?;
            let begin = at - mark.len();
            // With a colon it must stand alone: `EREF: 12`, not `XIBAN:12`.
            let stands_alone = begin == 0 || bytes[begin - 1] == b' ';
            (bytes[at] == b'+' || stands_alone).then_some((begin, *mark, mark.len() + 1))
        }),
        Marks::Labels => memchr::memchr_iter(b':', bytes.get(from..)?).map(|at| from + at).find_map(|at| {
            let mark = LABELS.iter().find(|mark| text[from..=at].ends_with(**mark))?;
            Some((at + 1 - mark.len(), *mark, mark.len()))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_at_their_marks() {
        assert_eq!(
            cut("/TRTP/A B/NAME//REMI/X.NL/FACTUUR./EREF/1", Marks::Slashes),
            [("TRTP", "A B"), ("NAME", ""), ("REMI", "X.NL/FACTUUR."), ("EREF", "1")]
        );
        assert_eq!(
            cut("before EREF+1SVWZ+A+B: c IBAN: DE1", Marks::Sepa),
            [("EREF", "1"), ("SVWZ", "A+B: c"), ("IBAN", "DE1")]
        );
        assert_eq!(cut("SEPA  Naam: A  Kenmerk: 2", Marks::Labels), [("Naam:", "A"), ("Kenmerk:", "2")]);
        assert_eq!(cut("/BENM/NAME/A B", Marks::Slashes), [("BENM", ""), ("NAME", "A B")]);
        assert_eq!(cut("nothing", Marks::Sepa), []);
        assert_eq!(cut("/", Marks::Slashes), []);
    }
}
