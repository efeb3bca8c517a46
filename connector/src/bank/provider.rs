//! A bank that can be asked: where it is, and who we are to it.

use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use url::Url;

use super::{Secret, Verifier, oauth};

/// What we ask a person to allow.
const SCOPE: &str = "accounts";

/// A bank, and the client that we are to it.
#[derive(Clone, Debug)]
pub struct Provider {
    base_url: Url,
    client_id: String,
    client_secret: Option<Secret>,
}

/// Why a URL is no base of a bank's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an http or https URL without user, password, query and fragment")]
pub struct BadAddress;

impl Provider {
    /// A bank below a base URL, such as `https://bank.example` or `https://bank.example/api`. A client without a secret is a
    /// public one (RFC 6749, 2.1).
    pub fn new(base_url: Url, client_id: impl Into<String>, client_secret: Option<Secret>) -> Result<Self, BadAddress> {
        let bare = base_url.username().is_empty() && base_url.password().is_none();
        let plain = base_url.query().is_none() && base_url.fragment().is_none();
        if !(matches!(base_url.scheme(), "http" | "https") && bare && plain) {
            return Err(BadAddress);
        }
        Ok(Self { base_url, client_id: client_id.into(), client_secret })
    }

    /// Where a person is sent to sign in and to allow us in. The bank sends them back to `redirect_uri` with `state` and a code, which
    /// [`Bank::exchange`](super::Bank::exchange) takes together with the same verifier.
    #[must_use]
    pub fn authorization(&self, redirect_uri: &Url, state: &str, verifier: &Verifier) -> Url {
        let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let client = oauth::client(self).set_redirect_uri(oauth2::RedirectUrl::from_url(redirect_uri.clone()));
        let request = client.authorize_url(|| CsrfToken::new(state.to_owned()));
        let (url, _) = request.add_scope(Scope::new(SCOPE.to_owned())).set_pkce_challenge(challenge).url();
        url
    }

    /// An address below the base URL.
    pub(super) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        // An http URL always has a path to extend.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(super) fn client_secret(&self) -> Option<&Secret> {
        self.client_secret.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(base_url: &str) -> Result<Provider, BadAddress> {
        Provider::new(base_url.parse().expect(base_url), "florin", Some(Secret::new("hush")))
    }

    #[test]
    fn only_plain_http_urls_are_bases() {
        for wrong in ["ftp://bank.example", "data:,x", "https://me@bank.example", "https://me:pw@bank.example"] {
            assert_eq!(provider(wrong).err(), Some(BadAddress), "{wrong}");
        }
        for wrong in ["https://bank.example?key=1", "https://bank.example/#top"] {
            assert_eq!(provider(wrong).err(), Some(BadAddress), "{wrong}");
        }
    }

    #[test]
    fn addresses_stand_below_the_base() {
        for (base, url) in [
            ("https://bank.example", "https://bank.example/token"),
            ("https://bank.example/", "https://bank.example/token"),
            ("https://bank.example/api", "https://bank.example/api/token"),
            ("https://bank.example:8443/api/", "https://bank.example:8443/api/token"),
        ] {
            assert_eq!(provider(base).expect(base).url(&["token"]).as_str(), url);
        }
    }

    /// The verifier and the challenge are the example of RFC 7636, appendix B.
    #[test]
    fn the_authorization_carries_state_and_challenge() {
        let octets = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
            240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = Verifier::from_random(octets);
        assert_eq!(verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let redirect_uri = "https://florin.example/bank/back?from=1".parse().expect("a URL");
        let url = provider("https://bank.example/api").expect("a base").authorization(
            &redirect_uri,
            "a state&with=signs",
            &verifier,
        );
        assert_eq!((url.host_str(), url.path()), (Some("bank.example"), "/api/authorize"));
        let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        pairs.sort();
        let expected = [
            ("client_id", "florin"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("redirect_uri", "https://florin.example/bank/back?from=1"),
            ("response_type", "code"),
            ("scope", "accounts"),
            ("state", "a state&with=signs"),
        ];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
