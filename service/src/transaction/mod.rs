//! Transactions: what happened to accounts, as people see it.

mod change;
mod cursor;
mod edit;
mod enter;
mod filter;
mod lens;
mod list;
mod split;

pub(crate) use change::{Touched, announce, load, tell, write_changed};
pub use edit::{CHANGES, NOTE_CHARS, TAGS, UpdateTransaction, UpdateTransactions, delete, update, update_many};
pub(crate) use edit::{assert_whole, choose, naming, text};
pub use enter::{CreateTransaction, NewPlace, create};
pub use filter::Filter;
pub(crate) use lens::{Lens, shown};
pub(crate) use list::Cut;
pub use list::{Order, PAGE, Page, Slice, list};
pub use split::{NewPart, SplitTransaction, split};

use std::sync::Arc;

use domain::{
    categorize::{self, Question, Source},
    category::CategoryId,
    day::Day,
    id::{RuleId, TagId, TransactionId},
    merchant::{Directory, MerchantId},
    money::Money,
    place::Place,
    reconcile::State,
    split::Part,
};
use entity::transaction;
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    Db, Error, Result, Scope,
    account::Account,
    ledger::{self, theirs},
};

/// A transaction, as its household sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The transaction.
    pub id: TransactionId,
    /// Its account.
    pub account: Arc<Account>,
    /// Booked on; while it is pending: authorized on.
    pub day: Day,
    /// In positive, out negative.
    pub amount: Money,
    /// What it was in another currency before its bank converted it; signed alike.
    pub original: Option<Money>,
    /// Whether it is not booked yet.
    pub pending: bool,
    /// What its source wrote.
    pub descriptor: String,
    /// Who was paid, or who paid: what its merchant was merged into, if it was.
    pub merchant: MerchantId,
    /// What people call the merchant.
    pub merchant_name: String,
    /// Who it is by the text, or the name that it was given.
    pub own_merchant: MerchantId,
    /// The category.
    pub category: CategoryId,
    /// Who chose it.
    pub category_source: Source,
    /// Whether it is instead that of a transfer, of which it is a side, or of the purchase, of which it is a refund: then the source is of the
    /// category that it has without.
    pub counts_otherwise: bool,
    /// How sure the category is, in percent; `None` of rows from before that was kept.
    pub confidence_percent: Option<u8>,
    /// The rule that chose the category, where one did.
    pub rule: Option<RuleId>,
    /// Its tags, those that were removed among them.
    pub tags: Vec<TagId>,
    /// What it was for, part by part, where it counts as its parts.
    pub parts: Vec<Part>,
    /// The purchase that it gives money back of, as a person says.
    pub refund_of: Option<TransactionId>,
    /// Whether it is neither spending nor income, whatever its category is.
    pub is_excluded: bool,
    /// Where it was, as the person says.
    pub place: Option<Place>,
    /// What the person noted.
    pub note: Option<String>,
}

impl Transaction {
    fn from_row(row: transaction::Model, account: Arc<Account>, merchants: &Directory) -> Result<Self> {
        let own_merchant = MerchantId(row.merchant_id);
        let called = merchants.called(own_merchant).map(str::to_owned).or(row.merchant_name.clone());
        let category = CategoryId(row.counted_as.unwrap_or(row.category_id));
        Ok(Self {
            id: TransactionId(row.id),
            rule: row.rule_id.map(RuleId),
            tags: theirs::tags(&row),
            is_excluded: row.excluded.is_some(),
            place: theirs::place(&row),
            // A side of a transfer counts as one, whatever it was split into.
            parts: if row.counted_as.is_none() { theirs::parts(&row) } else { Vec::new() },
            day: Day::of_row(row.day),
            amount: Money::new(row.amount_minor, account.currency),
            original: ledger::original(&row),
            pending: ledger::state(&row) == State::Pending,
            merchant: merchants.resolve(own_merchant),
            merchant_name: called.unwrap_or_else(|| categorize::merchant_name(own_merchant, &row.descriptor)),
            own_merchant,
            category,
            refund_of: row.refund_of.map(TransactionId),
            counts_otherwise: row.counted_as.is_some(),
            confidence_percent: row.confidence.and_then(|percent| u8::try_from(percent).ok()),
            category_source: Source::from_code(row.category_source)
                .ok_or_else(|| Error::broken("a category of an unknown source"))?,
            descriptor: row.descriptor,
            note: row.note,
            account,
        })
    }
}

impl Transaction {
    /// Why it has its category, as a person reads it.
    #[must_use]
    pub fn because(&self) -> String {
        if self.counts_otherwise {
            let reason = match self.refund_of {
                None => "It is a side of a transfer between accounts of the household.",
                Some(_) => "It is a refund, and counts as its purchase.",
            };
            return reason.to_owned();
        }
        let question = Question::of(&self.descriptor, self.amount.minor, self.account.setting());
        let merchant = (self.own_merchant, self.merchant_name.as_str());
        categorize::because(&question, self.category, merchant, self.category_source)
    }
}

/// The states in which a transaction is shown, as the text of a condition: parameters would hide it from partial indexes.
pub(crate) const SHOWN: &str = "state IN (0, 1)";

/// One transaction.
pub async fn get(db: &Db, scope: Scope, id: TransactionId) -> Result<Transaction> {
    let row = scope
        .find::<transaction::Entity>()
        .filter(transaction::Column::Id.eq(id.0))
        .filter(sea_orm::sea_query::Expr::cust(SHOWN))
        .one(db.reader())
        .await?
        .ok_or(Error::NotFound { what: "transaction" })?;
    Lens::of(db, scope, None).await?.show(row)?.ok_or(Error::NotFound { what: "transaction" })
}

/// Those of some transactions that are still shown.
pub async fn get_many(db: &Db, scope: Scope, ids: &[TransactionId]) -> Result<Vec<Transaction>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = scope
        .find::<transaction::Entity>()
        .filter(transaction::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .filter(sea_orm::sea_query::Expr::cust(SHOWN))
        .all(db.reader())
        .await?;
    let lens = Lens::of(db, scope, None).await?;
    rows.into_iter().filter_map(|row| lens.show(row).transpose()).collect()
}
