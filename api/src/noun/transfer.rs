//! Transfers: what went out of one account of the household and came into another.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::{
    id::Owned,
    transfer::{Evidence, Reserve},
};
use service::transfer::{self, ConfirmTransfer, LinkTransfer, State};

use super::{
    db, owned, scope,
    shelf::Shelf,
    transaction::{PageInfo, Transaction},
};
use crate::{fallible::Fallible, scalar::Timestamp};

/// How a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub(crate) enum TransferState {
    /// It waits for a person's word, and changes nothing.
    Proposed,
    /// It is one: neither spending nor income.
    Confirmed,
    /// A person has said that it is none. The pair is never proposed again.
    Rejected,
}

/// What speaks for a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Evidence")]
pub(crate) enum TransferEvidence {
    /// The amounts are equal, in one currency.
    Amount,
    /// The amounts are equal at the rate of the day.
    Rate,
    /// The text of one side names the amount and the currency of the other.
    AmountInText,
    /// What came in is less by what a bank may keep.
    Fee,
    /// They lie at most one business day apart.
    Lag,
    /// A text holds the last digits of the other account.
    Tail,
    /// A text names the other account.
    AccountName,
    /// A text holds the name of somebody of the household.
    OwnName,
    /// What goes out is called a transfer.
    WordOut,
    /// What comes in is called one.
    WordIn,
    /// There have been transfers between the two accounts.
    History,
    /// It pays a credit card.
    CardPayment,
    /// It pays a loan.
    LoanPayment,
    /// It was drawn in cash, or paid in.
    Cash,
}

/// Why a transfer was not confirmed without a person. The first that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Reserve")]
pub(crate) enum TransferReserve {
    /// One of the transactions is not booked yet.
    Pending,
    /// The amounts differ, by a rate or a fee.
    OtherAmount,
    /// A person has said that one of the transactions is something else.
    Person,
    /// A person has rejected another pair of one of the transactions.
    Rejected,
    /// One of the transactions may as well belong to another one.
    Ambiguous,
    /// The two sides do not say enough.
    Weak,
}

/// What went out of one account of the household and came into another.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    transfer: transfer::Transfer,
    shelf: Shelf,
}

impl Transfer {
    pub(crate) fn new(transfer: transfer::Transfer, shelf: &Shelf) -> Self {
        Self { transfer, shelf: shelf.clone() }
    }
}

/// What went out of one account of the household and came into another. A confirmed one is neither spending nor income, and the amounts of its sides
/// are equal where their currencies are. At most 5 business days lie between the sides that are found; a person may link what lies further apart.
#[Object]
impl Transfer {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        self.transfer.id.text(self.shelf.scope().household()).into()
    }

    /// The transaction that went out.
    async fn out(&self) -> Transaction {
        Transaction { transaction: self.transfer.out.clone(), shelf: self.shelf.clone() }
    }

    /// The transaction that it came in as.
    #[graphql(name = "in")]
    async fn into(&self) -> Transaction {
        Transaction { transaction: self.transfer.into.clone(), shelf: self.shelf.clone() }
    }

    /// How it stands.
    async fn state(&self) -> TransferState {
        self.transfer.state.into()
    }

    /// Whether a person decided so, not the evidence.
    async fn is_by_person(&self) -> bool {
        self.transfer.is_by_person
    }

    /// Whether what goes out counts as spending all the same, in its own category.
    async fn counts_as_expense(&self) -> bool {
        self.transfer.is_expense
    }

    /// Whether one of its accounts is a loan.
    async fn pays_loan(&self) -> bool {
        self.transfer.pays_loan
    }

    /// How likely it was found to be, in percent: an order among proposals, not a frequency. Null for what a person linked.
    async fn confidence(&self) -> Option<i32> {
        self.transfer.confidence_percent.map(i32::from)
    }

    /// Why it was not confirmed without a person. Null where the evidence was enough, and for what a person linked.
    async fn reserve(&self) -> Option<TransferReserve> {
        self.transfer.reserve.map(Into::into)
    }

    /// What speaks for it.
    async fn evidence(&self) -> Vec<TransferEvidence> {
        self.transfer.evidence.iter().map(|one| (*one).into()).collect()
    }

    /// When it was found.
    async fn created_at(&self) -> Timestamp {
        Timestamp::from_ms(self.transfer.created_at_ms)
    }

    /// When it was confirmed or rejected.
    async fn decided_at(&self) -> Option<Timestamp> {
        self.transfer.decided_at_ms.map(Timestamp::from_ms)
    }
}

/// A transfer in a list.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TransferEdge {
    /// Its place in this list.
    cursor: String,
    /// The transfer.
    node: Transfer,
}

/// A page of transfers.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TransferConnection {
    /// The transfers with their cursors.
    edges: Vec<TransferEdge>,
    /// Where the page stands.
    page_info: PageInfo,
}

