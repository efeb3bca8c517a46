//! One file a noun: its objects, queries and mutations together.

pub(crate) mod household;
pub(crate) mod person;
pub(crate) mod session;

use async_graphql::Context;
use service::{Db, Error, Result, identity::Caller};

use crate::http::RequestInfo;

/// The database.
pub(crate) fn db<'a>(ctx: &Context<'a>) -> &'a Db {
    ctx.data_unchecked::<Db>()
}

/// Who is asking, if anybody is.
pub(crate) fn caller(ctx: &Context<'_>) -> Result<Caller> {
    ctx.data_opt::<Caller>().copied().ok_or(Error::Unauthenticated)
}

/// How the request came.
pub(crate) fn request<'a>(ctx: &Context<'a>) -> &'a RequestInfo {
    ctx.data_unchecked::<RequestInfo>()
}
