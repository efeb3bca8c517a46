//! What a household chose for merchants. A person's category for one line is the household's for the lines like it that are still to
//! come; those that are there stay as they are.

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use domain::{
    categorize::{self, Alike, Choices, Chosen, normalize::normalize},
    category::{CategoryId, UNCATEGORIZED},
    id::ChoiceId,
    merchant::{Directory, MerchantId},
};
use entity::{merchant_choice, transaction};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::OnConflict,
};

use super::{
    alike::{alike, by_text},
    directory::{directory, directory_of},
};
use crate::{Db, Error, Result, Scope, Unit, category, crowd, scope::Tenant, transaction::Lens};

/// A household remembers so many, the latest ones.
const MOST: u64 = 5_000;

impl Tenant for merchant_choice::Entity {
    const HOUSEHOLD: Self::Column = merchant_choice::Column::HouseholdId;
}

/// What a household chose for lines of a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The choice.
    pub id: ChoiceId,
    /// For which lines.
    pub lines: Alike,
    /// What the household calls the merchant; where it does not, what it was called then.
    pub merchant_name: String,
    /// The category.
    pub category: CategoryId,
    /// When it was chosen, the last time.
    pub chosen_at_ms: i64,
}

impl Choice {
    fn from_row(row: merchant_choice::Model) -> Self {
        Self {
            id: ChoiceId(row.id),
            lines: Alike {
                merchant: MerchantId(row.merchant_id),
                comes_in: row.comes_in != 0,
                is_phrase: row.is_phrase != 0,
            },
            merchant_name: row.merchant_name,
            category: CategoryId(row.category_id),
            chosen_at_ms: row.chosen_at_ms,
        }
    }
}

/// The household's choices, the latest first. Merchants that are one for it have one: what it chose for that one, and else the latest.
pub async fn list(db: &Db, scope: Scope) -> Result<Vec<Choice>> {
    let latest = scope.find::<merchant_choice::Entity>().order_by_desc(merchant_choice::Column::ChosenAtMs);
    let rows = latest.order_by_desc(merchant_choice::Column::Id).all(db.reader()).await?;
    let merchants = directory(db, scope, None).await?;
    let mut shown: Vec<Choice> = Vec::with_capacity(rows.len());
    let mut is_own: Vec<bool> = Vec::with_capacity(rows.len());
    let mut places: HashMap<Alike, usize> = HashMap::new();
    for row in rows {
        let mut choice = Choice::from_row(row);
        let (merchant, own) = (merchants.resolve(choice.lines.merchant), choice.lines.merchant);
        if let Some(called) = merchants.called(own) {
            called.clone_into(&mut choice.merchant_name);
        }
        choice.lines.merchant = merchant;
        let place = *places.entry(choice.lines).or_insert(shown.len());
        if place == shown.len() {
            shown.push(choice);
            is_own.push(merchant == own);
        } else if merchant == own && !is_own[place] {
            (shown[place], is_own[place]) = (choice, true);
        }
    }
    shown.sort_by_key(|choice| Reverse((choice.chosen_at_ms, choice.id)));
    Ok(shown)
}

/// Forgets a choice, and those for merchants that are the same one for the household: lines to come have the category again that is found for
/// them. Those that are there keep theirs.
pub async fn forget(db: &Db, scope: Scope, id: ChoiceId) -> Result<ChoiceId> {
    db.write(scope, move |unit| {
        async move {
            let all = unit.scope().find::<merchant_choice::Entity>().all(unit.connection()).await?;
            let merchants = directory_of(unit).await?;
            let lines = |row: &merchant_choice::Model| {
                let lines = Choice::from_row(row.clone()).lines;
                Alike { merchant: merchants.resolve(lines.merchant), ..lines }
            };
            let chosen = all.iter().find(|row| row.id == id.0).map(lines).ok_or(Error::NotFound { what: "choice" })?;
            let ids: Vec<i64> = all.iter().filter(|row| lines(row) == chosen).map(|row| row.id).collect();
            let of = merchant_choice::Column::Id.is_in(ids.iter().copied());
            let gone = unit.scope().delete::<merchant_choice::Entity>().filter(of);
            gone.exec(unit.connection()).await?;
            crowd::withdraw(unit, &ids).await?;
            Ok(id)
        }
        .scope_boxed()
    })
    .await
}

/// The choices of the unit's household.
pub(crate) async fn choices(unit: &Unit, merchants: Arc<Directory>) -> Result<Choices> {
    if unit.has_choices() {
        choices_of(unit.connection(), unit.scope(), merchants).await
    } else {
        Ok(Choices::default())
    }
}

