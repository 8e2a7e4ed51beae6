//! What happens besides alarms: policies and contacts change while incidents run, people declare, merge and comment,
//! wall clocks jump, and programs repeat their requests.

use std::rc::Rc;

use hansei_app::AppError;
use hansei_app::incidents::NewIncident;
use hansei_app::ports::{AlertQuery, IdempotencyRow, IncidentQuery};
use hansei_domain::access::{Actor, Via};
use hansei_domain::catalog::{CatalogDoc, Origin};
use hansei_domain::ids::{IncidentId, PersonId};
use hansei_domain::incident::{IncidentSource, IncidentStatus, Severity};
use hansei_domain::journal::State;
use jiff::SignedDuration;

use super::World;
use super::chaos::Planted;
use super::exec::OUTSIDE;
use super::ledger::{Declared, Deed, Trouble};
use super::node::CLOCKS_APART;
use super::org;
use super::people::{insist, on_screen};
use crate::rng::Rng;

const SECOND: u64 = 1_000_000;
const HOUR: u64 = 3_600 * SECOND;
const DAY: u64 = 24 * HOUR;

/// Changes policies, rules and contacts, a few times a month.
pub async fn manage(world: Rc<World>, mut rng: Rng) {
    // A bug in what running incidents make of a change shows itself only where both meet.
    let often = world.cluster.shared.fate.is(Planted::LivePolicy);
    while world.goes_on_after(rng.pause(if often { HOUR / 2 } else { 4 * DAY })).await {
        let doc = {
            let mut org = world.org.borrow_mut();
            match rng.below(10) {
                0..6 => change_policy(&mut org, &mut rng),
                6 => change_rule(&mut org, &mut rng),
                _ => org.change_contacts(&mut rng).map(CatalogDoc::Person),
            }
        };
        if let Some(doc) = doc {
            put(&world, doc).await;
        }
    }
}

fn change_policy(org: &mut org::Org, rng: &mut Rng) -> Option<CatalogDoc> {
    let policy = org.policy(rng);
    let place = rng.below(org.services.len());
    let service = org.services.get_mut(place)?;
    service.escalation = policy;
    Some(CatalogDoc::Service(service.clone()))
}

fn change_rule(org: &mut org::Org, rng: &mut Rng) -> Option<CatalogDoc> {
    let rule = org::rule(rng);
    let place = rng.below(org.services.len());
    let service = org.services.get_mut(place)?;
    service.rule = rule;
    Some(CatalogDoc::Service(service.clone()))
}

async fn put(world: &Rc<World>, doc: CatalogDoc) {
    for _ in 0..50 {
        let doc = doc.clone();
        let done = world
            .cluster
            .request(move |app| async move { app.put_entry(&Actor::Console, doc, Origin::Screen).await })
            .await;
        match done {
            Some(Ok(()) | Err(AppError::Refused(_))) => return,
            Some(Err(error)) => world.cluster.suspect(&error),
            None => {}
        }
        world.time.sleep(5 * SECOND).await;
    }
}

/// Looks at what burns and does something about it: comments, merges, reopens, escalates, ends single alerts.
pub async fn meddle(world: Rc<World>, mut rng: Rng) {
    while world.goes_on_after(rng.pause(DAY)).await {
        let Some(person) = world.somebody(&mut rng) else { continue };
        let (burning, over) = incidents(&world).await;
        let chosen = rng.pick(&burning).copied();
        let other = rng.pick(&burning).copied();
        let wish = match (rng.below(10), chosen, other, rng.pick(&over).copied()) {
            (0..2, Some(from), Some(into), _) if from != into => on_screen(from, Deed::Merge(into)),
            (2, _, _, Some(old)) => on_screen(old, Deed::Reopen),
            (3, Some(id), _, _) => on_screen(id, Deed::Escalate),
            (4, Some(id), _, _) => on_screen(id, Deed::Request),
            (5, Some(id), _, _) => on_screen(id, Deed::Resolve),
            (6, _, _, _) => {
                end_an_alert(&world, person, &mut rng).await;
                continue;
            }
            (_, Some(id), _, _) => on_screen(id, Deed::Other("comment")),
            _ => continue,
        };
        insist(&world, person, &wish).await;
    }
}

/// Active incidents, and some that are over.
async fn incidents(world: &Rc<World>) -> (Vec<IncidentId>, Vec<IncidentId>) {
    let ask = |status: Vec<IncidentStatus>| {
        world.cluster.request(move |app| async move {
            app.store.incidents(&IncidentQuery { status, limit: 10, ..IncidentQuery::default() }).await
        })
    };
    let ids = |rows: Option<Result<Vec<hansei_app::ports::IncidentRow>, _>>| match rows {
        Some(Ok(rows)) => rows.iter().map(|r| r.incident.id).collect(),
        _ => Vec::new(),
    };
    let active = ids(ask(IncidentStatus::ACTIVE.to_vec()).await);
    let over = ids(ask(vec![IncidentStatus::Resolved, IncidentStatus::Closed]).await);
    (active, over)
}

async fn end_an_alert(world: &Rc<World>, person: PersonId, rng: &mut Rng) {
    let query = AlertQuery {
        status: Some(hansei_domain::alert::AlertStatus::Firing),
        limit: 20,
        ..AlertQuery::default()
    };
    let firing = world.cluster.request(move |app| async move { app.store.alerts(&query).await }).await;
    let Some(Ok(firing)) = firing else { return };
    let Some(State::Alert(alert)) = rng.pick(&firing).map(|l| l.state.clone()) else { return };
    let actor = Actor::Person { person, via: Via::Screen };
    let (began, id) = (world.time.now(), alert.id);
    let _ = world.cluster.request(move |app| async move { app.end_alert(&actor, id).await }).await;
    world.book.lock().ended_alerts.push((began, world.time.now(), id));
}

