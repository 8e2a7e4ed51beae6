//! What follows from an outcome, a deadline or an acknowledgement for one page.

use jiff::Timestamp;

use super::state::{Attempt, Channel, Page, PageEnd, PageEvent};
use crate::Ctx;
use crate::ids::IncidentId;
use crate::incident::Paged;
use crate::refusal::Refusal;

/// What a sender says about one attempt. `Retry` or `GiveUp` is in its type, so nobody has to guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// The provider accepted it, with its own word for it.
    Delivered {
        /// What the provider said.
        receipt: String,
    },
    /// It may work later. A time-out is always this, never a failure for good (R9).
    Retry {
        /// What went wrong.
        error: String,
        /// The provider asked for this pause, seconds; capped at 60 for pages.
        after_secs: Option<u32>,
    },
    /// It can never work on this channel, as far as the provider knows.
    GiveUp {
        /// What is wrong.
        error: String,
    },
}

/// What can be asked of a page.
#[derive(Debug, Clone)]
pub enum PageCommand {
    /// Make it.
    Request {
        /// Whom and why.
        paged: Paged,
        /// The incident.
        incident_id: IncidentId,
        /// Its generation.
        generation: u32,
        /// The person's ways, in order.
        channels: Vec<Channel>,
        /// How long to wait for a reaction before the next channel, seconds.
        next_channel_secs: u32,
    },
    /// An attempt has an outcome. `jitter` is 0 to 255 from the injected generator.
    Outcome {
        /// Which channel.
        channel: usize,
        /// The attempt's number.
        number: u32,
        /// What the sender says.
        outcome: SendOutcome,
        /// Spreads retries of many pages.
        jitter: u8,
    },
    /// The next step of the escalation was reached.
    Escalate,
    /// It is over.
    End(PageEnd),
    /// A deadline may have passed.
    Tick,
    /// The clock has been set back: what waits for an instant far ahead is due now.
    ClockSetBack,
}

/// Pause before a channel that was refused for good is tried again because no other is left, seconds: what is refused
/// "for good" by a relay with a wrong setting works again when somebody has put it right.
fn last_hope_secs(number: u32) -> u32 {
    if number < 10 { 60 } else { 300 }
}
/// The longest that a retry may lie ahead, seconds: a minute, and as much again for its spread.
const LONGEST_RETRY_SECS: u32 = 120;

/// Pause before attempt `number + 1` after attempt `number` failed, seconds: 1, 5, 15, 30, then 60.
pub fn retry_delay_secs(number: u32) -> u32 {
    match number {
        0 | 1 => 1,
        2 => 5,
        3 => 15,
        4 => 30,
        _ => 60,
    }
}

/// Decides one command; an empty list means that nothing changes.
pub fn decide(state: Option<&Page>, command: &PageCommand, ctx: &Ctx) -> Result<Vec<PageEvent>, Refusal> {
    if let PageCommand::Request { paged, incident_id, generation, channels, next_channel_secs } = command {
        return Ok(request(state, paged, *incident_id, *generation, channels, *next_channel_secs));
    }
    let page = state.ok_or(Refusal::NotFound("page"))?;
    Ok(match command {
        PageCommand::Request { .. } => Vec::new(),
        PageCommand::Outcome { channel, number, outcome, jitter } => {
            outcome_events(page, *channel, *number, outcome, *jitter, ctx.now)
        }
        PageCommand::Escalate if page.end.is_some() || page.escalated => Vec::new(),
        PageCommand::Escalate if page.delivered_at.is_some() => {
            vec![PageEvent::Escalated, PageEvent::Ended { end: PageEnd::Escalated }]
        }
        PageCommand::Escalate => vec![PageEvent::Escalated],
        PageCommand::End(_) if page.end.is_some() => Vec::new(),
        PageCommand::End(end) => vec![PageEvent::Ended { end: *end }],
        PageCommand::Tick => tick(page, ctx.now),
        PageCommand::ClockSetBack => clock_set_back(page, ctx.now),
    })
}

fn request(
    state: Option<&Page>,
    paged: &Paged,
    incident_id: IncidentId,
    generation: u32,
    channels: &[Channel],
    next_channel_secs: u32,
) -> Vec<PageEvent> {
    if state.is_some() {
        return Vec::new();
    }
    vec![PageEvent::Requested {
        id: paged.page_id,
        incident_id,
        generation,
        person_id: paged.person_id,
        why: paged.why.clone(),
        channels: channels.to_vec(),
        next_channel_secs,
    }]
}

