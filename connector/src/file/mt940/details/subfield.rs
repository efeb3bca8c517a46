//! Details in subfields of two digits: `166?00GUTSCHRIFT?20EREF+1?21SVWZ+Miete?32MUELLER`, with `?`, `>`, `<`, `~` or another sign before
//! the digits. A purpose is cut after 27 signs, whatever stands there.

use super::{
    super::entry::is_nothing,
    Found,
    mark::{Marks, cut},
    wrap,
};

/// Signs of a full subfield.
const WIDTH: usize = 27;

/// What the subfields hold; `None` if it is text of another form.
pub(super) fn found(text: &str) -> Option<Found> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    // The code of the kind of booking may be missing.
    let start = text.len() - text.trim_start().len();
    let start = if digits(&text[start..]) == 3 { start + 3 } else { start };
    let separator = text[start..].chars().next().filter(|c| c.is_ascii_punctuation() || "§¤".contains(*c))?;
    let first = code_of(&text[start + separator.len_utf8()..])?;
    if start == 0 && ![0, 10, 20, 21, 30, 32].contains(&first) {
        return None;
    }
    if text.lines().skip(1).all(|line| line.starts_with(separator)) {
        return Some(collect(&text[start..].replace('\n', ""), separator));
    }
    Some(collect(&wrap::joined(text)[start..], separator))
}

/// The two digits with which a text begins.
fn code_of(text: &str) -> Option<u8> {
    text.get(..2).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

fn collect(text: &str, separator: char) -> Found {
    let mut found = Found::default();
    let mut purpose: Vec<&str> = Vec::new();
    let mut reaches_end = false;
    for (code, value) in subfields(text, separator) {
        match code {
            0 => value.trim().clone_into(&mut found.kind),
            20..=29 => {
                reaches_end |= code >= 28;
                purpose.push(value);
            }
            // More of the purpose, where there was no room for it; elsewhere addresses.
            60..=63 if reaches_end => purpose.push(value),
            32 | 33 => push(&mut found.name, value),
            _ => {}
        }
    }
    take_purpose(&mut found, &purpose);
    found
}

/// The subfields with their codes.
fn subfields(text: &str, separator: char) -> Vec<(u8, &str)> {
    let mut fields: Vec<(u8, &str)> = Vec::new();
    let mut begin = 0;
    for (at, sign) in text.match_indices(separator) {
        let Some(code) = code_of(&text[at + sign.len()..]) else { continue };
        if let Some(field) = fields.last_mut() {
            field.1 = &text[begin..at];
        }
        begin = at + sign.len() + 2;
        fields.push((code, &text[begin..]));
    }
    fields
}

/// Adds a subfield: behind a full one it goes on in the middle of a word.
fn push(text: &mut String, value: &str) {
    let is_full = text.chars().count().is_multiple_of(WIDTH);
    if !text.is_empty() && !is_full {
        text.push(' ');
    }
    text.push_str(value);
}

/// Adds the purpose, and what its marks say beside it.
fn take_purpose(found: &mut Found, pieces: &[&str]) {
    let mut whole = String::new();
    let mut is_reference = false;
    let mut was_short = false;
    for piece in pieces {
        let marks = cut(piece, Marks::Sepa);
        // Behind a reference that does not fill its last subfield comes text.
        if is_reference && was_short && marks.is_empty() {
            whole.push_str("SVWZ+");
            is_reference = false;
        }
        if let Some((mark, _)) = marks.last() {
            is_reference = !["SVWZ", "ABWA", "ABWE"].contains(mark);
        }
        whole.push_str(piece);
        was_short = piece.chars().count() < WIDTH;
        if was_short {
            whole.push(' ');
        }
    }
    let Some(marked) = sepa(&whole) else {
        found.purpose = whole;
        return;
    };
    (found.purpose, found.reference) = (marked.purpose, marked.reference);
    if found.name.trim().is_empty() {
        found.name = marked.name;
    }
}

/// Text with the marks of SEPA in it.
pub(super) fn sepa(text: &str) -> Option<Found> {
    let parts = cut(text, Marks::Sepa);
    let first = parts.first()?.0;
    let head = text.find(first).map_or("", |at| text[..at].trim());
    let value = |wanted: &str| {
        let values = parts.iter().filter(|(mark, _)| *mark == wanted).map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let first_of = |texts: [String; 2]| texts.into_iter().find(|text| !is_nothing(text)).unwrap_or_default();
    Some(Found {
        purpose: first_of([value("SVWZ"), head.to_owned()]),
        name: first_of([value("ABWA"), value("ABWE")]),
        reference: first_of([value("EREF"), value("KREF")]),
        ..Found::default()
    })
}

/// `:NS:`: lines with two digits each.
pub(super) fn own(text: &str) -> Found {
    let mut found = Found::default();
    for line in text.lines() {
        let Some((code, value)) = code_of(line).map(|code| (code, line[2..].trim())) else { continue };
        let target = match code {
            1..=14 => &mut found.purpose,
            15 | 16 => &mut found.name,
            17 => &mut found.kind,
            _ => continue,
        };
        if !target.is_empty() {
            target.push(' ');
        }
        target.push_str(value);
    }
    found
}
