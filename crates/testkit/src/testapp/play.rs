//! Playing: signals come in, time passes, people read and act.

use std::sync::Arc;

use hansei_app::incidents::Done;
use hansei_app::ports::IncidentRow;
use hansei_app::respond::Response;
use hansei_app::secret::LinkPurpose;
use hansei_app::{AppError, AppResult};
use hansei_domain::Refusal;
use hansei_domain::access::{Actor, Via};
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::{Incident, IncidentCommand, ResolveCause};
use hansei_domain::signal::{AlertSeverity, Content, Signal, SignalAction, SourceFormat};
use jiff::SignedDuration;

use super::{Letter, Script, TestApp, fail, must, now};

/// More rounds than anything needs that comes to rest.
const ROUNDS: usize = 10_000;

impl TestApp {
    /// A trigger of severity error, without an instant of its own.
    pub fn trigger(&self, service: &str, key: &str) -> Signal {
        let Some((service_id, key_id)) = self.services.get(service) else {
            fail(&format!("there is no service {service}"))
        };
        Signal {
            service_id: *service_id,
            key_id: *key_id,
            format: SourceFormat::Json,
            action: SignalAction::Trigger,
            dedup_key: key.to_owned(),
            content: Some(Content::plain(key, AlertSeverity::Error, "host-1")),
            occurred_at: None,
            expires_at: None,
            received_at: self.now(),
        }
    }

    /// The end of the same.
    pub fn end(&self, service: &str, key: &str) -> Signal {
        Signal { action: SignalAction::Resolve, content: None, ..self.trigger(service, key) }
    }

    /// Accepts signals and does all that follows at once.
    pub fn accept(&mut self, signals: &[Signal]) {
        must(now(self.app.accept(signals)), "accepting signals");
        self.settle();
    }

    /// An alert of severity error begins.
    pub fn send_alert(&mut self, service: &str, key: &str) {
        let signal = self.trigger(service, key);
        self.accept(&[signal]);
    }

    /// An alert of some severity begins or changes.
    pub fn send_alert_of(&mut self, service: &str, key: &str, severity: AlertSeverity) {
        let content = Some(Content::plain(key, severity, "host-1"));
        let signal = Signal { content, ..self.trigger(service, key) };
        self.accept(&[signal]);
    }

    /// An alert ends.
    pub fn resolve_alert(&mut self, service: &str, key: &str) {
        let signal = self.end(service, key);
        self.accept(&[signal]);
    }

    /// Does everything that can be done without time passing.
    pub fn settle(&mut self) {
        for _ in 0..ROUNDS {
            let decided = must(now(self.app.decide_once()), "deciding");
            let due = must(now(self.app.due_once()), "what is due");
            let told = must(now(self.app.flush_repeats()), "repeats");
            let claims = must(now(self.app.claim(50)), "claiming");
            let claimed = claims.len();
            for lease in claims {
                must(now(Arc::clone(&self.app).deliver_claim(lease)), "delivering");
            }
            if decided + due + told + claimed == 0 {
                return;
            }
        }
        fail("it never comes to rest")
    }

    /// Lets seconds pass, from one deadline to the next.
    pub fn fast_forward(&mut self, secs: u32) {
        let end = hansei_domain::plus_secs(self.now(), secs);
        self.settle();
        for _ in 0..ROUNDS {
            let due = must(now(self.app.next_due_at()), "the next deadline");
            let send = must(now(self.app.next_send_at()), "the next attempt");
            match [due, send].into_iter().flatten().min().filter(|at| *at <= end) {
                Some(next) => self.clock.advance_to(next),
                None => {
                    self.clock.advance_to(end);
                    return self.settle();
                }
            }
            self.settle();
        }
        fail("there is always another deadline")
    }

    /// Sets the wall clock forwards or back while no time passes.
    pub fn set_clock(&mut self, by: SignedDuration) {
        self.clock.jump(by);
    }

    /// What the providers will do with the next calls for somebody.
    pub fn script(&self, who: &str, scripts: &[Script]) {
        self.judge.script(self.person_id(who), scripts);
    }

    fn expect(&self, who: &str, kind: &str, text: &str) -> Letter {
        let Some(letter) = self.judge.take(self.person_id(who), kind) else {
            fail(&format!("{who} has no new {kind}"))
        };
        assert!(
            letter.message.title.contains(text),
            "{who} got {:?} where {text:?} was expected",
            letter.message.title
        );
        letter
    }

