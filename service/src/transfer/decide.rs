//! What people say about transfers.

use domain::{
    id::{TransactionId, TransferId},
    transfer as found,
};
use entity::{transaction, transfer};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::Serialize;

use super::{
    Transfer,
    count::{self, Recounted, rows},
    follow,
};
use crate::{
    Db, Error, Result, Scope, Unit, account as accounts,
    event::Event,
    idempotency::Once,
    ledger::is_shown,
    transaction::{self as transactions},
};

/// What two transactions are that a person confirms to be a transfer.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmTransfer {
    /// Which.
    pub transfer: TransferId,
    /// Whether what goes out counts as spending all the same; for payments of a loan.
    pub is_expense: bool,
}

/// Two transactions that a person says are a transfer.
#[derive(Clone, Debug)]
pub struct LinkTransfer {
    /// Went out.
    pub out: TransactionId,
    /// Came in.
    pub into: TransactionId,
    /// Whether what goes out counts as spending all the same; for payments of a loan.
    pub is_expense: bool,
    /// The client's key of this request.
    pub idempotency_key: Option<String>,
}

/// Confirms a transfer that was proposed. One that is confirmed already stays so, and is an expense or not as is said now.
pub async fn confirm(db: &Db, scope: Scope, command: ConfirmTransfer) -> Result<Transfer> {
    db.write(scope, move |unit| {
        async move {
            let row = load(unit, command.transfer).await?;
            if row.state == transfer::REJECTED {
                return Err(Error::Conflict { reason: "it was rejected: link the two transactions".into() });
            }
            let row = transfer::Model { is_expense: i16::from(command.is_expense), ..row };
            stand(unit, row).await
        }
        .scope_boxed()
    })
    .await
}

/// Says that a proposed transfer is none. It is never proposed again.
pub async fn reject(db: &Db, scope: Scope, id: TransferId) -> Result<Transfer> {
    db.write(scope, move |unit| {
        async move {
            let row = load(unit, id).await?;
            if row.state == transfer::CONFIRMED {
                return Err(Error::Conflict { reason: "it is confirmed: unlink it".into() });
            }
            fall(unit, row).await
        }
        .scope_boxed()
    })
    .await
}

/// Says that a confirmed transfer is none. Its transactions count as what they are again, and are never proposed again.
pub async fn unlink(db: &Db, scope: Scope, id: TransferId) -> Result<Transfer> {
    db.write(scope, move |unit| {
        async move {
            let row = load(unit, id).await?;
            if row.state == transfer::PROPOSED {
                return Err(Error::Conflict { reason: "it is only proposed: reject it".into() });
            }
            fall(unit, row).await
        }
        .scope_boxed()
    })
    .await
}

/// Makes a transfer of two transactions, also of such as were rejected before.
pub async fn link(db: &Db, scope: Scope, command: LinkTransfer) -> Result<Transfer> {
    #[derive(Serialize)]
    struct Input(i64, i64, bool);
    let LinkTransfer { out, into, is_expense, idempotency_key } = command;
    if out == into {
        return Err(Error::invalid("inId", "must be another transaction than `outId`"));
    }
    let once = &Once::new(db, "linkTransfer", idempotency_key.as_deref(), &Input(out.0, into.0, is_expense))?;
    db.write(scope, move |unit| {
        async move {
            if let Some(before) = once.recall(unit).await? {
                let row = load(unit, TransferId(before)).await?;
                return shown(unit, &row).await;
            }
            let (out, into) = (transactions::load(unit, out).await?, transactions::load(unit, into).await?);
            check(unit, &out, &into).await?;
            let known = follow::of(unit, &[out.id]).await?.into_iter().find(|row| row.in_id == into.id);
            let row = match known {
                Some(row) => row,
                None => insert(unit, &out, &into).await?,
            };
            once.remember(unit, row.id).await?;
            stand(unit, transfer::Model { is_expense: i16::from(is_expense), ..row }).await
        }
        .scope_boxed()
    })
    .await
}

/// Whether two transactions can be one transfer at all.
async fn check(unit: &Unit, out: &transaction::Model, into: &transaction::Model) -> Result<()> {
    if out.amount_minor >= 0 {
        return Err(Error::invalid("outId", "must be a transaction that went out"));
    }
    if into.amount_minor <= 0 {
        return Err(Error::invalid("inId", "must be a transaction that came in"));
    }
    if out.account_id == into.account_id {
        return Err(Error::invalid("inId", "must be of another account than `outId`"));
    }
    let currency = |row: &transaction::Model| accounts::load(unit, domain::id::AccountId(row.account_id));
    let (from, to) = (currency(out).await?.currency, currency(into).await?.currency);
    // What stayed on the way was spent, and would be lost from every sum.
    if from == to && out.amount_minor != -into.amount_minor {
        return Err(Error::invalid("inId", "must have the amount of `outId`, because both are in one currency"));
    }
    Ok(())
}

