//! Monitoring systems: each watches one thing and says when it breaks and when it is well again, through networks that
//! lose, double, delay and reorder.

use std::rc::Rc;

use hansei_app::ports::Clock;
use hansei_domain::Timestamp;
use hansei_domain::catalog::self_test;
use hansei_domain::ids::{KeyId, ServiceId};
use hansei_domain::signal::{AlertSeverity, Content, Signal, SignalAction, SourceFormat};

use super::World;
use super::chaos::Planted;
use super::exec::OUTSIDE;
use super::ledger::{Answer, Sent};
use super::node::answer_of;
use crate::rng::Rng;

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// How a sender behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Names its own instants; its messages may overtake each other and be doubled, hours late.
    Clocked,
    /// As [`Manner::Clocked`], and what it does not repeat ends by itself.
    Expiring,
    /// Says one thing after the other, each again and again until it is answered, without an instant of its own.
    InOrder,
    /// Says each thing once.
    Once,
}

/// One watched thing.
pub struct Source {
    /// The service it is about.
    pub service: ServiceId,
    /// The key its signals come by.
    pub key: KeyId,
    /// Its name within the service.
    pub dedup_key: String,
    /// How it behaves.
    pub manner: Manner,
    /// The value of its label `cluster`.
    pub cluster: &'static str,
    /// Mean pause between its troubles, microseconds.
    pub pause: u64,
}

impl Source {
    /// Draws one.
    pub fn draw(rng: &mut Rng, service: ServiceId, key: KeyId, n: usize, pause: u64) -> Self {
        let manner = match rng.below(10) {
            0..4 => Manner::Clocked,
            4..6 => Manner::Expiring,
            6..9 => Manner::InOrder,
            _ => Manner::Once,
        };
        let cluster = if rng.chance(500) { "east" } else { "west" };
        let pause = pause / 2 + rng.between(0, pause);
        Self { service, key, dedup_key: format!("{manner:?}/{n}"), manner, cluster, pause }
    }

    /// The self-test, after pauses of weeks: as if Hansei had been off meanwhile, or its clock wrong.
    pub fn self_test() -> Self {
        Self {
            service: self_test::service_id(),
            key: self_test::key_id(),
            dedup_key: self_test::DEDUP_KEY.into(),
            manner: Manner::InOrder,
            cluster: "east",
            pause: 20 * 24 * HOUR,
        }
    }

    fn signal(&self, world: &World, action: SignalAction, severity: AlertSeverity, summary: &str) -> Signal {
        let now = world.true_now();
        let names_instants = matches!(self.manner, Manner::Clocked | Manner::Expiring);
        let expires = self.manner == Manner::Expiring && action == SignalAction::Trigger;
        let mut content = Content::plain(summary, severity, "host-1");
        content.labels = vec![("cluster".into(), self.cluster.into())];
        Signal {
            service_id: self.service,
            key_id: self.key,
            format: SourceFormat::Alertmanager,
            action,
            dedup_key: self.dedup_key.clone(),
            content: (action == SignalAction::Trigger).then_some(content),
            occurred_at: names_instants.then_some(now),
            expires_at: expires.then(|| hansei_domain::plus_secs(now, 240)),
            received_at: now,
        }
    }

    /// Lives until the world's sources fall silent.
    pub async fn live(self, world: Rc<World>, mut rng: Rng) {
        loop {
            world.time.sleep(rng.pause(self.pause)).await;
            if world.time.now() >= world.silent_from {
                return;
            }
            let flaps = if rng.chance(60) { rng.between(2, 8) } else { 1 };
            for _ in 0..flaps {
                self.trouble(&world, &mut rng, flaps > 1).await;
            }
        }
    }

