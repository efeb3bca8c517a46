//! For tests: a file without its bytes.

use connector::file::{Position, StatementLine};
use domain::{id::StatementId, line::Line};
use entity::statement;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::{UndoImport, account::Ours, begin, book::Numbering, order::Order, read::Lines, undo};
use crate::{Db, Scope};

/// Books the lines of a file into one of ours, as its job does, and answers with its statement.
pub(crate) async fn import(db: &Db, scope: Scope, ours: Ours, lines: Vec<Line>) -> i64 {
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
    let row = &statement::Model {
        status: statement::DONE,
        accounts: format!("[{}]", ours.account),
        lines: step.lines,
        ..begin::empty_row(scope, id)
    };
    let step = &step;
    let written = db.write(scope, move |unit| {
        async move {
            row.clone().into_active_model().insert(unit.connection()).await?;
            step.write(unit).await
        }
        .scope_boxed()
    });
    written.await.expect("booked");
    id
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
