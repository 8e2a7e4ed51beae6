//! Streams: what happens, as it happens, from the journal's tail in memory to open pages and programs.
//!
//! Opening a stream, waiting and ending it writes nothing and reads memory only (R24), but for a look every few seconds at
//! whether what its reader showed still stands. Who may open one is admitted by a
//! bucket, so that a restart does not bring everybody at once; the time until a retry is spread. A stream begins right
//! behind what its page shows (`?after=` or `Last-Event-ID`); if that place is no longer in memory, it says `resync` and
//! the page fetches itself anew. It breathes every 15 s (`ping`), ends when its session or token does (R43), and is cut
//! when its reader falls behind: the reader resumes. However much happens, a stream keeps a bounded number of entries: a
//! page is drawn as things are now and needs to know only that something happened.
//!
//! A page's handler takes an [`Opening`] beside its [`PageCtx`]:
//!
//! ```ignore
//! pub async fn live(ctx: PageCtx, opening: Opening) -> WebResult<Response> {
//!     live::page(ctx, opening, |entry| entry.incident_id.is_some(), |ctx, _entries| async move { partials(&ctx).await })
//! }
//! ```
//!
//! `concerns` looks at each entry and must be cheap; `draw` makes the fragments and is called at most a few times per
//! second, with the newest entries since the last time.

mod places;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use hansei_app::live::Subscription;
use hansei_domain::ids::PersonId;
use hansei_domain::journal::{AggregateId, Recorded};
use http::request::Parts;
use http::{HeaderValue, header};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use crate::ctx::PageCtx;
use crate::error::{Problem, ProblemKind, WebResult};
use crate::gate::{Admitted, Proof};
use crate::render::Partials;
use crate::state::Web;

pub use places::{Place, Places};

/// Between two signs of life.
const BREATH: Duration = Duration::from_secs(15);
/// How often it is asked whether the session or token still holds.
const RECHECK: Duration = Duration::from_secs(4);
/// Entries are gathered this long before they are drawn.
const GATHER: Duration = Duration::from_millis(80);
/// Between two drawings of a page.
const PAUSE: Duration = Duration::from_millis(400);
/// Entries drawn at once. A page forgets the older ones beyond that; a log of events has the rest right behind.
const MOST_ENTRIES: usize = 200;

/// One message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The journal's place it reaches up to.
    pub id: u64,
    /// Its name; `None` = the unnamed ones that carry partials.
    pub event: Option<&'static str>,
    /// Its text.
    pub data: String,
}

impl Message {
    fn write(&self, out: &mut String) {
        use std::fmt::Write as _;
        // Writing to a String cannot fail.
        let _ = writeln!(out, "id: {}", self.id);
        if let Some(event) = self.event {
            let _ = writeln!(out, "event: {event}");
        }
        for line in self.data.split('\n') {
            let _ = writeln!(out, "data: {}", line.trim_end_matches('\r'));
        }
        out.push('\n');
    }
}

/// What a stream shows.
pub trait Scene: Send + 'static {
    /// Whether an entry is of interest. Memory only.
    fn concerns(&mut self, entry: &Recorded) -> bool;
    /// Messages for entries of interest, as things are now. Where entries are gathered, only the newest of them are given.
    fn draw(
        &mut self,
        entries: Vec<Arc<Recorded>>,
    ) -> Pin<Box<dyn Future<Output = WebResult<Vec<Message>>> + Send + '_>>;
    /// Whether entries may be gathered for a moment; a log of events would rather have each at once.
    fn gathers(&self) -> bool {
        true
    }
}

/// How a stream is opened.
pub struct Opening {
    /// What the reader has seen.
    pub after: Option<u64>,
    pub(crate) proof: Proof,
}

impl FromRequestParts<Web> for Opening {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> WebResult<Self> {
        let text = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
        if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
            return Err(Problem::new(ProblemKind::CrossSite).detail("streams are for our own pages"));
        }
        let admitted = parts
            .extensions
            .get::<Admitted>()
            .ok_or_else(|| Problem::internal("a stream on a route that admits anybody"))?;
        let query = parts.uri.query().unwrap_or("").as_bytes();
        let asked = url::form_urlencoded::parse(query).find(|(name, _)| name == "after");
        let last = text("last-event-id").and_then(|t| t.trim().parse().ok());
        let after = last.or_else(|| asked.and_then(|(_, value)| value.parse().ok()));
        Ok(Self { after, proof: admitted.proof.clone() })
    }
}

