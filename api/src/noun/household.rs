//! Households: the tenants, and what happens in them.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Subscription};
use futures::{Stream, TryStreamExt};
use service::{
    event::{Event, Seen},
    identity::{self, Membership},
};

use super::{
    caller, db,
    stream::{Heard, heard},
};
use crate::{
    fallible::Fallible,
    scalar::{Cursor, Timestamp},
};

/// What a member may do in a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::identity::Role")]
pub(crate) enum HouseholdRole {
    /// Reads and writes, and decides who is a member.
    Owner,
    /// Reads and writes.
    Member,
    /// Reads.
    Viewer,
}

/// A household: everything that its members share.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Household {
    /// Its id.
    id: ID,
    /// What its members call it.
    name: String,
    /// Base currency, ISO 4217.
    currency: String,
    /// What the caller may do in it.
    role: HouseholdRole,
}

impl From<Membership> for Household {
    fn from(membership: Membership) -> Self {
        Self {
            id: membership.household.to_string().into(),
            name: membership.name,
            currency: membership.currency,
            role: membership.role.into(),
        }
    }
}

/// A new household.
#[derive(InputObject)]
pub(crate) struct CreateHouseholdInput {
    /// What its members will call it; at most 100 characters.
    name: String,
    /// Base currency, ISO 4217, such as `EUR`.
    currency: String,
}

#[derive(Debug, Default)]
pub(crate) struct HouseholdMutation;

/// Changes of households.
#[Object]
impl HouseholdMutation {
    /// Founds another household, which the caller owns. `switchHousehold` gives a token for it.
    async fn create_household(&self, ctx: &Context<'_>, input: CreateHouseholdInput) -> Fallible<Household> {
        Fallible::run(async {
            let membership = identity::create_household(db(ctx), &caller(ctx)?, &input.name, &input.currency).await?;
            Ok(membership.into())
        })
        .await
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum HouseholdEventKind {
    /// Something that this version has no name for: a newer one wrote it.
    Other,
    /// A session of a member ended.
    SessionsEnded,
    /// A connection was made, changed how it stands, or was removed.
    ConnectionUpdated,
    /// Accounts appeared, changed or went.
    AccountsChanged,
    /// Transactions appeared, changed or went.
    TransactionsChanged,
    /// Transfers were proposed, confirmed, rejected or taken apart.
    TransfersChanged,
    /// A statement file went on.
    StatementUpdated,
    /// Categories were made, changed, archived or merged: what transactions and sums are of may be called otherwise.
    CategoriesChanged,
    /// Rules were made, changed, put into another order or removed, or one went on with the past.
    RulesChanged,
    /// Merchants were named, merged or separated: transactions with them are called otherwise.
    MerchantsChanged,
    /// Tags were made, changed or removed.
    TagsChanged,
    /// Budgets were set.
    BudgetsChanged,
    /// A person has set an exchange rate, or taken one back: what is converted may have changed.
    ExchangeRatesChanged,
    /// The household is told something.
    AlertRaised,
    /// A probe of the job system took effect.
    ProbeDone,
    /// Events between the cursor that was asked for and this one are no longer kept: load the present state anew.
    Gap,
}

/// Something that happened in the household. It says that there is something new, not what.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct HouseholdEvent {
    /// Its place. Subscribe `after` it to go on from here.
    cursor: Cursor,
    /// When; null for a gap.
    at: Option<Timestamp>,
    /// What kind of thing.
    kind: HouseholdEventKind,
}

impl From<&Seen> for HouseholdEvent {
    fn from(seen: &Seen) -> Self {
        let kind = match seen.event {
            Event::Unknown => HouseholdEventKind::Other,
            Event::SessionsEnded {} => HouseholdEventKind::SessionsEnded,
            Event::ConnectionUpdated { .. } => HouseholdEventKind::ConnectionUpdated,
            Event::AccountsChanged {} => HouseholdEventKind::AccountsChanged,
            Event::TransactionsChanged(_) => HouseholdEventKind::TransactionsChanged,
            Event::TransfersChanged {} => HouseholdEventKind::TransfersChanged,
            Event::StatementUpdated { .. } => HouseholdEventKind::StatementUpdated,
            Event::CategoriesChanged {} => HouseholdEventKind::CategoriesChanged,
            Event::RulesChanged {} => HouseholdEventKind::RulesChanged,
            Event::MerchantsChanged {} => HouseholdEventKind::MerchantsChanged,
            Event::TagsChanged {} => HouseholdEventKind::TagsChanged,
            Event::BudgetsChanged {} => HouseholdEventKind::BudgetsChanged,
            Event::ExchangeRatesChanged {} => HouseholdEventKind::ExchangeRatesChanged,
            Event::AlertRaised { .. } => HouseholdEventKind::AlertRaised,
            Event::ProbeDone { .. } => HouseholdEventKind::ProbeDone,
        };
        Self { cursor: Cursor(seen.seq), at: Some(Timestamp::from_ms(seen.at_ms)), kind }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HouseholdSubscription;

/// What clients can listen to.
#[Subscription]
impl HouseholdSubscription {
    /// What happens in the household, in the order of its commits. With `after`, everything since that event comes first, so a
    /// client that was away misses nothing; without, it begins with what happens from now on.
    async fn household_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last event that was received.")] after: Option<Cursor>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<HouseholdEvent>> + use<>> {
        Ok(heard(ctx, after).await?.map_ok(|heard| match heard {
            Heard::Event(seen) => HouseholdEvent::from(&seen),
            Heard::Gap(cursor) => HouseholdEvent { cursor, at: None, kind: HouseholdEventKind::Gap },
        }))
    }
}
