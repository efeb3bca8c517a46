//! Whose rows a use case may see. No statement about a household's rows can be written without a [`Scope`].

use domain::{id::HouseholdId, identity::Role};
use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select, UpdateMany};

/// Access to the rows of one household. Made by sign-in (from a membership) and by a claimed job; a use case can only pass it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    household: HouseholdId,
    role: Role,
}

/// A table whose rows belong to households.
pub trait Tenant: EntityTrait {
    /// The column that names the household.
    const HOUSEHOLD: Self::Column;
}

impl Tenant for entity::event::Entity {
    const HOUSEHOLD: Self::Column = entity::event::Column::HouseholdId;
}

#[expect(clippy::disallowed_methods, reason = "this is where the household enters the statement")]
impl Scope {
    /// The scope of Florin's own work: a claimed job, or an operator at the command line.
    #[must_use]
    pub const fn of_operator(household: HouseholdId) -> Self {
        Self { household, role: Role::Owner }
    }

    /// The scope of a person who was found to be a member.
    pub(crate) const fn of_member(household: HouseholdId, role: Role) -> Self {
        Self { household, role }
    }

    /// What the caller may do in the household.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The household.
    #[must_use]
    pub const fn household(&self) -> HouseholdId {
        self.household
    }

    /// Selects among the household's rows.
    pub fn find<E: Tenant>(&self) -> Select<E> {
        E::find().filter(E::HOUSEHOLD.eq(self.household.0))
    }

    /// Updates some of the household's rows.
    pub fn update<E: Tenant>(&self) -> UpdateMany<E> {
        E::update_many().filter(E::HOUSEHOLD.eq(self.household.0))
    }

    /// Deletes some of the household's rows.
    pub fn delete<E: Tenant>(&self) -> DeleteMany<E> {
        E::delete_many().filter(E::HOUSEHOLD.eq(self.household.0))
    }
}
