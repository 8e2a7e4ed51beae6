//! Providers as strict judges: they answer as a script says, keep every letter, and refuse to be told nonsense.
//!
//! A judge does not trust its caller. The same idempotency key after a clean delivery, an attempt out of order, a
//! message to a contact nobody has, a link that leads nowhere: each is an offence, and any offence fails the test.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use hansei_app::ports::{PageMessage, Sender, SenderKind};
use hansei_domain::catalog::ContactKind;
use hansei_domain::ids::{ContactId, PageId, PersonId};
use hansei_domain::page::SendOutcome;
use parking_lot::Mutex;

/// What a provider does with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Delivers and says so.
    Deliver,
    /// Refuses for now: SMTP 4xx, HTTP 503.
    Refuse,
    /// Refuses for now and asks for a pause of so many seconds.
    RefuseFor(u32),
    /// Refuses for good: SMTP 5xx, HTTP 410.
    Reject,
    /// Never answers: nobody knows the outcome; nothing was delivered.
    Hang,
    /// Delivers and never answers: nobody knows the outcome.
    HangDelivered,
    /// Delivers, then the connection breaks: the caller hears of a failure.
    DeliverThenFail,
    /// Delivers two copies and says so.
    Twice,
}

impl Script {
    fn copies(self) -> usize {
        match self {
            Self::Deliver | Self::HangDelivered | Self::DeliverThenFail => 1,
            Self::Twice => 2,
            Self::Refuse | Self::RefuseFor(_) | Self::Reject | Self::Hang => 0,
        }
    }

    fn answer(self, number: usize) -> SendOutcome {
        let retry = |error: &str, after_secs| SendOutcome::Retry { error: error.into(), after_secs };
        match self {
            Self::Deliver | Self::Twice => {
                SendOutcome::Delivered { receipt: format!("250 queued as {number}") }
            }
            Self::Refuse => retry("451 try again later", None),
            Self::RefuseFor(secs) => retry("429 too many requests", Some(secs)),
            Self::Reject => SendOutcome::GiveUp { error: "550 no such mailbox".into() },
            Self::Hang | Self::HangDelivered => retry("no answer within 10 s", None),
            Self::DeliverThenFail => retry("connection reset by peer", None),
        }
    }
}

/// A letter as its reader has it.
#[derive(Debug, Clone)]
pub struct Letter {
    /// What the sender was given.
    pub message: PageMessage,
    /// The reader.
    pub person: PersonId,
}

impl Letter {
    /// The page: the idempotency key.
    pub fn page(&self) -> PageId {
        self.message.page_id
    }

    /// The token in the link to acknowledge or resolve.
    pub fn link(&self) -> String {
        self.message.ack_url.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

#[derive(Default)]
struct State {
    owners: BTreeMap<ContactId, PersonId>,
    scripts: BTreeMap<PersonId, VecDeque<Script>>,
    unread: Vec<Letter>,
    /// Calls of each page on each contact: the last attempt's number, and whether it was cleanly delivered.
    calls: BTreeMap<(PageId, ContactId), (u32, bool)>,
    count: usize,
    offences: Vec<String>,
}

/// All providers of one world.
#[derive(Clone, Default)]
pub struct Judge(Arc<Mutex<State>>);

impl Judge {
    /// A sender of one kind.
    pub fn sender(&self, kind: SenderKind) -> Arc<dyn Sender> {
        Arc::new(JudgedSender { kind, judge: self.clone() })
    }

    pub(super) fn belongs(&self, contact: ContactId, person: PersonId) {
        self.0.lock().owners.insert(contact, person);
    }

    /// What the provider will do with the next calls for a person; after that it delivers.
    pub(super) fn script(&self, person: PersonId, scripts: &[Script]) {
        self.0.lock().scripts.entry(person).or_default().extend(scripts);
    }

    /// Takes the oldest letter to a person over a kind of contact.
    pub(super) fn take(&self, person: PersonId, kind: &str) -> Option<Letter> {
        let mut state = self.0.lock();
        let found = |l: &Letter| l.person == person && l.message.contact.kind() == kind;
        let place = state.unread.iter().position(found)?;
        Some(state.unread.remove(place))
    }

    /// How many calls were made so far.
    pub fn calls(&self) -> usize {
        self.0.lock().count
    }

    /// What nobody has read, and what was wrong.
    pub(super) fn complaints(&self) -> Vec<String> {
        let state = self.0.lock();
        let unread = state.unread.iter().map(|l| {
            format!(
                "nobody expected {} to {}: {}",
                l.message.contact.kind(),
                l.message.person_name,
                l.message.title
            )
        });
        let unused =
            state.scripts.iter().filter(|(_, scripts)| !scripts.is_empty()).map(|(person, scripts)| {
                format!("the script for {person} was not played to its end: {scripts:?} are left")
            });
        state.offences.iter().cloned().chain(unread).chain(unused).collect()
    }

    fn receive(&self, kind: SenderKind, message: &PageMessage) -> SendOutcome {
        let mut state = self.0.lock();
        state.count += 1;
        let number = state.count;
        let offences = offences(&state, kind, message);
        state.offences.extend(offences);
        let Some(person) = state.owners.get(&message.contact_id).copied() else {
            state.offences.push(format!("{} belongs to nobody", message.contact_id));
            return SendOutcome::GiveUp { error: "nobody".into() };
        };
        let script = state.scripts.get_mut(&person).and_then(VecDeque::pop_front).unwrap_or(Script::Deliver);
        let clean = matches!(script, Script::Deliver | Script::Twice);
        state.calls.insert((message.page_id, message.contact_id), (message.attempt, clean));
        for _ in 0..script.copies() {
            state.unread.push(Letter { message: message.clone(), person });
        }
        script.answer(number)
    }
}

/// What is wrong with a call.
fn offences(state: &State, kind: SenderKind, message: &PageMessage) -> Vec<String> {
    let mut out = Vec::new();
    let mut offence = |wrong: bool, what: &str| {
        if wrong {
            out.push(format!("page {} attempt {}: {what}", message.page_id, message.attempt));
        }
    };
    let before = state.calls.get(&(message.page_id, message.contact_id));
    let (last, clean) = before.copied().unwrap_or((0, false));
    offence(clean, "sent again although it had been delivered and the caller knew");
    offence(message.attempt < last, "an earlier attempt after a later one");
    offence(message.attempt > last + 1, "an attempt was left out");
    offence(kind != message.contact.kind(), "went to the sender of another kind");
    offence(message.title.is_empty() || message.person_name.is_empty(), "says nothing");
    offence(message.reason.text.is_empty(), "does not say why this person got it");
    offence(!message.ack_url.starts_with("https://"), "has no link to act by");
    offence(message.reply_token.is_empty(), "cannot be replied to");
    let secret_needed = matches!(message.contact, ContactKind::Webhook { .. });
    offence(!secret_needed && message.secret.is_some(), "carries a secret it has no use for");
    out
}

struct JudgedSender {
    kind: SenderKind,
    judge: Judge,
}

#[async_trait]
impl Sender for JudgedSender {
    fn kind(&self) -> SenderKind {
        self.kind
    }

    async fn send(&self, message: &PageMessage) -> SendOutcome {
        self.judge.receive(self.kind, message)
    }
}
