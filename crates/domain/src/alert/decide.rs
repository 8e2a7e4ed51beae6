//! What follows from a signal, an expiry or a person's word for one alert.

use jiff::{SignedDuration, Timestamp};

use super::event::{AlertEvent, ResolveReason};
use super::state::{Alert, AlertStatus, Observation};
use crate::Ctx;
use crate::signal::{Content, Moment, Signal, SignalAction};

/// How often new words of a sender that repeats itself are taken over, seconds.
const WORDS_EVERY_SECS: i64 = 900;
/// An end that is this much older than a trigger that arrived before it is not believed to have been under way so long.
const BELIEVABLE_DELAY_HOURS: i64 = 48;

/// What can be asked of an alert.
#[derive(Debug, Clone)]
pub enum AlertCommand<'a> {
    /// A signal of its key arrived.
    Observe(&'a Signal),
    /// A deadline may have passed.
    Tick,
}

/// What is known beside the alert itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlertFacts {
    /// When the alert's incident was resolved, if it has been. A trigger after that begins a new episode even if the
    /// alert itself has not been told yet, so that nothing falls between the two.
    pub incident_resolved_at: Option<Timestamp>,
}

/// What a signal meant, with its name for logs, metrics and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// First of its key.
    Opened,
    /// A new episode.
    Reopened,
    /// Says something else.
    Changed,
    /// Says the same: an observation only.
    Repeated,
    /// Over.
    Resolved,
    /// Over before it was seen to begin.
    ResolvedUnseen,
    /// Older than what is known already (R4).
    Stale,
    /// The sender's side acknowledges.
    Acknowledged,
    /// The sender's side acknowledges what is over: nothing, or something else, fires by now.
    AcknowledgedLate,
    /// Its time ran out.
    Expired,
    /// Nothing to do.
    Nothing,
}

impl Verdict {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "reopened",
            Self::Changed => "changed",
            Self::Repeated => "repeated",
            Self::Resolved => "resolved",
            Self::ResolvedUnseen => "resolved_unseen",
            Self::Stale => "stale",
            Self::Acknowledged => "acknowledged",
            Self::AcknowledgedLate => "acknowledged_late",
            Self::Expired => "expired",
            Self::Nothing => "nothing",
        }
    }
}

/// Decides one command. The second value is the new observation, if the signal was one.
pub fn decide(
    state: Option<&Alert>,
    seen: Option<&Observation>,
    command: &AlertCommand<'_>,
    facts: AlertFacts,
    ctx: &Ctx,
) -> (Vec<AlertEvent>, Option<Observation>, Verdict) {
    match command {
        AlertCommand::Observe(signal) => {
            let (events, verdict) = match signal.action {
                SignalAction::Trigger => on_trigger(state, newest_fire(state, seen), signal, facts, ctx),
                SignalAction::Resolve => on_resolve(state, newest_fire(state, seen), signal, ctx),
                SignalAction::Acknowledge => (Vec::new(), on_acknowledge(state, signal)),
            };
            // An acknowledge of a key nobody has seen leaves no trace: there is nothing it could be about.
            let known = state.is_some() || !events.is_empty();
            let seen = known.then(|| observe(seen, signal, verdict));
            (events, seen, verdict)
        }
        AlertCommand::Tick => on_tick(state, seen, ctx),
    }
}

/// The newest trigger known: that of the last event, or of a repeat since.
fn newest_fire(state: Option<&Alert>, seen: Option<&Observation>) -> Option<Moment> {
    let (told, observed) = (state.and_then(|a| a.fired), seen.and_then(|s| s.last_fired));
    match (told, observed) {
        // What was observed is never older in order of arrival, so it stands unless the sender's clock says otherwise.
        (Some(a), Some(b)) => Some(if b.comes_before(&a) { a } else { b }),
        (a, b) => a.or(b),
    }
}

