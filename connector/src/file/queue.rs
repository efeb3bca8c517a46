//! What a reader has found and nobody has taken yet.

use std::collections::VecDeque;

use domain::{
    currency::Currency,
    investment::{Security, Trade},
    line::Line,
};

use super::{
    ClosingBalance, Field, HoldingsEnd, Item, Limits, Position, Reason, Refusal, Reject, StatementAccount,
    StatementHolding, StatementLine, Summary,
};

/// Items that wait to be handed out, the accounts that were, and the count.
#[derive(Default)]
pub(super) struct Queue {
    items: VecDeque<Item>,
    accounts: Vec<(Option<String>, Currency)>,
    limits: Limits,
    securities: usize,
    holdings: usize,
    pub(super) summary: Summary,
}

impl Queue {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(super) fn next(&mut self) -> Option<Item> {
        self.items.pop_front()
    }

    /// The index of an account, which is announced if it is new.
    pub(super) fn account(&mut self, account: StatementAccount, line: u64) -> Result<usize, Refusal> {
        let is_same =
            |(id, currency): &(Option<String>, Currency)| *id == account.source_id && *currency == account.currency;
        if let Some(index) = self.accounts.iter().position(is_same) {
            return Ok(index);
        }
        let limit = self.limits.accounts;
        if self.accounts.len() >= limit {
            return Err(Refusal::TooManyAccounts { line, limit });
        }
        self.accounts.push((account.source_id.clone(), account.currency));
        self.summary.accounts += 1;
        self.items.push_back(Item::Account(account));
        Ok(self.accounts.len() - 1)
    }

    pub(super) fn line(&mut self, account: usize, position: Position, line: Line) {
        self.trade(account, position, line, None);
    }

    /// A line, with what was done with a security.
    pub(super) fn trade(&mut self, account: usize, position: Position, line: Line, trade: Option<Box<Trade>>) {
        self.summary.lines += 1;
        self.items.push_back(Item::Line(StatementLine { account, position, line, trade }));
    }

    pub(super) fn holding(&mut self, holding: StatementHolding, line: u64) -> Result<(), Refusal> {
        self.holdings += 1;
        self.within_limit(self.holdings, line)?;
        self.items.push_back(Item::Holding(holding));
        Ok(())
    }

    pub(super) fn security(&mut self, security: Security, line: u64) -> Result<(), Refusal> {
        self.securities += 1;
        self.within_limit(self.securities, line)?;
        self.items.push_back(Item::Security(security));
        Ok(())
    }

    pub(super) fn holdings_end(&mut self, end: HoldingsEnd) {
        self.items.push_back(Item::HoldingsEnd(end));
    }

    fn within_limit(&self, count: usize, line: u64) -> Result<(), Refusal> {
        let limit = self.limits.securities;
        if count > limit { Err(Refusal::TooManySecurities { line, limit }) } else { Ok(()) }
    }

    pub(super) fn reject(&mut self, account: Option<usize>, position: Position, field: Field, reason: Reason) {
        self.summary.rejects += 1;
        self.items.push_back(Item::Reject(Reject { account, position, field, reason }));
    }

    pub(super) fn balance(&mut self, balance: ClosingBalance) {
        self.summary.balances += 1;
        self.items.push_back(Item::Balance(balance));
    }
}
