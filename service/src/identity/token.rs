//! Tokens. An access token is short-lived, and says by itself which session and household it is for. A refresh token is one of a
//! numbered row, derived from the master key and the session's salt, so that no row holds one and the successor of a token can be
//! given again when an answer was lost.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::id::{HouseholdId, SessionId};

use crate::key::{Keys, MAC_BYTES, Purpose};

/// How long an access token is good.
pub const ACCESS_LIFETIME: Duration = Duration::from_mins(10);
/// How long a session lives without a refresh.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(24 * 30);

const ACCESS_PREFIX: &str = "fat_";
const REFRESH_PREFIX: &str = "frt_";
/// Version, session, household, moment of expiry.
const ACCESS_BYTES: usize = 1 + 8 + 8 + 8;
/// Version, session, generation.
const REFRESH_BYTES: usize = 1 + 8 + 4;
const VERSION: u8 = 1;

/// What a sign-in or a refresh gives.
#[derive(Clone)]
pub struct Tokens {
    /// Goes with every request.
    pub access: String,
    /// When the access token ends, in milliseconds of Unix time.
    pub access_until_ms: i64,
    /// Gets the next pair.
    pub refresh: String,
    /// When the session ends unless it is refreshed, in milliseconds of Unix time.
    pub refresh_until_ms: i64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(***)")
    }
}

/// What an access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) session: SessionId,
    pub(super) household: HouseholdId,
    pub(super) until_ms: i64,
}

/// What a refresh token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refresh {
    pub(super) session: SessionId,
    pub(super) generation: i32,
}

impl Access {
    pub(super) fn seal(self, keys: &Keys) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.session.0.to_be_bytes());
        bytes.extend(self.household.0.to_be_bytes());
        bytes.extend(self.until_ms.to_be_bytes());
        let code = keys.sign(Purpose::Access, &bytes);
        bytes.extend(code);
        format!("{ACCESS_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// `None` for what we never issued, whatever is wrong with it.
    pub(super) fn open(token: &str, keys: &Keys) -> Option<Self> {
        let bytes = bytes::<{ ACCESS_BYTES + MAC_BYTES }>(token, ACCESS_PREFIX)?;
        let (said, code) = bytes.split_at(ACCESS_BYTES);
        if !keys.verify(Purpose::Access, said, code) || said[0] != VERSION {
            return None;
        }
        let number = |from: usize| Some(i64::from_be_bytes(said.get(from..from + 8)?.try_into().ok()?));
        Some(Self { session: SessionId(number(1)?), household: HouseholdId(number(9)?), until_ms: number(17)? })
    }
}

impl Refresh {
    pub(super) fn seal(self, salt: i64, keys: &Keys) -> String {
        let mut bytes = self.said();
        let code = keys.sign(Purpose::Refresh, &Self::salted(&bytes, salt));
        bytes.extend(code);
        format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What a token claims to be. It is not believed before [`Self::is_genuine`]: that needs the session's salt.
    pub(super) fn read(token: &str) -> Option<(Self, [u8; MAC_BYTES])> {
        let bytes = bytes::<{ REFRESH_BYTES + MAC_BYTES }>(token, REFRESH_PREFIX)?;
        let (said, code) = bytes.split_at(REFRESH_BYTES);
        let session = i64::from_be_bytes(said.get(1..9)?.try_into().ok()?);
        let generation = i32::from_be_bytes(said.get(9..13)?.try_into().ok()?);
        (said[0] == VERSION).then_some((Self { session: SessionId(session), generation }, code.try_into().ok()?))
    }

    pub(super) fn is_genuine(self, salt: i64, code: &[u8; MAC_BYTES], keys: &Keys) -> bool {
        keys.verify(Purpose::Refresh, &Self::salted(&self.said(), salt), code)
    }

    fn said(self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.session.0.to_be_bytes());
        bytes.extend(self.generation.to_be_bytes());
        bytes
    }

    fn salted(said: &[u8], salt: i64) -> Vec<u8> {
        [said, &salt.to_be_bytes()].concat()
    }
}

fn bytes<const N: usize>(token: &str, prefix: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(token.strip_prefix(prefix)?).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8) -> Keys {
        Keys::derive(&[byte; 32]).expect("derives")
    }

    const ACCESS: Access = Access { session: SessionId(7), household: HouseholdId(9), until_ms: 1_000 };
    const REFRESH: Refresh = Refresh { session: SessionId(7), generation: 3 };

    #[test]
    fn an_access_token_says_what_was_put_in_and_only_under_its_key() {
        let token = ACCESS.seal(&keys(1));
        assert_eq!(Access::open(&token, &keys(1)), Some(ACCESS));
        assert_eq!(Access::open(&token, &keys(2)), None);
    }

    #[test]
    fn no_changed_letter_is_believed() {
        let keys = keys(1);
        let (access, refresh) = (ACCESS.seal(&keys), REFRESH.seal(5, &keys));
        for place in 0..access.len() {
            let forged = changed(&access, place);
            assert_eq!(Access::open(&forged, &keys), None, "{place}");
        }
        for place in 0..refresh.len() {
            let genuine =
                Refresh::read(&changed(&refresh, place)).is_some_and(|(read, code)| read.is_genuine(5, &code, &keys));
            assert!(!genuine, "{place}");
        }
        for wrong in ["", "fat_", "frt_", "fat_AAAA", &refresh, &format!("{access}A")] {
            assert_eq!(Access::open(wrong, &keys), None, "{wrong}");
        }
    }

    #[test]
    fn a_refresh_token_can_be_made_again_and_depends_on_the_salt() {
        let keys = keys(1);
        assert_eq!(REFRESH.seal(5, &keys), REFRESH.seal(5, &keys));
        assert_ne!(REFRESH.seal(5, &keys), REFRESH.seal(6, &keys));
        let (read, code) = Refresh::read(&REFRESH.seal(5, &keys)).expect("reads");
        assert_eq!(read, REFRESH);
        assert!(read.is_genuine(5, &code, &keys));
        assert!(!read.is_genuine(6, &code, &keys));
    }

    fn changed(token: &str, place: usize) -> String {
        let mut bytes = token.as_bytes().to_vec();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).expect("ASCII")
    }
}
