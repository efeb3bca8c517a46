//! Issues ids. A process reserves a node of the id space up to a moment, in a row, and issues no id later than that;
//! whoever takes the node over begins after it. So no two processes ever issue the same id, whatever their clocks say
//! and however long one was frozen.

use std::sync::{Mutex, PoisonError};

use domain::id;
use entity::node;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr,
    sea_query::OnConflict,
};

use crate::{Error, Result};

/// How far ahead a process reserves.
const SPAN_MS: i64 = 60_000;
/// A reservation with less than this left is renewed.
const MARGIN_MS: i64 = 20_000;

/// The source of ids of one process.
#[derive(Debug)]
pub(crate) struct IdSource {
    holder: i64,
    state: Mutex<State>,
    /// One renewal at a time.
    renewal: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    node: Option<u16>,
    /// The last id was issued at this millisecond, under this sequence number.
    last_ms: i64,
    sequence: u16,
    reserved_until_ms: i64,
}

impl IdSource {
    /// A source without a node: the first [`Self::reserve`] takes one.
    pub(crate) fn new(holder: u64) -> Self {
        Self {
            holder: (holder >> 1).cast_signed(),
            state: Mutex::new(State { node: None, last_ms: i64::MIN, sequence: 0, reserved_until_ms: i64::MIN }),
            renewal: tokio::sync::Mutex::new(()),
        }
    }

    /// The next id; never smaller than the one before, even when the clock was put back.
    pub(crate) fn next(&self, now_ms: i64) -> Result<i64> {
        let mut state = self.lock();
        let node = state.node.ok_or_else(|| Error::broken("no node of the id space is reserved"))?;
        if now_ms > state.last_ms {
            (state.last_ms, state.sequence) = (now_ms, 0);
        } else if state.sequence + 1 < id::SEQUENCES {
            state.sequence += 1;
        } else {
            (state.last_ms, state.sequence) = (state.last_ms + 1, 0);
        }
        if state.last_ms < id::EPOCH_MS {
            return Err(Error::broken("the clock of this machine stands before 2025"));
        }
        if state.last_ms >= state.reserved_until_ms {
            return Err(Error::Busy { reason: "the reserved span of ids is used up".into() });
        }
        Ok(id::compose(state.last_ms, node, state.sequence))
    }

    /// Makes sure that ids can be issued for a while from now on. Cheap when the reservation is fresh.
    pub(crate) async fn reserve(&self, connection: &impl ConnectionTrait, now_ms: i64) -> Result<()> {
        if self.left_ms(now_ms) > MARGIN_MS {
            return Ok(());
        }
        let _one_at_a_time = self.renewal.lock().await;
        if self.left_ms(now_ms) > MARGIN_MS {
            return Ok(());
        }
        let held = self.lock().node;
        if let Some(node) = held
            && self.renew(connection, node, now_ms).await?
        {
            return Ok(());
        }
        self.acquire(connection, now_ms).await
    }

    /// Gives the node back, so that the next process takes it and numbers stay small.
    pub(crate) async fn release(&self, connection: &impl ConnectionTrait) -> Result<()> {
        let (node, free_from_ms) = {
            let mut state = self.lock();
            (state.node.take(), state.last_ms.saturating_add(1).max(0))
        };
        let Some(node) = node else { return Ok(()) };
        nodes::update()
            .col_expr(node::Column::ReservedUntilMs, Expr::value(free_from_ms))
            .filter(node::Column::Id.eq(signed(node)))
            .filter(node::Column::Holder.eq(self.holder))
            .exec(connection)
            .await?;
        Ok(())
    }

    async fn renew(&self, connection: &impl ConnectionTrait, node: u16, now_ms: i64) -> Result<bool> {
        let until_ms = now_ms.max(self.lock().last_ms) + SPAN_MS;
        let renewed = nodes::update()
            .col_expr(node::Column::ReservedUntilMs, Expr::value(until_ms))
            .filter(node::Column::Id.eq(signed(node)))
            .filter(node::Column::Holder.eq(self.holder))
            .exec(connection)
            .await?;
        if renewed.rows_affected == 1 {
            self.lock().reserved_until_ms = until_ms;
            return Ok(true);
        }
        // Somebody took the node after our reservation had ended. What we issued lies before it.
        self.lock().node = None;
        Ok(false)
    }

    /// Takes the free node of the smallest number, or the next new one.
    async fn acquire(&self, connection: &impl ConnectionTrait, now_ms: i64) -> Result<()> {
        for _ in 0..id::NODES {
            let rows = nodes::find().order_by_asc(node::Column::Id).all(connection).await?;
            let free = rows.iter().find(|row| row.reserved_until_ms <= now_ms);
            let taken = match free {
                Some(row) => self.take_over(connection, row, now_ms).await?,
                None => self.add(connection, &rows, now_ms).await?,
            };
            if let Some(number) = taken {
                let mut state = self.lock();
                state.node = Some(number.cast_unsigned());
                state.reserved_until_ms = now_ms + SPAN_MS;
                // Never before the moment of taking over, even if our clock is put back afterwards.
                state.last_ms = state.last_ms.max(now_ms);
                return Ok(());
            }
        }
        Err(Error::Busy { reason: "no node of the id space could be taken".into() })
    }

    /// Takes a free node, unless it changed hands since it was read: only the reservation that was seen is replaced.
    async fn take_over(
        &self,
        connection: &impl ConnectionTrait,
        row: &node::Model,
        now_ms: i64,
    ) -> Result<Option<i16>> {
        let update = nodes::update()
            .col_expr(node::Column::Holder, Expr::value(self.holder))
            .col_expr(node::Column::ReservedUntilMs, Expr::value(now_ms + SPAN_MS))
            .filter(node::Column::Id.eq(row.id))
            .filter(node::Column::Holder.eq(row.holder))
            .filter(node::Column::ReservedUntilMs.eq(row.reserved_until_ms));
        Ok((update.exec(connection).await?.rows_affected == 1).then_some(row.id))
    }

    /// Takes a new node, unless somebody else just did.
    async fn add(&self, connection: &impl ConnectionTrait, known: &[node::Model], now_ms: i64) -> Result<Option<i16>> {
        let next = (0..signed(id::NODES)).find(|number| known.iter().all(|row| row.id != *number));
        let Some(next) = next else {
            return Err(Error::Busy { reason: "all 1024 nodes of the id space are in use".into() });
        };
        let row =
            node::ActiveModel { id: Set(next), holder: Set(self.holder), reserved_until_ms: Set(now_ms + SPAN_MS) };
        let insert =
            node::Entity::insert(row).on_conflict(OnConflict::column(node::Column::Id).do_nothing().to_owned());
        Ok((insert.exec_without_returning(connection).await? == 1).then_some(next))
    }

    fn left_ms(&self, now_ms: i64) -> i64 {
        let state = self.lock();
        if state.node.is_none() { i64::MIN } else { state.reserved_until_ms.saturating_sub(now_ms.max(state.last_ms)) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // The state is a few numbers, whole after every statement: a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signed(node: u16) -> i16 {
    node.cast_signed()
}

/// The table of nodes belongs to the installation, not to a household.
#[expect(clippy::disallowed_methods, reason = "the table has no household")]
mod nodes {
    use entity::node;
    use sea_orm::{EntityTrait, Select, UpdateMany};

    pub(super) fn find() -> Select<node::Entity> {
        node::Entity::find()
    }

    pub(super) fn update() -> UpdateMany<node::Entity> {
        node::Entity::update_many()
    }
}
