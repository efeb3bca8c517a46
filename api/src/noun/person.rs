//! People, as they see themselves.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::id::HouseholdId;
use service::identity::{self, ChangePassword, Profile, UpdateProfile};

use super::{caller, db, household::Household, request};
use crate::{fallible::Fallible, scalar::Timestamp};

/// The person who is asking.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Me {
    /// Their id.
    id: ID,
    /// Mail address.
    email: String,
    /// What they call themselves.
    name: String,
    /// Language tag (BCP 47).
    locale: String,
    /// Time zone of the IANA database.
    time_zone: String,
    /// Since when they are registered.
    created_at: Timestamp,
    /// The household that the token is for; null when they have just left it.
    household: Option<Household>,
    /// All households they belong to, the oldest first.
    households: Vec<Household>,
}

impl Me {
    pub(super) fn new(profile: Profile, present: HouseholdId) -> Self {
        let household = profile.memberships.iter().find(|membership| membership.household == present).cloned();
        Self {
            id: profile.id.to_string().into(),
            email: profile.mail_address,
            name: profile.name,
            locale: profile.locale,
            time_zone: profile.time_zone,
            created_at: Timestamp::from_ms(profile.created_at_ms),
            household: household.map(Household::from),
            households: profile.memberships.into_iter().map(Household::from).collect(),
        }
    }
}

/// A change of the profile. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateProfileInput {
    /// At most 100 characters.
    name: Option<String>,
    /// Language tag (BCP 47), such as `de-CH`.
    locale: Option<String>,
    /// Time zone of the IANA database, such as `Europe/Zurich`.
    time_zone: Option<String>,
}

/// A change of the password.
#[derive(InputObject)]
pub(crate) struct ChangePasswordInput {
    /// The present one.
    #[graphql(secret)]
    current_password: String,
    /// The next one: 10 characters at least, 256 bytes at most.
    #[graphql(secret)]
    new_password: String,
}

#[derive(Debug, Default)]
pub(crate) struct PersonQuery;

/// Questions of people about themselves.
#[Object]
impl PersonQuery {
    /// Who is asking.
    async fn me(&self, ctx: &Context<'_>) -> Fallible<Me> {
        Fallible::run(async {
            let caller = caller(ctx)?;
            Ok(Me::new(identity::profile(db(ctx), &caller).await?, caller.scope.household()))
        })
        .await
    }
}

#[derive(Debug, Default)]
pub(crate) struct PersonMutation;

/// Changes of people about themselves.
#[Object]
impl PersonMutation {
    /// Changes what the caller is called, their language and time zone.
    async fn update_profile(&self, ctx: &Context<'_>, input: UpdateProfileInput) -> Fallible<Me> {
        Fallible::run(async {
            let caller = caller(ctx)?;
            let command = UpdateProfile { name: input.name, locale: input.locale, time_zone: input.time_zone };
            Ok(Me::new(identity::update_profile(db(ctx), &caller, command).await?, caller.scope.household()))
        })
        .await
    }

    /// Changes the password. All other sessions of the caller end at once. True when it is done.
    async fn change_password(&self, ctx: &Context<'_>, input: ChangePasswordInput) -> Fallible<bool> {
        Fallible::run(async {
            let command = ChangePassword { current_password: input.current_password, new_password: input.new_password };
            identity::change_password(db(ctx), &caller(ctx)?, command, request(ctx).client.0).await?;
            Ok(true)
        })
        .await
    }
}
