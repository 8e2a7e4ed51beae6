//! Alertmanager's API as others read it. Lists are written page by page while the client reads, so that their length
//! costs time but no memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use hansei_app::catalog::Catalog;
use hansei_app::ports::{
    AlertFilter, AlertQuery, GroupLabels, IntakeRefusal, Loaded, ShownAlert, StoreError, WireAnswer,
};
use hansei_domain::Timestamp;
use hansei_domain::alert::{Alert, AlertStatus};
use hansei_domain::catalog::self_test;
use hansei_domain::ids::{AlertId, ServiceId};
use hansei_domain::journal::{AggregateId, State};
use http::Response;
use http::request::Parts;

use super::{Behind, Door, Reader, answer, dress, reader};
use crate::body::Out;
use crate::state::Web;

/// Alerts loaded at once.
const PAGE: usize = 500;

/// Answers a reading request.
pub async fn handle(
    web: &Web,
    door: &Door,
    key: Option<&str>,
    parts: &Parts,
) -> Result<Response<Out>, IntakeRefusal> {
    let reader = reader(web, door, key, &parts.headers).await.ok_or(IntakeRefusal::UnknownKey)?;
    let listing = &web.formats.listing;
    let whole = |body: Vec<u8>| answer(WireAnswer::json(200, body), door.format);
    match door.behind {
        Behind::Status => Ok(whole(listing.status(env!("CARGO_PKG_VERSION"), web.started_at))),
        Behind::Receivers => {
            let catalog = web.app.catalog.now();
            let names: Vec<&str> = catalog
                .services()
                .into_iter()
                .filter(|s| reader.sees(s.id))
                .map(|s| s.slug.as_str())
                .collect();
            Ok(whole(listing.receivers(&names)))
        }
        Behind::Silences => Ok(whole(b"[]".to_vec())),
        Behind::Alerts | Behind::Groups => {
            let query = parts.uri.query().unwrap_or("").as_bytes();
            let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query).into_owned().collect();
            let filter = match listing.filter(&pairs) {
                Ok(filter) => Arc::from(filter),
                Err(refused) => return Ok(answer(refused, door.format)),
            };
            let walk = Walk::new(web, reader, filter);
            if door.behind == Behind::Groups { groups(walk).await } else { alerts(walk).await }
        }
        Behind::Events | Behind::PutAlerts | Behind::Webhook | Behind::Json => Err(IntakeRefusal::UnknownKey),
    }
}

impl Reader {
    fn sees(&self, id: ServiceId) -> bool {
        match self {
            Self::Service(own) => *own == id,
            Self::Everything => true,
        }
    }
}

/// Walks over the firing alerts that a reader may and wants to see.
struct Walk {
    web: Web,
    catalog: Arc<Catalog>,
    service_id: Option<ServiceId>,
    filter: Arc<dyn AlertFilter>,
    before: Option<AlertId>,
    over: bool,
    now: Timestamp,
}

impl Walk {
    fn new(web: &Web, reader: Reader, filter: Arc<dyn AlertFilter>) -> Self {
        let service_id = match reader {
            Reader::Service(id) => Some(id),
            Reader::Everything => None,
        };
        let (catalog, now) = (web.app.catalog.now(), web.app.clock.now());
        Self { web: web.clone(), catalog, service_id, filter, before: None, over: false, now }
    }

    fn receiver(&self, alert: &Alert) -> &str {
        self.catalog.service(alert.service_id).map_or("unknown", |s| s.slug.as_str())
    }

    /// The next alerts; empty pages are possible, `None` is the end.
    async fn next(&mut self) -> Result<Option<Vec<Loaded>>, StoreError> {
        if self.over {
            return Ok(None);
        }
        let query = AlertQuery {
            status: Some(AlertStatus::Firing),
            service_id: self.service_id,
            before: self.before,
            limit: PAGE,
            ..AlertQuery::default()
        };
        let page = self.web.app.store.alerts(&query).await?;
        self.over = page.len() < PAGE;
        if let Some(AggregateId::Alert(last)) = page.last().map(|l| l.id) {
            self.before = Some(last);
        }
        let wanted = page.into_iter().filter(|l| alert_of(l).is_some_and(|a| self.wants(a))).collect();
        Ok(Some(wanted))
    }

    fn wants(&self, alert: &Alert) -> bool {
        alert.service_id != self_test::service_id() && self.filter.admits(alert, self.receiver(alert))
    }

