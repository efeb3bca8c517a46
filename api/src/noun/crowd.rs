//! The crowd: what households that agreed to it chose for merchants, counted together.

use async_graphql::{Context, Object, SimpleObject};
use service::crowd::{self, Contribution};

use super::{caller, db, scope};
use crate::fallible::Fallible;

/// What the household contributes to the crowd: for each merchant for which its people chose a category, the numbers of both. Nobody hears of a
/// category before five households have chosen it, and never who they are.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct CrowdContribution {
    /// Whether it contributes.
    is_on: bool,
    /// How many votes it has: one for each merchant and direction for which its people chose a category of spending or income.
    vote_count: usize,
}

impl From<Contribution> for CrowdContribution {
    fn from(Contribution { is_on, votes }: Contribution) -> Self {
        Self { is_on, vote_count: votes }
    }
}

#[derive(Debug, Default)]
pub(crate) struct CrowdQuery;

/// Questions about the crowd.
#[Object]
impl CrowdQuery {
    /// What the household contributes to the crowd. Everybody hears what the crowd says, whether they contribute or not.
    async fn crowd_contribution(&self, ctx: &Context<'_>) -> Fallible<CrowdContribution> {
        Fallible::run(async { Ok(crowd::contribution(db(ctx), scope(ctx)?).await?.into()) }).await
    }
}

#[derive(Debug, Default)]
pub(crate) struct CrowdMutation;

/// What a household contributes to the crowd.
#[Object]
impl CrowdMutation {
    /// Has the household contribute to the crowd, with what its people chose before too, or contribute no longer: then all that it contributed is
    /// taken back, in a moment. Only its owners decide, and each of them contributes with one household at most (`CONFLICT`). Without it nothing
    /// leaves the household.
    async fn set_crowd_contribution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether it contributes.")] is_on: bool,
    ) -> Fallible<CrowdContribution> {
        Fallible::run(async { Ok(crowd::set(db(ctx), &caller(ctx)?, is_on).await?.into()) }).await
    }
}
