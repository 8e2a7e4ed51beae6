//! Who is told about an incident, why, and how far that has come.

use hansei_domain::Timestamp;
use hansei_domain::catalog::{EntryId, StepTarget};
use hansei_domain::incident::{self, WhyPaged};
use hansei_domain::journal::{AggregateId, Event, Recorded};
use hansei_domain::page::{self, PageEvent};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::Viewer;
use crate::api::names::Named;
use crate::api::wire::escalation_status;

/// An escalation under the policy that was stamped when it began.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Escalation {
    /// `running`, `acknowledged`, `stopped` or `exhausted`.
    pub status: &'static str,
    /// Rounds through all steps, counted from 0.
    pub round: u32,
    /// Index of the step that comes next.
    pub next_step: usize,
    /// When it comes; `null` unless running.
    pub next_at: Option<Timestamp>,
    /// When it began.
    pub started_at: Timestamp,
    /// The steps.
    pub steps: Vec<Step>,
    /// How many times all steps are walked again.
    pub repeat: u32,
    /// How long after the last step the fallback is told, seconds.
    pub exhaust_after_secs: u32,
    /// A taken incident without movement alarms again after this, seconds.
    pub ack_timeout_secs: Option<u32>,
}

/// One step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Step {
    /// How long after the step before, seconds.
    pub delay_secs: u32,
    /// People it tells.
    pub people: Vec<Named>,
    /// Teams it tells.
    pub teams: Vec<Named>,
}

/// One person's notice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page {
    /// Its id.
    pub id: String,
    /// The incident.
    pub incident_id: String,
    /// Who is told.
    pub person: Named,
    /// The generation it belongs to.
    pub generation: u32,
    /// Why this person.
    pub reason: Reason,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When a provider first accepted it.
    pub delivered_at: Option<Timestamp>,
    /// The next step has been asked since.
    pub escalated: bool,
    /// `acknowledged`, `resolved`, `superseded` or `escalated`; `null` while it goes on.
    pub end: Option<&'static str>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its channels, in order.
    pub channels: Vec<Channel>,
}

/// Why a person was told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reason {
    /// `step`, `exhausted`, `nobody_to_page` or `requested`.
    pub because: &'static str,
    /// The step, counted from 0.
    pub step: Option<usize>,
    /// The round, counted from 0.
    pub round: Option<u32>,
    /// What the step names.
    pub target: Option<Named>,
    /// How long after the step before, seconds.
    pub delay_secs: Option<u32>,
    /// Who asked for them.
    pub by: Option<Named>,
}

/// How far one channel has come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Channel {
    /// `email`, `webhook`.
    pub kind: &'static str,
    /// Where it leads.
    pub destination: String,
    /// Whether it has been begun.
    pub begun: bool,
    /// A provider accepted it.
    pub delivered: bool,
    /// It cannot work and is not tried again.
    pub given_up: bool,
    /// The next attempt.
    pub retry_at: Option<Timestamp>,
    /// Attempts that have an outcome, oldest first.
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attempt {
    /// When its outcome was known.
    pub at: Timestamp,
    /// Whether it was accepted.
    pub delivered: bool,
    /// What the provider said.
    pub receipt: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

impl Viewer<'_> {
    pub(super) fn escalation(&self, e: &incident::Escalation) -> Escalation {
        let step = |s: &hansei_domain::catalog::EscalationStep| {
            let mut out = Step { delay_secs: s.delay_secs, people: Vec::new(), teams: Vec::new() };
            for target in &s.targets {
                match target {
                    StepTarget::Person { .. } => out.people.push(self.target(target)),
                    StepTarget::Team { .. } => out.teams.push(self.target(target)),
                }
            }
            out
        };
        Escalation {
            status: escalation_status(e.status),
            round: e.round,
            next_step: e.next_step,
            next_at: e.next_at,
            started_at: e.started_at,
            steps: e.policy.steps.iter().map(step).collect(),
            repeat: e.policy.repeat,
            exhaust_after_secs: e.policy.exhaust_after_secs,
            ack_timeout_secs: e.policy.ack_timeout_secs,
        }
    }

    fn target(&self, target: &StepTarget) -> Named {
        match target {
            StepTarget::Person { id } => self.person(*id),
            StepTarget::Team { id } => Named::of(self.catalog, EntryId::Team(*id)),
        }
    }

    /// A page; `events` are the page events of its incident, oldest first.
    pub fn page(&self, p: &page::Page, events: &[Recorded]) -> Page {
        let channels = p.channels.iter().zip(&p.progress).enumerate().map(|(i, (channel, state))| Channel {
            kind: channel.contact.kind(),
            destination: channel.contact.destination().to_owned(),
            begun: i < p.begun,
            delivered: state.delivered,
            given_up: state.given_up,
            retry_at: state.retry_at,
            attempts: attempts(p, i, events),
        });
        Page {
            channels: channels.collect(),
            id: p.id.to_string(),
            incident_id: p.incident_id.to_string(),
            person: self.person(p.person_id),
            generation: p.generation,
            reason: self.reason(&p.why),
            requested_at: p.requested_at,
            delivered_at: p.delivered_at,
            escalated: p.escalated,
            end: p.end.map(page::PageEnd::as_str),
            ended_at: p.ended_at,
        }
    }

    fn reason(&self, why: &WhyPaged) -> Reason {
        let blank =
            Reason { because: "step", step: None, round: None, target: None, delay_secs: None, by: None };
        match why {
            WhyPaged::Step { step, round, target, delay_secs } => Reason {
                step: Some(*step),
                round: Some(*round),
                target: Some(self.target(target)),
                delay_secs: Some(*delay_secs),
                ..blank
            },
            WhyPaged::Exhausted => Reason { because: "exhausted", ..blank },
            WhyPaged::NobodyToPage => Reason { because: "nobody_to_page", ..blank },
            WhyPaged::Requested { by } => {
                Reason { because: "requested", by: by.map(|id| self.person(id)), ..blank }
            }
            WhyPaged::HandedOver { by } => {
                Reason { because: "handed_over", by: by.map(|id| self.person(id)), ..blank }
            }
        }
    }
}

fn attempts(page: &page::Page, channel: usize, events: &[Recorded]) -> Vec<Attempt> {
    let own = events.iter().filter(|e| e.aggregate == AggregateId::Page(page.id));
    let one = |e: &Recorded| match &e.event {
        Event::Page(PageEvent::Delivered { channel: c, receipt }) if *c == channel => {
            Some(Attempt { at: e.at, delivered: true, receipt: Some(receipt.clone()), error: None })
        }
        Event::Page(PageEvent::AttemptFailed { channel: c, error, .. }) if *c == channel => {
            Some(Attempt { at: e.at, delivered: false, receipt: None, error: Some(error.clone()) })
        }
        _ => None,
    };
    own.filter_map(one).collect()
}
