//! The inbox, and what deciding its signals needs to know.

use bytes::Bytes;
use hansei_app::ports::{Commit, Lane};
use hansei_domain::alert::GroupKey;
use hansei_domain::journal::AggregateId;

use crate::fixtures::*;
use crate::harness::Harness;
use crate::on_every_store;

on_every_store!(
    signals_wait_in_order_until_they_are_decided,
    signals_survive_a_crash_and_are_decided_once,
    waiting_ends_with_a_signal,
    many_appends_at_once_are_all_there,
    facts_are_the_known_alerts_and_their_incidents,
    keys_may_hold_anything,
);

fn record(text: impl Into<String>) -> Bytes {
    Bytes::from(text.into())
}

async fn signals_wait_in_order_until_they_are_decided(h: &mut Harness) {
    assert_eq!(h.store().inbox_take(5).await.unwrap().records, Vec::<Bytes>::new());
    h.store().inbox_append(vec![]).await.unwrap();
    h.store().inbox_append((0..5).map(|n| record(n.to_string())).collect()).await.unwrap();
    h.store().inbox_append((5..8).map(|n| record(n.to_string())).collect()).await.unwrap();
    let figures = h.store().figures(h.now()).await.unwrap();
    assert_eq!(figures.inbox_records, 8);
    let mut seen = Vec::new();
    for round in 0..4 {
        let batch = h.store().inbox_take(3).await.unwrap();
        // What is not decided is taken again.
        assert_eq!(h.store().inbox_take(3).await.unwrap().records, batch.records);
        assert_eq!(batch.records.len(), [3, 3, 2, 0][round]);
        seen.extend(batch.records);
        let decided = Commit { inbox: Some(batch.token), ..Commit::default() };
        h.store().commit(Lane::Intake, decided).await.unwrap();
    }
    assert_eq!(seen, (0..8).map(|n| record(n.to_string())).collect::<Vec<_>>());
    assert_eq!(h.store().figures(h.now()).await.unwrap().inbox_records, 0);
}

async fn signals_survive_a_crash_and_are_decided_once(h: &mut Harness) {
    h.store().inbox_append(vec![record("a"), record("b"), record("c")]).await.unwrap();
    let batch = h.store().inbox_take(2).await.unwrap();
    h.store().commit(Lane::Intake, Commit { inbox: Some(batch.token), ..Commit::default() }).await.unwrap();
    let undecided = h.store().inbox_take(2).await.unwrap();
    h.crash().await;
    // Another process: it may have to wait until the lease of the dead one has ended.
    h.clock.advance_secs(10);
    let again = h.store().inbox_take(10).await.unwrap();
    assert_eq!((undecided.records, again.records), (vec![record("c")], vec![record("c")]));
    h.store().commit(Lane::Intake, Commit { inbox: Some(again.token), ..Commit::default() }).await.unwrap();
    h.crash().await;
    h.clock.advance_secs(10);
    assert_eq!(h.store().inbox_take(10).await.unwrap().records, Vec::<Bytes>::new());
}

async fn waiting_ends_with_a_signal(h: &mut Harness) {
    let store = h.shared();
    let waiting = tokio::spawn(async move {
        // It may end for no reason; what counts is that the signal is found.
        loop {
            store.inbox_wait().await;
            let batch = store.inbox_take(1).await.unwrap();
            if !batch.records.is_empty() {
                return batch.records;
            }
        }
    });
    tokio::task::yield_now().await;
    h.store().inbox_append(vec![record("x")]).await.unwrap();
    assert_eq!(waiting.await.unwrap(), vec![record("x")]);
}

async fn many_appends_at_once_are_all_there(h: &mut Harness) {
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..300_u32 {
        let store = h.shared();
        tasks.spawn(async move { store.inbox_append(vec![record(format!("{number:04}")); 2]).await });
    }
    for outcome in tasks.join_all().await {
        outcome.unwrap();
    }
    let mut all: Vec<Bytes> = Vec::new();
    loop {
        let batch = h.store().inbox_take(100).await.unwrap();
        if batch.records.is_empty() {
            break;
        }
        assert!(batch.records.len() <= 100);
        all.extend(batch.records);
        let decided = Commit { inbox: Some(batch.token), ..Commit::default() };
        h.store().commit(Lane::Intake, decided).await.unwrap();
    }
    all.sort();
    let expected: Vec<Bytes> = (0..600_u32).map(|n| record(format!("{:04}", n / 2))).collect();
    assert_eq!(all, expected);
}

async fn facts_are_the_known_alerts_and_their_incidents(h: &mut Harness) {
    let at = h.now();
    h.store().commit(Lane::Intake, opened(at, &[(1, "a"), (2, "b"), (3, "c")])).await.unwrap();
    let loaded = h.store().load(&[AggregateId::Alert(id(1)), AggregateId::Alert(id(2))]).await.unwrap();
    let incident = incident_declared(id(1), 1, Some((service(1), "")), "x", at);
    let ended = incident_resolved(&after(&incident), at);
    let placed = loaded.iter().map(|l| alert_placed(l, id(1), at));
    let changes = [incident, ended].into_iter().chain(placed).collect();
    h.store().commit(Lane::Intake, commit(at, changes)).await.unwrap();
    let keys = ["a", "b", "c", "new", "a"].map(|key| (service(1), key.to_owned()));
    let facts = h.store().load_intake(&keys).await.unwrap();
    let mut names: Vec<_> = facts.alerts.iter().map(|l| alert_of(l).dedup_key.clone()).collect();
    names.sort();
    assert_eq!(names, ["a", "b", "c"], "each once");
    assert!(facts.alerts.iter().all(|l| l.observation == Some(seen(at, 1, None))));
    assert_eq!(facts.incidents.len(), 1, "whatever its status, and once");
    assert_eq!(facts.incidents[0].id, AggregateId::Incident(id(1)));
    let none = h.store().open_incidents(&[(service(1), GroupKey(String::new()))]).await.unwrap();
    assert_eq!(none, vec![], "it is not open any more");
    assert!(h.store().load_intake(&[]).await.unwrap().alerts.is_empty());
}

async fn keys_may_hold_anything(h: &mut Harness) {
    let at = h.now();
    let odd = [
        "\"quoted\"",
        "back\\slash",
        "[1,2]",
        "障害 ☎",
        "new\nline",
        "'; DROP TABLE alert; --",
        "%_",
        "?1 $1",
    ];
    let alerts: Vec<(u128, &str)> = odd.iter().enumerate().map(|(n, key)| (n as u128 + 1, *key)).collect();
    h.store().commit(Lane::Intake, opened(at, &alerts)).await.unwrap();
    for key in odd {
        let facts = h.store().load_intake(&[(service(1), key.to_owned())]).await.unwrap();
        assert_eq!(facts.alerts.len(), 1, "{key}");
        assert_eq!(alert_of(&facts.alerts[0]).dedup_key, key);
    }
}
