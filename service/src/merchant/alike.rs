//! A person's category for the transactions like the one that it was given to: those of the same merchant that are there already. Only
//! when the person asks for it, and never over what a person has set.

use domain::{
    categorize::{Alike, Answer, CHOSEN, Source},
    category::CategoryId,
    id::TransactionId,
    merchant::{Directory, MerchantId},
};
use entity::transaction;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Expr};

use crate::{
    Db, Error, Result, Scope, Unit, category,
    job::{CategorizeAlike as Order, Job, Run, Verdict},
    ledger::{self, Sums},
    transaction::{Lens, SHOWN, Touched, assert_whole, load, tell},
};

/// Transactions that are given a category in one commit.
const STEP: u64 = 500;

/// A transaction whose category those like it are to have.
#[derive(Clone, Copy, Debug)]
pub struct CategorizeAlike {
    /// Which. A person has chosen its category.
    pub id: TransactionId,
}

/// The transactions like one.
#[derive(Clone, Copy, Debug)]
struct Like {
    lines: Alike,
    category: CategoryId,
}

impl Like {
    /// Like a row; `None` where it names nobody.
    fn of(row: &transaction::Model, lens: &Lens) -> Option<Self> {
        Some(Self { lines: alike(row, lens)?, category: CategoryId(row.category_id) })
    }

    /// What may be like it, of another category, in the order of their ids: texts are compared afterwards.
    fn others(self, scope: Scope, lens: &Lens) -> Select<transaction::Entity> {
        use transaction::Column::{
            AmountMinor, CategoryId, CategorySource, CountedAs, Id, MerchantId, MerchantName, Parts,
        };
        let family = lens.merchants().family(self.lines.merchant);
        let sign = if self.lines.comes_in { AmountMinor.gt(0) } else { AmountMinor.lte(0) };
        let all = Condition::all()
            .add(Expr::cust(SHOWN))
            // What a person calls a merchant is another one's name: the text says who it is.
            .add(Condition::any().add(MerchantId.is_in(family.iter().map(|id| id.0))).add(MerchantName.is_not_null()))
            .add(sign)
            .add(CategorySource.ne(Source::Person.code()))
            // A side of a transfer counts as one, and what is split as its parts.
            .add(CountedAs.is_null())
            .add(Parts.is_null())
            .add(CategoryId.ne(self.category.0));
        scope.find::<transaction::Entity>().filter(all).order_by_asc(Id)
    }

    /// Gives some of them the category, the next ones after an id. Answers after which id there may be more.
    async fn step(self, unit: &mut Unit, lens: &Lens, after: i64) -> Result<Option<i64>> {
        let some = self.others(unit.scope(), lens).filter(transaction::Column::Id.gt(after)).limit(STEP);
        let some = some.all(unit.connection()).await?;
        let last = some.last().filter(|_| some.len() as u64 == STEP).map(|last| last.id);
        let others: Vec<_> = some.into_iter().filter(|other| self.has(other, lens)).collect();
        give(unit, &others, self.category).await?;
        Ok(last)
    }

    fn has(self, row: &transaction::Model, lens: &Lens) -> bool {
        alike(row, lens) == Some(self.lines)
    }
}

/// The lines that a row is like.
pub(super) fn alike(row: &transaction::Model, lens: &Lens) -> Option<Alike> {
    let account = lens.accounts().get(&row.account_id)?;
    let by_text = ledger::answer(&row.descriptor, row.amount_minor, account.setting());
    let found = Answer {
        // What a person calls the merchant is the merchant of no line to come.
        merchant: if row.merchant_name.is_some() { by_text.merchant } else { MerchantId(row.merchant_id) },
        source: if row.category_source == Source::Investment.code() { Source::Investment } else { by_text.source },
        ..by_text
    };
    Alike::of(&found, &row.descriptor, row.amount_minor, lens.merchants())
}

/// The lines that a row is like by its text alone, as everybody reads it.
pub(super) fn by_text(row: &transaction::Model, lens: &Lens) -> Option<Alike> {
    let account = lens.accounts().get(&row.account_id)?;
    let found = ledger::answer(&row.descriptor, row.amount_minor, account.setting());
    Alike::of(&found, &row.descriptor, row.amount_minor, &Directory::default())
}

