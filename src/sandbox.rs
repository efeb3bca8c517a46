//! The sandbox bank, where this process runs it.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result};
use service::Ambient;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// A bound bank: the port is taken, nobody is served yet.
pub(crate) struct Sandbox {
    listener: TcpListener,
    address: SocketAddr,
}

impl Sandbox {
    /// Takes the port, if one is configured.
    pub(crate) async fn bind(config: &Config) -> Result<Option<Self>> {
        let Some(address) = config.sandbox.listen else { return Ok(None) };
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("{address} cannot be listened on (sandbox.listen)"))?;
        let address = listener.local_addr()?;
        Ok(Some(Self { listener, address }))
    }

    /// Where it is found on this machine.
    pub(crate) fn url(&self) -> String {
        if self.address.ip().is_unspecified() {
            format!("http://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    /// Serves until `stop`.
    pub(crate) async fn serve(self, ambient: &Ambient, stop: CancellationToken) -> Result<()> {
        let clock = ambient.clock.clone();
        let router = sandbox::router(sandbox::Options::default(), Arc::new(move || clock.now_ms()));
        Ok(sandbox::serve(self.listener, router, stop).await?)
    }
}