/// The stream of a page: fragments of it, drawn anew when something of interest happens.
pub fn page<C, D, F>(ctx: PageCtx, opening: Opening, concerns: C, draw: D) -> WebResult<Response>
where
    C: Fn(&Recorded) -> bool + Send + 'static,
    D: Fn(Arc<PageCtx>, Vec<Arc<Recorded>>) -> F + Send + 'static,
    F: Future<Output = WebResult<Partials>> + Send + 'static,
{
    let (web, person) = (ctx.web.clone(), ctx.who.person_id);
    open(&web, person, opening, PageScene { ctx: Arc::new(ctx), concerns, draw })
}

struct PageScene<C, D> {
    ctx: Arc<PageCtx>,
    concerns: C,
    draw: D,
}

impl<C, D, F> Scene for PageScene<C, D>
where
    C: Fn(&Recorded) -> bool + Send + 'static,
    D: Fn(Arc<PageCtx>, Vec<Arc<Recorded>>) -> F + Send + 'static,
    F: Future<Output = WebResult<Partials>> + Send + 'static,
{
    fn concerns(&mut self, entry: &Recorded) -> bool {
        (self.concerns)(entry)
    }

    fn draw(
        &mut self,
        entries: Vec<Arc<Recorded>>,
    ) -> Pin<Box<dyn Future<Output = WebResult<Vec<Message>>> + Send + '_>> {
        let id = entries.last().map_or(0, |e| e.seq);
        let drawn = (self.draw)(Arc::clone(&self.ctx), entries);
        Box::pin(async move {
            let partials = drawn.await?;
            let data = partials.into_text();
            Ok(if data.is_empty() { Vec::new() } else { vec![Message { id, event: None, data }] })
        })
    }
}

/// Opens a stream for a person, if there is room.
pub fn open(web: &Web, person: PersonId, opening: Opening, scene: impl Scene) -> WebResult<Response> {
    let limits = &web.config.limits;
    let now = web.app.clock.monotonic_nanos();
    let place = Places::take(&web.streams, person, now, limits.streams, limits.streams_per_person);
    let Some(place) = place else {
        metrics::counter!("hansei_streams_refused_total").increment(1);
        let spread = u32::from(web.app.ids.jitter()) / 32;
        return Err(Problem::new(ProblemKind::TooMany).retry_after(2 + spread));
    };
    let subscription = web.app.live.subscribe(opening.after);
    // In the block of the first message: readers may drop a block that carries nothing else.
    let mut first = format!("retry: {}\n", 2_000 + u32::from(web.app.ids.jitter()) * 16);
    let (id, event) = (subscription.last_seq, if subscription.reset { "resync" } else { "ping" });
    // A sign of life at once: the page shows that it is connected. Its id must not skip what was missed.
    let seen = if subscription.reset { id } else { opening.after.unwrap_or(id) };
    Message { id: seen, event: Some(event), data: String::new() }.write(&mut first);
    let flow = Flow::new(web.clone(), person, opening.proof, place, subscription, seen, scene);
    let body = stream::unfold((flow, Some(first)), |(mut flow, first)| async move {
        let text = match first {
            Some(first) => first,
            None => flow.next().await?,
        };
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(text)), (flow, None)))
    });
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies must not wait for the end of what has none.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Flow<S> {
    web: Web,
    person: PersonId,
    proof: Proof,
    _place: Place,
    subscription: Subscription,
    closing: watch::Receiver<bool>,
    scene: S,
    waiting: VecDeque<Arc<Recorded>>,
    draw_at: Option<Instant>,
    drawn_at: Option<Instant>,
    seen: u64,
    breath: tokio::time::Interval,
    recheck: tokio::time::Interval,
    over: bool,
}

