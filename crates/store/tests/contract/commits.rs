//! What a commit stores, and that it is all or nothing.

use hansei_app::ports::{Commit, Lane, Observed, SideWrite, StoreError};
use hansei_domain::ids::{AlertId, IncidentId, PageId, TeamId};
use hansei_domain::journal::AggregateId;

use crate::fixtures::*;
use crate::harness::Harness;
use crate::on_every_store;

on_every_store!(
    what_was_committed_is_loaded_again,
    a_refused_commit_leaves_no_trace,
    changes_of_one_aggregate_in_one_commit_follow_each_other,
    an_ended_incident_makes_room_for_the_next_of_its_group_in_the_same_commit,
    commits_survive_a_crash,
    many_commits_at_once_all_go_through_or_conflict_alone,
    an_empty_commit_changes_nothing,
);

async fn what_was_committed_is_loaded_again(h: &mut Harness) {
    let at = h.now();
    let (alert, incident, page, team) =
        (id::<AlertId>(1), id::<IncidentId>(1), id::<PageId>(1), id::<TeamId>(1));
    let mut alert_change = alert_opened(alert, service(1), "cpu", at);
    alert_change.incident_id = Some(incident);
    let changes = vec![
        alert_change,
        incident_declared(incident, 1, Some((service(1), "")), "CPU", at),
        page_requested(page, incident, at),
        team_put(team, "sre", at),
    ];
    let expected: Vec<_> = changes.iter().map(after).collect();
    let observation = seen(at, 1, Some(at));
    let mut commit = commit(at, changes);
    commit.observed.push(Observed { alert_id: alert, observation, firing: true });
    commit.changes[0].due_at = Some(at);
    let committed = h.store().commit(Lane::Intake, commit).await.unwrap();
    assert_eq!(committed.last_seq, 4);
    let ids: Vec<AggregateId> = expected.iter().map(|l| l.id).collect();
    let mut loaded = h.store().load(&ids).await.unwrap();
    assert_eq!(loaded.remove(0).observation, Some(observation));
    assert_eq!(loaded, expected[1..]);
    assert_eq!(
        h.store().load(&[AggregateId::Alert(id(9))]).await.unwrap(),
        vec![],
        "unknown ids are left out"
    );
    assert_eq!(h.store().last_seq().await.unwrap(), 4);
}

async fn a_refused_commit_leaves_no_trace(h: &mut Harness) {
    let at = h.now();
    h.store().commit(Lane::Intake, opened(at, &[(1, "a")])).await.unwrap();
    // The second change is refused, after the first and the side table were written.
    let mut refused = opened(at, &[(2, "b"), (1, "a")]);
    refused.side.push(SideWrite::Meta {
        name: "trace".into(),
        value: Some("left".into()),
        expect: hansei_app::ports::MetaExpect::Any,
    });
    let outcome = h.store().commit(Lane::Intake, refused).await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    assert_eq!(h.store().last_seq().await.unwrap(), 1);
    assert_eq!(h.store().load(&[AggregateId::Alert(id(2))]).await.unwrap(), vec![]);
    assert_eq!(h.store().meta("trace").await.unwrap(), None);
    assert_eq!(h.store().journal_after(0, 10).await.unwrap().len(), 1);
}

async fn changes_of_one_aggregate_in_one_commit_follow_each_other(h: &mut Harness) {
    let at = h.now();
    let opened = alert_opened(id(1), service(1), "a", at);
    let resolved = alert_resolved(&after(&opened), at);
    let expected = after(&resolved);
    h.store().commit(Lane::Intake, commit(at, vec![opened, resolved])).await.unwrap();
    let loaded = h.store().load(&[expected.id]).await.unwrap();
    assert_eq!((loaded[0].version, &loaded[0].state), (2, &expected.state));
    let history = h.store().history(expected.id, 10).await.unwrap();
    assert_eq!(history.iter().map(|r| r.version).collect::<Vec<_>>(), [2, 1], "newest first");
}

async fn an_ended_incident_makes_room_for_the_next_of_its_group_in_the_same_commit(h: &mut Harness) {
    let at = h.now();
    let group = Some((service(1), "g"));
    let first = incident_declared(id(1), 1, group, "First", at);
    let loaded = after(&first);
    h.store().commit(Lane::Intake, commit(at, vec![first])).await.unwrap();
    // The new one is named before the old one's end.
    let changes = vec![incident_declared(id(2), 2, group, "Second", at), incident_resolved(&loaded, at)];
    h.store().commit(Lane::Intake, commit(at, changes)).await.unwrap();
    let open =
        h.store().open_incidents(&[(service(1), hansei_domain::alert::GroupKey("g".into()))]).await.unwrap();
    assert_eq!(open.iter().map(|l| l.id).collect::<Vec<_>>(), [AggregateId::Incident(id(2))]);
}

async fn commits_survive_a_crash(h: &mut Harness) {
    let at = h.now();
    h.store().commit(Lane::Intake, opened(at, &[(1, "a"), (2, "b")])).await.unwrap();
    h.crash().await;
    h.store().commit(Lane::Intake, opened(at, &[(3, "c")])).await.unwrap();
    h.crash().await;
    let journal = h.store().journal_after(0, 10).await.unwrap();
    assert_eq!(journal.iter().map(|r| r.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(h.store().verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
}

async fn many_commits_at_once_all_go_through_or_conflict_alone(h: &mut Harness) {
    let at = h.now();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200_u128 {
        let store = h.shared();
        // Every tenth wants the key of the one before it: exactly one of the two can have it.
        let key = format!("key-{}", if number % 10 == 9 { number - 1 } else { number });
        tasks.spawn(async move {
            let commit = opened(at, &[(number + 1, key.as_str())]);
            store.commit(Lane::ALL[(number % 6) as usize], commit).await
        });
    }
    let outcomes = tasks.join_all().await;
    let conflicts = outcomes.iter().filter(|o| matches!(o, Err(StoreError::Conflict))).count();
    let good = outcomes.iter().filter(|o| o.is_ok()).count();
    assert_eq!((good, conflicts), (180, 20));
    assert_eq!(h.store().last_seq().await.unwrap(), 180);
    let mut ends: Vec<u64> = outcomes.into_iter().flatten().map(|c| c.last_seq).collect();
    ends.sort_unstable();
    assert_eq!(ends, (1..=180).collect::<Vec<_>>(), "each commit is told its own place");
    let figures = h.store().commit_figures();
    assert!(figures.transactions <= figures.commits && figures.commits >= 200, "{figures:?}");
    assert_eq!(h.store().verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
}

async fn an_empty_commit_changes_nothing(h: &mut Harness) {
    let at = h.now();
    h.store().commit(Lane::Intake, opened(at, &[(1, "a")])).await.unwrap();
    let committed = h.store().commit(Lane::Acks, Commit::default()).await.unwrap();
    assert_eq!(committed.last_seq, 1);
    assert_eq!(h.store().last_seq().await.unwrap(), 1);
}
