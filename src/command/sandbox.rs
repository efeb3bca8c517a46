//! `florin sandbox`: the sandbox bank alone, for installations whose processes share it.

use anyhow::{Result, bail};
use service::Ambient;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{config::Config, sandbox::Sandbox};

/// Runs until it is told to stop.
pub(crate) async fn run(config: &Config) -> Result<()> {
    let Some(sandbox) = Sandbox::bind(config).await? else {
        bail!("FLORIN_SANDBOX_LISTEN (sandbox.listen) is not set: it says where the sandbox bank is served");
    };
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    tracing::info!(address = sandbox.url(), "ready");
    let ambient = Ambient::system();
    let mut serving = std::pin::pin!(sandbox.serve(&ambient, stop.clone()));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        ended = &mut serving => return ended,
    }
    stop.cancel();
    serving.await
}
