//! One file a noun: its objects, queries, mutations and subscriptions together.

pub(crate) mod account;
pub(crate) mod alert;
pub(crate) mod budget;
pub(crate) mod category;
pub(crate) mod connection;
pub(crate) mod crowd;
pub(crate) mod drift;
pub(crate) mod duplicate;
pub(crate) mod exchange;
pub(crate) mod household;
pub(crate) mod investment;
pub(crate) mod merchant;
pub(crate) mod money;
pub(crate) mod node;
pub(crate) mod person;
pub(crate) mod refund;
pub(crate) mod review;
pub(crate) mod rule;
pub(crate) mod session;
pub(crate) mod shelf;
pub(crate) mod spending;
pub(crate) mod statement;
pub(crate) mod stream;
pub(crate) mod tag;
pub(crate) mod transaction;
pub(crate) mod transfer;
pub(crate) mod worth;

use async_graphql::{Context, ID, MaybeUndefined, parser::types::OperationType};
use domain::id::{NotHere, Owned};
use service::{Db, Error, Result, Scope, identity::Caller, outside::Outside};

use crate::http::{RequestInfo, Transport};

/// The database.
pub(crate) fn db<'a>(ctx: &Context<'a>) -> &'a Db {
    ctx.data_unchecked::<Db>()
}

/// The ways out.
pub(crate) fn outside<'a>(ctx: &Context<'a>) -> &'a Outside {
    ctx.data_unchecked::<Outside>()
}

/// Who is asking, if anybody is.
pub(crate) fn caller(ctx: &Context<'_>) -> Result<Caller> {
    ctx.data_opt::<Caller>().copied().ok_or(Error::Unauthenticated)
}

/// Whose rows they may see.
pub(crate) fn scope(ctx: &Context<'_>) -> Result<Scope> {
    caller(ctx).map(|caller| caller.scope)
}

/// The household's number, if it was read for this very query: a socket's caller was looked up when it was opened, and a mutation
/// has advanced it since.
pub(crate) fn seq(ctx: &Context<'_>) -> Option<i64> {
    let is_query = ctx.query_env.operation.node.ty == OperationType::Query;
    let caller = caller(ctx).ok().filter(|_| is_query && request(ctx).transport == Transport::Http)?;
    Some(caller.seq)
}

/// What a client left out, removed, or gave.
#[expect(clippy::option_option, reason = "left out, removed, or given: the command says which")]
pub(crate) fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// How the request came.
pub(crate) fn request<'a>(ctx: &Context<'a>) -> &'a RequestInfo {
    ctx.data_unchecked::<RequestInfo>()
}

/// The id of something in the caller's household. One of another household is not found, whether it exists or not.
pub(crate) fn owned<T: Owned>(id: &ID, scope: Scope, field: &'static str, what: &'static str) -> Result<T> {
    T::parse(id, scope.household()).map_err(|refusal| match refusal {
        NotHere::NotAnId(error) => Error::invalid(field, error.to_string()),
        NotHere::Elsewhere => Error::NotFound { what },
    })
}