/// How many other transactions are like one, of another category, and not of a person's choice.
pub async fn count(db: &Db, scope: Scope, id: TransactionId) -> Result<u64> {
    let lens = Lens::of(db, scope, None).await?;
    let row = scope.find::<transaction::Entity>().filter(transaction::Column::Id.eq(id.0));
    let row = row.filter(Expr::cust(SHOWN)).one(db.reader()).await?.ok_or(Error::NotFound { what: "transaction" })?;
    let Some(like) = Like::of(&row, &lens).filter(|_| row.counted_as.is_none()) else { return Ok(0) };
    let others = like.others(scope, &lens).all(db.reader()).await?;
    Ok(others.iter().filter(|other| other.id != row.id && like.has(other, &lens)).count() as u64)
}

/// Gives the transactions like one its category: some at once, and where there are more, the rest in a job. Answers how many there were.
pub async fn categorize(db: &Db, scope: Scope, command: CategorizeAlike) -> Result<u64> {
    let all = count(db, scope, command.id).await?;
    db.write(scope, move |unit| {
        async move {
            let row = load(unit, command.id).await?;
            if row.category_source != Source::Person.code() {
                return Err(Error::Conflict { reason: "nobody has chosen its category: choose one first".into() });
            }
            assert_whole(&row)?;
            let tree = category::tree_of(unit).await?;
            if tree.or_uncategorized(CategoryId(row.category_id)).is_archived {
                return Err(Error::Conflict { reason: "its category is archived: choose another one first".into() });
            }
            spread(unit, &row).await
        }
        .scope_boxed()
    })
    .await?;
    Ok(all)
}

/// Gives those that are like a row its category: some at once, the rest in a job.
pub(super) async fn spread(unit: &mut Unit, row: &transaction::Model) -> Result<()> {
    let lens = Lens::of_unit(unit).await?;
    let Some(like) = Like::of(row, &lens) else { return Ok(()) };
    if like.step(unit, &lens, 0).await?.is_some() {
        let Like { lines: Alike { merchant, comes_in, is_phrase }, category } = like;
        let household = unit.scope().household().0;
        let order = Order { household, merchant: merchant.0, comes_in, is_phrase, category: category.0 };
        unit.enqueue(Job::CategorizeAlike(order))?;
    }
    Ok(())
}

/// The job that goes on where there were many, with what the person said then. What it has done is passed over when it begins again.
pub async fn go_on(run: &Run, order: &Order) -> Result<Verdict> {
    let Order { merchant, comes_in, is_phrase, category, .. } = *order;
    let lines = Alike { merchant: MerchantId(merchant), comes_in, is_phrase };
    let like = Like { lines, category: CategoryId(category) };
    let mut after = Some(0);
    while let Some(from) = after {
        after = run
            .write(move |unit| {
                async move {
                    let lens = Lens::of_unit(unit).await?;
                    like.step(unit, &lens, from).await
                }
                .scope_boxed()
            })
            .await?;
    }
    Ok(Verdict::Done(run.finish(|_| async move { Ok(()) }.scope_boxed()).await?))
}

/// Gives rows a category, and carries the sums along.
async fn give(unit: &mut Unit, rows: &[transaction::Model], category: CategoryId) -> Result<()> {
    use transaction::Column::{CategoryId, CategorySource, Confidence, Id, RuleId};
    if rows.is_empty() {
        return Ok(());
    }
    let mut sums = Sums::default();
    for row in rows {
        sums.subtract(row);
        sums.add(&transaction::Model { category_id: category.0, ..row.clone() });
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    unit.scope()
        .update::<transaction::Entity>()
        .col_expr(CategoryId, Expr::value(category.0))
        .col_expr(CategorySource, Expr::value(Source::Choice.code()))
        .col_expr(Confidence, Expr::value(i16::from(CHOSEN)))
        .col_expr(RuleId, Expr::value(Option::<i64>::None))
        .filter(Id.is_in(ids.iter().copied()))
        .exec(unit.connection())
        .await?;
    sums.write(unit).await?;
    let days: Vec<i32> = rows.iter().map(|row| row.day).collect();
    tell(unit, Touched { changed: &ids, days: &days, ..Touched::default() }).await
}
