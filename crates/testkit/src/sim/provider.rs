//! Providers in the simulated world: they accept, refuse, hang, answer and lose the answer, or deliver twice.
//!
//! What a person really has and what the caller was told are two things; both go into the ledger, and only letters
//! that really arrived are read by somebody.

use std::sync::Arc;

use async_trait::async_trait;
use hansei_app::ports::{PageMessage, Sender, SenderKind};
use hansei_domain::ids::{ContactId, IncidentId, PageId, PersonId};
use hansei_domain::page::SendOutcome;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::chaos::{Fate, Turn};
use super::exec::ProcessId;
use super::ledger::{At, Book, Receipt, Told};
use super::org::Contacts;
use crate::rng::Rng;

/// A letter that has arrived.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The reader.
    pub person: PersonId,
    /// The page it is about.
    pub page: PageId,
    /// The incident.
    pub incident: IncidentId,
    /// The token in its links.
    pub link: String,
    /// The token of its reply address.
    pub reply: String,
}

/// What has arrived and has not been read.
#[derive(Clone, Default)]
pub struct Mailbox {
    letters: Arc<Mutex<Vec<Letter>>>,
    arrived: Arc<Notify>,
}

impl Mailbox {
    fn put(&self, letter: Letter) {
        self.letters.lock().push(letter);
        self.arrived.notify_one();
    }

    /// Waits for letters and takes them all.
    pub async fn take(&self) -> Vec<Letter> {
        loop {
            let letters = std::mem::take(&mut *self.letters.lock());
            if !letters.is_empty() {
                return letters;
            }
            self.arrived.notified().await;
        }
    }
}

/// How all providers behave now: they have one mood, so that outages hit everybody.
pub struct Mood {
    rng: Rng,
    down_until: i64,
    /// Nothing goes wrong any more.
    pub kind: bool,
}

impl Mood {
    /// From a seed.
    pub fn new(rng: &Rng) -> Self {
        Self { rng: rng.fork("provider"), down_until: 0, kind: true }
    }
}

/// What a call comes to: after how long, what the caller is told, and how many copies a person has.
struct Plan {
    micros: u64,
    told: Told,
    copies: usize,
}

impl Mood {
    fn plan(&mut self, now: i64) -> Plan {
        let quick = self.rng.between(5_000, 400_000);
        if self.kind {
            return Plan { micros: quick, told: Told::Delivered, copies: 1 };
        }
        if now < self.down_until {
            return Plan { micros: quick, told: Told::Retry, copies: 0 };
        }
        match self.rng.below(1_000) {
            0..2 => {
                self.down_until = now + i64::try_from(self.rng.between(20, 1_800)).unwrap_or(20) * 1_000_000;
                Plan { micros: quick, told: Told::Retry, copies: 0 }
            }
            2..60 => Plan { micros: quick, told: Told::Retry, copies: 0 },
            // Hangs until the sender gives up; nobody knows whether it was delivered.
            60..90 => Plan { micros: 8_000_000, told: Told::Retry, copies: 0 },
            90..120 => Plan { micros: 8_000_000, told: Told::Retry, copies: 1 },
            // Accepted, then the connection breaks.
            120..160 => Plan { micros: quick, told: Told::Retry, copies: 1 },
            // For good, says the provider, whoever it is: perhaps only until somebody has put its settings right.
            160..170 => Plan { micros: quick, told: Told::GiveUp, copies: 0 },
            170..190 => Plan { micros: quick, told: Told::Delivered, copies: 2 },
            _ => Plan { micros: quick, told: Told::Delivered, copies: 1 },
        }
    }
}

/// A sender of one kind, in one process.
pub struct SimSender {
    /// The kind of contact it serves.
    pub kind: SenderKind,
    /// The process it works in.
    pub process: ProcessId,
    /// The node of that process.
    pub node: usize,
    /// What goes wrong with the process.
    pub fate: Fate,
    /// Who saw what.
    pub book: Book,
    /// How the provider behaves.
    pub mood: Arc<Mutex<Mood>>,
    /// Where letters go.
    pub mailbox: Mailbox,
    /// Whose contact is whose.
    pub contacts: Contacts,
}

impl SimSender {
    /// The call has reached the provider; it began when the sender was asked to make it. A process that stands still in
    /// between has begun, and nothing can call it back.
    fn received(&self, message: &PageMessage, person: PersonId, began: At) -> usize {
        let mut book = self.book.lock();
        let claim = book.under.get(&self.fate.time.task()).copied();
        let number = book.receipts.len();
        book.receipts.push(Receipt {
            number,
            process: self.process,
            began,
            answered: None,
            page: message.page_id,
            contact: message.contact_id,
            person,
            attempt: message.attempt,
            incident: message.incident_id,
            told: Told::Nothing,
            arrived: false,
            claim,
        });
        number
    }

    fn deliver(&self, message: &PageMessage, person: PersonId, number: usize, copies: usize) {
        // Nobody reads what the self-test is told.
        for _ in 0..if self.kind == "loopback" { 0 } else { copies } {
            self.mailbox.put(Letter {
                person,
                page: message.page_id,
                incident: message.incident_id,
                link: message.ack_url.rsplit('/').next().unwrap_or_default().to_owned(),
                reply: message.reply_token.clone(),
            });
        }
        if let Some(receipt) = self.book.lock().receipts.get_mut(number) {
            receipt.arrived = copies > 0;
        }
    }

    async fn meet(&self) {
        match self.fate.meet(self.process, self.node) {
            Turn::Go => {}
            Turn::Wait(micros) => self.fate.time.sleep(micros).await,
            Turn::Dead => std::future::pending().await,
        }
    }
}

/// The person of a message whose contact nobody knows: such a page went astray.
fn nobody(_: &ContactId) -> PersonId {
    hansei_domain::ids::TypedId::from_bits(u128::MAX)
}

#[async_trait]
impl Sender for SimSender {
    fn kind(&self) -> SenderKind {
        self.kind
    }

    async fn send(&self, message: &PageMessage) -> SendOutcome {
        let began = self.fate.time.now();
        self.meet().await;
        let person = self.contacts.owner(message.contact_id).unwrap_or_else(|| nobody(&message.contact_id));
        let number = self.received(message, person, began);
        let plan = self.mood.lock().plan(self.fate.time.now());
        // What arrives does so early in a hanging call.
        self.fate.time.sleep(plan.micros.min(300_000)).await;
        self.deliver(message, person, number, plan.copies);
        self.fate.time.sleep(plan.micros.saturating_sub(300_000)).await;
        self.meet().await;
        if let Some(receipt) = self.book.lock().receipts.get_mut(number) {
            receipt.answered = Some(self.fate.time.now());
            receipt.told = plan.told;
        }
        match plan.told {
            Told::Delivered => SendOutcome::Delivered { receipt: format!("250 {number}") },
            Told::GiveUp => SendOutcome::GiveUp { error: "550 no such mailbox".into() },
            Told::Retry | Told::Nothing => SendOutcome::Retry { error: "try again".into(), after_secs: None },
        }
    }
}
