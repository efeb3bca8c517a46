//! Sealing: AES-256-GCM under a key, bound to the place where the sealed text belongs.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use ring::{aead, hkdf};

use crate::{Ambient, Error, Result};

/// The version of the key and the format. Stands first in everything that is sealed.
const VERSION: u8 = 1;

/// Seals and opens under one key.
pub(crate) struct Sealer(aead::LessSafeKey);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(***)")
    }
}

impl Sealer {
    /// From a purpose of the master key.
    pub(crate) fn derive(root: &hkdf::Prk, label: &'static [u8]) -> Result<Self> {
        let info = [label];
        let derived = root.expand(&info, &aead::AES_256_GCM).map_err(|_| Error::broken("no key could be derived"))?;
        Ok(Self(aead::LessSafeKey::new(derived.into())))
    }

    /// From a key of its own.
    pub(crate) fn from_key(key: &[u8]) -> Result<Self> {
        let key =
            aead::UnboundKey::new(&aead::AES_256_GCM, key).map_err(|_| Error::broken("a key of a wrong length"))?;
        Ok(Self(aead::LessSafeKey::new(key)))
    }

    /// Seals bytes for a place. The nonce is 96 random bits: after 2³² messages under one key its repetition would be as likely as one in
    /// 2³³ (NIST SP 800-38D, 8.3), and a household has a key of its own.
    pub(crate) fn seal(&self, ambient: &Ambient, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = Vec::with_capacity(1 + aead::NONCE_LEN + plain.len() + aead::AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend(ambient.chance.number().to_le_bytes());
        sealed.extend(&ambient.chance.number().to_le_bytes()[..aead::NONCE_LEN - 8]);
        let nonce = nonce(&sealed)?;
        let from = sealed.len();
        sealed.extend(plain);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, aead::Aad::from(place), &mut sealed[from..])
            .map_err(|_| Error::broken("nothing could be sealed"))?;
        sealed.extend(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed for a place.
    pub(crate) fn open(&self, place: &str, mut sealed: Vec<u8>) -> Result<Vec<u8>> {
        let closed = || Error::broken(format!("what was sealed for `{place}` does not open"));
        if sealed.first() != Some(&VERSION) || sealed.len() < 1 + aead::NONCE_LEN {
            return Err(closed());
        }
        let nonce = nonce(&sealed)?;
        let mut plain = sealed.split_off(1 + aead::NONCE_LEN);
        let length = self.0.open_in_place(nonce, aead::Aad::from(place), &mut plain).map_err(|_| closed())?.len();
        plain.truncate(length);
        Ok(plain)
    }

    /// Seals bytes into a text.
    pub(crate) fn seal_text(&self, ambient: &Ambient, place: &str, plain: &[u8]) -> Result<String> {
        self.seal(ambient, place, plain).map(|sealed| STANDARD_NO_PAD.encode(sealed))
    }

    /// Opens a text.
    pub(crate) fn open_text(&self, place: &str, sealed: &str) -> Result<Vec<u8>> {
        let bytes = STANDARD_NO_PAD.decode(sealed).map_err(|_| Error::broken(format!("`{place}` is not sealed")))?;
        self.open(place, bytes)
    }
}

fn nonce(sealed: &[u8]) -> Result<aead::Nonce> {
    let bytes = sealed.get(1..=aead::NONCE_LEN).ok_or_else(|| Error::broken("no nonce"))?;
    aead::Nonce::try_assume_unique_for_key(bytes).map_err(|_| Error::broken("no nonce"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_at_its_place_only() {
        let ambient = Ambient::system();
        let keeper = Sealer::from_key(&[7; 32]).expect("a key");
        for plain in [&b""[..], b"token", &[0; 10_000]] {
            let sealed = keeper.seal_text(&ambient, "connection 1", plain).expect("seals");
            assert_eq!(keeper.open_text("connection 1", &sealed).expect("opens"), plain);
            assert!(keeper.open_text("connection 2", &sealed).is_err());
            assert!(Sealer::from_key(&[8; 32]).expect("a key").open_text("connection 1", &sealed).is_err());
            assert_ne!(
                keeper.seal_text(&ambient, "connection 1", plain).expect("seals"),
                sealed,
                "never twice the same nonce"
            );
            let mut bytes = STANDARD_NO_PAD.decode(&sealed).expect("base64");
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            assert!(keeper.open("connection 1", bytes).is_err());
        }
        for wrong in ["", "AQ", "!", "AQAAAAAAAAAAAAAAAAAA"] {
            assert!(keeper.open_text("connection 1", wrong).is_err(), "{wrong}");
        }
    }
}
