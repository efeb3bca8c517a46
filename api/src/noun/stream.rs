//! Events as subscriptions: everything since a cursor, then what happens.

use async_graphql::Context;
use futures::{Stream, TryStreamExt, stream};
use service::event::{Feed, Page, Seen};

use super::{db, scope};
use crate::{error::from_service, scalar::Cursor};

/// What a subscription hears.
pub(super) enum Heard {
    /// An event.
    Event(Seen),
    /// Events up to this cursor are no longer kept.
    Gap(Cursor),
}

/// The household's events after a cursor, or from now on.
pub(super) async fn heard(
    ctx: &Context<'_>,
    after: Option<Cursor>,
) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Heard>> + use<>> {
    let scope = scope(ctx).map_err(|error| from_service(&error))?;
    let feed = Feed::begin(db(ctx), scope, after.map(|cursor| cursor.0)).await.map_err(|error| from_service(&error))?;
    let pages = stream::try_unfold(feed, async |mut feed| {
        let page = feed.next().await.map_err(|error| from_service(&error))?;
        let heard = match page {
            Page::Events(events) => events.into_iter().map(Heard::Event).collect(),
            Page::Gap { resume_after } => vec![Heard::Gap(Cursor(resume_after))],
        };
        Ok::<_, async_graphql::Error>(Some((stream::iter(heard.into_iter().map(Ok)), feed)))
    });
    Ok(pages.try_flatten())
}
