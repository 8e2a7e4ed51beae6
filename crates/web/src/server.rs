//! The server: accepts connections under limits, and answers requests whatever happens inside.
//!
//! Life of a connection: accepted if its address has not too many (F28), served by hyper with a time limit on every
//! head, closed when idle. Life of a request: a door of intake is answered at once by [`crate::intake`]; everything else
//! gets an id and goes to the router. A panic inside becomes an answer 500 for that request and nothing more (R47).
//! At the end the listener closes first, then requests under way get a few seconds, then streams are cut.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::{BoxError, Router};
use futures_util::FutureExt;
use hansei_domain::ids::encode_base32;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::Limited;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tower::Service as _;

use crate::body::{Out, Timed};
use crate::error::{Problem, ProblemKind, as_json};
use crate::gate::{Answered, ClientAddress, RequestId};
use crate::headers;
use crate::intake::{self, Found, Incoming};
use crate::patient::Patient;
use crate::policy::Routes;
use crate::routes;
use crate::state::Web;

/// Largest body of a page or API call, bytes (R41).
const LARGEST: usize = 1024 * 1024;
/// How long requests under way may take at the end.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Everything that answers requests, without the sockets; tests talk to it directly.
pub struct Service {
    web: Web,
    router: Router,
}

impl Service {
    /// Puts the whole site together.
    pub fn new(web: Web) -> Self {
        Self::with_routes(web, routes::all())
    }

    /// As [`Service::new`], with other routes (tests of the policy itself).
    pub fn with_routes(web: Web, routes: Routes) -> Self {
        let router = routes.into_router(web.clone());
        Self { web, router }
    }

    /// The shared state.
    pub fn web(&self) -> &Web {
        &self.web
    }

    /// Answers one request.
    pub async fn handle<B: Incoming>(&self, request: Request<B>, peer: IpAddr) -> Response<Out> {
        match intake::find(request.method(), request.uri().path()) {
            Found::Door(door, key) => {
                let key = key.map(str::to_owned);
                let (parts, body) = request.into_parts();
                let answered = intake::handle(&self.web, door, key.as_deref(), &parts, body);
                AssertUnwindSafe(answered).catch_unwind().await.unwrap_or_else(|_| {
                    panicked();
                    intake::failed(&self.web, door)
                })
            }
            Found::WrongMethod(door, allowed) => intake::wrong_method(door, request.method(), &allowed)
                .unwrap_or_else(|| self.wrong_method(&allowed)),
            Found::Nothing => self.routed(request, peer).await,
        }
    }

    async fn routed<B: Incoming>(&self, request: Request<B>, peer: IpAddr) -> Response<Out> {
        let app = &self.web.app;
        let begun = app.clock.monotonic_nanos();
        let id = format!("req_{}", encode_base32(app.ids.fresh(app.clock.now())));
        let client = self.web.config.trusted_proxies.client(peer, request.headers());
        let method = request.method().clone();
        let limits = &self.web.config.limits;
        let mut request = request.map(|body| Body::new(Limited::new(Timed::new(body, limits), LARGEST)));
        request.extensions_mut().insert(RequestId(id.clone()));
        request.extensions_mut().insert(ClientAddress(client.to_string()));
        let answered = self.router.clone().call(request);
        let mut response = match AssertUnwindSafe(answered).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => {
                panicked();
                as_json(&Problem::new(ProblemKind::Internal), &id)
            }
        };
        headers::apply(response.headers_mut(), self.web.secure);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-request-id", value);
        }
        let (status, nanos) = (response.status(), app.clock.monotonic_nanos().saturating_sub(begun));
        let route = response.extensions().get::<Answered>().map_or("unknown", |a| a.0);
        measure(route, status, nanos);
        tracing::debug!(%method, route, status = status.as_u16(), micros = nanos / 1_000, request.id = id, "answered");
        response.map(Out::Any)
    }

    fn wrong_method(&self, allowed: &[Method]) -> Response<Out> {
        let mut response = as_json(&Problem::new(ProblemKind::MethodNotAllowed), "");
        let allow = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        if let Ok(value) = HeaderValue::from_str(&allow) {
            response.headers_mut().insert(header::ALLOW, value);
        }
        headers::apply(response.headers_mut(), self.web.secure);
        response.map(Out::Any)
    }
}

fn panicked() {
    metrics::counter!("hansei_request_panics_total").increment(1);
    tracing::error!("a request panicked; it was answered with 500");
}

/// Few series: what kind of request, and the hundreds of its status.
fn measure(route: &str, status: http::StatusCode, nanos: u64) {
    let kind = match route {
        p if p.starts_with("/api/") => "api",
        p if p.starts_with("/assets/") => "asset",
        p if p.starts_with("/live") => "stream",
        "/healthz" | "/readyz" | "/metrics" => "probe",
        _ => "page",
    };
    let class = match status.as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    let secs = nanos as f64 / 1e9;
    metrics::histogram!("hansei_http_seconds", "kind" => kind, "class" => class).record(secs);
}

/// Why the server ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener is of no use any more.
    #[error("cannot accept connections: {0}")]
    Accept(std::io::Error),
}

