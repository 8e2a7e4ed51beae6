//! The one way out: every HTTP call Hansei makes to an address that came from outside (R38, `clippy.toml` refuses all
//! others).
//!
//! The address is parsed once, as browsers do, so that `2130706433`, `0x7f.1` and `127.1` are seen as what they are.
//! Only http and https, no user names. The name is resolved by our own resolver, every address that is not global is
//! dropped, and what is left is what is dialled. No redirects, no proxies from the environment, no decompression, no
//! cookies, no referrer. 5 s for a connection, 8 s for everything, 64 KiB of a reply. Nothing is retried here.
//!
//! The operator may name private ranges in the configuration file ([`EgressPolicy`]); metadata addresses stay forbidden.

mod address;
mod error;
mod policy;
mod resolve;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, Url};
use url::Host;

pub use error::EgressError;
pub use policy::{Cidr, CidrError, EgressPolicy};
pub use resolve::Lookup;

use policy::usual;

/// Time for resolving a name and connecting.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for everything: what one attempt to tell somebody may take.
const TOTAL: Duration = hansei_app::ports::SEND_LIMIT;
/// What is read of a reply, bytes.
const MAX_REPLY: usize = 64 * 1024;
/// Longest address, bytes.
const MAX_URL: usize = 2048;

/// Installs ring as the provider of cryptography for the whole process. Called first thing by the binary; any further
/// call changes nothing.
pub fn install_crypto() {
    // An error only says that one is installed already.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
}

/// A call.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// Whether it is a POST (with the body) or a GET.
    pub body: Option<Bytes>,
    /// Where to.
    pub url: &'a str,
    /// Names and values. A value with control characters fails the call.
    pub headers: Vec<(&'static str, String)>,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The pause the other side asks for, seconds.
    pub retry_after_secs: Option<u32>,
    /// The body, at most 64 KiB of it. For our own use, never shown to people.
    pub body: Vec<u8>,
}

/// The guarded client. Made once, shared; cheap to clone.
#[derive(Clone)]
pub struct Egress {
    /// For ports that may be dialled anywhere.
    client: reqwest::Client,
    /// For all others: dials allowed ranges only.
    inside: reqwest::Client,
    policy: Arc<EgressPolicy>,
}

impl Egress {
    /// A client that asks the system's resolver.
    pub fn new(policy: EgressPolicy) -> Result<Self, EgressError> {
        Self::with_lookup(policy, Arc::new(resolve::SystemLookup::new()))
    }

    /// A client that asks the given resolver.
    pub fn with_lookup(policy: EgressPolicy, lookup: Arc<dyn Lookup>) -> Result<Self, EgressError> {
        install_crypto();
        let policy = Arc::new(policy);
        let guard = |usual_port| {
            Arc::new(resolve::Guard { lookup: Arc::clone(&lookup), policy: Arc::clone(&policy), usual_port })
        };
        Ok(Self { client: client(guard(true))?, inside: client(guard(false))?, policy: Arc::clone(&policy) })
    }

    /// Checks an address as far as that can be done without asking anybody: for forms. Every call checks again.
    pub fn check(&self, url: &str) -> Result<(), EgressError> {
        self.parse(url).map(|_| ())
    }

    fn parse(&self, text: &str) -> Result<Url, EgressError> {
        if text.len() > MAX_URL {
            return Err(EgressError::BadUrl("is too long"));
        }
        let url = Url::parse(text).map_err(|_| EgressError::BadUrl("cannot be read"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EgressError::BadUrl("must begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressError::BadUrl("must not contain a user name or password"));
        }
        let port = url.port_or_known_default().unwrap_or(0);
        let permitted = match url.host() {
            Some(Host::Ipv4(address)) => self.policy.permits(IpAddr::V4(address), port),
            Some(Host::Ipv6(address)) => self.policy.permits(IpAddr::V6(address), port),
            // Where it leads shows when it is resolved; a port that only allowed ranges may have needs one to exist.
            Some(Host::Domain(name)) if !name.is_empty() => usual(port) || !self.policy.allow.is_empty(),
            _ => return Err(EgressError::BadUrl("has no host")),
        };
        if permitted { Ok(url) } else { Err(EgressError::Forbidden) }
    }

    /// Makes one call.
    pub async fn call(&self, call: Call<'_>) -> Result<Reply, EgressError> {
        let url = self.parse(call.url)?;
        // The library's own limits cover each stage; this one covers what they might not.
        tokio::time::timeout(TOTAL, self.exchange(url, call)).await.unwrap_or(Err(EgressError::Timeout))
    }

    async fn exchange(&self, url: Url, call: Call<'_>) -> Result<Reply, EgressError> {
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        let client =
            if usual(url.port_or_known_default().unwrap_or(0)) { &self.client } else { &self.inside };
        let mut request = client.request(method, url);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(EgressError::of)?;
        let status = response.status().as_u16();
        let retry_after_secs = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.trim().parse().ok());
        let mut body = Vec::new();
        // The status has been given; a reply that breaks off or never ends changes nothing about it.
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = MAX_REPLY - body.len();
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if body.len() == MAX_REPLY {
                break;
            }
        }
        Ok(Reply { status, retry_after_secs, body })
    }
}

/// The system's roots, so that an operator's own authority counts. A bare container may have none; then the compiled-in
/// ones of the public web serve.
fn client(guard: Arc<resolve::Guard>) -> Result<reqwest::Client, EgressError> {
    builder(Arc::clone(&guard))
        .build()
        .or_else(|_| builder(guard).tls_backend_preconfigured(public_roots()).build())
        .map_err(|error| EgressError::Setup(error.to_string()))
}

#[expect(clippy::disallowed_methods, reason = "this is the one guarded client")]
fn builder(guard: Arc<resolve::Guard>) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .dns_resolver(guard)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .user_agent(concat!("Hansei/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(4)
        .tcp_nodelay(true)
}

fn public_roots() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}