fn outcome_events(
    page: &Page,
    channel: usize,
    number: u32,
    outcome: &SendOutcome,
    jitter: u8,
    now: Timestamp,
) -> Vec<PageEvent> {
    let mut events = Vec::new();
    let delivered_before = page.progress.get(channel).is_some_and(|p| p.delivered);
    match outcome {
        // A late second answer for the same channel changes nothing that matters.
        _ if delivered_before => {}
        SendOutcome::Delivered { receipt } => {
            events.push(PageEvent::Delivered { channel, receipt: receipt.clone() });
            if page.escalated && page.end.is_none() {
                events.push(PageEvent::Ended { end: PageEnd::Escalated });
            }
        }
        // The page ended while this attempt was under way: its failure needs no next one.
        SendOutcome::Retry { .. } | SendOutcome::GiveUp { .. } if page.end.is_some() => {}
        SendOutcome::Retry { error, after_secs } => {
            let pause = after_secs.map_or(0, |s| s.min(60)).max(retry_delay_secs(number));
            let retry_at = spread(now, pause, jitter);
            events.push(PageEvent::AttemptFailed {
                channel,
                number,
                error: error.clone(),
                retry_at: Some(retry_at),
            });
            begin_next(page, &mut events);
        }
        SendOutcome::GiveUp { error } => {
            // Nobody must be left untold: where no other way is left, this one goes on being tried (R9, R13).
            let last = !another_hope(page, channel);
            let retry_at = last.then(|| spread(now, last_hope_secs(number), jitter));
            events.push(PageEvent::AttemptFailed { channel, number, error: error.clone(), retry_at });
            begin_next(page, &mut events);
            if last {
                let given_up = page.progress.iter().enumerate().filter(|(i, p)| *i != channel && p.given_up);
                events.extend(given_up.map(|(channel, _)| PageEvent::ChannelBegun { channel }));
            }
        }
    }
    events
}

/// An instant so many seconds ahead, and up to a quarter more, so that many do not come at once.
fn spread(now: Timestamp, pause: u32, jitter: u8) -> Timestamp {
    let spread_ms = i64::from(pause) * i64::from(jitter);
    crate::plus_secs(now, pause).checked_add(jiff::SignedDuration::from_millis(spread_ms)).unwrap_or(now)
}

/// Whether the person has been told over another channel, or may still be.
fn another_hope(page: &Page, than: usize) -> bool {
    let unbegun = page.begun < page.channels.len();
    unbegun || page.progress.iter().enumerate().any(|(i, p)| i != than && !p.given_up)
}

/// Attempts and channels that wait for an instant that the right clock will not show for long (R20).
fn clock_set_back(page: &Page, now: Timestamp) -> Vec<PageEvent> {
    if page.end.is_some() {
        return Vec::new();
    }
    let mut events = Vec::new();
    let far = crate::plus_secs(now, LONGEST_RETRY_SECS);
    let asked_ahead = page.requested_at > crate::plus_secs(now, 1);
    for (channel, progress) in page.progress.iter().enumerate().take(page.begun) {
        let waits = !progress.delivered && !progress.given_up;
        let ahead = match progress.retry_at {
            Some(at) => at > far,
            // Under way, or still waiting since it was asked for.
            None => asked_ahead,
        };
        if waits && ahead {
            let number = progress.tried + 1;
            events.push(PageEvent::RetryMoved { channel, number, retry_at: now });
        }
    }
    if page.next_channel_at.is_some_and(|at| at > crate::plus_secs(now, page.next_channel_secs + 1)) {
        let at = crate::plus_secs(now, page.next_channel_secs);
        events.push(PageEvent::NextChannelMoved { at });
    }
    events
}

/// A failing channel does not have to be waited for: the next one begins at once.
fn begin_next(page: &Page, events: &mut Vec<PageEvent>) {
    if page.begun < page.channels.len() && page.end.is_none() {
        events.push(PageEvent::ChannelBegun { channel: page.begun });
    }
}

fn tick(page: &Page, now: Timestamp) -> Vec<PageEvent> {
    let due = page.end.is_none() && page.next_channel_at.is_some_and(|at| at <= now);
    if due && page.begun < page.channels.len() {
        vec![PageEvent::ChannelBegun { channel: page.begun }]
    } else {
        Vec::new()
    }
}

/// The next deadline: the beginning of the next channel. (Retries wait in the outbox, not here.)
pub fn due(page: &Page) -> Option<Timestamp> {
    page.next_channel_at.filter(|_| page.end.is_none())
}

/// The attempts that an event asks for: data for the outbox.
pub fn attempts(page: &Page, event: &PageEvent, at: Timestamp) -> Option<Attempt> {
    let (channel, number, not_before) = match event {
        PageEvent::Requested { channels, .. } if !channels.is_empty() => (0, 1, at),
        PageEvent::ChannelBegun { channel } => {
            (*channel, page.progress.get(*channel).map_or(1, |p| p.tried + 1), at)
        }
        PageEvent::AttemptFailed { channel, number, retry_at: Some(retry_at), .. } => {
            (*channel, number + 1, *retry_at)
        }
        PageEvent::RetryMoved { channel, number, retry_at } => (*channel, *number, *retry_at),
        _ => return None,
    };
    Some(Attempt { page_id: page.id, channel, number, not_before })
}
