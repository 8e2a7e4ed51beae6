//! Incidents: found, declared, worked on, told.

mod act;
mod detail;
mod escalation;
mod people;
mod read;
mod record;
mod timeline;
mod view;

use hansei_domain::access::Permission::{Read, Respond};
use serde_json::json;

use super::spec::{Api, Empty, Op};

const TAG: &str = "incidents";

const ABOUT_GET_TIMELINE: &str =
    "Its own entries and those of its alerts, its pages and the incidents merged into it.";
const ABOUT_SET_INCIDENT_SEVERITY: &str =
    "If nobody has been told yet and the service's rule tells people at this severity, they are.";
const ABOUT_ESCALATE_INCIDENT: &str =
    "Under the service's policy as it is now; whoever has been told is told again.";

/// The routes.
pub fn api() -> Api {
    found().merge(worked_on()).merge(told()).merge(ended()).merge(written_down())
}

fn found() -> Api {
    Api::new()
        .get(
            "/api/v1/incidents",
            Read,
            read::list,
            Op::new("listIncidents", TAG, "List incidents")
                .about("Highest number first.")
                .query::<read::ListQuery>()
                .answers::<read::IncidentList>(200, "A page of incidents."),
        )
        .post(
            "/api/v1/incidents",
            Respond,
            act::declare,
            Op::new("declareIncident", TAG, "Declare an incident")
                .about("Instants may lie in the past, so that old incidents can be brought in.")
                .body::<act::DeclareBody>(json!({
                    "title": "Chat is down", "severity": 1, "service": "chat", "page": true, "hold": true,
                    "impact_started_at": "2024-07-02T08:10:00Z",
                }))
                .answers::<view::Incident>(201, "The incident."),
        )
        .get(
            "/api/v1/incidents/{incident}",
            Read,
            detail::show,
            Op::new("getIncident", TAG, "Show an incident")
                .about("Everything its page shows; the version is the `ETag`.")
                .answers::<detail::IncidentDetail>(200, "The incident with its pages."),
        )
        .get(
            "/api/v1/incidents/{incident}/timeline",
            Read,
            timeline::timeline,
            Op::new("getTimeline", TAG, "Read an incident's timeline")
                .about(ABOUT_GET_TIMELINE)
                .query::<timeline::TimelineParams>()
                .answers::<timeline::Timeline>(200, "A page of the timeline."),
        )
}

fn command(id: &'static str, summary: &'static str) -> Op {
    Op::new(id, TAG, summary).versioned().answers::<view::Incident>(200, "The incident now.")
}

fn made(id: &'static str, summary: &'static str) -> Op {
    Op::new(id, TAG, summary).versioned().answers::<act::Made>(201, "The new id, and the incident now.")
}

fn worked_on() -> Api {
    Api::new()
        .post(
            "/api/v1/incidents/{incident}/acknowledge",
            Respond,
            act::acknowledge,
            command("acknowledgeIncident", "Take an incident").body::<Empty>(Empty::example()),
        )
        .post(
            "/api/v1/incidents/{incident}/handover",
            Respond,
            act::handover,
            command("handOverIncident", "Give an incident to somebody else")
                .body::<act::HandoverBody>(json!({"to": "aiko@example.org", "note": "I am off at six"})),
        )
        .post(
            "/api/v1/incidents/{incident}/status",
            Respond,
            act::status,
            command("setIncidentStatus", "Move an incident to another active state")
                .body::<act::StatusBody>(json!({"status": "identified", "note": "It is the cache"})),
        )
        .post(
            "/api/v1/incidents/{incident}/severity",
            Respond,
            act::severity,
            command("setIncidentSeverity", "Say how bad an incident is")
                .about(ABOUT_SET_INCIDENT_SEVERITY)
                .body::<act::SeverityBody>(json!({"severity": "sev1", "note": "All pods are hit"})),
        )
        .post(
            "/api/v1/incidents/{incident}/title",
            Respond,
            act::title,
            command("retitleIncident", "Call an incident something else")
                .body::<act::TitleBody>(json!({"title": "Chat and messaging are down"})),
        )
        .post(
            "/api/v1/incidents/{incident}/times",
            Respond,
            act::times,
            command("setIncidentTime", "Set or clear one of an incident's instants").body::<act::TimesBody>(
                json!({
                    "which": "mitigated", "at": "2024-07-02T16:30:00Z", "note": "Fix was in",
                }),
            ),
        )
}

