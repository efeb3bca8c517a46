//! What differs in an account: first what the pages bring beside what is there, then what is there and no page brought.

use domain::{
    id::{AccountId, TransactionId},
    reconcile::{Origin, State},
};
use entity::transaction;
use sea_orm::ConnectionTrait;

use super::{
    Difference, Kind, Outcome, Said, Sides, Subject,
    mend::{Balance, Cure},
    rows::{Bearers, all_names, led_by_bank, names_of},
};
use crate::{
    Result,
    ledger::{Mend, Prepared, state, sums},
};

impl Sides<'_> {
    pub(super) async fn account(&self, of: Subject, outcome: &mut Outcome) -> Result<()> {
        if self.sums_differ(of).await? {
            let account = AccountId(of.id);
            let difference = Difference { kind: Kind::Sums, account, transaction: None, archived: None, kept: None };
            outcome.found(self.replay.named, difference);
            self.add_up(of).await?;
        }
        let before = self.balance(of).await?;
        let thrown_away = self.archived(of, outcome).await?;
        self.kept(of, outcome).await?;
        if let Some(before) = before {
            outcome.openings += u64::from(self.open(of, Balance { thrown_away, ..before }).await?);
        }
        Ok(())
    }

    async fn sums_differ(&self, of: Subject) -> Result<bool> {
        for sql in [sums::differing(self.db.engine(), "AND account_id = $2"), sums::differing_accounts("AND a.id = $2")]
        {
            let values = [self.scope.household().0.into(), of.id.into()];
            let statement = self.db.statement(&format!("{sql} LIMIT 1"), values);
            if self.db.reader().query_one_raw(statement).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Goes through what the pages bring. Answers with the sum of what the person has thrown away of it: the bank still counts it.
    async fn archived(&self, of: Subject, outcome: &mut Outcome) -> Result<i64> {
        let (mut after, mut thrown_away) = (-1, 0);
        loop {
            let rows = led_by_bank(self.scratch, self.scope, of, after).await?;
            let Some(last) = rows.last() else { return Ok(thrown_away) };
            after = last.id;
            outcome.rows += rows.len() as u64;
            let names = names_of(self.scratch, self.scope, &rows).await?;
            let bearers = Bearers::of(self.db, self.scope, of, all_names(&rows, &names)).await?;
            let mut cure = Cure::default();
            for row in &rows {
                let former = names.get(&row.id).map(Vec::as_slice).unwrap_or_default();
                match meet(row, former, &bearers) {
                    Met::Same => {}
                    Met::ThrownAway => {
                        if state(row) == State::Posted {
                            thrown_away += row.amount_minor;
                        }
                    }
                    Met::Differs(kept) => {
                        self.found(outcome, of, Kind::Different, Some(row), Some(kept));
                        let line = Box::new(Prepared::of_row(row, None, of.setting));
                        cure.mends.push(Mend::Say { id: kept.id, line });
                    }
                    Met::Nobody => {
                        self.found(outcome, of, Kind::Missing, Some(row), None);
                        cure.missing.push(Prepared::of_row(row, former.first().copied(), of.setting));
                    }
                }
            }
            self.cure(of, cure).await?;
        }
    }

    /// Goes through what the bank is said to have brought since the connection was made: what is older came another way.
    async fn kept(&self, of: Subject, outcome: &mut Outcome) -> Result<()> {
        let mut after = self.replay.connection.0;
        loop {
            let rows = led_by_bank(self.db, self.scope, of, after).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id;
            let names = names_of(self.db, self.scope, &rows).await?;
            let bearers = Bearers::of(self.scratch, self.scope, of, all_names(&rows, &names)).await?;
            let mut cure = Cure::default();
            for row in &rows {
                let others = names.get(&row.id).map(Vec::as_slice).unwrap_or_default();
                let is_known = |name: &i64| bearers.own.contains_key(name) || bearers.other.contains_key(name);
                match bearers.own.get(&row.fingerprint) {
                    Some(archived) if state(archived) == State::Vanished && self.undecided.contains(&archived.id) => {
                        continue;
                    }
                    // Announced, and taken back by the bank.
                    Some(archived) if state(archived) == State::Vanished => {
                        self.found(outcome, of, Kind::Different, Some(archived), Some(row));
                    }
                    Some(_) => continue,
                    None if is_known(&row.fingerprint) || others.iter().any(is_known) => continue,
                    None => self.found(outcome, of, Kind::Extra, None, Some(row)),
                }
                cure.mends.push(Mend::TakeBack { id: row.id });
            }
            self.cure(of, cure).await?;
        }
    }

    fn found(
        &self,
        outcome: &mut Outcome,
        of: Subject,
        kind: Kind,
        archived: Option<&transaction::Model>,
        kept: Option<&transaction::Model>,
    ) {
        let difference = Difference {
            kind,
            account: AccountId(of.id),
            transaction: kept.map(|row| TransactionId(row.id)),
            archived: archived.map(|row| Said::of(row, &of)),
            kept: kept.map(|row| Said::of(row, &of)),
        };
        outcome.found(self.replay.named, difference);
    }
}

/// What a row of the pages meets on the other side.
enum Met<'a> {
    /// A row that says the same, or that another source leads by now.
    Same,
    /// A row that the person has deleted.
    ThrownAway,
    /// A row of its name that says something else.
    Differs(&'a transaction::Model),
    /// Nothing that could be it.
    Nobody,
}

fn meet<'a>(row: &transaction::Model, former: &[i64], bearers: &'a Bearers) -> Met<'a> {
    if let Some(kept) = bearers.own.get(&row.fingerprint) {
        return match state(kept) {
            State::Deleted => Met::ThrownAway,
            _ if kept.origin != Origin::Bank.code() || says_the_same(row, kept) => Met::Same,
            _ => Met::Differs(kept),
        };
    }
    // Two were put together, or the row is further on than the pages.
    if bearers.other.contains_key(&row.fingerprint) {
        return Met::Same;
    }
    // What it was while it was pending: thrown away then, it stays so. Else the ledger lets the line take that row's place.
    let before = former.iter().filter_map(|name| bearers.own.get(name));
    if before.clone().any(|kept| state(kept) == State::Deleted) {
        return Met::ThrownAway;
    }
    if before.count() == 0 && former.iter().any(|name| bearers.other.contains_key(name)) {
        return Met::Same;
    }
    Met::Nobody
}

fn says_the_same(row: &transaction::Model, kept: &transaction::Model) -> bool {
    let said = |row: &transaction::Model| (row.day, row.amount_minor, row.state);
    let texts = |row: &transaction::Model| (row.descriptor.clone(), row.original_minor, row.original_currency.clone());
    said(row) == said(kept) && texts(row) == texts(kept)
}
