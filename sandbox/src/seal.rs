//! Texts that the bank hands out and knows again without remembering them: signed with keys that follow from its seed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{digest, hmac};
use serde::{Serialize, de::DeserializeOwned};

/// The bank's signing key.
pub(crate) struct Seal(hmac::Key);

/// Bytes of the signature that are kept: 128 bits.
const SIGNATURE_BYTES: usize = 16;

impl Seal {
    pub(crate) fn new(seed: u64) -> Self {
        let material = digest::digest(&digest::SHA256, format!("florin sandbox bank {seed}").as_bytes());
        Self(hmac::Key::new(hmac::HMAC_SHA256, material.as_ref()))
    }

    fn signature(&self, purpose: &str, body: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut context = hmac::Context::with_key(&self.0);
        // The length first: no purpose and body can be mistaken for another pair.
        context.update(&(purpose.len() as u64).to_be_bytes());
        context.update(purpose.as_bytes());
        context.update(body);
        let mut short = [0; SIGNATURE_BYTES];
        short.copy_from_slice(&context.sign().as_ref()[..SIGNATURE_BYTES]);
        short
    }

    /// A text that only this bank can have written for this purpose.
    pub(crate) fn close(&self, purpose: &str, value: &impl Serialize) -> String {
        // Plain structs of texts and numbers always have a JSON form.
        let body = serde_json::to_vec(value).unwrap_or_default();
        let signature = self.signature(purpose, &body);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(body), URL_SAFE_NO_PAD.encode(signature))
    }

    /// What was closed for this purpose; `None` for any other text.
    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: &str, text: &str) -> Option<T> {
        let (body, signature) = text.split_once('.')?;
        let body = URL_SAFE_NO_PAD.decode(body).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        (signature == self.signature(purpose, &body)).then(|| serde_json::from_slice(&body).ok()).flatten()
    }

    /// A text without meaning that belongs to these numbers.
    pub(crate) fn nonce(&self, at_ms: i64, count: u64) -> String {
        URL_SAFE_NO_PAD.encode(&self.signature("nonce", format!("{at_ms} {count}").as_bytes())[..9])
    }
}

/// `BASE64URL(SHA256(text))`, the challenge of a PKCE verifier (RFC 7636 §4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_closed_opens() {
        let seal = Seal::new(1);
        let text = seal.close("a", &("anna".to_owned(), 7));
        assert_eq!(seal.open::<(String, i32)>("a", &text), Some(("anna".to_owned(), 7)));
        assert_eq!(Seal::new(1).open::<(String, i32)>("a", &text), Some(("anna".to_owned(), 7)), "a restart");
        assert_eq!(seal.open::<(String, i32)>("b", &text), None, "another purpose");
        assert_eq!(Seal::new(2).open::<(String, i32)>("a", &text), None, "another bank");
        let (body, signature) = text.split_once('.').expect("two parts");
        for wrong in ["", ".", body, &format!("{body}."), &format!("x{body}.{signature}"), &format!("{text}A")] {
            assert_eq!(seal.open::<(String, i32)>("a", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
