//! Reading the journal back.

use hansei_app::ports::{Lane, TimelineFrom, TimelineQuery};
use hansei_domain::access::{Actor, Via};
use hansei_domain::journal::{AggregateId, Event};

use crate::fixtures::*;
use crate::harness::Harness;
use crate::on_every_store;

on_every_store!(
    a_timeline_has_the_incident_its_alerts_and_its_pages,
    a_part_of_a_timeline_begins_at_either_end,
    the_journal_is_read_in_pages_and_says_who_and_when,
    hashes_cover_everything_before,
);

async fn a_timeline_has_the_incident_its_alerts_and_its_pages(h: &mut Harness) {
    let at = h.now();
    let opened = alert_opened(id(1), service(1), "a", at);
    let placed = alert_placed(&after(&opened), id(1), at);
    let other = incident_declared(id(2), 2, None, "other", at);
    let incident = incident_declared(id(1), 1, None, "x", at);
    let page = page_requested(id(1), id(1), at);
    let ended = page_ended(&after(&page), id(1), at);
    h.store().commit(Lane::Intake, commit(at, vec![opened, incident, other, placed, page])).await.unwrap();
    h.store().commit(Lane::Acks, commit(at, vec![ended])).await.unwrap();
    let names = async |ids: &[hansei_domain::ids::IncidentId], after, limit| {
        let entries = h.store().timeline(ids, after, limit).await.unwrap();
        entries.iter().map(|r| (r.seq, r.event.name())).collect::<Vec<_>>()
    };
    let expected = [(2, "incident.declared"), (4, "alert.placed"), (5, "page.requested"), (6, "page.ended")];
    assert_eq!(names(&[id(1)], 0, 10).await, expected);
    assert_eq!(names(&[id(1)], 4, 1).await, expected[2..3]);
    assert_eq!(names(&[id(1), id(2)], 0, 10).await.len(), 5);
    assert_eq!(names(&[], 0, 10).await, []);
    assert_eq!(h.store().pages(&[id(1)]).await.unwrap().len(), 1);
    assert_eq!(h.store().open_pages(&[id(1)]).await.unwrap(), vec![]);
}

async fn a_part_of_a_timeline_begins_at_either_end(h: &mut Harness) {
    let at = h.now();
    let mut changes =
        vec![incident_declared(id(1), 1, None, "x", at), incident_declared(id(2), 2, None, "y", at)];
    for number in 1..=8 {
        let opened = alert_opened(id(number), service(1), &format!("k{number}"), at);
        let mut placed = alert_placed(&after(&opened), id(if number < 7 { 1 } else { 2 }), at);
        placed.incident_id = Some(id(if number < 7 { 1 } else { 2 }));
        changes.extend([opened, placed]);
    }
    h.store().commit(Lane::Intake, commit(at, changes)).await.unwrap();
    // The first incident has 1, 4, 6, 8, 10, 12, 14, the second 2, 16, 18.
    let seqs = async |incidents: &[u128], names: &[&'static str], from, limit| {
        let incidents = incidents.iter().map(|n| id(*n)).collect();
        let query = TimelineQuery { incidents, names: names.into(), from, limit };
        let part = h.store().timeline_part(&query).await.unwrap();
        part.iter().map(|r| r.seq).collect::<Vec<_>>()
    };
    let newest = |before| TimelineFrom::Newest { before };
    let oldest = |after| TimelineFrom::Oldest { after };
    assert_eq!(seqs(&[1], &[], newest(None), 3).await, [14, 12, 10]);
    assert_eq!(seqs(&[1], &[], newest(Some(10)), 2).await, [8, 6]);
    assert_eq!(seqs(&[1], &[], oldest(0), 3).await, [1, 4, 6]);
    assert_eq!(seqs(&[1], &[], oldest(12), 3).await, [14]);
    assert_eq!(seqs(&[1, 2], &[], newest(None), 4).await, [18, 16, 14, 12]);
    assert_eq!(seqs(&[1, 2], &[], oldest(0), 3).await, [1, 2, 4]);
    assert_eq!(seqs(&[1, 2], &["incident.declared"], newest(None), 9).await, [2, 1]);
    assert_eq!(seqs(&[1], &["alert.placed", "page.ended"], oldest(4), 2).await, [6, 8]);
    assert_eq!(seqs(&[], &[], newest(None), 9).await, [0; 0]);
}

async fn the_journal_is_read_in_pages_and_says_who_and_when(h: &mut Harness) {
    let at = h.now();
    let mut first = alert_opened(id(1), service(1), "a", at);
    first.actor = Actor::Person { person: id(3), via: Via::Token { token: id(4) } };
    h.store().commit(Lane::Intake, commit(at, vec![first.clone()])).await.unwrap();
    h.clock.advance_secs(5);
    // A commit that names no instant is of now.
    let mut second = commit(at, vec![alert_resolved(&after(&first), at)]);
    second.at = None;
    h.store().commit(Lane::Acks, second).await.unwrap();
    let entries = h.store().journal_after(0, 1).await.unwrap();
    let entry = &entries[0];
    assert_eq!((entry.seq, entry.version, entry.at), (1, 1, at));
    assert_eq!((entry.aggregate, &entry.actor), (AggregateId::Alert(id(1)), &first.actor));
    assert_eq!((&entry.event, entry.incident_id), (&first.events[0], None));
    let entries = h.store().journal_after(1, 10).await.unwrap();
    assert_eq!((entries.len(), entries[0].seq, entries[0].at), (1, 2, h.now()));
    assert!(matches!(entries[0].event, Event::Alert(_)));
    assert_eq!(h.store().journal_after(2, 10).await.unwrap(), vec![]);
    let newest = h.store().history(AggregateId::Alert(id(1)), 1).await.unwrap();
    assert_eq!(newest[0].version, 2);
}

async fn hashes_cover_everything_before(h: &mut Harness) {
    let at = h.now();
    for number in 1..=3 {
        let key = format!("k{number}");
        h.store().commit(Lane::Intake, opened(at, &[(number, key.as_str())])).await.unwrap();
    }
    let entries = h.store().journal_after(0, 10).await.unwrap();
    let mut hash = [0; 32];
    for entry in &entries {
        let actor = serde_json::to_string(&entry.actor).unwrap();
        let data = entry.event.encode().unwrap();
        hash = hansei_domain::journal::chain_hash(
            &hash,
            entry.seq,
            &entry.aggregate.to_string(),
            entry.version,
            entry.at.as_microsecond(),
            &actor,
            entry.event.name(),
            &data,
            "",
        );
        assert_eq!(entry.hash, hash, "entry {}", entry.seq);
    }
}
