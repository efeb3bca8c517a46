//! The calls that can be made to a bank.

use url::Url;

use super::{
    Currencies, Defect, Failure, Listed, NoClient, Options, Page, Provider, SourceAccount, SourceBalance, Tokens,
    Verifier, http::Http, oauth, obie,
};

/// Rows that a page may be asked for.
const PAGE_ROWS: std::ops::RangeInclusive<u32> = 1..=1000;

/// A client of banks. Cheap to clone; all clones share their connections.
#[derive(Clone, Debug)]
pub struct Bank {
    http: Http,
}

impl Bank {
    /// A client with these bounds. The process must have installed a TLS provider before.
    pub fn new(options: &Options) -> Result<Self, NoClient> {
        Http::new(options).map(|http| Self { http })
    }

    /// Takes the code with which a person came back from [`Provider::authorization`]; redirect URI and verifier are the same as there.
    pub async fn exchange(
        &self,
        provider: &Provider,
        redirect_uri: &Url,
        code: &str,
        verifier: &Verifier,
        now_ms: i64,
    ) -> Result<Tokens, Failure> {
        oauth::exchange(&self.http, provider, redirect_uri, code, verifier, now_ms).await
    }

    /// Gets the next tokens; the ones before may be void from then on.
    pub async fn refresh(&self, provider: &Provider, tokens: &Tokens, now_ms: i64) -> Result<Tokens, Failure> {
        oauth::refresh(&self.http, provider, tokens, now_ms).await
    }

    /// The accounts that the person let us see.
    pub async fn accounts(&self, provider: &Provider, tokens: &Tokens) -> Result<Listed<SourceAccount>, Failure> {
        let answer = self.http.get(obie::url(provider, "accounts"), &tokens.access).await?;
        obie::decode_accounts(&obie::accepted(answer)?)
    }

    /// Their balances.
    pub async fn balances(
        &self,
        provider: &Provider,
        tokens: &Tokens,
        currencies: &Currencies,
    ) -> Result<Listed<SourceBalance>, Failure> {
        let answer = self.http.get(obie::url(provider, "balances"), &tokens.access).await?;
        obie::decode_balances(&obie::accepted(answer)?, currencies)
    }

    /// The page of the feed behind a cursor, or its first one. At most `limit` rows, which is taken into 1..=1000.
    pub async fn transactions(
        &self,
        provider: &Provider,
        tokens: &Tokens,
        currencies: &Currencies,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page, Failure> {
        let limit = limit.clamp(*PAGE_ROWS.start(), *PAGE_ROWS.end());
        let mut url = obie::url(provider, "transactions");
        url.query_pairs_mut()
            .extend_pairs(cursor.map(|cursor| ("cursor", cursor)))
            .append_pair("limit", &limit.to_string());
        let answer = self.http.get(url, &tokens.access).await?;
        let raw = obie::accepted(answer).map_err(|failure| match cursor {
            Some(_) => obie::about_the_cursor(failure),
            None => failure,
        })?;
        let entries = obie::decode_page(&raw, currencies)?;
        if entries.has_more && cursor == Some(&entries.cursor) {
            return Err(Failure::Malformed { what: Defect::CursorStands });
        }
        Ok(Page { raw, entries })
    }
}