fn on_trigger(
    state: Option<&Alert>,
    fired: Option<Moment>,
    signal: &Signal,
    facts: AlertFacts,
    ctx: &Ctx,
) -> (Vec<AlertEvent>, Verdict) {
    let moment = signal.moment();
    let Some(content) = signal.content.clone() else {
        return (Vec::new(), Verdict::Nothing);
    };
    let Some(alert) = state else {
        let event = AlertEvent::Opened {
            id: ctx.ids.fresh(),
            service_id: signal.service_id,
            key_id: signal.key_id,
            format: signal.format,
            dedup_key: signal.dedup_key.clone(),
            content,
            moment,
        };
        return (vec![event], Verdict::Opened);
    };
    let left_behind =
        alert.is_firing() && facts.incident_resolved_at.is_some_and(|at| signal.received_at > at);
    match alert.status {
        AlertStatus::Firing if left_behind => {
            (vec![AlertEvent::Reopened { content, moment }], Verdict::Reopened)
        }
        AlertStatus::Firing => {
            // An older trigger of the same episode must not overwrite what a newer one said.
            let older = fired.is_some_and(|fired| moment.comes_before(&fired));
            if older {
                (Vec::new(), Verdict::Stale)
            } else if alert
                .content
                .as_ref()
                .is_some_and(|known| says_the_same(known, &content, alert, signal))
            {
                (Vec::new(), Verdict::Repeated)
            } else {
                (vec![AlertEvent::Changed { content, moment }], Verdict::Changed)
            }
        }
        AlertStatus::Resolved => {
            if alert.cleared.is_none_or(|cleared| moment.comes_after(&cleared)) {
                (vec![AlertEvent::Reopened { content, moment }], Verdict::Reopened)
            } else {
                (Vec::new(), Verdict::Stale)
            }
        }
    }
}

/// Whether a trigger of an alert that goes on says nothing that has to be told now.
fn says_the_same(known: &Content, new: &Content, alert: &Alert, signal: &Signal) -> bool {
    known.matter() == new.matter() && (known == new || words_wait(alert.fired, signal))
}

/// Whether new words for the same matter may wait until a later repeat of this signal.
///
/// Senders write measured values into annotations, so that every repeat reads differently, and two replicas of one
/// sender differ in their links for ever. Who says when silence means the end has to repeat; of such a sender new words
/// are taken over now and then. Whoever may never say it again is heard at once.
pub fn words_wait(told: Option<Moment>, signal: &Signal) -> bool {
    let Some(told) = told.filter(|_| signal.expires_at.is_some()) else { return false };
    // Whichever way our clock was set meanwhile.
    let passed = signal.received_at.duration_since(told.received_at).abs();
    passed < SignedDuration::from_secs(WORDS_EVERY_SECS)
}

/// An acknowledgement counts only for what fires now. One that was under way while the alert ended must not silence
/// people for whatever else its incident is about.
fn on_acknowledge(state: Option<&Alert>, signal: &Signal) -> Verdict {
    let Some(alert) = state else { return Verdict::Acknowledged };
    let earlier_episode = alert.cleared.is_some_and(|cleared| signal.moment().comes_before(&cleared));
    if alert.is_firing() && !earlier_episode { Verdict::Acknowledged } else { Verdict::AcknowledgedLate }
}

fn on_resolve(
    state: Option<&Alert>,
    fired: Option<Moment>,
    signal: &Signal,
    ctx: &Ctx,
) -> (Vec<AlertEvent>, Verdict) {
    let moment = signal.moment();
    let Some(alert) = state else {
        let event = AlertEvent::ResolvedUnseen {
            id: ctx.ids.fresh(),
            service_id: signal.service_id,
            key_id: signal.key_id,
            format: signal.format,
            dedup_key: signal.dedup_key.clone(),
            moment,
        };
        return (vec![event], Verdict::ResolvedUnseen);
    };
    let newer_trigger =
        fired.is_some_and(|fired| moment.comes_before(&fired) && !contradict(&moment, &fired));
    let newer_resolve = alert.cleared.is_some_and(|cleared| !moment.comes_after(&cleared));
    match alert.status {
        AlertStatus::Firing if newer_trigger => (Vec::new(), Verdict::Stale),
        AlertStatus::Firing => {
            (vec![AlertEvent::Resolved { moment, reason: ResolveReason::Sender }], Verdict::Resolved)
        }
        AlertStatus::Resolved if newer_resolve || alert.episode > 0 && newer_trigger => {
            (Vec::new(), Verdict::Stale)
        }
        // By order of arrival it was over already, and whatever fires next arrives later anyway.
        AlertStatus::Resolved if moment.occurred_at.is_none() => (Vec::new(), Verdict::Repeated),
        // The end moved later: it must be known, or a late trigger in between would fire.
        AlertStatus::Resolved => {
            (vec![AlertEvent::Resolved { moment, reason: ResolveReason::Sender }], Verdict::Repeated)
        }
    }
}

