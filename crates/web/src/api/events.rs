//! What happens, as it happens: server-sent events for programs, out of the same tail that pages are drawn from.
//!
//! Each event carries the journal's place as its id; `Last-Event-ID` (or `?after=`) resumes behind it. A place that is
//! no longer in memory is answered with `resync`: fetch what is shown anew, and go on. `ping` is a sign of life.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::response::Response;
use hansei_app::App;
use hansei_app::auth::Principal;
use hansei_domain::access::Permission::Read;
use hansei_domain::alert::AlertEvent;
use hansei_domain::catalog::{EntryId, self_test};
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::IncidentEvent;
use hansei_domain::journal::{AggregateId, Event, Recorded};
use hansei_domain::refusal::{FieldCode, Refusal};
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::sync::OnceCell;
use utoipa::IntoParams;

use super::call::Call;
use super::entries::EventView;
use super::incidents::family;
use super::spec::{Api, Op};
use super::{json, names};
use crate::error::WebResult;
use crate::live::{self, Message, Opening, Scene};
use crate::shown;
use crate::state::Web;

const ABOUT_STREAM_EVENTS: &str = "Server-sent events. `event: journal` carries an entry of the journal as JSON; `ping` is a sign of \
    life; `resync` says that the place asked for is no longer in memory. The event's `id` is its \
    place: give the last one back as `Last-Event-ID`, or as `after`. What concerns one person only (sessions, \
    password links, test pages) is told to that person and to those who may manage people.";

/// The routes.
pub fn api() -> Api {
    Api::new().get(
        "/api/v1/events",
        Read,
        stream,
        Op::new("streamEvents", "events", "Follow what happens")
            .about(ABOUT_STREAM_EVENTS)
            .query::<StreamQuery>()
            .answers_text(
                "text/event-stream",
                "The stream; the data of `journal` events has the schema `EventView`.",
            )
            .mentions::<EventView>(),
    )
}

/// What is to be followed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct StreamQuery {
    /// Kinds of what it happens to, separated by commas: `incident`, `alert`, `page`, `team`, `service`, …
    kind: Option<String>,
    /// Number or id of an incident: only what its timeline shows.
    incident: Option<String>,
    /// The place behind which it begins; from now on if nothing is said.
    after: Option<u64>,
}

const KINDS: [&str; 11] = [
    "alert",
    "incident",
    "page",
    "team",
    "person",
    "product",
    "component",
    "pod",
    "service",
    "key",
    "settings",
];

/// Which incident is the self-test's: its steps are nobody's news. Looked up once per node, then learned from the tail.
#[derive(Default)]
pub struct SelfTest {
    looked_up: OnceCell<()>,
    id: Mutex<Option<IncidentId>>,
}

impl SelfTest {
    /// Looks it up, the first time only: opening a stream reads nothing after that (R24).
    async fn look_up(&self, app: &App) -> WebResult<()> {
        let look = async || {
            let known = app.store.incident_by_number(self_test::INCIDENT_NUMBER).await?;
            if let Some(row) = known {
                *self.id.lock() = Some(row.incident.id);
            }
            WebResult::Ok(())
        };
        self.looked_up.get_or_try_init(look).await.copied()
    }

    /// Whether an entry is one of its steps.
    fn owns(&self, entry: &Recorded) -> bool {
        if let Event::Incident(IncidentEvent::Declared { number: self_test::INCIDENT_NUMBER, id, .. }) =
            &entry.event
        {
            *self.id.lock() = Some(*id);
        }
        match (&entry.event, entry.aggregate) {
            (_, AggregateId::Entry(id)) => self_test::owns(id),
            (Event::Alert(AlertEvent::Opened { service_id, .. }), _) => {
                self_test::owns(EntryId::Service(*service_id))
            }
            _ => entry.incident_id.is_some() && entry.incident_id == *self.id.lock(),
        }
    }
}

struct Follow {
    web: Web,
    who: Principal,
    kinds: Vec<String>,
    /// The incident that is asked for, and those merged into it.
    family: Option<BTreeSet<IncidentId>>,
}

/// `GET /api/v1/events`.
async fn stream(call: Call, mut opening: Opening) -> WebResult<Response> {
    let query: StreamQuery = call.query()?;
    let kinds: Vec<String> =
        query.kind.iter().flat_map(|all| all.split(',')).map(|kind| kind.trim().to_owned()).collect();
    if kinds.iter().any(|kind| !KINDS.contains(&kind.as_str())) {
        let message = format!("must be names of {}, separated by commas", KINDS.join(", "));
        return Err(Refusal::field("kind", FieldCode::Unknown, message).into());
    }
    call.web.api.self_test.look_up(call.app()).await?;
    let followed = match query.incident.as_deref() {
        None => None,
        Some(name) => Some(family(&names::incident(&call.web, name).await?).into_iter().collect()),
    };
    let scene = Follow { web: call.web.clone(), who: call.who.clone(), kinds, family: followed };
    opening.after = opening.after.or(query.after);
    live::open(&call.web, call.who.person_id, opening, scene)
}

impl Follow {
    /// Whether it stands on the timeline that is followed. What is merged into it brings its own story along.
    fn follows(&mut self, entry: &Recorded) -> bool {
        let Some(family) = &mut self.family else { return true };
        let follows = entry.incident_id.is_some_and(|id| family.contains(&id));
        if follows && let Event::Incident(IncidentEvent::Absorbed { source, .. }) = &entry.event {
            family.insert(*source);
        }
        follows
    }
}

impl Scene for Follow {
    fn concerns(&mut self, entry: &Recorded) -> bool {
        let (kind, own) = (entry.aggregate.kind(), self.web.api.self_test.owns(entry));
        let follows = self.follows(entry);
        let asked = self.kinds.is_empty() || self.kinds.iter().any(|k| k == kind);
        !own && follows && asked && shown::concerns(&self.who, entry)
    }

    fn draw(
        &mut self,
        entries: Vec<Arc<Recorded>>,
    ) -> Pin<Box<dyn Future<Output = WebResult<Vec<Message>>> + Send + '_>> {
        let catalog = self.web.app.catalog.now();
        let one = |entry: &Arc<Recorded>| {
            let data = json::text(&EventView::of(&self.who, &catalog, entry)?)?;
            Ok(Message { id: entry.seq, event: Some("journal"), data })
        };
        let drawn = entries.iter().map(one).collect();
        Box::pin(std::future::ready(drawn))
    }

    fn gathers(&self) -> bool {
        false
    }
}