async fn insert(unit: &Unit, out: &transaction::Model, into: &transaction::Model) -> Result<transfer::Model> {
    let row = transfer::Model {
        household_id: unit.scope().household().0,
        id: unit.next_id()?,
        out_id: out.id,
        out_account_id: out.account_id,
        in_id: into.id,
        in_account_id: into.account_id,
        state: transfer::PROPOSED,
        is_by_person: 1,
        is_expense: 0,
        pays_loan: 0,
        confidence: None,
        reserve: None,
        evidence: 0,
        created_at_ms: unit.now_ms(),
        decided_at_ms: None,
    };
    transfer::Entity::insert(transfer::ActiveModel::from(row.clone()))
        .exec_without_returning(unit.connection())
        .await?;
    Ok(row)
}

/// A transfer stands from now on, by a person's word. What else was proposed of its transactions is answered.
async fn stand(unit: &mut Unit, row: transfer::Model) -> Result<Transfer> {
    let of = count::accounts(unit, std::slice::from_ref(&row)).await?;
    let [from, to] = [count::kind(&of, row.out_account_id)?, count::kind(&of, row.in_account_id)?];
    let is_of_loan = row.pays_loan != 0 || found::is_loan(from) || found::is_loan(to);
    if row.is_expense != 0 && !is_of_loan {
        return Err(Error::invalid("countAsExpense", "must be false, because it pays no loan"));
    }
    let sides = rows(unit, [row.out_id, row.in_id]).await?;
    if sides.len() != 2 || !sides.iter().all(is_shown) {
        return Err(Error::Conflict { reason: "one of its transactions is there no more".into() });
    }
    if sides.iter().any(|side| side.refund_of.is_some()) {
        return Err(Error::Conflict { reason: "what came in is the refund of a purchase: unlink it first".into() });
    }
    for other in follow::of(unit, &[row.out_id, row.in_id]).await?.iter().filter(|other| other.id != row.id) {
        match other.state {
            transfer::CONFIRMED => {
                return Err(Error::Conflict {
                    reason: "one of its transactions is a side of another transfer: unlink that first".into(),
                });
            }
            transfer::PROPOSED | transfer::LAPSED => follow::remove(unit, other.id).await?,
            _ => {}
        }
    }
    let row = transfer::Model {
        state: transfer::CONFIRMED,
        is_by_person: 1,
        pays_loan: i16::from(is_of_loan),
        decided_at_ms: if row.state == transfer::CONFIRMED { row.decided_at_ms } else { Some(unit.now_ms()) },
        ..row
    };
    write(unit, &row).await?;
    recount(unit, &row, &sides, count::categories(&row, &of)?).await?;
    unit.emit(Event::TransfersChanged {});
    shown(unit, &row).await
}

/// A transfer is none, by a person's word.
async fn fall(unit: &mut Unit, row: transfer::Model) -> Result<Transfer> {
    // Its transactions may be sides of others by now.
    if row.state == transfer::REJECTED {
        return shown(unit, &row).await;
    }
    let stood = row.state == transfer::CONFIRMED;
    let decided_at_ms = Some(unit.now_ms());
    let row = transfer::Model { state: transfer::REJECTED, is_by_person: 1, is_expense: 0, decided_at_ms, ..row };
    write(unit, &row).await?;
    if stood {
        let sides = rows(unit, [row.out_id, row.in_id]).await?;
        recount(unit, &row, &sides, [None, None]).await?;
    }
    unit.emit(Event::TransfersChanged {});
    shown(unit, &row).await
}

async fn recount(
    unit: &mut Unit,
    row: &transfer::Model,
    sides: &[transaction::Model],
    [out, into]: [Option<domain::category::CategoryId>; 2],
) -> Result<()> {
    let mut recounted = Recounted::default();
    for side in sides {
        let category = if side.id == row.out_id { out } else { into };
        recounted.count(unit, side, category).await?;
    }
    recounted.write(unit, &[]).await
}

async fn write(unit: &Unit, row: &transfer::Model) -> Result<()> {
    use transfer::Column::{DecidedAtMs, Id, IsByPerson, IsExpense, PaysLoan, State};
    unit.scope()
        .update::<transfer::Entity>()
        .filter(Id.eq(row.id))
        .col_expr(State, Expr::value(row.state))
        .col_expr(IsByPerson, Expr::value(row.is_by_person))
        .col_expr(IsExpense, Expr::value(row.is_expense))
        .col_expr(PaysLoan, Expr::value(row.pays_loan))
        .col_expr(DecidedAtMs, Expr::value(row.decided_at_ms))
        .exec(unit.connection())
        .await?;
    Ok(())
}

async fn load(unit: &Unit, id: TransferId) -> Result<transfer::Model> {
    let found = unit.scope().find::<transfer::Entity>().filter(transfer::Column::Id.eq(id.0));
    let row = found.filter(transfer::Column::State.ne(transfer::LAPSED)).one(unit.connection()).await?;
    row.ok_or(Error::NotFound { what: "transfer" })
}

async fn shown(unit: &Unit, row: &transfer::Model) -> Result<Transfer> {
    let side = async |id: i64| {
        let side = transactions::load(unit, TransactionId(id)).await?;
        transactions::shown(unit, side).await
    };
    Transfer::new(row, side(row.out_id).await?, side(row.in_id).await?)
}
