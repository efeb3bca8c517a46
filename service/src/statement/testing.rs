//! For tests: a file without its bytes.

use connector::file::{Position, StatementLine};
use domain::{id::StatementId, line::Line};
use entity::statement;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::{
    UndoImport,
    account::Ours,
    begin,
    book::{Numbering, Step},
    order::Order,
    read::Lines,
    undo,
};
use crate::{Db, Scope};

/// Books the lines of a file into one of ours, as its job does, and answers with its statement.
pub(crate) async fn import(db: &Db, scope: Scope, ours: Ours, lines: Vec<Line>) -> i64 {
    Begun::new(db, ours, lines).await.book(db, scope).await
}

/// An import that has looked at its account, and has booked nothing yet.
pub(crate) struct Begun {
    account: i64,
    step: Step,
}

impl Begun {
    /// Everything that an import does before its first commit.
    pub(crate) async fn new(db: &Db, ours: Ours, lines: Vec<Line>) -> Self {
        let id = db.next_id().await.expect("an id");
        let line = |line| StatementLine { account: 0, position: Position::default(), line, trade: None };
        let lines: Vec<StatementLine> = lines.into_iter().map(line).collect();
        let mut order = Order::default();
        for line in &lines {
            order.take(line);
        }
        let key = db.keys().fingerprint();
        let mut numbering = Numbering::new(&[ours], order.days());
        let step = numbering.step(key, (id, 0), &[ours], Lines { lines, is_whole: true }).expect("few lines");
        Self { account: ours.account, step }
    }

    /// Its commit. Answers with its statement.
    pub(crate) async fn book(&self, db: &Db, scope: Scope) -> i64 {
        let step = &self.step;
        let row = &statement::Model {
            status: statement::DONE,
            accounts: format!("[{}]", self.account),
            lines: step.lines,
            ..begin::empty_row(scope, step.statement)
        };
        let written = db.write(scope, move |unit| {
            async move {
                row.clone().into_active_model().insert(unit.connection()).await?;
                let key = *unit.db().keys().fingerprint();
                Ok(step.write_known(unit).await? || step.clone().prepare(&key).write(unit).await?)
            }
            .scope_boxed()
        });
        written.await.expect("booked");
        step.statement
    }
}

/// Takes an import back at once.
pub(crate) async fn take_back(db: &Db, scope: Scope, statement: i64, keep_edited: bool) {
    let command = UndoImport { statement: StatementId(statement), keep_edited };
    undo::undo(db, scope, command).await.expect("begun");
    while db
        .write(scope, move |unit| async move { undo::step(unit, statement).await }.scope_boxed())
        .await
        .expect("a step")
    {}
    let closed = db.write(scope, move |unit| async move { undo::close(unit, statement).await }.scope_boxed());
    closed.await.expect("closed");
}
