//! Keys, derived from the master key: one for each purpose, so that none can be used for another.

use std::fmt;

use ring::{hkdf, hmac};

use crate::{Error, Result};

/// Bytes of an authentication code: HMAC-SHA-256, whole.
pub(crate) const MAC_BYTES: usize = 32;

/// The keys of an installation.
pub struct Keys {
    access: hmac::Key,
    refresh: hmac::Key,
    lookup: hmac::Key,
    check: hmac::Key,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(***)")
    }
}

/// What an authentication code is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Access tokens.
    Access,
    /// Refresh tokens.
    Refresh,
    /// Names in tables that should not say whom they are about.
    Lookup,
    /// Whether a database belongs to this master key.
    Check,
}

impl Keys {
    /// Derives them (HKDF-SHA-256, RFC 5869). The labels never change: what was signed under them must stay good.
    pub fn derive(master_key: &[u8; 32]) -> Result<Self> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"florin").extract(master_key);
        let key = |label: &'static str| {
            let info = [label.as_bytes()];
            let derived =
                root.expand(&info, hmac::HMAC_SHA256).map_err(|_| Error::broken("no key could be derived"))?;
            Ok::<_, Error>(hmac::Key::from(derived))
        };
        Ok(Self {
            access: key("access token")?,
            refresh: key("refresh token")?,
            lookup: key("lookup")?,
            check: key("check")?,
        })
    }

    /// The authentication code of a message.
    pub(crate) fn sign(&self, purpose: Purpose, message: &[u8]) -> [u8; MAC_BYTES] {
        let mut code = [0; MAC_BYTES];
        code.copy_from_slice(hmac::sign(self.key(purpose), message).as_ref());
        code
    }

    /// Whether an authentication code is that of a message; takes the same time whatever the answer.
    pub(crate) fn verify(&self, purpose: Purpose, message: &[u8], code: &[u8]) -> bool {
        hmac::verify(self.key(purpose), message, code).is_ok()
    }

    fn key(&self, purpose: Purpose) -> &hmac::Key {
        match purpose {
            Purpose::Access => &self.access,
            Purpose::Refresh => &self.refresh,
            Purpose::Lookup => &self.lookup,
            Purpose::Check => &self.check,
        }
    }
}
