//! A bank's tokens: sealed in the connection's row, and refreshed before they run out.

use std::time::Duration;

use connector::bank::{Failure, SignIn, Tokens};
use entity::connection;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};

use super::failure::{Pulled, Stop};
use crate::{
    Db, Error,
    ambient::millis,
    job::Run,
    outside::{Institution, Outside},
};

/// Tokens are refreshed when less than this is left of them.
const LEFT: Duration = Duration::from_mins(2);

pub(super) fn seal(db: &Db, household: i64, connection: i64, tokens: &Tokens) -> crate::Result<String> {
    let plain = serde_json::to_vec(tokens).map_err(|error| Error::broken(error.to_string()))?;
    db.keys().seal(db.ambient(), &place(household, connection), &plain)
}

pub(super) fn open(db: &Db, row: &connection::Model) -> crate::Result<Tokens> {
    let plain = db.keys().open(&place(row.household_id, row.id), &row.secret)?;
    serde_json::from_slice(&plain).map_err(|_| Error::broken("what was sealed are no tokens"))
}

fn place(household: i64, connection: i64) -> String {
    format!("connection {household} {connection}")
}

/// The tokens of a pull: the present ones, or new ones, which are stored before anything is done with them, because the bank may
/// take the old ones back.
pub(super) struct Door<'a> {
    run: &'a Run,
    outside: &'a Outside,
    institution: &'a Institution,
    connection: i64,
    pub(super) tokens: Tokens,
    is_fresh: bool,
}

impl<'a> Door<'a> {
    pub(super) fn new(
        run: &'a Run,
        outside: &'a Outside,
        institution: &'a Institution,
        row: &connection::Model,
    ) -> crate::Result<Self> {
        let tokens = open(run.db(), row)?;
        Ok(Self { run, outside, institution, connection: row.id, tokens, is_fresh: false })
    }

    /// Refreshes tokens that are about to run out.
    pub(super) async fn keep_open(&mut self) -> Pulled<()> {
        let soon = self.run.db().now_ms() + millis(LEFT);
        if self.tokens.good_at(soon) { Ok(()) } else { self.renew().await }
    }

    /// After a failure: whether the same call may be tried again, because a refused token was renewed.
    pub(super) async fn reopen(&mut self, failure: Failure) -> Pulled<()> {
        let refused = matches!(failure, Failure::SignInNeeded { why: SignIn::TokenRefused });
        if refused && !self.is_fresh { self.renew().await } else { Err(Stop::Bank(failure)) }
    }

    async fn renew(&mut self) -> Pulled<()> {
        let db = self.run.db();
        self.tokens = self.outside.bank().refresh(&self.institution.provider, &self.tokens, db.now_ms()).await?;
        self.is_fresh = true;
        let sealed = &seal(db, self.run.scope().household().0, self.connection, &self.tokens)?;
        let id = self.connection;
        let stored = self
            .run
            .write(move |unit| {
                async move {
                    let stored = unit
                        .scope()
                        .update::<connection::Entity>()
                        .filter(connection::Column::Id.eq(id))
                        .col_expr(connection::Column::Secret, Expr::value(sealed.as_str()))
                        .exec(unit.connection())
                        .await?;
                    Ok(stored.rows_affected == 1)
                }
                .scope_boxed()
            })
            .await?;
        if stored { Ok(()) } else { Err(Stop::Gone) }
    }
}
