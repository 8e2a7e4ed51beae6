//! Sentences about telling people.

use hansei_domain::journal::{AggregateId, Recorded};
use hansei_domain::page::{Page, PageEnd, PageEvent};

use super::{Teller, Told};
use crate::reading::sentence::{Part, Slots};

impl Teller<'_> {
    pub(super) fn page_event(&self, entry: &Recorded, event: &PageEvent) -> Told {
        let page = match entry.aggregate {
            AggregateId::Page(id) => self.pages.get(&id),
            _ => None,
        };
        let who = match (page, event) {
            (_, PageEvent::Requested { person_id, .. }) => self.person(*person_id),
            (Some(page), _) => self.person(page.person_id),
            (None, _) => Part::Text(entry.aggregate.to_string()),
        };
        let slots = Slots::new().part("person", who);
        let by = |slots: Slots, channel: usize| slots.text("channel", self.channel(page, channel));
        match event {
            PageEvent::Requested { person_id, why, channels, .. } => {
                let incident = entry.incident_id.and_then(|id| self.incidents.get(&id));
                let reason = self.why_paged(*person_id, why, incident);
                if channels.is_empty() {
                    return Told::say(self.say("line-page-no-channel", slots)).fact(reason).bad();
                }
                Told::say(self.say("line-page-requested", slots)).fact(reason).minor()
            }
            PageEvent::ChannelBegun { channel } => {
                Told::say(self.say("line-page-channel", by(slots, *channel))).minor()
            }
            PageEvent::Delivered { channel, receipt } => {
                let told = Told::say(self.say("line-page-delivered", by(slots, *channel))).minor();
                if receipt.is_empty() { told } else { told.fact(self.receipt(receipt)) }
            }
            PageEvent::AttemptFailed { channel, number, error, retry_at } => {
                let slots =
                    by(slots, *channel).number("attempt", *number).part("error", Part::Quote(error.clone()));
                let told = Told::say(self.say("line-page-failed", slots)).bad();
                told.fact(match retry_at {
                    Some(at) => self.say("fact-tried-again", Slots::new().part("at", Part::At(*at))),
                    None => self.say("fact-not-tried-again", Slots::new()),
                })
            }
            PageEvent::RetryMoved { channel, .. } => {
                Told::say(self.say("line-page-retry-moved", by(slots, *channel))).minor()
            }
            PageEvent::NextChannelMoved { at } => {
                let slots = slots.part("at", Part::At(*at));
                Told::say(self.say("line-page-channel-moved", slots)).minor()
            }
            PageEvent::Escalated => Told::say(self.say("line-page-escalated", slots)).minor(),
            PageEvent::Ended { end } => {
                let key = match end {
                    PageEnd::Acknowledged => "line-page-ended-acknowledged",
                    PageEnd::Resolved => "line-page-ended-resolved",
                    PageEnd::Superseded => "line-page-ended-superseded",
                    PageEnd::Escalated => "line-page-ended-escalated",
                    PageEnd::Merged => "line-page-ended-merged",
                    PageEnd::Gone => "line-page-ended-gone",
                };
                Told::say(self.say(key, slots)).minor()
            }
        }
    }

    fn receipt(&self, receipt: &str) -> crate::reading::sentence::Sentence {
        self.say("fact-receipt", Slots::new().part("receipt", Part::Quote(receipt.to_owned())))
    }

    /// The kind of a page's channel in words.
    pub fn channel(&self, page: Option<&Page>, index: usize) -> String {
        let kind = page.and_then(|p| p.channels.get(index)).map(|c| c.contact.kind());
        kind.map_or_else(|| self.word("channel-unknown"), |kind| self.word(&format!("channel-{kind}")))
    }
}
