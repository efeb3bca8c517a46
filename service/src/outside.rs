//! What lies outside of Florin, as a process reaches it: banks, whoever publishes exchange rates, and the folder of the archive.

use std::sync::Arc;

use connector::{
    bank::{Bank, Provider},
    rate::Publisher,
};
use domain::id::InstitutionId;
use url::Url;

use crate::{Error, Result, archive::Archive};

/// A bank that people can link. Its id is permanent, and the same in every installation.
#[derive(Clone, Debug)]
pub struct Institution {
    /// The id.
    pub id: InstitutionId,
    /// What people call it.
    pub name: String,
    /// Where it is, and who we are to it.
    pub provider: Provider,
    /// Whether it is a bank for trying things out.
    pub is_sandbox: bool,
}

/// The sandbox's id.
pub const SANDBOX: InstitutionId = InstitutionId(1);

/// The ways out of a process. Clones share everything.
#[derive(Clone, Debug)]
pub struct Outside {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    institutions: Vec<Institution>,
    bank: Bank,
    publisher: Option<Box<dyn Publisher>>,
    archive: Archive,
    public_url: Url,
}

impl Outside {
    /// `publisher` is asked for exchange rates, `public_url` is where banks send people back to.
    #[must_use]
    pub fn new(
        institutions: Vec<Institution>,
        bank: Bank,
        publisher: Option<Box<dyn Publisher>>,
        archive: Archive,
        public_url: Url,
    ) -> Self {
        Self { inner: Arc::new(Inner { institutions, bank, publisher, archive, public_url }) }
    }

    /// The banks that can be linked.
    #[must_use]
    pub fn institutions(&self) -> &[Institution] {
        &self.inner.institutions
    }

    /// A bank by its id.
    pub fn institution(&self, id: InstitutionId) -> Result<&Institution> {
        self.institutions().iter().find(|known| known.id == id).ok_or(Error::NotFound { what: "institution" })
    }

    /// The client of banks.
    pub(crate) fn bank(&self) -> &Bank {
        &self.inner.bank
    }

    /// Whoever publishes exchange rates, if anybody is asked.
    pub(crate) fn publisher(&self) -> Option<&dyn Publisher> {
        self.inner.publisher.as_deref()
    }

    /// The archive.
    #[must_use]
    pub fn archive(&self) -> &Archive {
        &self.inner.archive
    }

    /// The address that people use.
    pub(crate) fn public_url(&self) -> &Url {
        &self.inner.public_url
    }
}