/// Serves until `shutdown` comes, and then until what is under way is done.
pub async fn serve(
    listener: TcpListener,
    web: Web,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let service = Arc::new(Service::new(web));
    let (stop, stopped) = watch::channel(false);
    let (alive, mut all_gone) = mpsc::channel::<()>(1);
    let sockets = Arc::new(Sockets::default());
    let mut shutdown = pin!(shutdown);
    let done = loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break Ok(()),
        };
        match accepted {
            Ok((stream, peer)) => {
                let config = &service.web().config;
                let most_each = match config.trusted_proxies.trusts(peer.ip().to_canonical()) {
                    // Everybody comes through it.
                    true => usize::MAX,
                    false => config.limits.sockets_per_address,
                };
                let Some(slot) = sockets.take(peer.ip(), config.limits.sockets, most_each) else {
                    metrics::counter!("hansei_connections_refused_total").increment(1);
                    continue;
                };
                let (service, stopped, alive) = (Arc::clone(&service), stopped.clone(), alive.clone());
                tokio::spawn(async move {
                    connection(stream, peer, service, stopped).await;
                    drop((slot, alive));
                });
            }
            Err(error) if is_passing(&error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => break Err(ServeError::Accept(error)),
        }
    };
    drop(listener);
    service.web().close();
    let _ = stop.send(true);
    drop(alive);
    // What is still there after the last words is cut with its task.
    let _ = tokio::time::timeout(LAST_WORDS, all_gone.recv()).await;
    done
}

/// Errors of one connection, of the network beneath it, and of a machine that is out of something for the moment; the
/// listener itself is well. accept(2) hands on what is wrong with the connection that it would have returned.
fn is_passing(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkDown,
        NetworkUnreachable, OutOfMemory, PermissionDenied, TimedOut, WouldBlock,
    };
    // What has no name of its own: EPERM (a firewall), ENFILE, EMFILE; on Linux ENONET, EPROTO, ENOPROTOOPT,
    // EOPNOTSUPP, ENOBUFS, EHOSTDOWN.
    const PASSING: [i32; 9] = [1, 23, 24, 64, 71, 92, 95, 105, 112];
    let kinds = [
        ConnectionAborted,
        ConnectionRefused,
        ConnectionReset,
        HostUnreachable,
        Interrupted,
        NetworkDown,
        NetworkUnreachable,
        OutOfMemory,
        PermissionDenied,
        TimedOut,
        WouldBlock,
    ];
    kinds.contains(&error.kind()) || error.raw_os_error().is_some_and(|code| PASSING.contains(&code))
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    service: Arc<Service>,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are small and wanted now.
    let _ = stream.set_nodelay(true);
    let limits = service.web().config.limits.clone();
    let stream = Patient::new(stream, limits.unread);
    let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.handle(request, peer.ip()).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(limits.head_bytes);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), answer));
    let ended: Result<(), BoxError> = tokio::select! {
        ended = served.as_mut() => ended.map_err(Into::into),
        _ = stopped.changed() => {
            served.as_mut().graceful_shutdown();
            served.await.map_err(Into::into)
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended");
    }
}

/// Counts connections by address.
#[derive(Default)]
struct Sockets(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

struct Slot {
    sockets: Arc<Sockets>,
    address: IpAddr,
}

/// What counts as one address: whoever has one of IPv6 has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if !v6.is_loopback() => IpAddr::from((v6.to_bits() >> 64 << 64).to_be_bytes()),
        other => other,
    }
}

impl Sockets {
    fn take(self: &Arc<Self>, address: IpAddr, most: usize, most_each: usize) -> Option<Slot> {
        let address = network(address.to_canonical());
        let mut counts = self.0.lock();
        let of_address = counts.by_address.get(&address).copied().unwrap_or(0);
        if counts.all >= most || (of_address >= most_each && !address.is_loopback()) {
            return None;
        }
        counts.all += 1;
        counts.by_address.insert(address, of_address + 1);
        Some(Slot { sockets: Arc::clone(self), address })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.sockets.0.lock();
        counts.all = counts.all.saturating_sub(1);
        let left = counts.by_address.get(&self.address).map_or(0, |n| n.saturating_sub(1));
        if left == 0 {
            counts.by_address.remove(&self.address);
        } else {
            counts.by_address.insert(self.address, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_one_connection_does_not_end_the_server() {
        // EPERM, ENFILE, EMFILE, ENONET, EPROTO, ENOPROTOOPT, EOPNOTSUPP, ENETDOWN, ENETUNREACH, ECONNABORTED,
        // ECONNRESET, ENOBUFS, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH
        for code in [1, 23, 24, 64, 71, 92, 95, 100, 101, 103, 104, 105, 110, 112, 113] {
            assert!(is_passing(&std::io::Error::from_raw_os_error(code)), "{code}");
        }
        // EBADF, EINVAL, ENOTSOCK: there is no listener any more.
        for code in [9, 22, 88] {
            assert!(!is_passing(&std::io::Error::from_raw_os_error(code)), "{code}");
        }
    }

    #[test]
    fn one_address_cannot_take_all_sockets() {
        let sockets = Arc::new(Sockets::default());
        let (hog, other): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let held: Vec<Slot> = (0..3).filter_map(|_| sockets.take(hog, 4, 2)).collect();
        assert_eq!(held.len(), 2);
        let third = sockets.take(other, 4, 2);
        assert!(third.is_some());
        assert!(sockets.take("127.0.0.1".parse().unwrap(), 3, 0).is_none(), "all are taken");
        let own = sockets.take("::ffff:127.0.0.1".parse().unwrap(), 9, 0);
        assert!(own.is_some(), "this machine's own are exempt");
        drop(held);
        assert!(sockets.take(hog, 4, 2).is_some());
        let six = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        let held: Vec<Slot> = (0..5).filter_map(|n| sockets.take(six(n), 9, 2)).collect();
        assert_eq!(held.len(), 2, "a /64 is one neighbour");
    }
}
