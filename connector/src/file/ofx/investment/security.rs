//! What a security is: `SECLIST` stands behind the statements that refer to it.

use domain::{
    investment::{Security, SecurityKind},
    line,
};

use super::{
    super::{
        super::{Field, Reason},
        token::Tag,
    },
    Record, Wrong,
};

impl Record {
    /// The security.
    pub(in super::super) fn into_security(self, kind: SecurityKind) -> Result<Security, Wrong> {
        let key = self.security()?.ok_or((Field::Security, Reason::Missing))?;
        let text = |tag| self.get(tag).map(line::descriptor).filter(|text| !text.is_empty());
        Ok(Security { key, kind: Some(kind), ticker: text(Tag::Ticker), name: text(Tag::SecurityName) })
    }
}