    async fn trouble(&self, world: &Rc<World>, rng: &mut Rng, flaps: bool) {
        let severities = [
            AlertSeverity::Critical,
            AlertSeverity::Critical,
            AlertSeverity::Error,
            AlertSeverity::Error,
            AlertSeverity::Warning,
            AlertSeverity::Info,
        ];
        let mut severity = *rng.pick(&severities).unwrap_or(&AlertSeverity::Error);
        let summary = "something is wrong";
        self.say(world, rng, self.signal(world, SignalAction::Trigger, severity, summary)).await;
        let lasts = if flaps { rng.between(SECOND, 30 * SECOND) } else { rng.pause(40 * MINUTE) };
        let lasts = if self.manner == Manner::Expiring { lasts.min(20 * MINUTE) } else { lasts };
        let end = world.time.now() + i64::try_from(lasts).unwrap_or(0);
        // Expiring ones must be repeated; others may be, and may become worse or milder meanwhile.
        let every =
            if self.manner == Manner::Expiring { 2 * MINUTE } else { rng.pause(30 * MINUTE) + SECOND };
        loop {
            let next = world.time.now() + i64::try_from(every).unwrap_or(0);
            if next >= end {
                break;
            }
            world.time.sleep_until(next).await;
            if rng.chance(150) {
                severity = *rng.pick(&severities).unwrap_or(&severity);
            }
            self.say(world, rng, self.signal(world, SignalAction::Trigger, severity, summary)).await;
        }
        world.time.sleep_until(end).await;
        if rng.chance(15) && !matches!(self.manner, Manner::Clocked | Manner::Expiring) {
            self.say(world, rng, self.signal(world, SignalAction::Acknowledge, severity, summary)).await;
        }
        if !rng.chance(50) {
            self.say(world, rng, self.signal(world, SignalAction::Resolve, severity, summary)).await;
        }
    }

    /// Sends a signal in the sender's manner.
    async fn say(&self, world: &Rc<World>, rng: &mut Rng, signal: Signal) {
        match self.manner {
            Manner::Clocked | Manner::Expiring => {
                let copies = if rng.chance(80) { rng.between(2, 4) } else { 1 };
                for copy in 0..copies {
                    let delay = delay(rng, copy > 0, self.manner);
                    let (world, signal) = (Rc::clone(world), signal.clone());
                    let spawner = world.cluster.spawner.clone();
                    spawner.spawn(OUTSIDE, async move {
                        world.time.sleep(delay).await;
                        until_answered(&world, &signal, 200).await;
                    });
                }
            }
            Manner::InOrder => {
                until_answered(world, &signal, 200).await;
                if rng.chance(50) {
                    until_answered(world, &signal, 200).await;
                }
            }
            Manner::Once => until_answered(world, &signal, 1).await,
        }
    }
}

/// How long a message is on its way. What expires is not held up beyond its own end: such a message says nothing.
fn delay(rng: &mut Rng, copy: bool, manner: Manner) -> u64 {
    let late = if copy { 400 } else { 80 };
    if !rng.chance(late) {
        return rng.between(1_000, 300_000);
    }
    match manner {
        Manner::Expiring => rng.between(SECOND, 3 * MINUTE),
        _ if rng.chance(200) => rng.between(MINUTE, 24 * HOUR),
        _ => rng.between(SECOND, 10 * MINUTE),
    }
}

/// Sends a signal until it is answered with 202, with growing pauses, at most so many times.
async fn until_answered(world: &Rc<World>, signal: &Signal, tries: u32) {
    let mut pause = SECOND;
    for _ in 0..tries {
        if send(world, signal.clone()).await == Answer::Yes {
            return;
        }
        world.time.sleep(pause).await;
        pause = (pause * 2).min(5 * MINUTE);
    }
}

/// Sends a signal once.
async fn send(world: &Rc<World>, signal: Signal) -> Answer {
    let began = world.time.now();
    let sent = signal.clone();
    let arrival_order = world.cluster.shared.fate.is(Planted::ArrivalOrder);
    let answer = world
        .cluster
        .request(move |app| async move {
            let mut signal = signal;
            signal.received_at = Clock::now(&*app.clock);
            if arrival_order {
                signal.occurred_at = None;
            }
            app.accept(&[signal]).await
        })
        .await;
    let answer = match answer {
        Some(Ok(_)) => {
            world.cluster.accepted.notify_one();
            Answer::Yes
        }
        Some(Err(error)) => {
            world.cluster.suspect(&error);
            answer_of(&error)
        }
        None => Answer::Unknown,
    };
    let ended = world.time.now();
    world.book.lock().sent.push(Sent { began, ended, signal: sent, answer });
    answer
}

/// The true time as an instant, which senders with good clocks show.
pub fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}
