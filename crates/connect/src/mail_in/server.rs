//! The receiver's door: listening, counting connections, ending.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::ReplyHandler;
use super::session::Session;

/// The longest life of a connection.
const LIFE: Duration = Duration::from_secs(300);
/// How long running connections may go on after the server is asked to end.
const GRACE: Duration = Duration::from_secs(5);

/// How replies are received.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailInConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The domain of reply addresses: the same as `smtp.reply_domain`.
    pub domain: String,
    /// The name it gives itself.
    #[serde(default = "MailInConfig::default_hostname")]
    pub hostname: String,
    /// Connections at a time.
    #[serde(default = "MailInConfig::default_connections")]
    pub max_connections: usize,
}

impl MailInConfig {
    fn default_hostname() -> String {
        "hansei".to_owned()
    }

    fn default_connections() -> usize {
        32
    }
}

/// A receiver that listens.
pub struct MailIn {
    listener: TcpListener,
    config: Arc<MailInConfig>,
}

impl MailIn {
    /// Takes the port.
    pub async fn bind(config: MailInConfig) -> std::io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        Ok(Self { listener, config: Arc::new(config) })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Receives until `shutdown` is ready, then lets running connections end, for a few seconds.
    pub async fn run(self, handler: Arc<dyn ReplyHandler>, shutdown: impl Future<Output = ()>) {
        let places = Arc::new(Semaphore::new(self.config.max_connections.max(1)));
        let mut running = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = self.listener.accept() => accepted,
                // Those that ended are forgotten; there is always a future connection to wait for.
                Some(_ended) = running.join_next() => continue,
            };
            let mut stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors, most likely: the next one may fare better, but not in the same moment.
                    tracing::warn!(%error, "a mail connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let place = Arc::clone(&places).try_acquire_owned();
            let (config, handler) = (Arc::clone(&self.config), Arc::clone(&handler));
            running.spawn(async move {
                let Ok(_place) = place else {
                    let busy = stream.write_all(b"421 4.7.0 too many connections\r\n");
                    let _unheard = tokio::time::timeout(Duration::from_secs(1), busy).await;
                    return;
                };
                let session = Session::new(stream, &config, handler.as_ref());
                let _cut = tokio::time::timeout(LIFE, session.run()).await;
            });
        }
        let drain = async { while running.join_next().await.is_some() {} };
        let _aborted = tokio::time::timeout(GRACE, drain).await;
    }
}
