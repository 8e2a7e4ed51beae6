//! Deadlines: found in order, moved, and gone when they are met.

use hansei_app::ports::{Commit, Lane, Observed};
use hansei_domain::Timestamp;
use hansei_domain::journal::AggregateId;

use crate::fixtures::*;
use crate::harness::Harness;
use crate::on_every_store;

on_every_store!(
    what_is_due_comes_oldest_first,
    a_repeat_moves_an_expiry_and_cannot_bring_one_back,
    an_end_takes_the_deadline_away,
);

fn later(at: Timestamp, secs: u32) -> Timestamp {
    hansei_domain::plus_secs(at, secs)
}

async fn what_is_due_comes_oldest_first(h: &mut Harness) {
    let at = h.now();
    assert_eq!(h.store().next_due_at().await.unwrap(), None);
    let incident = incident_declared(id(1), 1, None, "x", at);
    // A page with two channels is due after a minute; alerts when they expire.
    let page = page_requested(id(1), id(1), at);
    let mut setup = commit(at, vec![incident, page]);
    for (number, secs) in [(1, 90), (2, 30), (3, 300)] {
        let mut change = alert_opened(id(number), service(1), &format!("k{number}"), at);
        change.due_at = Some(later(at, secs));
        setup.changes.push(change);
        let observation = seen(at, 1, Some(later(at, secs)));
        setup.observed.push(Observed { alert_id: id(number), observation, firing: true });
    }
    h.store().commit(Lane::Intake, setup).await.unwrap();
    let due = async |secs, limit| h.store().due(later(at, secs), limit).await.unwrap();
    assert_eq!(due(29, 10).await, []);
    assert_eq!(due(30, 10).await, [AggregateId::Alert(id(2))], "a deadline passes at its instant");
    let expected = [AggregateId::Alert(id(2)), AggregateId::Page(id(1)), AggregateId::Alert(id(1))];
    assert_eq!(due(100, 10).await, expected);
    assert_eq!(due(100, 2).await, expected[..2]);
    assert_eq!(h.store().next_due_at().await.unwrap(), Some(later(at, 30)));
}

async fn a_repeat_moves_an_expiry_and_cannot_bring_one_back(h: &mut Harness) {
    let at = h.now();
    let mut first = alert_opened(id(1), service(1), "a", at);
    first.due_at = Some(later(at, 60));
    let loaded = after(&first);
    let mut setup = commit(at, vec![first]);
    let seen_until = |count, secs| Observed {
        alert_id: id(1),
        observation: seen(at, count, Some(later(at, secs))),
        firing: true,
    };
    setup.observed.push(seen_until(1, 60));
    h.store().commit(Lane::Intake, setup).await.unwrap();
    let repeat = |count, secs| Commit { observed: vec![seen_until(count, secs)], ..Commit::default() };
    h.store().commit(Lane::Intake, repeat(2, 120)).await.unwrap();
    assert_eq!(h.store().next_due_at().await.unwrap(), Some(later(at, 120)));
    let before = h.store().last_seq().await.unwrap();
    assert_eq!(before, 1, "a repeat costs no journal entry");
    // It ends; a repeat that was decided just before comes after it.
    h.store().commit(Lane::Acks, commit(at, vec![alert_resolved(&loaded, at)])).await.unwrap();
    h.store().commit(Lane::Intake, repeat(3, 180)).await.unwrap();
    assert_eq!(h.store().next_due_at().await.unwrap(), None);
    let alert = h.store().load(&[AggregateId::Alert(id(1))]).await.unwrap();
    assert_eq!(alert[0].observation, Some(seen_until(3, 180).observation));
    assert_eq!(h.store().verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
}

async fn an_end_takes_the_deadline_away(h: &mut Harness) {
    let at = h.now();
    let (incident, page) = (incident_declared(id(1), 1, None, "x", at), page_requested(id(1), id(1), at));
    let loaded = after(&page);
    h.store().commit(Lane::Pages, commit(at, vec![incident, page])).await.unwrap();
    assert_eq!(h.store().next_due_at().await.unwrap(), Some(later(at, 60)));
    h.store().commit(Lane::Acks, commit(at, vec![page_ended(&loaded, id(1), at)])).await.unwrap();
    assert_eq!(h.store().next_due_at().await.unwrap(), None);
    assert_eq!(h.store().due(later(at, 600), 10).await.unwrap(), []);
}
