//! People: mail addresses, passwords, names, locales, time zones, roles; what is accepted, and in what form.

use unicode_normalization::UnicodeNormalization;

use crate::categorize::words::is_invisible;

/// What a member may do in a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads and writes.
    Member,
    /// Also decides who is a member.
    Owner,
}

impl Role {
    /// The number in the membership table. Never changes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Viewer => 0,
            Self::Member => 1,
            Self::Owner => 2,
        }
    }

    /// The role of a number from the membership table.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        [Self::Viewer, Self::Member, Self::Owner].into_iter().find(|role| role.code() == code)
    }

    /// Whether a member of this role may change anything.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Member | Self::Owner)
    }
}

/// RFC 5321 allows 254 characters in a path.
const MAIL_ADDRESS_CHARS: usize = 254;
/// Of which at most 64 before the `@`.
const LOCAL_PART_CHARS: usize = 64;
/// What people call themselves and their households.
pub const NAME_CHARS: usize = 100;
/// Short enough to remember, long enough not to be found by trying; <https://pages.nist.gov/800-63-4/sp800-63b.html> asks for 8 at least.
pub const PASSWORD_MIN_CHARS: usize = 10;
/// Hashing takes the time that it takes; a longer text would add nothing but work.
pub const PASSWORD_MAX_BYTES: usize = 256;

/// A mail address in the form in which it is compared: trimmed, in lower case. Says why a text is none.
///
/// Whether mail arrives is for a verification to find out; here only what could break a header or a comparison is refused.
pub fn mail_address(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("must not be empty");
    }
    if text.chars().count() > MAIL_ADDRESS_CHARS {
        return Err("must have at most 254 characters");
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || "<>()[],;:\\\"".contains(c)) {
        return Err("must be a mail address without spaces, quotes or brackets");
    }
    let (local, host) = text.rsplit_once('@').ok_or("must contain an @")?;
    let labels = || host.split('.');
    let sound = !local.is_empty()
        && local.chars().count() <= LOCAL_PART_CHARS
        && !local.contains('@')
        && labels().count() >= 2
        && labels().all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    if sound { Ok(text.to_lowercase()) } else { Err("must be a mail address, such as anna@example.org") }
}

/// Says why a text may not be a password.
pub fn password(text: &str) -> Result<(), &'static str> {
    if text.len() > PASSWORD_MAX_BYTES {
        return Err("must have at most 256 bytes");
    }
    if text.chars().count() < PASSWORD_MIN_CHARS {
        return Err("must have at least 10 characters");
    }
    let mut chars = text.chars();
    let first = chars.next();
    if chars.all(|c| Some(c) == first) {
        return Err("must not be one character repeated");
    }
    Ok(())
}

/// A name without the spaces around it. Says why a text is none.
pub fn name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("must not be empty");
    }
    if text.chars().count() > NAME_CHARS {
        return Err("must have at most 100 characters");
    }
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters");
    }
    // Joiners belong to letters of some scripts, and to emoji; what turns the direction around, or shows nothing at all, belongs to no name.
    let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    if text.chars().any(|c| is_invisible(c) && !joins(c)) || text.chars().all(joins) {
        return Err("must not contain characters that are not seen");
    }
    Ok(text.nfc().collect())
}

/// A language tag of the shape of BCP 47, such as `en`, `de-CH`, `zh-Hant-TW`. Says why a text is none.
pub fn locale(text: &str) -> Result<String, &'static str> {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let sound = text.len() <= 35
        && (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if sound { Ok(text.to_owned()) } else { Err("must be a language tag, such as en or de-CH") }
}

/// A time zone of the IANA database, such as `Europe/Zurich`. Says why a text is none.
pub fn time_zone(text: &str) -> Result<String, &'static str> {
    match text.parse::<chrono_tz::Tz>() {
        Ok(zone) => Ok(zone.name().to_owned()),
        Err(_) => Err("must be a time zone, such as Europe/Zurich"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_compared_without_regard_to_case() {
        assert_eq!(mail_address("  Anna.Meier+bank@Example.ORG ").as_deref(), Ok("anna.meier+bank@example.org"));
        assert_eq!(mail_address("ärztin@bücher.example").as_deref(), Ok("ärztin@bücher.example"));
    }

    #[test]
    fn what_could_break_a_header_is_no_mail_address() {
        let long = format!("{}@example.org", "a".repeat(65));
        for wrong in [
            "",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a@b..c",
            "a@-b.c",
            "a@b@c.d",
            "a b@c.d",
            "a@c.d\r\nBcc: x@y.z",
            "a\0@c.d",
            "<a@c.d>",
            "a,b@c.d",
            &long,
        ] {
            assert!(mail_address(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn passwords_are_bounded() {
        assert_eq!(password("correct horse"), Ok(()));
        assert_eq!(password("密码密码密码密码密码"), Ok(()));
        assert_eq!(password("short"), Err("must have at least 10 characters"));
        assert_eq!(password("aaaaaaaaaaaa"), Err("must not be one character repeated"));
        assert_eq!(password(&"ab".repeat(129)), Err("must have at most 256 bytes"));
    }

    #[test]
    fn names_locales_and_zones() {
        assert_eq!(name(" Anna ").as_deref(), Ok("Anna"));
        for wrong in ["", "  ", "a\0b", "a\nb", &"x".repeat(101)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(locale("zh-Hant-TW").as_deref(), Ok("zh-Hant-TW"));
        for wrong in ["", "e", "EN", "en_US", "en-", "en-toolongpart"] {
            assert!(locale(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(time_zone("Europe/Zurich").as_deref(), Ok("Europe/Zurich"));
        for wrong in ["", "Europe/Nowhere", "CET+1", "../etc/passwd"] {
            assert!(time_zone(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn viewers_do_not_write() {
        for role in [Role::Viewer, Role::Member, Role::Owner] {
            assert_eq!(Role::from_code(role.code()), Some(role));
            assert_eq!(role.writes(), role != Role::Viewer);
        }
        assert_eq!(Role::from_code(3), None);
    }
}
