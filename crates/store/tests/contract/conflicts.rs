//! Every way in which two can want the same thing: one gets it, the other is told and leaves no trace.

use hansei_app::ports::{
    Commit, IdempotencyRow, InboxToken, Lane, MetaExpect, NumberRange, Observed, SideWrite, StoreError,
};
use hansei_domain::alert::GroupKey;
use hansei_domain::catalog::CatalogEvent;
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::{IncidentEvent, ReopenReason};
use hansei_domain::journal::AggregateId;

use crate::fixtures::*;
use crate::harness::Harness;
use crate::on_every_store;

on_every_store!(
    an_older_version_is_refused,
    an_aggregate_that_exists_or_does_not_exist_is_refused,
    a_dedup_key_belongs_to_one_alert,
    a_taken_incident_number_is_refused,
    a_second_active_incident_of_a_group_is_refused,
    a_second_entry_in_use_with_a_key_is_refused,
    an_idempotency_key_works_once,
    a_named_value_is_compared_before_it_is_set,
    signals_are_decided_once,
    a_repeat_that_somebody_else_counted_is_refused,
    changes_that_make_no_sense_are_refused_as_bugs,
);

fn assert_conflict<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
}

async fn an_older_version_is_refused(h: &mut Harness) {
    let at = h.now();
    let opened = alert_opened(id(1), service(1), "a", at);
    let first = after(&opened);
    h.store().commit(Lane::Intake, commit(at, vec![opened])).await.unwrap();
    h.store().commit(Lane::Acks, commit(at, vec![alert_resolved(&first, at)])).await.unwrap();
    let outcome = h.store().commit(Lane::Acks, commit(at, vec![alert_resolved(&first, at)])).await;
    assert_conflict(&outcome);
    assert_eq!(h.store().last_seq().await.unwrap(), 2);
}

async fn an_aggregate_that_exists_or_does_not_exist_is_refused(h: &mut Harness) {
    let at = h.now();
    let team = team_put(id(1), "sre", at);
    let known = after(&team);
    h.store().commit(Lane::Timeline, commit(at, vec![team])).await.unwrap();
    assert_conflict(&h.store().commit(Lane::Timeline, commit(at, vec![team_put(id(1), "new", at)])).await);
    // A change of something that was never made.
    let mut unknown = entry_event(&known, CatalogEvent::Archived, at);
    unknown.expected = 7;
    assert_conflict(&h.store().commit(Lane::Timeline, commit(at, vec![unknown])).await);
    let other = after(&team_put(id(2), "other", at));
    let archived = entry_event(&other, CatalogEvent::Archived, at);
    assert_conflict(&h.store().commit(Lane::Timeline, commit(at, vec![archived])).await);
    assert_eq!(h.store().entries().await.unwrap(), vec![known]);
}

async fn a_dedup_key_belongs_to_one_alert(h: &mut Harness) {
    let at = h.now();
    h.store().commit(Lane::Intake, opened(at, &[(1, "a")])).await.unwrap();
    assert_conflict(&h.store().commit(Lane::Intake, opened(at, &[(2, "a")])).await);
    // The same key of another service is another alert.
    let other = alert_opened(id(3), service(2), "a", at);
    h.store().commit(Lane::Intake, commit(at, vec![other])).await.unwrap();
}

fn declaring(number: u64, after: u64, at: jiff::Timestamp) -> Commit {
    let change = incident_declared(id::<IncidentId>(u128::from(number)), number, None, "Trouble", at);
    Commit { incident_numbers: Some(NumberRange { after, count: 1 }), ..commit(at, vec![change]) }
}

async fn a_taken_incident_number_is_refused(h: &mut Harness) {
    let at = h.now();
    assert_eq!(h.store().last_incident_number().await.unwrap(), 0);
    h.store().commit(Lane::Acks, declaring(1, 0, at)).await.unwrap();
    assert_conflict(&h.store().commit(Lane::Acks, declaring(1, 0, at)).await);
    assert_conflict(&h.store().commit(Lane::Acks, declaring(3, 2, at)).await);
    assert_eq!(h.store().last_incident_number().await.unwrap(), 1);
    let two = [2, 3].map(|n| incident_declared(id(u128::from(n)), n, None, "More", at));
    let range = Some(NumberRange { after: 1, count: 2 });
    let both = Commit { incident_numbers: range, ..commit(at, two.into()) };
    h.store().commit(Lane::Acks, both).await.unwrap();
    assert_eq!(h.store().last_incident_number().await.unwrap(), 3);
}

