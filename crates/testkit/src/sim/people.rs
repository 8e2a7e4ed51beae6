//! People: they read what arrives, sooner or later or never, and act by link, by reply or on the screen, at the same
//! moment as others and long after.

use std::rc::Rc;

use hansei_app::AppError;
use hansei_app::incidents::Done;
use hansei_app::respond::Response;
use hansei_app::secret::LinkPurpose;
use hansei_domain::access::{Actor, Via};
use hansei_domain::catalog::StepTarget;
use hansei_domain::ids::{IncidentId, PageId, PersonId};
use hansei_domain::incident::{IncidentCommand, IncidentStatus, ReopenReason, ResolveCause};

use super::World;
use super::chaos::Planted;
use super::exec::OUTSIDE;
use super::ledger::{Act, Answer, Deed};
use super::node::answer_of;
use super::provider::Letter;
use crate::rng::Rng;

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Gives every letter that arrives to its reader.
pub async fn post_office(world: Rc<World>, rng: Rng) {
    let mut count: u64 = 0;
    loop {
        for letter in world.cluster.mailbox.take().await {
            count += 1;
            let mut rng = rng.fork(&count.to_string());
            let reader = Rc::clone(&world);
            world.cluster.spawner.spawn(OUTSIDE, async move { read(reader, letter, &mut rng).await });
        }
    }
}

async fn read(world: Rc<World>, letter: Letter, rng: &mut Rng) {
    // Some look at once, most within minutes, a few the next day.
    let mean = match rng.below(10) {
        0..3 => 20 * SECOND,
        3..9 => 4 * MINUTE,
        _ => 6 * HOUR,
    };
    world.time.sleep(rng.pause(mean)).await;
    let by_link = |purpose, response| Wish::ByLink { letter: letter.clone(), purpose, response };
    let wish = match rng.below(100) {
        0..34 => by_link(LinkPurpose::Respond, Response::Acknowledge),
        34..46 => by_link(LinkPurpose::Reply, Response::Acknowledge),
        46..54 => by_link(LinkPurpose::Respond, Response::Resolve),
        54..62 => on_screen(letter.incident, Deed::Acknowledge),
        62..66 => on_screen(letter.incident, hand_over(&world, rng)),
        66..68 => on_screen(letter.incident, Deed::Request),
        68..70 => on_screen(letter.incident, Deed::Escalate),
        _ => return,
    };
    let twice = rng.chance(60);
    if twice {
        let (world, wish) = (Rc::clone(&world), wish.clone());
        let spawner = world.cluster.spawner.clone();
        let person = letter.person;
        spawner.spawn(OUTSIDE, async move {
            insist(&world, person, &wish).await;
        });
    }
    if insist(&world, letter.person, &wish).await == Answer::Yes {
        work(&world, &letter, rng).await;
    }
    if rng.chance(80) {
        // An old link, clicked much later: perhaps the incident alarms anew by then.
        world.time.sleep(rng.pause(2 * DAY)).await;
        let old = by_link(LinkPurpose::Respond, Response::Acknowledge);
        insist(&world, letter.person, &old).await;
    }
}

/// What somebody does after taking an incident.
async fn work(world: &Rc<World>, letter: &Letter, rng: &mut Rng) {
    if rng.chance(300) {
        world.time.sleep(rng.pause(10 * MINUTE)).await;
        insist(world, letter.person, &on_screen(letter.incident, Deed::Other("status"))).await;
    }
    if rng.chance(450) {
        world.time.sleep(rng.pause(2 * HOUR)).await;
        insist(world, letter.person, &on_screen(letter.incident, Deed::Resolve)).await;
        if rng.chance(100) {
            world.time.sleep(rng.pause(3 * HOUR)).await;
            insist(world, letter.person, &on_screen(letter.incident, Deed::Reopen)).await;
        } else if rng.chance(300) {
            insist(world, letter.person, &on_screen(letter.incident, Deed::Other("close"))).await;
        }
    }
}

fn hand_over(world: &World, rng: &mut Rng) -> Deed {
    let org = world.org.borrow();
    rng.pick(&org.people).map_or(Deed::Acknowledge, |p| Deed::HandOver(p.id))
}

/// A wish for the screen.
pub fn on_screen(incident: IncidentId, deed: Deed) -> Wish {
    Wish::OnScreen { incident, deed }
}

/// What somebody wants.
#[derive(Debug, Clone)]
pub enum Wish {
    /// By the link or reply address of a letter.
    ByLink {
        /// The letter.
        letter: Letter,
        /// Link or reply.
        purpose: LinkPurpose,
        /// Take or end.
        response: Response,
    },
    /// Signed in.
    OnScreen {
        /// The incident.
        incident: IncidentId,
        /// What.
        deed: Deed,
    },
}

