//! Drift: what the bank's balance has and the transactions do not.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use domain::{drift::Cause, id::Owned};
use service::{account::Account, drift};

use super::{db, money::Money, shelf::Shelf};
use crate::{
    fallible::Fallible,
    scalar::{Date, Decimal, Timestamp},
};

/// The bank's balance less what the transactions add up to.
#[derive(Clone, Debug)]
pub(crate) struct Drift {
    pub(crate) account: Arc<Account>,
    pub(crate) shelf: Shelf,
}

/// What is likely to be behind a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Cause")]
pub(crate) enum DriftCause {
    /// The person has deleted what the bank counts.
    ThrownAway,
    /// One booking is there twice: see `mergeTransactions`.
    Twice,
    /// The bank has taken back what its balance still counts.
    TakenBack,
    /// The bank's balance counts what it calls pending.
    Pending,
    /// Lines of the bank could not be understood.
    NotUnderstood,
    /// Between two statements lie days, `from` to `to`, of which none has anything.
    MissingStatement,
}

/// A row that shows the cause of a drift. It may be one that is not shown elsewhere any more.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct DriftRow {
    /// The transaction's id.
    transaction_id: ID,
    /// Its day.
    date: Date,
    /// In positive, out negative.
    amount: Money,
    /// What its source wrote.
    descriptor: String,
}

/// What is likely to be behind a drift: it explains all of it, to the cent, or else says that lines were not understood, or which days are missing.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct DriftCulprit {
    /// The cause.
    cause: DriftCause,
    /// The rows that show it.
    rows: Vec<DriftRow>,
    /// The first of the days that it is about; null where rows say it.
    from: Option<Date>,
    /// The last of them.
    to: Option<Date>,
}

/// The bank's balance less what the transactions add up to. Zero, unless something is missing or counted twice. Of an account that statements feed:
/// what two closing balances differ by, less the transactions between them; the latest such difference.
#[Object]
impl Drift {
    /// How much.
    async fn amount(&self) -> Option<Decimal> {
        self.account.drift.map(|drift| drift.decimal().into())
    }

    /// ISO 4217.
    async fn currency(&self) -> &str {
        self.account.currency.code()
    }

    /// The end of the pull or statement since which it is that much; null where it is nothing, or has changed since the last of them.
    async fn since(&self) -> Option<Timestamp> {
        self.account.drift_since_ms.map(Timestamp::from_ms)
    }

    /// What is likely to be behind it; null where it is nothing, or nothing is known that would explain it.
    async fn culprit(&self, ctx: &Context<'_>) -> Fallible<Option<DriftCulprit>> {
        Fallible::run(async {
            let scope = self.shelf.scope();
            let found = drift::explain(db(ctx), scope, &self.account).await?;
            Ok(found.map(|culprit| DriftCulprit {
                cause: culprit.cause.into(),
                from: culprit.days.map(|(from, _)| from.into()),
                to: culprit.days.map(|(_, to)| to.into()),
                rows: culprit
                    .rows
                    .into_iter()
                    .map(|row| DriftRow {
                        transaction_id: row.id.text(scope.household()).into(),
                        date: row.day.into(),
                        amount: row.amount.into(),
                        descriptor: row.descriptor,
                    })
                    .collect(),
            }))
        })
        .await
    }
}