    /// Somebody reads the oldest mail they have not read; its title contains this.
    pub fn expect_email(&self, who: &str, text: &str) -> Letter {
        self.expect(who, "email", text)
    }

    /// The same for the webhook.
    pub fn expect_webhook(&self, who: &str, text: &str) -> Letter {
        self.expect(who, "webhook", text)
    }

    /// Nobody has anything they have not read.
    pub fn expect_nothing_more(&self) {
        let complaints = self.judge.complaints();
        let unread: Vec<_> = complaints.iter().filter(|c| c.starts_with("nobody expected")).collect();
        assert!(unread.is_empty(), "{unread:?}");
    }

    fn by_letter(&mut self, purpose: LinkPurpose, letter: &Letter, response: Response) -> AppResult<Done> {
        let token = match purpose {
            LinkPurpose::Respond => letter.link(),
            LinkPurpose::Reply => letter.message.reply_token.clone(),
        };
        let done = now(self.app.respond(purpose, &token, response));
        self.settle();
        done
    }

    /// Somebody acknowledges by the link of a letter of theirs.
    pub fn acknowledge_as(&mut self, who: &str, letter: &Letter) {
        assert_eq!(letter.person, self.person_id(who), "{who} clicks in a letter of somebody else");
        must(self.by_letter(LinkPurpose::Respond, letter, Response::Acknowledge), "acknowledging by link");
    }

    /// The stable code with which a click is refused.
    pub fn acknowledge_is_refused(&mut self, letter: &Letter) -> &'static str {
        refusal(self.by_letter(LinkPurpose::Respond, letter, Response::Acknowledge))
    }

    /// Somebody resolves by replying to a letter.
    pub fn resolve_by_reply(&mut self, letter: &Letter) {
        must(self.by_letter(LinkPurpose::Reply, letter, Response::Resolve), "resolving by reply");
    }

    /// Somebody does something on the screen.
    pub fn on_screen(&mut self, who: &str, number: u64, command: &IncidentCommand) -> AppResult<Done> {
        let actor = Actor::Person { person: self.person_id(who), via: Via::Screen };
        let id = self.incident(number).id;
        let done = now(self.app.command_incident(&actor, id, command, None, |_| None));
        self.settle();
        done
    }

    /// The stable code with which it is refused.
    pub fn is_refused(&mut self, who: &str, number: u64, command: &IncidentCommand) -> &'static str {
        refusal(self.on_screen(who, number, command))
    }

    /// Somebody resolves on the screen.
    pub fn resolve_as(&mut self, who: &str, number: u64) {
        let resolve = IncidentCommand::Resolve {
            generation: None,
            cause: ResolveCause::Person,
            at: None,
            impact_ended_at: None,
            note: None,
        };
        must(self.on_screen(who, number, &resolve), "resolving");
    }

    /// Somebody merges one incident into another.
    pub fn merge_as(&mut self, who: &str, from: u64, into: u64) {
        let actor = Actor::Person { person: self.person_id(who), via: Via::Screen };
        let (from, into): (IncidentId, IncidentId) = (self.incident(from).id, self.incident(into).id);
        must(now(self.app.merge_incidents(&actor, from, into, None, |_| None)), "merging");
        self.settle();
    }

    /// An incident as it is now.
    pub fn incident(&self, number: u64) -> Incident {
        match self.row(number) {
            Some(row) => row.incident,
            None => fail(&format!("there is no incident {number}")),
        }
    }

    /// How many incidents there are.
    pub fn incidents(&self) -> u64 {
        must(now(self.store.last_incident_number()), "counting incidents")
    }

    fn row(&self, number: u64) -> Option<IncidentRow> {
        must(now(self.store.incident_by_number(number)), "reading an incident")
    }

    /// The names of the journal's events, oldest first, without those of the catalogue.
    pub fn journal(&self) -> Vec<&'static str> {
        let entries = must(now(self.store.journal_after(0, 100_000)), "reading the journal");
        entries.iter().map(|e| e.event.name()).filter(|name| !name.starts_with("entry.")).collect()
    }
}

fn refusal(done: AppResult<Done>) -> &'static str {
    match done {
        Err(AppError::Refused(refusal)) => Refusal::code(&refusal),
        Err(error) => fail(&format!("it failed instead of being refused: {error}")),
        Ok(_) => fail("it was allowed"),
    }
}
