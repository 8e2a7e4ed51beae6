//! What is known of a page, and how events change it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::ContactKind;
use crate::ids::{ContactId, IncidentId, PageId, PersonId};
use crate::incident::WhyPaged;

/// A way to reach the person, as it was when the page was requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// The person's contact.
    pub contact_id: ContactId,
    /// What it is and where it leads.
    pub contact: ContactKind,
}

/// How far a channel has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ChannelState {
    /// Attempts that were started and have an outcome.
    pub tried: u32,
    /// The provider accepted it.
    pub delivered: bool,
    /// The channel can't work (address refused for good): it is not tried again while another one may.
    pub given_up: bool,
    /// The next attempt; `None` while one is under way, or after delivery.
    pub retry_at: Option<Timestamp>,
}

/// How a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageEnd {
    /// The incident was taken.
    Acknowledged,
    /// The incident ended.
    Resolved,
    /// A newer generation of the incident alarms.
    Superseded,
    /// It was delivered, nobody reacted, and the next step was asked.
    Escalated,
    /// The incident was merged into another one, where its story goes on.
    Merged,
    /// The person is no longer one of those who use Hansei.
    Gone,
}

impl PageEnd {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Superseded => "superseded",
            Self::Escalated => "escalated",
            Self::Merged => "merged",
            Self::Gone => "gone",
        }
    }
}

/// The folded state of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its id: also what senders use as idempotency key, together with the channel.
    pub id: PageId,
    /// The incident.
    pub incident_id: IncidentId,
    /// The generation it belongs to.
    pub generation: u32,
    /// Who is told.
    pub person_id: PersonId,
    /// Why.
    pub why: WhyPaged,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// The stamped channels, in order.
    pub channels: Vec<Channel>,
    /// How far each has come; same length as `channels`.
    pub progress: Vec<ChannelState>,
    /// How many channels have been begun.
    pub begun: usize,
    /// When the next channel begins; `None` if there is none left.
    pub next_channel_at: Option<Timestamp>,
    /// How long to wait for a reaction before the next channel, seconds.
    pub next_channel_secs: u32,
    /// The next step of the escalation has been reached.
    pub escalated: bool,
    /// When the provider first accepted it.
    pub delivered_at: Option<Timestamp>,
    /// How it ended.
    pub end: Option<PageEnd>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// One attempt that is to be started: the content of an outbox entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The page.
    pub page_id: PageId,
    /// Which of its channels.
    pub channel: usize,
    /// Counted from 1.
    pub number: u32,
    /// Not before then.
    pub not_before: Timestamp,
}

/// A fact in a page's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PageEvent {
    /// A person is to be told.
    Requested {
        /// The new page.
        id: PageId,
        /// The incident.
        incident_id: IncidentId,
        /// Its generation.
        generation: u32,
        /// Who.
        person_id: PersonId,
        /// Why.
        why: WhyPaged,
        /// Over which channels, in order.
        channels: Vec<Channel>,
        /// How long to wait for a reaction before the next channel, seconds.
        next_channel_secs: u32,
    },
    /// A channel begins (the first one begins with the request).
    ChannelBegun {
        /// Which.
        channel: usize,
    },
    /// The provider accepted it.
    Delivered {
        /// Which channel.
        channel: usize,
        /// What the provider said.
        receipt: String,
    },
    /// The provider did not accept it.
    AttemptFailed {
        /// Which channel.
        channel: usize,
        /// The attempt's number.
        number: u32,
        /// What went wrong.
        error: String,
        /// When it is tried again; `None` = this channel is given up.
        retry_at: Option<Timestamp>,
    },
    /// The next step of the escalation was reached.
    Escalated,
    /// The clock had been wrong and was set back: an attempt that waited for an instant far ahead is made now (R20).
    RetryMoved {
        /// Which channel.
        channel: usize,
        /// The attempt's number.
        number: u32,
        /// When it is made.
        retry_at: Timestamp,
    },
    /// The same for the beginning of the next channel.
    NextChannelMoved {
        /// When it begins.
        at: Timestamp,
    },
    /// It is over.
    Ended {
        /// How.
        end: PageEnd,
    },
}

impl PageEvent {
    /// The event's stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "page.requested",
            Self::ChannelBegun { .. } => "page.channel_begun",
            Self::Delivered { .. } => "page.delivered",
            Self::AttemptFailed { .. } => "page.attempt_failed",
            Self::Escalated => "page.escalated",
            Self::RetryMoved { .. } => "page.retry_moved",
            Self::NextChannelMoved { .. } => "page.next_channel_moved",
            Self::Ended { .. } => "page.ended",
        }
    }
}

/// Folds one event, which happened at `at`, into the state.
pub fn evolve(state: Option<Page>, event: &PageEvent, at: Timestamp) -> Option<Page> {
    match event {
        PageEvent::Requested { id, incident_id, generation, person_id, why, channels, next_channel_secs } => {
            Some(Page {
                id: *id,
                incident_id: *incident_id,
                generation: *generation,
                person_id: *person_id,
                why: why.clone(),
                requested_at: at,
                channels: channels.clone(),
                progress: vec![ChannelState::default(); channels.len()],
                begun: channels.len().min(1),
                next_channel_at: (channels.len() > 1).then(|| crate::plus_secs(at, *next_channel_secs)),
                next_channel_secs: *next_channel_secs,
                escalated: false,
                delivered_at: None,
                end: None,
                ended_at: None,
            })
        }
        _ => state.map(|page| existing(page, event, at)),
    }
}

fn existing(mut page: Page, event: &PageEvent, at: Timestamp) -> Page {
    match event {
        PageEvent::Requested { .. } => {}
        PageEvent::ChannelBegun { channel } => {
            page.begun = page.begun.max(channel + 1);
            let more = page.begun < page.channels.len();
            page.next_channel_at = more.then(|| crate::plus_secs(at, page.next_channel_secs));
            // One that was given up begins again when all others were, too.
            if let Some(progress) = page.progress.get_mut(*channel) {
                progress.given_up = false;
            }
        }
        PageEvent::Delivered { channel, .. } => {
            if let Some(progress) = page.progress.get_mut(*channel) {
                progress.tried += 1;
                progress.delivered = true;
                progress.retry_at = None;
            }
            page.delivered_at = page.delivered_at.or(Some(at));
        }
        PageEvent::AttemptFailed { channel, retry_at, .. } => {
            if let Some(progress) = page.progress.get_mut(*channel) {
                progress.tried += 1;
                progress.given_up = retry_at.is_none();
                progress.retry_at = *retry_at;
            }
        }
        PageEvent::Escalated => page.escalated = true,
        PageEvent::RetryMoved { channel, retry_at, .. } => {
            if let Some(progress) = page.progress.get_mut(*channel) {
                progress.retry_at = Some(*retry_at);
            }
        }
        PageEvent::NextChannelMoved { at } => page.next_channel_at = Some(*at),
        PageEvent::Ended { end } => {
            page.end = Some(*end);
            page.ended_at = Some(at);
            page.next_channel_at = None;
            for progress in &mut page.progress {
                progress.retry_at = None;
            }
        }
    }
    page
}