fn told() -> Api {
    Api::new()
        .post(
            "/api/v1/incidents/{incident}/people",
            Respond,
            people::ask,
            command("askPeople", "Tell others about an incident")
                .body::<people::PeopleBody>(json!({"people": ["aiko@example.org"], "teams": ["storage"]})),
        )
        .post(
            "/api/v1/incidents/{incident}/escalate",
            Respond,
            people::escalate,
            command("escalateIncident", "Begin an incident's escalation anew")
                .about(ABOUT_ESCALATE_INCIDENT)
                .body::<people::EscalateBody>(json!({"note": "The fix did not hold"})),
        )
        .post(
            "/api/v1/incidents/{incident}/merge",
            Respond,
            people::merge,
            Op::new("mergeIncident", TAG, "Let another incident carry on this one's story")
                .body::<people::MergeBody>(json!({"into": "12", "note": "The same lock waits"}))
                .answers::<view::Incident>(200, "The incident now."),
        )
        .post(
            "/api/v1/incidents/{incident}/recurrence",
            Respond,
            people::recurrence,
            Op::new("linkRecurrence", TAG, "Say of which earlier incident this one is a recurrence")
                .about("Both incidents tell it. `null` takes the link back.")
                .body::<people::RecurrenceBody>(json!({"of": "12"}))
                .answers::<view::Incident>(200, "The incident now."),
        )
}

fn ended() -> Api {
    Api::new()
        .post(
            "/api/v1/incidents/{incident}/resolve",
            Respond,
            act::resolve,
            command("resolveIncident", "Resolve an incident").body::<act::ResolveBody>(json!({
                "at": "2024-07-03T05:05:00Z", "impact_ended_at": "2024-07-02T16:30:00Z", "note": "Confirmed",
            })),
        )
        .post(
            "/api/v1/incidents/{incident}/reopen",
            Respond,
            act::reopen,
            command("reopenIncident", "Reopen an incident")
                .body::<act::ReopenBody>(json!({"page": false, "note": "It is slow again"})),
        )
        .post(
            "/api/v1/incidents/{incident}/close",
            Respond,
            act::close,
            command("closeIncident", "Close a resolved incident")
                .body::<act::CloseBody>(json!({"note": "Done"})),
        )
}

fn written_down() -> Api {
    let scope = json!({
        "products": ["workspace"], "components": ["chat"], "pods": ["pod-17"],
        "symptom": "The button does not respond", "from_at": "2024-07-02T08:10:00Z", "until_at": null,
    });
    Api::new()
        .post(
            "/api/v1/incidents/{incident}/impacts",
            Respond,
            record::past_impact,
            command("correctPastImpact", "Correct an impact interval of before the incident was reopened")
                .body::<record::ImpactBody>(json!({
                "index": 0, "from_at": "2024-07-02T08:10:00Z", "until_at": "2024-07-02T16:30:00Z",
                "note": "From the logs",
            })),
        )
        .post(
            "/api/v1/incidents/{incident}/scope",
            Respond,
            record::add_scope,
            made("addScope", "Say that something more was hit").body::<record::ScopeBody>(scope.clone()),
        )
        .put(
            "/api/v1/incidents/{incident}/scope/{scope}",
            Respond,
            record::change_scope,
            command("changeScope", "Correct or end a range of the scope").body::<record::ScopeBody>(scope),
        )
        .delete(
            "/api/v1/incidents/{incident}/scope/{scope}",
            Respond,
            record::remove_scope,
            command("removeScope", "Take a range of the scope back").query::<record::WhyQuery>(),
        )
        .post(
            "/api/v1/incidents/{incident}/comments",
            Respond,
            record::comment,
            made("comment", "Say something about an incident").body::<record::CommentBody>(
                json!({"text": "Rolling back", "occurred_at": "2024-07-02T14:51:00Z"}),
            ),
        )
        .post(
            "/api/v1/incidents/{incident}/evidence",
            Respond,
            record::pin,
            made("pinEvidence", "Pin evidence to an incident").body::<record::EvidenceBody>(json!({
                "text": "Lock waits", "url": "https://graphs.example.org/locks", "kind": "graph",
            })),
        )
        .put(
            "/api/v1/incidents/{incident}/notes/{note}",
            Respond,
            record::correct_note,
            command("correctNote", "Correct a comment or piece of evidence")
                .about("Only its author may. The first text stays in the journal.")
                .body::<record::NoteBody>(json!({"text": "Rolled back", "note": "It is done"})),
        )
        .delete(
            "/api/v1/incidents/{incident}/notes/{note}",
            Respond,
            record::withdraw_note,
            command("withdrawNote", "Take a comment or piece of evidence back").query::<record::WhyQuery>(),
        )
}