impl Wish {
    fn incident(&self) -> IncidentId {
        match self {
            Self::ByLink { letter, .. } => letter.incident,
            Self::OnScreen { incident, .. } => *incident,
        }
    }

    fn deed(&self) -> Deed {
        match self {
            Self::ByLink { response: Response::Acknowledge, .. } => Deed::Acknowledge,
            Self::ByLink { response: Response::Resolve, .. } => Deed::Resolve,
            Self::OnScreen { deed, .. } => *deed,
        }
    }

    fn page(&self) -> Option<PageId> {
        match self {
            Self::ByLink { letter, .. } => Some(letter.page),
            Self::OnScreen { .. } => None,
        }
    }
}

/// Asks until there is an answer, a few times; returns the last answer.
pub async fn insist(world: &Rc<World>, person: PersonId, wish: &Wish) -> Answer {
    let mut pause = 2 * SECOND;
    let mut answer = Answer::Unknown;
    for _ in 0..8 {
        answer = ask(world, person, wish).await;
        if answer != Answer::Unknown {
            break;
        }
        world.time.sleep(pause).await;
        pause *= 2;
    }
    answer
}

async fn ask(world: &Rc<World>, person: PersonId, wish: &Wish) -> Answer {
    let began = world.time.now();
    let (order, any_generation) = (wish.clone(), world.cluster.shared.fate.is(Planted::LinkForAnyGeneration));
    let answer = world
        .cluster
        .request(move |app| async move { carry_out(&app, person, &order, any_generation).await })
        .await;
    let answer = match answer {
        Some(Ok(_)) => Answer::Yes,
        Some(Err(error)) => {
            world.cluster.suspect(&error);
            answer_of(&error)
        }
        None => Answer::Unknown,
    };
    let act = Act {
        began,
        ended: world.time.now(),
        person,
        what: wish.deed(),
        incident: wish.incident(),
        page: wish.page(),
        answer,
    };
    world.book.lock().acts.push(act);
    answer
}

async fn carry_out(
    app: &std::sync::Arc<hansei_app::App>,
    person: PersonId,
    wish: &Wish,
    any_generation: bool,
) -> Result<Done, AppError> {
    let actor = Actor::Person { person, via: Via::Screen };
    match wish {
        Wish::ByLink { letter, purpose, response } if !any_generation => {
            let token = if *purpose == LinkPurpose::Respond { &letter.link } else { &letter.reply };
            app.respond(*purpose, token, *response).await
        }
        Wish::ByLink { letter, .. } => {
            let command = command(app, person, letter.incident, wish.deed()).await?;
            let actor = Actor::Person { person, via: Via::Link };
            app.command_incident(&actor, letter.incident, &command, None, |_| None).await
        }
        Wish::OnScreen { incident, deed: Deed::Merge(target) } => {
            app.merge_incidents(&actor, *incident, *target, None, |_| None).await
        }
        Wish::OnScreen { incident, deed } => {
            let command = command(app, person, *incident, *deed).await?;
            app.command_incident(&actor, *incident, &command, None, |_| None).await
        }
    }
}

async fn command(
    app: &std::sync::Arc<hansei_app::App>,
    person: PersonId,
    id: IncidentId,
    deed: Deed,
) -> Result<IncidentCommand, AppError> {
    let policy = || async {
        let loaded = app.store.load(&[hansei_domain::journal::AggregateId::Incident(id)]).await?;
        Ok::<_, AppError>(match loaded.first().map(|l| &l.state) {
            Some(hansei_domain::journal::State::Incident(incident)) => app.policy_of(incident),
            _ => hansei_domain::catalog::EscalationPolicy::default(),
        })
    };
    Ok(match deed {
        Deed::Acknowledge => IncidentCommand::Acknowledge { generation: None },
        Deed::Resolve => IncidentCommand::Resolve {
            generation: None,
            cause: ResolveCause::Person,
            at: None,
            impact_ended_at: None,
            note: None,
        },
        Deed::HandOver(to) => IncidentCommand::HandOver { to, note: None },
        Deed::Escalate => IncidentCommand::Escalate { policy: policy().await?, note: None },
        Deed::Reopen => IncidentCommand::Reopen {
            reason: ReopenReason::Person,
            escalation: Some(policy().await?),
            note: None,
        },
        Deed::Request => {
            IncidentCommand::RequestPeople { targets: vec![StepTarget::Person { id: person }], note: None }
        }
        Deed::Other("close") => IncidentCommand::Close { at: None, note: None },
        Deed::Other("status") => IncidentCommand::SetStatus {
            to: IncidentStatus::Identified,
            at: None,
            note: Some("found".into()),
        },
        Deed::Other(_) | Deed::Merge(_) => {
            IncidentCommand::Comment { text: "looking at it".into(), occurred_at: None }
        }
    })
}
