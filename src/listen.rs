//! The listener: GraphQL over HTTP, TLS where it is configured, and a stop that lets answers out.

use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use api::{
    Cookies,
    http::{Finished, Hooks, Options},
};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use service::{Db, outside::Outside};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// How long a check of readiness waits for the database.
const READY_WITHIN: Duration = Duration::from_secs(3);

/// A bound listener: the port is taken, nobody is served yet.
pub(crate) struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<RustlsConfig>,
    metrics: PrometheusHandle,
}

impl Listener {
    /// Takes the port and reads the certificate.
    pub(crate) async fn bind(config: &Config) -> Result<Self> {
        let socket =
            TcpListener::bind(config.listen).with_context(|| format!("{} cannot be listened on", config.listen))?;
        socket.set_nonblocking(true)?;
        let tls = match &config.tls {
            Some(tls) => Some(
                RustlsConfig::from_pem_file(&tls.certificate, &tls.key)
                    .await
                    .context("the TLS certificate and key do not go together")?,
            ),
            None => None,
        };
        let address = socket.local_addr()?;
        let metrics = PrometheusBuilder::new().install_recorder().context("metrics are recorded already")?;
        Ok(Self { socket, address, tls, metrics })
    }

    /// The address that people use.
    pub(crate) fn public_url(&self, config: &Config) -> String {
        config.public_url(self.address)
    }

    /// What is really listened on.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then lets open answers out for `grace`.
    pub(crate) async fn serve(
        self,
        config: &Config,
        db: Db,
        outside: Outside,
        grace: Duration,
        stop: CancellationToken,
    ) -> Result<()> {
        let options = self.options(config);
        let cookies = Cookies { secure: options.public_url.starts_with("https://") };
        let hooks = hooks(config, &db, self.metrics.clone(), stop.clone());
        let sockets = hooks.sockets.clone();
        let service = api::service(db, outside, cookies, options, hooks);
        let handle = Handle::new();
        let upkeep = tokio::spawn(keep_metrics(self.metrics, stop.clone()));
        tokio::spawn({
            let (handle, stop) = (handle.clone(), stop.clone());
            async move {
                stop.cancelled().await;
                handle.graceful_shutdown(Some(grace));
            }
        });
        match self.tls {
            Some(tls) => axum_server::from_tcp_rustls(self.socket, tls)?.handle(handle).serve(service).await?,
            None => axum_server::from_tcp(self.socket)?.handle(handle).serve(service).await?,
        }
        // Clients of sockets must hear the farewell before the process is gone.
        sockets.close();
        if tokio::time::timeout(grace, sockets.wait()).await.is_err() {
            tracing::info!(sockets = sockets.len(), "some sockets did not take their leave");
        }
        upkeep.await?;
        Ok(())
    }

    fn options(&self, config: &Config) -> Options {
        let public_url = self.public_url(config);
        // Without a configured address people type either name of this machine.
        let allowed_origins = if self.address.ip().is_loopback() && !config.has_public_url() {
            vec![public_url.replacen(&self.address.ip().to_string(), "localhost", 1)]
        } else {
            Vec::new()
        };
        Options { public_url, allowed_origins, ..Options::default() }
    }
}

fn hooks(config: &Config, db: &Db, metrics: PrometheusHandle, stop: CancellationToken) -> Hooks {
    let (chance, ready, proxies) = (db.ambient().chance.clone(), db.clone(), config.trusted_proxies.clone());
    let mut hooks = Hooks::new(move || format!("{:016x}", chance.number()));
    hooks.trusted_proxy = Arc::new(move |address: IpAddr| proxies.iter().any(|network| network.contains(&address)));
    hooks.ready = Arc::new(move || {
        let db = ready.clone();
        Box::pin(async move {
            match tokio::time::timeout(READY_WITHIN, db.ping()).await {
                Ok(Ok(())) => Ok(()),
                _ => Err(vec!["DATABASE".to_owned()]),
            }
        })
    });
    hooks.metrics = Arc::new(move || metrics.render());
    hooks.finished = Arc::new(count);
    hooks.stop = stop;
    hooks
}

/// Operations and their times, by kind and outcome. The name is not a label: clients choose it.
fn count(finished: &Finished<'_>) {
    let labels = [
        ("transport", finished.transport.as_str().to_owned()),
        ("kind", finished.kind.to_owned()),
        ("code", finished.code.to_owned()),
    ];
    metrics::counter!("florin_operations_total", &labels).increment(1);
    metrics::histogram!("florin_operation_seconds", &labels[..2]).record(finished.elapsed.as_secs_f64());
}

/// Histograms gather what was recorded; somebody has to empty them, even when nobody asks for metrics.
async fn keep_metrics(metrics: PrometheusHandle, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => metrics.run_upkeep(),
        }
    }
}
