//! What happens, as it happens: server-sent events for programs, out of the same tail that pages are drawn from.
//!
//! Each event carries the journal's place as its id; `Last-Event-ID` (or `?after=`) resumes behind it. A place that is
//! no longer in memory is answered with `resync`: fetch what is shown anew, and go on. `ping` is a sign of life.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::response::Response;
use hansei_domain::access::Permission::Read;
use hansei_domain::catalog::{EntryId, self_test};
use hansei_domain::ids::IncidentId;
use hansei_domain::journal::{AggregateId, Event, Recorded};
use hansei_domain::refusal::{FieldCode, Refusal};
use serde::Deserialize;
use utoipa::IntoParams;

use super::call::Call;
use super::entries::EventView;
use super::spec::{Api, Op};
use super::{json, names};
use crate::error::WebResult;
use crate::live::{self, Message, Opening, Scene};
use crate::state::Web;

/// The routes.
pub fn api() -> Api {
    Api::new().get("/api/v1/events", Read, stream, Op::new("streamEvents", "events", "Follow what happens")
        .about("Server-sent events. `event: journal` carries an entry of the journal as JSON; `ping` is a sign of life; \
            `resync` says that the place asked for is no longer in memory. The event's `id` is its place: give the last \
            one back as `Last-Event-ID`, or as `after`.")
        .query::<StreamQuery>()
        .answers_text("text/event-stream", "The stream; the data of `journal` events has the schema `EventView`.")
        .mentions::<EventView>())
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
    "alert", "incident", "page", "team", "person", "product", "component", "pod", "service", "key", "settings",
];

struct Follow {
    web: Web,
    kinds: Vec<String>,
    incident: Option<IncidentId>,
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
    let incident = match &query.incident {
        Some(name) => Some(names::incident(&call.web, name).await?.id),
        None => None,
    };
    let scene = Follow { web: call.web.clone(), kinds, incident };
    opening.after = opening.after.or(query.after);
    live::open(&call.web, call.who.person_id, opening, scene)
}

/// The self-test's own steps are nobody's news.
fn is_self_test(entry: &Recorded) -> bool {
    match entry.aggregate {
        AggregateId::Entry(id) => self_test::owns(id),
        _ => match &entry.event {
            Event::Alert(hansei_domain::alert::AlertEvent::Opened { service_id, .. }) => {
                self_test::owns(EntryId::Service(*service_id))
            }
            Event::Page(hansei_domain::page::PageEvent::Requested { person_id, .. }) => {
                self_test::owns(EntryId::Person(*person_id))
            }
            _ => false,
        },
    }
}

impl Scene for Follow {
    fn concerns(&self, entry: &Recorded) -> bool {
        let kind = entry.aggregate.kind();
        (self.kinds.is_empty() || self.kinds.iter().any(|k| k == kind))
            && self.incident.is_none_or(|id| entry.incident_id == Some(id))
            && !is_self_test(entry)
    }

    fn draw(
        &mut self,
        entries: Vec<Arc<Recorded>>,
    ) -> Pin<Box<dyn Future<Output = WebResult<Vec<Message>>> + Send + '_>> {
        let catalog = self.web.app.catalog.now();
        let one = |entry: &Arc<Recorded>| {
            let data = json::text(&EventView::of(&catalog, entry)?)?;
            Ok(Message { id: entry.seq, event: Some("journal"), data })
        };
        let drawn = entries.iter().map(one).collect();
        Box::pin(std::future::ready(drawn))
    }

    fn gathers(&self) -> bool {
        false
    }
}
