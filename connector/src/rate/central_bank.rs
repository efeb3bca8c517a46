//! The reference rates of the European Central Bank, which it publishes on each working day of TARGET at about 16:00 in Frankfurt
//! (<https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html>).

use std::io::Cursor;

use futures::{FutureExt, future::BoxFuture};
use url::Url;

use super::{Failure, Published, Publisher, Span, read};
use crate::bank::{self, Http, NoClient, Options};

/// The folder of its files.
pub const DEFAULT_URL: &str = "https://www.ecb.europa.eu/stats/eurofxref/";

/// The European Central Bank, or whoever has its files.
#[derive(Clone, Debug)]
pub struct CentralBank {
    http: Http,
    folder: Url,
}

impl CentralBank {
    /// `folder` is where the files are; a slash at its end may be left out.
    pub fn new(options: &Options, mut folder: Url) -> Result<Self, NoClient> {
        if !folder.path().ends_with('/') {
            folder.set_path(&format!("{}/", folder.path()));
        }
        Ok(Self { http: Http::new(options)?, folder })
    }

    async fn ask(&self, span: Span) -> Result<Published, Failure> {
        // The table is packed, and a twentieth of the XML.
        let name = match span {
            Span::Day => "eurofxref-daily.xml",
            Span::Quarter => "eurofxref-hist-90d.xml",
            Span::All => "eurofxref-hist.zip",
        };
        let mut url = self.folder.clone();
        url.set_path(&format!("{}{name}", self.folder.path()));
        let answer = self.http.get_public(url).await?;
        if !answer.status.is_success() {
            return Err(Failure::Refused(answer.status.as_u16()));
        }
        read(Cursor::new(answer.body)).map_err(Failure::Malformed)
    }
}

impl Publisher for CentralBank {
    fn published(&self, span: Span) -> BoxFuture<'_, Result<Published, Failure>> {
        self.ask(span).boxed()
    }
}

/// What a call can mean where nobody signs in.
impl From<bank::Failure> for Failure {
    fn from(failure: bank::Failure) -> Self {
        match failure {
            bank::Failure::Unavailable { reason } => Self::Unavailable(reason),
            bank::Failure::RateLimited { .. } => Self::Refused(429),
            bank::Failure::Refused { status, .. } => Self::Refused(status),
            bank::Failure::Malformed { .. } => Self::TooLarge,
            // Nothing was signed, and no cursor sent.
            bank::Failure::SignInNeeded { .. } => Self::Refused(401),
            bank::Failure::CursorRefused => Self::Refused(400),
        }
    }
}