impl TransferConnection {
    fn new(page: transfer::Page, shelf: &Shelf) -> Self {
        let cursors: Vec<&String> = page.rows.iter().map(|(cursor, _)| cursor).collect();
        let page_info = PageInfo::new(page.has_next, page.has_previous, &cursors);
        let edge = |(cursor, transfer)| TransferEdge { cursor, node: Transfer::new(transfer, shelf) };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info }
    }
}

#[derive(Debug, Default)]
pub(crate) struct TransferQuery;

/// Questions about transfers.
#[Object]
impl TransferQuery {
    /// A page of the household's transfers, the latest found first; 50 if `first` is left out, and at most 200.
    #[graphql(complexity = "first.unwrap_or(50).clamp(1, 200) as usize * child_complexity")]
    async fn transfers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In this state only.")] state: Option<TransferState>,
        #[graphql(desc = "From or to this account only.")] account_id: Option<ID>,
        #[graphql(desc = "So many.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
    ) -> Fallible<TransferConnection> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let account = account_id.map(|id| owned(&id, scope, "accountId", "account")).transpose()?;
            let page = transfer::list(db(ctx), scope, state.map(Into::into), account, first, after.as_deref()).await?;
            let shown = page.rows.iter().flat_map(|(_, one)| [one.out.id, one.into.id]);
            let shelf = Shelf::around(db(ctx), scope, shown);
            Ok(TransferConnection::new(page, &shelf))
        })
        .await
    }
}

/// A transfer that a person confirms.
#[derive(InputObject)]
pub(crate) struct ConfirmTransferInput {
    /// The transfer.
    transfer_id: ID,
    /// Whether what goes out counts as spending all the same; for payments of a loan, a part of which is interest.
    #[graphql(default)]
    count_as_expense: bool,
}

/// A transfer that a person rejects.
#[derive(InputObject)]
pub(crate) struct RejectTransferInput {
    /// The transfer.
    transfer_id: ID,
}

/// Two transactions that a person says are one transfer.
#[derive(InputObject)]
pub(crate) struct LinkTransferInput {
    /// The transaction that went out.
    out_id: ID,
    /// The transaction that it came in as: of another account, and of the same amount where both accounts are in one currency.
    in_id: ID,
    /// Whether what goes out counts as spending all the same; for payments of a loan, a part of which is interest.
    #[graphql(default)]
    count_as_expense: bool,
    /// Of the client's choice: the same key with the same input is answered with the first answer.
    idempotency_key: Option<String>,
}

/// A confirmed transfer that is none.
#[derive(InputObject)]
pub(crate) struct UnlinkTransferInput {
    /// The transfer.
    transfer_id: ID,
}

#[derive(Debug, Default)]
pub(crate) struct TransferMutation;

/// What a person says about transfers.
#[Object]
impl TransferMutation {
    /// Confirms a transfer: both transactions count as a transfer from now on, and every sum follows at once. What else was proposed of them is withdrawn. One that is confirmed stays so, and counts as an expense or not as is said now.
    async fn confirm_transfer(&self, ctx: &Context<'_>, input: ConfirmTransferInput) -> Fallible<Transfer> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let transfer = owned(&input.transfer_id, scope, "transferId", "transfer")?;
            let command = ConfirmTransfer { transfer, is_expense: input.count_as_expense };
            let transfer = transfer::confirm(db(ctx), scope, command).await?;
            Ok(Transfer::new(transfer, &Shelf::new(db(ctx), scope)))
        })
        .await
    }

    /// Says that a proposed transfer is none. The pair is never proposed again; each of its transactions may belong to another one.
    async fn reject_transfer(&self, ctx: &Context<'_>, input: RejectTransferInput) -> Fallible<Transfer> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id = owned(&input.transfer_id, scope, "transferId", "transfer")?;
            let transfer = transfer::reject(db(ctx), scope, id).await?;
            Ok(Transfer::new(transfer, &Shelf::new(db(ctx), scope)))
        })
        .await
    }

    /// Makes a transfer of two transactions, also of such as were rejected before. Both count as a transfer from now on, and every sum follows at once.
    async fn link_transfer(&self, ctx: &Context<'_>, input: LinkTransferInput) -> Fallible<Transfer> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = LinkTransfer {
                out: owned(&input.out_id, scope, "outId", "transaction")?,
                into: owned(&input.in_id, scope, "inId", "transaction")?,
                is_expense: input.count_as_expense,
                idempotency_key: input.idempotency_key,
            };
            let transfer = transfer::link(db(ctx), scope, command).await?;
            Ok(Transfer::new(transfer, &Shelf::new(db(ctx), scope)))
        })
        .await
    }

    /// Takes a confirmed transfer apart: both transactions count as what they are again, and every sum follows at once. The pair is never proposed again.
    async fn unlink_transfer(&self, ctx: &Context<'_>, input: UnlinkTransferInput) -> Fallible<Transfer> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id = owned(&input.transfer_id, scope, "transferId", "transfer")?;
            let transfer = transfer::unlink(db(ctx), scope, id).await?;
            Ok(Transfer::new(transfer, &Shelf::new(db(ctx), scope)))
        })
        .await
    }
}