async fn a_second_active_incident_of_a_group_is_refused(h: &mut Harness) {
    let at = h.now();
    // Longer than what an index entry can hold.
    let long = "x".repeat(5_000);
    let group = Some((service(1), long.as_str()));
    let first = incident_declared(id(1), 1, group, "One", at);
    let loaded = after(&first);
    h.store().commit(Lane::Intake, commit(at, vec![first])).await.unwrap();
    let second = || commit(at, vec![incident_declared(id(2), 2, group, "Two", at)]);
    assert_conflict(&h.store().commit(Lane::Intake, second()).await);
    let resolved = incident_resolved(&loaded, at);
    let ended = after(&resolved);
    h.store().commit(Lane::Acks, commit(at, vec![resolved])).await.unwrap();
    h.store().commit(Lane::Intake, second()).await.unwrap();
    // Reopening the first would make two.
    let reopened = IncidentEvent::Reopened {
        reason: ReopenReason::Person,
        generation: 2,
        impact_started_at: at,
        note: None,
    };
    let change = incident_event(&ended, reopened, at);
    assert_conflict(&h.store().commit(Lane::Acks, commit(at, vec![change])).await);
    let open = h.store().open_incidents(&[(service(1), GroupKey(long.clone()))]).await.unwrap();
    assert_eq!(open.iter().map(|l| l.id).collect::<Vec<_>>(), [AggregateId::Incident(id(2))]);
    // Incidents without a group never stand in each other's way.
    let free = vec![incident_declared(id(3), 3, None, "a", at), incident_declared(id(4), 4, None, "b", at)];
    h.store().commit(Lane::Acks, commit(at, free)).await.unwrap();
}

async fn a_second_entry_in_use_with_a_key_is_refused(h: &mut Harness) {
    let at = h.now();
    let first = team_put(id(1), "sre", at);
    let loaded = after(&first);
    h.store().commit(Lane::Timeline, commit(at, vec![first])).await.unwrap();
    assert_conflict(&h.store().commit(Lane::Timeline, commit(at, vec![team_put(id(2), "sre", at)])).await);
    let archived = entry_event(&loaded, CatalogEvent::Archived, at);
    let loaded = after(&archived);
    h.store().commit(Lane::Timeline, commit(at, vec![archived])).await.unwrap();
    h.store().commit(Lane::Timeline, commit(at, vec![team_put(id(2), "sre", at)])).await.unwrap();
    let restored = entry_event(&loaded, CatalogEvent::Restored, at);
    assert_conflict(&h.store().commit(Lane::Timeline, commit(at, vec![restored])).await);
}

async fn an_idempotency_key_works_once(h: &mut Harness) {
    let at = h.now();
    let row = |scope: &str, status| IdempotencyRow {
        scope: scope.into(),
        key: "k".into(),
        request: "hash".into(),
        status,
        body: "{}".into(),
        at,
    };
    let with = |row| {
        let mut commit = opened(at, &[]);
        commit.side.push(SideWrite::Idempotency(row));
        commit
    };
    h.store().commit(Lane::Acks, with(row("a", 201))).await.unwrap();
    assert_conflict(&h.store().commit(Lane::Acks, with(row("a", 409))).await);
    h.store().commit(Lane::Acks, with(row("b", 200))).await.unwrap();
    assert_eq!(h.store().idempotency("a", "k").await.unwrap(), Some(row("a", 201)));
    assert_eq!(h.store().idempotency("c", "k").await.unwrap(), None);
}

async fn a_named_value_is_compared_before_it_is_set(h: &mut Harness) {
    let set = |value: Option<&str>, expect| Commit {
        side: vec![SideWrite::Meta { name: "m".into(), value: value.map(str::to_owned), expect }],
        ..Commit::default()
    };
    let is = |text: &str| MetaExpect::Value(text.into());
    let store = h.store();
    assert_conflict(&store.commit(Lane::Acks, set(Some("x"), is("a"))).await);
    assert_conflict(&store.commit(Lane::Acks, set(None, is("a"))).await);
    store.commit(Lane::Acks, set(None, MetaExpect::Absent)).await.unwrap();
    store.commit(Lane::Acks, set(Some("a"), MetaExpect::Absent)).await.unwrap();
    assert_conflict(&store.commit(Lane::Acks, set(Some("b"), MetaExpect::Absent)).await);
    assert_conflict(&store.commit(Lane::Acks, set(None, MetaExpect::Absent)).await);
    assert_conflict(&store.commit(Lane::Acks, set(Some("b"), is("z"))).await);
    store.commit(Lane::Acks, set(Some("b"), is("a"))).await.unwrap();
    assert_eq!(store.meta("m").await.unwrap().as_deref(), Some("b"));
    store.commit(Lane::Acks, set(Some("c"), MetaExpect::Any)).await.unwrap();
    store.commit(Lane::Acks, set(None, is("c"))).await.unwrap();
    store.commit(Lane::Acks, set(None, MetaExpect::Any)).await.unwrap();
    assert_eq!(store.meta("m").await.unwrap(), None);
}