impl<S: Scene> Flow<S> {
    fn new(
        web: Web,
        person: PersonId,
        proof: Proof,
        place: Place,
        mut subscription: Subscription,
        seen: u64,
        scene: S,
    ) -> Self {
        let now = Instant::now();
        let every = |period: Duration| {
            let mut interval = interval_at(now + period, period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        let missed = std::mem::take(&mut subscription.missed);
        let closing = web.closing();
        let mut flow = Self {
            web,
            person,
            proof,
            _place: place,
            subscription,
            closing,
            scene,
            waiting: VecDeque::new(),
            draw_at: None,
            drawn_at: None,
            seen,
            breath: every(BREATH),
            recheck: every(RECHECK),
            over: false,
        };
        for entry in missed {
            flow.take(entry);
        }
        flow
    }

    /// Notes an entry; tells whether it may end this person's session.
    fn take(&mut self, entry: Arc<Recorded>) -> bool {
        let own = matches!(entry.aggregate, AggregateId::Entry(hansei_domain::catalog::EntryId::Person(id)) if id == self.person);
        if self.scene.concerns(&entry) {
            let now = Instant::now();
            let wait = if self.scene.gathers() { GATHER } else { Duration::ZERO };
            let pause = self.drawn_at.filter(|_| self.scene.gathers()).map_or(now, |at| at + PAUSE);
            self.draw_at.get_or_insert((now + wait).max(pause));
            if self.scene.gathers() && self.waiting.len() >= MOST_ENTRIES {
                self.waiting.pop_front();
            }
            self.waiting.push_back(entry);
        } else if self.waiting.is_empty() {
            self.seen = self.seen.max(entry.seq);
        }
        own
    }

    /// The next text to send; `None` ends the stream.
    async fn next(&mut self) -> Option<String> {
        while !self.over {
            // Far away if nothing waits; a time is needed for the branch to have a type.
            let draw_at = self.draw_at.unwrap_or_else(|| Instant::now() + BREATH * 4);
            tokio::select! {
                biased;
                _ = self.closing.changed() => return None,
                // Before what may always be ready in a storm: an ended session ends its streams then, too.
                _ = self.recheck.tick() => {
                    if !holds(&self.web, &self.proof, self.person).await {
                        return None;
                    }
                }
                _ = self.breath.tick() => {
                    let mut text = String::new();
                    Message { id: self.seen, event: Some("ping"), data: String::new() }.write(&mut text);
                    return Some(text);
                }
                () = sleep_until(draw_at), if self.draw_at.is_some() => {
                    if let Some(text) = self.drawn().await {
                        return Some(text);
                    }
                }
                entry = self.subscription.next.recv() => match entry {
                    Ok(entry) => {
                        if self.take(entry) && !holds(&self.web, &self.proof, self.person).await {
                            return None;
                        }
                    }
                    Err(RecvError::Lagged(_)) => {
                        metrics::counter!("hansei_streams_dropped_total").increment(1);
                        return None;
                    }
                    Err(RecvError::Closed) => return None,
                },
            }
        }
        None
    }

    async fn drawn(&mut self) -> Option<String> {
        let entries: Vec<_> = self.waiting.drain(..self.waiting.len().min(MOST_ENTRIES)).collect();
        let now = Instant::now();
        // Only a log leaves anything here (what it missed before it opened), and has it at once: what is new waits in
        // the channel meanwhile, which cuts a reader that is too slow for both.
        (self.drawn_at, self.draw_at) = (Some(now), (!self.waiting.is_empty()).then_some(now));
        let last = entries.last().map_or(self.seen, |e| e.seq);
        let mut text = String::new();
        match self.scene.draw(entries).await {
            Ok(messages) => messages.iter().for_each(|m| m.write(&mut text)),
            Err(problem) => {
                // The store cannot answer now: end, and let the page come back when it can.
                tracing::debug!(kind = problem.kind.as_str(), "a stream could not be drawn");
                self.over = true;
                return None;
            }
        }
        self.seen = self.seen.max(last);
        self.breath.reset();
        (!text.is_empty()).then_some(text)
    }
}

/// Whether the session or token still stands. While the store cannot answer, nobody can have ended it.
async fn holds(web: &Web, proof: &Proof, person: PersonId) -> bool {
    proof.stands(web, person).await.unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_several_lines_stay_one_message() {
        let mut out = String::new();
        Message { id: 7, event: Some("ping"), data: "a\r\nb".into() }.write(&mut out);
        assert_eq!(out, "id: 7\nevent: ping\ndata: a\ndata: b\n\n");
    }
}
