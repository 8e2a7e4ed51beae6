//! Sentences about what monitoring said.

use hansei_domain::alert::{AlertEvent, LeftReason, PlaceReason, ResolveReason};
use hansei_domain::journal::{AggregateId, Event, Recorded};
use hansei_domain::signal::{Content, Moment};

use super::{Teller, Told};
use crate::reading::sentence::{Part, Sentence, Slots};

/// Whether an entry says where an alert belongs.
pub(super) fn is_placement(entry: &Recorded) -> bool {
    matches!(entry.event, Event::Alert(AlertEvent::Placed { .. } | AlertEvent::LeftAlone { .. }))
}

fn is_beginning(entry: &Recorded) -> bool {
    matches!(entry.event, Event::Alert(AlertEvent::Opened { .. } | AlertEvent::Reopened { .. }))
}

/// Whether two neighbouring entries are the beginning of one alert and its placement, decided together.
pub(super) fn same_moment(a: &Recorded, b: &Recorded) -> bool {
    let pair = (is_beginning(a) && is_placement(b)) || (is_placement(a) && is_beginning(b));
    pair && a.aggregate == b.aggregate && a.at == b.at && a.version.abs_diff(b.version) == 1
}

impl Teller<'_> {
    pub(super) fn alert_event(&self, entry: &Recorded, event: &AlertEvent) -> Told {
        let content = match event {
            AlertEvent::Opened { content, .. }
            | AlertEvent::Reopened { content, .. }
            | AlertEvent::Changed { content, .. } => Some(content),
            _ => None,
        };
        let alert = match entry.aggregate {
            AggregateId::Alert(id) => self.alert(id, content.map(|c| c.summary.as_str())),
            other => Part::Text(other.to_string()),
        };
        let slots = Slots::new().part("actor", self.actor(&entry.actor)).part("alert", alert);
        match event {
            AlertEvent::Opened { moment, .. } => {
                Told::say(self.say("line-alert-opened", slots)).maybe(self.senders_clock(entry, *moment))
            }
            AlertEvent::Reopened { moment, .. } => {
                Told::say(self.say("line-alert-reopened", slots)).maybe(self.senders_clock(entry, *moment))
            }
            AlertEvent::Changed { content, .. } => {
                Told::say(self.say("line-alert-changed", slots)).fact(self.severity_of(content)).minor()
            }
            AlertEvent::ResolvedUnseen { moment, .. } => {
                let told = Told::say(self.say("line-alert-resolved-unseen", slots));
                told.maybe(self.senders_clock(entry, *moment)).minor()
            }
            AlertEvent::Resolved { moment, reason } => {
                let key = match reason {
                    ResolveReason::Sender => "line-alert-resolved-sender",
                    ResolveReason::Expired => "line-alert-resolved-expired",
                    ResolveReason::IncidentResolved => "line-alert-resolved-incident",
                    ResolveReason::Person => "line-alert-resolved-person",
                };
                Told::say(self.say(key, slots)).maybe(self.senders_clock(entry, *moment))
            }
            AlertEvent::Placed { reason, incident_id } => {
                Told::say(self.placed(*reason, *incident_id)).minor()
            }
            AlertEvent::LeftAlone { reason } => Told::say(self.left_alone(*reason)).minor(),
            AlertEvent::WaitedFor { until } => {
                let slots = Slots::new().part("until", Part::At(*until));
                Told::say(self.say("line-alert-waited", slots)).minor()
            }
        }
    }

    /// Why an alert belongs to its incident.
    pub fn placed(&self, reason: PlaceReason, incident: hansei_domain::ids::IncidentId) -> Sentence {
        let key = match reason {
            PlaceReason::Declared => "placed-declared",
            PlaceReason::SameGroup => "placed-same_group",
            PlaceReason::Recurred => "placed-recurred",
            PlaceReason::Person => "placed-person",
        };
        let part = match self.incidents.get(&incident) {
            Some(incident) => Part::Incident(incident.number),
            None => Part::Text(self.word("placed-this")),
        };
        self.say(key, Slots::new().part("incident", part))
    }

    /// Why an alert stays without an incident.
    pub fn left_alone(&self, reason: LeftReason) -> Sentence {
        let key = match reason {
            LeftReason::BelowThreshold => "left-below_threshold",
            LeftReason::ServiceArchived => "left-service_archived",
            LeftReason::SelfTest => "left-self_test",
        };
        self.say(key, Slots::new())
    }

    fn severity_of(&self, content: &Content) -> Sentence {
        let word = self.word(&format!("alert-severity-{}", content.severity.as_str()));
        self.say("fact-alert-severity", Slots::new().text("severity", word))
    }

    /// The sender's own instant, where it is another minute than ours.
    fn senders_clock(&self, entry: &Recorded, moment: Moment) -> Option<Sentence> {
        let theirs = moment.occurred_at?;
        let apart = entry.at.duration_since(theirs).as_secs().abs();
        (apart >= 60).then(|| self.say("fact-senders-clock", Slots::new().part("at", Part::At(theirs))))
    }
}
