//! How SQLite goes about every statement of the store: none may walk a large table from end to end.

use std::sync::Arc;

use hansei_app::ports::{
    AlertQuery, Clock, Commit, IncidentQuery, Lane, MetaExpect, SideWrite, Store, TimelineFrom, TimelineQuery,
};
use hansei_domain::alert::{AlertStatus, GroupKey};
use hansei_domain::ids::{AlertId, IncidentId, PageId, ServiceId, TypedId};
use hansei_domain::incident::{IncidentStatus, Severity};
use hansei_domain::journal::AggregateId;
use jiff::Timestamp;

use crate::engine::Engine;
use crate::memory::MemoryEngine;
use crate::sql::Conn;
use crate::store::SqlStore;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn monotonic_nanos(&self) -> u64 {
        0
    }
}

/// Asks everything that is asked day by day.
async fn ask_everything(store: &dyn Store) {
    let (now, limit) = (Timestamp::UNIX_EPOCH, 50);
    let alert = AlertId::from_bits(1);
    let (incident, page, service) = (IncidentId::from_bits(1), PageId::from_bits(1), ServiceId::from_bits(1));
    let ids = [AggregateId::Alert(alert), AggregateId::Incident(incident), AggregateId::Page(page)];
    store.load(&ids).await.unwrap();
    store.load_intake(&[(service, "k".into())]).await.unwrap();
    store.open_incidents(&[(service, GroupKey("g".into()))]).await.unwrap();
    store.firing_alerts_of(incident, limit).await.unwrap();
    store.open_pages(&[incident]).await.unwrap();
    store.pages(&[incident]).await.unwrap();
    store.due(now, limit).await.unwrap();
    store.next_due_at().await.unwrap();
    for (status, before) in [(None, None), (Some(AlertStatus::Firing), None), (None, Some(alert))] {
        let query = AlertQuery { status, before, limit, ..AlertQuery::default() };
        store.alerts(&query).await.unwrap();
        store.alerts(&AlertQuery { incident_ids: vec![incident], ..query.clone() }).await.unwrap();
        store.alerts(&AlertQuery { service_id: Some(service), ..query.clone() }).await.unwrap();
        store.alerts(&AlertQuery { loose: true, ..query }).await.unwrap();
    }
    let all = IncidentQuery { limit, ..IncidentQuery::default() };
    let active = IncidentQuery { status: IncidentStatus::ACTIVE.into(), ..all.clone() };
    for query in
        [all.clone(), active, IncidentQuery { severity: vec![Severity::ALL[0]], before: Some(9), ..all }]
    {
        store.incidents(&query).await.unwrap();
    }
    store.incident_by_number(1).await.unwrap();
    store.timeline(&[incident], 0, limit).await.unwrap();
    for incidents in [vec![incident], vec![incident, IncidentId::from_bits(2)]] {
        for from in [TimelineFrom::Newest { before: Some(9) }, TimelineFrom::Oldest { after: 9 }] {
            let query = TimelineQuery { incidents: incidents.clone(), names: vec![], from, limit };
            store.timeline_part(&query).await.unwrap();
        }
    }
    store.history(ids[0], limit).await.unwrap();
    store.journal_after(1, limit).await.unwrap();
    store.session("x").await.unwrap();
    store.token("x").await.unwrap();
    store.quarantine(true, None, limit).await.unwrap();
    store.idempotency("a", "b").await.unwrap();
    store.figures(now).await.unwrap();
    store.outbox_claim(now, now, limit).await.unwrap();
    store.outbox_next_at().await.unwrap();
    store.sweep(now, now).await.unwrap();
    let meta = SideWrite::Meta { name: "m".into(), value: Some("v".into()), expect: MetaExpect::Absent };
    let commit = Commit { drop_outbox_of: vec![page], side: vec![meta], ..Commit::default() };
    store.commit(Lane::Acks, commit).await.unwrap();
}

/// Tables that stay small, whatever happens.
const SMALL: [&str; 10] = [
    "json_each",
    "journal_head",
    "counter",
    "inbox_position",
    "meta",
    "migration",
    "throttle",
    "entry",
    "inbox",
    "CONSTANT",
];

/// Indexes of what is open now: walking them is counting or listing the present, however long the past.
const PRESENT: [&str; 6] =
    ["alert_firing", "alert_loose", "incident_active", "outbox_page", "outbox_waiting", "quarantine_open"];

/// Whether a step walks something that grows for ever, further than its limit.
fn walks(sql: &str, step: &str) -> bool {
    let Some(scanned) = step.strip_prefix("SCAN ") else { return step.contains("AUTOMATIC") };
    // A subquery, by its alias or without one, or one of the small tables.
    let subquery = scanned.len() <= 2 || scanned.starts_with("(subquery");
    let small = SMALL.iter().any(|table| scanned.starts_with(table)) || subquery;
    let present = PRESENT.iter().any(|index| scanned.contains(index));
    // In the order of an index and without a condition, a walk ends with its limit.
    let in_order = scanned.contains("INDEX") && !sql.contains("= a.id WHERE") && !sql.contains(" AS i WHERE");
    !(small || present || in_order)
}

#[tokio::test]
async fn no_statement_walks_a_large_table() {
    let clock: hansei_app::ports::SharedClock = Arc::new(Still);
    let engine = Engine::Memory(Box::new(MemoryEngine::new(&clock).unwrap()));
    let store = SqlStore::new(engine, &clock);
    ask_everything(&store).await;
    let plans = store.engine().read(|conn| {
        Box::pin(async move {
            match conn {
                Conn::Lite(lite) => lite.plans(),
                Conn::Pg(_) => Ok(Vec::new()),
            }
        })
    });
    let plans = plans.await.unwrap();
    assert!(plans.len() > 40, "{}", plans.len());
    let walks: Vec<String> = plans
        .iter()
        .filter(|(sql, step)| walks(sql, step))
        .map(|(sql, step)| format!("{step}  in  {sql}"))
        .collect();
    assert!(walks.is_empty(), "{}", walks.join("\n"));
}