/// Declares incidents through the API as careful programs do: with a key, again until there is an answer, and
/// sometimes twice at once (R3).
pub async fn declare(world: Rc<World>, mut rng: Rng) {
    let mut count: u64 = 0;
    while world.goes_on_after(rng.pause(3 * DAY)).await {
        count += 1;
        let Some(person) = world.somebody(&mut rng) else { continue };
        let key = format!("declare-{count}");
        let service_id = rng.pick(&world.org.borrow().services).map(|s| s.id);
        let new = NewIncident {
            title: format!("Declared {count}"),
            service_id,
            severity: Severity::ALL[rng.below(5)],
            source: IncidentSource::Staff,
            page: rng.chance(600),
            hold: rng.chance(300),
            impact_started_at: None,
            detected_at: None,
            declared_at: None,
        };
        let callers = if rng.chance(300) { 3 } else { 1 };
        for _ in 0..callers {
            let (caller, key, new) = (Rc::clone(&world), key.clone(), new.clone());
            world.cluster.spawner.spawn(OUTSIDE, async move { call(&caller, person, &key, &new).await });
        }
    }
}

async fn call(world: &Rc<World>, person: PersonId, key: &str, new: &NewIncident) {
    for _ in 0..10 {
        let (key, new) = (key.to_owned(), new.clone());
        let noted = key.clone();
        let done =
            world.cluster.request(move |app| async move { once(&app, person, &key, &new).await }).await;
        match done {
            Some(Ok(number)) => {
                world.book.lock().declared.push(Declared { key: noted, number });
                return;
            }
            Some(Err(error)) => world.cluster.suspect(&error),
            None => {}
        }
        world.time.sleep(3 * SECOND).await;
    }
}

/// What the API does with an idempotency key: look, do, remember, all in one commit.
async fn once(
    app: &std::sync::Arc<hansei_app::App>,
    person: PersonId,
    key: &str,
    new: &NewIncident,
) -> Result<u64, AppError> {
    let scope = person.to_string();
    if let Some(row) = app.store.idempotency(&scope, key).await? {
        return row.body.parse().map_err(|_| AppError::Bug("a remembered answer cannot be read".into()));
    }
    let actor = Actor::Person { person, via: Via::Screen };
    let at = app.clock.now();
    let remember = |incident: &hansei_domain::incident::Incident| {
        Some(IdempotencyRow {
            scope: scope.clone(),
            key: key.to_owned(),
            request: new.title.clone(),
            status: 201,
            body: incident.number.to_string(),
            at,
        })
    };
    match app.declare_incident(&actor, new, remember).await {
        Ok(done) => Ok(done.incident.number),
        Err(error) => Err(error),
    }
}

/// Sets wall clocks wrong for a while: by seconds to a year, forwards and back.
pub async fn bend_time(world: Rc<World>, mut rng: Rng) {
    const HOURS: [i64; 8] = [-24, -1, 1, 24, 24 * 7, 24 * 365, -24, 1];
    while world.goes_on_after(rng.pause(45 * DAY)).await {
        let place = rng.below(world.cluster.nodes.len());
        let Some(node) = world.cluster.nodes.get(place) else { continue };
        let hours = *rng.pick(&HOURS).unwrap_or(&1);
        let from = world.time.now();
        jump(&world, place, SignedDuration::from_hours(hours));
        let lasts = rng.between(60, 8 * 3_600) * SECOND;
        world.time.sleep(lasts).await;
        jump(
            &world,
            place,
            SignedDuration::from_micros(-node.clock.offset_micros() + node_offset(&world, place)),
        );
        let trouble = Trouble { from, until: world.time.now(), what: "clock is wrong", node: Some(place) };
        world.book.lock().troubles.push(trouble);
    }
}

/// Nodes of a cluster measure the time of their shared database again and again, and err each time a little, in one
/// direction or the other.
pub async fn measure_time(world: Rc<World>, mut rng: Rng) {
    while world.goes_on_after(rng.pause(6 * HOUR)).await {
        let place = rng.below(world.cluster.nodes.len());
        let Some(node) = world.cluster.nodes.get(place) else { continue };
        let most = CLOCKS_APART.unsigned_abs();
        let error = i64::try_from(rng.between(0, 2 * most)).unwrap_or(0) - CLOCKS_APART;
        jump(&world, place, SignedDuration::from_micros(error - node.clock.offset_micros()));
    }
}

/// Lets the self-audit go its rounds.
pub async fn audit(world: Rc<World>, mut rng: Rng) {
    while world.goes_on_after(rng.pause(8 * HOUR)).await {
        let began = world.time.now();
        let findings = world.cluster.request(|app| async move { app.audit_once().await }).await;
        if let Some(Ok(findings)) = findings {
            world.book.lock().audits.push((began, world.time.now(), findings));
        }
    }
}

fn node_offset(world: &World, place: usize) -> i64 {
    world.home_offsets.get(place).copied().unwrap_or(0)
}

/// Sets one wall clock and lets the loops of its node look at it, as they do every second in production.
pub fn jump(world: &World, place: usize, span: SignedDuration) {
    let Some(node) = world.cluster.nodes.get(place) else { return };
    node.clock.jump(span);
    let now = world.time.now();
    world.book.lock().offsets.push((place, now, node.clock.offset_micros()));
    world.cluster.shared.nudge();
}
