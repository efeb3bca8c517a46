//! Keys, derived from the master key: one for each purpose, so that none can be used for another.

use std::fmt;

use domain::reconcile::FingerprintKey;
use ring::{hkdf, hmac};

use crate::{Ambient, Error, Result, seal::Sealer};

/// Bytes of an authentication code: HMAC-SHA-256, whole.
pub(crate) const MAC_BYTES: usize = 32;

/// The keys of an installation.
pub struct Keys {
    access: hmac::Key,
    refresh: hmac::Key,
    lookup: hmac::Key,
    check: hmac::Key,
    secret: Sealer,
    fingerprint: FingerprintKey,
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
            secret: Sealer::derive(&root, b"secret")?,
            fingerprint: fingerprint(&root)?,
        })
    }

    /// Seals a secret for a row. `place` says which row and column: a sealed text that is moved elsewhere does not open.
    pub(crate) fn seal(&self, ambient: &Ambient, place: &str, secret: &[u8]) -> Result<String> {
        self.secret.seal_text(ambient, place, secret)
    }

    /// Opens what was sealed for a place.
    pub(crate) fn open(&self, place: &str, sealed: &str) -> Result<Vec<u8>> {
        self.secret.open_text(place, sealed)
    }

    /// The key of the fingerprints of lines.
    pub(crate) const fn fingerprint(&self) -> &FingerprintKey {
        &self.fingerprint
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

/// A length that HKDF is asked for.
#[derive(Debug)]
struct Bytes(usize);

impl hkdf::KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn fingerprint(root: &hkdf::Prk) -> Result<FingerprintKey> {
    let mut key = FingerprintKey::default();
    root.expand(&[b"fingerprint"], Bytes(key.len()))
        .and_then(|derived| derived.fill(&mut key))
        .map_err(|_| Error::broken("no key could be derived"))?;
    Ok(key)
}