async fn signals_are_decided_once(h: &mut Harness) {
    let at = h.now();
    h.store().inbox_append(vec!["one".into(), "two".into()]).await.unwrap();
    let batch = h.store().inbox_take(10).await.unwrap();
    let deciding = |number, key, token: &InboxToken| Commit {
        inbox: Some(token.clone()),
        ..opened(at, &[(number, key)])
    };
    h.store().commit(Lane::Intake, deciding(1, "a", &batch.token)).await.unwrap();
    assert_conflict(&h.store().commit(Lane::Intake, deciding(2, "b", &batch.token)).await);
    let none = h.store().commit(Lane::Intake, deciding(3, "c", &InboxToken(vec![99, 1]))).await;
    assert!(matches!(none, Err(StoreError::Bug(_))), "a token that nobody gave out: {none:?}");
    assert_eq!(h.store().last_seq().await.unwrap(), 1);
}

async fn a_repeat_that_somebody_else_counted_is_refused(h: &mut Harness) {
    let at = h.now();
    h.store().commit(Lane::Intake, opened(at, &[(1, "a"), (2, "b")])).await.unwrap();
    let repeat =
        |number, count| Observed { alert_id: id(number), observation: seen(at, count, None), firing: true };
    let told = |observed| Commit { observed, ..Commit::default() };
    // Each decides a signal of its own; both had loaded a count of 1.
    h.store().inbox_append(vec!["x".into(), "y".into()]).await.unwrap();
    let first = h.store().inbox_take(1).await.unwrap();
    let decided = Commit { inbox: Some(first.token), ..told(vec![repeat(1, 2)]) };
    h.store().commit(Lane::Intake, decided).await.unwrap();
    let second = h.store().inbox_take(1).await.unwrap();
    let decided = |count| Commit { inbox: Some(second.token.clone()), ..told(vec![repeat(1, count)]) };
    assert_conflict(&h.store().commit(Lane::Intake, decided(2)).await);
    h.store().commit(Lane::Intake, decided(3)).await.unwrap();
    // What is only told stands behind what is known better, and does not take the rest with it.
    let list = told(vec![repeat(1, 3), repeat(2, 5), repeat(9, 2)]);
    h.store().commit(Lane::Intake, list).await.unwrap();
    let counts = h.store().load(&[AggregateId::Alert(id(1)), AggregateId::Alert(id(2))]).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|l| l.observation.map(|o| o.seen_count)).collect();
    assert_eq!(counts, [Some(3), Some(5)]);
}

async fn changes_that_make_no_sense_are_refused_as_bugs(h: &mut Harness) {
    let at = h.now();
    let is_bug = |outcome: Result<_, StoreError>| matches!(outcome, Err(StoreError::Bug(_)));
    let mut empty = alert_opened(id(1), service(1), "a", at);
    empty.events.clear();
    assert!(is_bug(h.store().commit(Lane::Intake, commit(at, vec![empty])).await), "no events");
    let mut foreign = alert_opened(id(1), service(1), "a", at);
    foreign.id = AggregateId::Alert(id(2));
    assert!(is_bug(h.store().commit(Lane::Intake, commit(at, vec![foreign])).await), "another's state");
    let apart = vec![alert_opened(id(1), service(1), "a", at), alert_opened(id(1), service(1), "a", at)];
    assert!(is_bug(h.store().commit(Lane::Intake, commit(at, apart)).await), "do not follow each other");
    let page = page_requested(id(1), id(77), at);
    assert!(is_bug(h.store().commit(Lane::Pages, commit(at, vec![page])).await), "no such incident");
    assert_eq!(h.store().last_seq().await.unwrap(), 0);
}