/// The choices of a household. One of a category that is archived waits until it is offered again.
pub(crate) async fn choices_of(
    connection: &impl ConnectionTrait,
    scope: Scope,
    merchants: Arc<Directory>,
) -> Result<Choices> {
    let rows = scope.find::<merchant_choice::Entity>().order_by_asc(merchant_choice::Column::ChosenAtMs);
    let rows = rows.order_by_asc(merchant_choice::Column::Id).all(connection).await?;
    if rows.is_empty() {
        return Ok(Choices::default());
    }
    let tree = category::load(connection, scope).await?;
    let offered = |row: merchant_choice::Model| {
        let name = row.name_in_text.clone().unwrap_or_else(|| row.merchant_name.clone());
        let Choice { lines, category, .. } = Choice::from_row(row);
        let node = tree.get(category).filter(|node| !node.is_archived && node.takes_transactions())?;
        Some(Chosen { lines, category: node.id, kind: node.kind, name })
    };
    Ok(Choices::new(rows.into_iter().filter_map(offered).collect(), merchants))
}

/// Remembers the category that a person chose for a row, for the lines like it that are still to come.
pub(crate) async fn remember(unit: &mut Unit, row: &transaction::Model, category: CategoryId) -> Result<()> {
    use merchant_choice::Column::{
        CategoryId, ChosenAtMs, ComesIn, HouseholdId, IsPhrase, MerchantId, MerchantName, NameInText,
    };
    if category == UNCATEGORIZED {
        return Ok(());
    }
    let lens = Lens::of_unit(unit).await?;
    let Some(lines) = alike(row, &lens) else { return Ok(()) };
    // Others know the merchant as the text names it.
    let by_text = by_text(row, &lens);
    let own = by_text.filter(|_| row.merchant_name.is_some()).map_or(row.merchant_id, |lines| lines.merchant.0);
    let own = domain::merchant::MerchantId(own);
    let called = lens.merchants().called(own).map(str::to_owned);
    let name = called.unwrap_or_else(|| categorize::merchant_name(own, &row.descriptor));
    let choice = merchant_choice::ActiveModel {
        household_id: Set(row.household_id),
        id: Set(unit.next_id()?),
        merchant_id: Set(lines.merchant.0),
        comes_in: Set(i16::from(lines.comes_in)),
        is_phrase: Set(i16::from(lines.is_phrase)),
        category_id: Set(category.0),
        merchant_name: Set(name),
        name_in_text: Set(Some(normalize(&row.descriptor).name)),
        chosen_at_ms: Set(unit.now_ms()),
    };
    let again = OnConflict::columns([HouseholdId, MerchantId, ComesIn, IsPhrase])
        .update_columns([CategoryId, MerchantName, NameInText, ChosenAtMs])
        .to_owned();
    merchant_choice::Entity::insert(choice).on_conflict(again).exec_without_returning(unit.connection()).await?;
    if !unit.has_choices() {
        let sql = "UPDATE household SET has_choices = 1 WHERE id = $1";
        unit.connection().execute_raw(unit.db().statement(sql, [row.household_id.into()])).await?;
    }
    let key = Condition::all().add(MerchantId.eq(lines.merchant.0)).add(ComesIn.eq(i16::from(lines.comes_in)));
    let kept = unit.scope().find::<merchant_choice::Entity>().filter(key.add(IsPhrase.eq(i16::from(lines.is_phrase))));
    let kept = kept.one(unit.connection()).await?.ok_or_else(|| Error::broken("a choice that was not kept"))?;
    if let Some(lines) = by_text {
        crowd::cast(unit, ChoiceId(kept.id), lines, category).await?;
    }
    forget_oldest(unit).await
}

/// Makes room: what was chosen longest ago goes.
async fn forget_oldest(unit: &mut Unit) -> Result<()> {
    let count = unit.scope().find::<merchant_choice::Entity>().count(unit.connection()).await?;
    let Some(many) = count.checked_sub(MOST).filter(|many| *many > 0) else { return Ok(()) };
    let oldest = unit.scope().find::<merchant_choice::Entity>().order_by_asc(merchant_choice::Column::ChosenAtMs);
    let oldest = oldest.order_by_asc(merchant_choice::Column::Id).limit(many).all(unit.connection()).await?;
    let ids: Vec<i64> = oldest.iter().map(|choice| choice.id).collect();
    let of = merchant_choice::Column::Id.is_in(ids.iter().copied());
    let gone = unit.scope().delete::<merchant_choice::Entity>().filter(of);
    gone.exec(unit.connection()).await?;
    crowd::withdraw(unit, &ids).await
}
