//! Refunds: money that came back of a purchase.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use service::refund::{self, LinkRefund};

use super::{db, owned, scope, shelf::Shelf, transaction::Transaction};
use crate::fallible::Fallible;

/// A refund of a purchase.
#[derive(InputObject)]
pub(crate) struct LinkRefundInput {
    /// Came in.
    refund_id: ID,
    /// Went out. In the currency of the refund.
    purchase_id: ID,
}

/// A refund and its purchase.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Refund {
    /// Came in.
    refund: Transaction,
    /// Went out; null where it is not shown any more.
    purchase: Option<Transaction>,
}

impl Refund {
    fn new(ctx: &Context<'_>, of: refund::Refund) -> service::Result<Self> {
        let shown = [Some(of.refund.id), of.purchase.as_ref().map(|purchase| purchase.id)];
        let shelf = Shelf::around(db(ctx), scope(ctx)?, shown.into_iter().flatten());
        let shown = |transaction| Transaction { transaction, shelf: shelf.clone() };
        Ok(Self { refund: shown(of.refund), purchase: of.purchase.map(shown) })
    }
}

#[derive(Debug, Default)]
pub(crate) struct RefundMutation;

/// What a person says about refunds.
#[Object]
impl RefundMutation {
    /// Says of which purchase a transaction is the refund. It counts as that does from then on: as its category, or in proportion as its parts,
    /// whatever these become, on its own day. So what was bought nets to what it cost. What a person has split or excluded counts as they say.
    async fn link_refund(&self, ctx: &Context<'_>, input: LinkRefundInput) -> Fallible<Refund> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = LinkRefund {
                refund: owned(&input.refund_id, scope, "refundId", "transaction")?,
                purchase: owned(&input.purchase_id, scope, "purchaseId", "transaction")?,
            };
            Refund::new(ctx, refund::link(db(ctx), scope, command).await?)
        })
        .await
    }

    /// Says that a transaction is the refund of no purchase: it counts as what it is itself again.
    async fn unlink_refund(&self, ctx: &Context<'_>, #[graphql(desc = "The refund.")] id: ID) -> Fallible<Refund> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            Refund::new(ctx, refund::unlink(db(ctx), scope, owned(&id, scope, "id", "transaction")?).await?)
        })
        .await
    }
}
