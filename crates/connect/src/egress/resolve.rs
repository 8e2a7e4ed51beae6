//! Names to addresses, with the guard in between: what comes out has been checked and is what is dialled, so that a
//! name which changes its mind between check and dial gains nothing (F36).

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::{EgressError, EgressPolicy};

/// Asks for the addresses of a name.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of a name.
    async fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, EgressError>;
}

/// The system's resolver. It blocks a thread per question and cannot be interrupted, so questions are counted: a name
/// service that hangs holds up a few threads, not all.
pub(super) struct SystemLookup {
    questions: Arc<Semaphore>,
}

impl SystemLookup {
    pub(super) fn new() -> Self {
        Self { questions: Arc::new(Semaphore::new(32)) }
    }
}

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, EgressError> {
        let permit = Arc::clone(&self.questions).acquire_owned().await.map_err(|_| EgressError::Resolve)?;
        let name = name.to_owned();
        let answer = tokio::task::spawn_blocking(move || {
            let answer = (name.as_str(), 0).to_socket_addrs();
            drop(permit);
            answer
        });
        let addresses = answer.await.map_err(|_| EgressError::Resolve)?.map_err(|_| EgressError::Resolve)?;
        Ok(addresses.map(|address| address.ip()).collect())
    }
}

/// The resolver the HTTP library asks. It is not told the port of a call, so it stands for a kind of port.
pub(super) struct Guard {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) policy: Arc<EgressPolicy>,
    /// Whether it serves calls to ports that may be dialled anywhere, or to those only allowed ranges may have.
    pub(super) usual_port: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, policy) = (Arc::clone(&self.lookup), Arc::clone(&self.policy));
        let port = if self.usual_port { 443 } else { 0 };
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            if found.is_empty() {
                return Err(EgressError::Resolve.into());
            }
            let good: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| policy.permits(*address, port))
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if good.is_empty() {
                return Err(EgressError::ForbiddenName.into());
            }
            let addresses: Addrs = Box::new(good.into_iter());
            Ok(addresses)
        })
    }
}