    /// Writes alerts with commas before all but the very first one.
    fn write(&self, out: &mut Vec<u8>, page: &[Loaded], first: &mut bool) {
        for loaded in page {
            let Some(alert) = alert_of(loaded) else { continue };
            if !std::mem::take(first) {
                out.push(b',');
            }
            let receiver = self.receiver(alert);
            // What repeats have told lately may not have reached the store yet.
            let newer = self.web.app.known.beyond(alert, loaded.observation.as_ref());
            let shown = ShownAlert { alert, seen: newer.as_ref().or(loaded.observation.as_ref()), receiver };
            self.web.formats.listing.write_alert(out, shown, self.now);
        }
    }
}

fn alert_of(loaded: &Loaded) -> Option<&Alert> {
    match &loaded.state {
        State::Alert(alert) => Some(alert),
        _ => None,
    }
}

fn unavailable(error: &StoreError) -> IntakeRefusal {
    tracing::warn!(%error, "alerts cannot be listed");
    IntakeRefusal::Unavailable(2)
}

fn streamed(body: Body) -> Response<Out> {
    let mut response = Response::new(Out::Any(body));
    dress(&mut response, "application/json");
    response
}

async fn alerts(mut walk: Walk) -> Result<Response<Out>, IntakeRefusal> {
    // The first page before the head of the answer, so that a store that cannot answer gives a 503.
    let page = walk.next().await.map_err(|e| unavailable(&e))?.unwrap_or_default();
    let (mut out, mut first) = (vec![b'['], true);
    walk.write(&mut out, &page, &mut first);
    if walk.over {
        out.push(b']');
        return Ok(answer(WireAnswer::json(200, out), hansei_domain::signal::SourceFormat::Alertmanager));
    }
    let rest = stream::try_unfold((walk, first), |(mut walk, mut first)| async move {
        let Some(page) = walk.next().await? else { return Ok::<_, StoreError>(None) };
        let mut out = Vec::with_capacity(page.len() * 512);
        walk.write(&mut out, &page, &mut first);
        if walk.over {
            out.push(b']');
        }
        Ok(Some((Bytes::from(out), (walk, first))))
    });
    use futures_util::StreamExt;
    let all = stream::once(async move { Ok(Bytes::from(out)) }).chain(rest);
    Ok(streamed(Body::from_stream(all)))
}

type Groups = BTreeMap<(String, GroupLabels), Vec<AggregateId>>;

/// Groups are found in a first walk, which keeps only ids, and written in a second one.
async fn groups(mut walk: Walk) -> Result<Response<Out>, IntakeRefusal> {
    let mut groups = Groups::new();
    while let Some(page) = walk.next().await.map_err(|e| unavailable(&e))? {
        for loaded in &page {
            let Some(alert) = alert_of(loaded) else { continue };
            let Some(service) = walk.catalog.service(alert.service_id) else { continue };
            let labels = walk.web.formats.listing.group_of(alert, &service.rule.group_by);
            groups.entry((service.slug.to_string(), labels)).or_default().push(loaded.id);
        }
    }
    let written = Written { walk, groups: groups.into_iter(), open: None, any: false, over: false };
    let body = stream::try_unfold(written, |mut written| async move {
        Ok::<_, StoreError>(written.next().await?.map(|bytes| (bytes, written)))
    });
    Ok(streamed(Body::from_stream(body)))
}

struct Open {
    receiver: String,
    labels: GroupLabels,
    left: std::vec::IntoIter<AggregateId>,
    first: bool,
}

struct Written {
    walk: Walk,
    groups: std::collections::btree_map::IntoIter<(String, GroupLabels), Vec<AggregateId>>,
    open: Option<Open>,
    any: bool,
    over: bool,
}

impl Written {
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        if self.over {
            return Ok(None);
        }
        let mut out = Vec::with_capacity(PAGE * 512);
        if !self.any {
            out.push(b'[');
        }
        let listing = Arc::clone(&self.walk.web.formats.listing);
        let mut open = match self.open.take() {
            Some(open) => open,
            None => match self.groups.next() {
                Some(((receiver, labels), ids)) => {
                    if self.any {
                        out.push(b',');
                    }
                    listing.begin_group(&mut out);
                    Open { receiver, labels, left: ids.into_iter(), first: true }
                }
                None => {
                    out.push(b']');
                    self.over = true;
                    return Ok(Some(out.into()));
                }
            },
        };
        self.any = true;
        let ids: Vec<AggregateId> = open.left.by_ref().take(PAGE).collect();
        let page = self.walk.web.app.store.load(&ids).await?;
        self.walk.write(&mut out, &page, &mut open.first);
        if open.left.len() == 0 {
            listing.end_group(&mut out, &open.labels, &open.receiver);
        } else {
            self.open = Some(open);
        }
        Ok(Some(out.into()))
    }
}