/// Whether an end lies so far before a trigger that arrived earlier that one of the two instants must be wrong: a sender
/// whose clock was ahead once would otherwise have an alert that it cannot end. Then the order of arrival decides.
fn contradict(end: &Moment, fired: &Moment) -> bool {
    let (Some(end), Some(fired)) = (end.occurred_at, fired.occurred_at) else { return false };
    fired.duration_since(end) > SignedDuration::from_hours(BELIEVABLE_DELAY_HOURS)
}

fn on_tick(
    state: Option<&Alert>,
    seen: Option<&Observation>,
    ctx: &Ctx,
) -> (Vec<AlertEvent>, Option<Observation>, Verdict) {
    let expired = seen.and_then(|s| s.expires_at).filter(|at| *at <= ctx.now);
    match (state, expired) {
        (Some(alert), Some(_)) if alert.is_firing() => {
            // Our inference from silence, not the sender's word: it carries no sender's instant, so that whatever is
            // heard next counts as later. A sender that was cut off repeats the same old start when it is back.
            let moment = Moment { occurred_at: None, received_at: ctx.now };
            (vec![AlertEvent::Resolved { moment, reason: ResolveReason::Expired }], None, Verdict::Expired)
        }
        _ => (Vec::new(), None, Verdict::Nothing),
    }
}

fn observe(seen: Option<&Observation>, signal: &Signal, verdict: Verdict) -> Observation {
    let mut next = seen.copied().unwrap_or(Observation {
        last_seen_at: signal.received_at,
        last_fired: None,
        seen_count: 0,
        expires_at: None,
    });
    next.last_seen_at = next.last_seen_at.max(signal.received_at);
    next.seen_count = next.seen_count.saturating_add(1);
    if signal.action == SignalAction::Trigger {
        let moment = signal.moment();
        // A new episode begins with its own trigger. If the end before it had no sender's instant, the newest trigger
        // of the last episode may carry a later one, and nothing this episode hears would ever count against it.
        let begins = matches!(verdict, Verdict::Opened | Verdict::Reopened);
        let newer = next.last_fired.filter(|known| !begins && moment.comes_before(known));
        next.last_fired = Some(newer.unwrap_or(moment));
    }
    match verdict {
        Verdict::Opened | Verdict::Reopened => next.expires_at = signal.expires_at,
        // A repeat only ever moves the end away: a late, older copy must not bring it nearer. One with an older
        // instant is a sign of life as well: of two replicas of a sender, either may go on alone.
        Verdict::Changed | Verdict::Repeated | Verdict::Stale if signal.action == SignalAction::Trigger => {
            next.expires_at = match (next.expires_at, signal.expires_at) {
                (Some(a), Some(b)) => Some(a.max(b)),
                _ => None,
            };
        }
        Verdict::Resolved | Verdict::ResolvedUnseen | Verdict::Expired => next.expires_at = None,
        _ => {}
    }
    next
}

/// Ends a firing alert because its incident was resolved, or because a person says so.
pub fn end(alert: &Alert, reason: ResolveReason, now: Timestamp) -> Vec<AlertEvent> {
    if alert.is_firing() {
        vec![AlertEvent::Resolved { moment: Moment { occurred_at: None, received_at: now }, reason }]
    } else {
        Vec::new()
    }
}
