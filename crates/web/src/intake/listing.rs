//! Alertmanager's API as others read it. Lists are written page by page while the client reads, so that their length
//! costs time but no memory.

use std::collections::{BTreeMap, HashMap, VecDeque};
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

/// What is said to who wants to set a silence, as a JSON text.
const NO_SILENCES: &str = "\"Silences are not set here: acknowledge or resolve the incident in Hansei, or silence in front of it\"\n";
/// What is said to who asks for one.
const NO_SUCH_SILENCE: &str = "\"There are no silences here\"\n";

/// Answers a reading request.
pub async fn handle(
    web: &Web,
    door: &Door,
    key: Option<&str>,
    parts: &Parts,
) -> Result<Response<Out>, IntakeRefusal> {
    let reader = reader(web, door, key, &parts.headers).await?;
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
        // Of all refusals only this one is shown by the original's clients with what it says.
        Behind::PutSilences => Ok(answer(WireAnswer::json(400, NO_SILENCES), door.format)),
        Behind::Silence => Ok(answer(WireAnswer::json(404, NO_SUCH_SILENCE), door.format)),
        Behind::Alive => {
            let ok = WireAnswer { content_type: "text/plain; charset=utf-8", ..WireAnswer::json(200, "OK") };
            Ok(answer(ok, door.format))
        }
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
    fn write<'l>(&self, out: &mut Vec<u8>, page: impl IntoIterator<Item = &'l Loaded>, first: &mut bool) {
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
    let groups = groups.into_iter().map(|((receiver, labels), ids)| Group {
        receiver,
        labels,
        left: ids.into_iter(),
        begun: false,
        first: true,
    });
    let written = Written { walk, left: groups.collect(), any: false, first: true, over: false };
    let body = stream::try_unfold(written, |mut written| async move {
        Ok::<_, StoreError>(written.next().await?.map(|bytes| (bytes, written)))
    });
    Ok(streamed(Body::from_stream(body)))
}

/// A group that is being written.
struct Group {
    receiver: String,
    labels: GroupLabels,
    left: std::vec::IntoIter<AggregateId>,
    begun: bool,
    /// Whether its first alert is still to come.
    first: bool,
}

struct Written {
    walk: Walk,
    left: VecDeque<Group>,
    /// Whether the list has been begun.
    any: bool,
    /// Whether its first group is still to come.
    first: bool,
    over: bool,
}

impl Written {
    /// The next piece: as many groups as one load fills, since most groups are small.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        if self.over {
            return Ok(None);
        }
        let mut pieces: Vec<(Group, Vec<AggregateId>)> = Vec::new();
        let mut room = PAGE;
        while room > 0 {
            let Some(mut group) = self.left.pop_front() else { break };
            let ids: Vec<AggregateId> = group.left.by_ref().take(room).collect();
            room -= ids.len();
            pieces.push((group, ids));
        }
        let ids: Vec<AggregateId> = pieces.iter().flat_map(|(_, ids)| ids).copied().collect();
        let loaded = if ids.is_empty() { Vec::new() } else { self.walk.web.app.store.load(&ids).await? };
        let loaded: HashMap<AggregateId, Loaded> = loaded.into_iter().map(|l| (l.id, l)).collect();
        let mut out = Vec::with_capacity(loaded.len() * 512 + 2);
        if !std::mem::replace(&mut self.any, true) {
            out.push(b'[');
        }
        for (group, ids) in pieces {
            self.piece(&mut out, group, &ids, &loaded);
        }
        if self.left.is_empty() {
            out.push(b']');
            self.over = true;
        }
        Ok(Some(out.into()))
    }

    fn piece(
        &mut self,
        out: &mut Vec<u8>,
        mut group: Group,
        ids: &[AggregateId],
        loaded: &HashMap<AggregateId, Loaded>,
    ) {
        // What has ended since the groups were found is no more a part of them.
        let fires = |l: &&Loaded| alert_of(l).is_some_and(Alert::is_firing);
        let firing: Vec<&Loaded> = ids.iter().filter_map(|id| loaded.get(id)).filter(fires).collect();
        let ends = group.left.len() == 0;
        if firing.is_empty() && !group.begun && ends {
            return;
        }
        let listing = Arc::clone(&self.walk.web.formats.listing);
        if !std::mem::replace(&mut group.begun, true) {
            if !std::mem::take(&mut self.first) {
                out.push(b',');
            }
            listing.begin_group(out);
        }
        self.walk.write(out, firing.iter().copied(), &mut group.first);
        if ends {
            listing.end_group(out, &group.labels, &group.receiver);
        } else {
            self.left.push_front(group);
        }
    }
}
