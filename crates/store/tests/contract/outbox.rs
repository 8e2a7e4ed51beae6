//! The outbox: claimed with a lease, settled with its epoch, dropped when nobody needs it any more.

use hansei_app::ports::{Claim, Commit, Lane, OutboxEntry, StoreError};
use hansei_domain::Timestamp;
use hansei_domain::ids::{OutboxId, PageId};

use crate::fixtures::*;
use crate::harness::Harness;
use crate::on_every_store;

on_every_store!(
    claims_come_in_order_of_lane_and_age,
    a_lease_that_ends_is_claimed_again_with_a_higher_epoch,
    only_the_last_claim_can_be_settled_and_once,
    what_was_not_sent_is_dropped_with_its_page,
    a_dead_process_makes_nobody_wait_where_it_is_alone,
    two_who_claim_at_once_never_get_the_same,
    what_was_sent_is_swept,
    each_kind_is_claimed_as_far_as_it_has_room,
);

fn later(at: Timestamp, secs: u32) -> Timestamp {
    hansei_domain::plus_secs(at, secs)
}

/// An incident with pages to hang attempts on.
async fn pages(h: &Harness, count: u128) {
    let at = h.now();
    let mut changes = vec![incident_declared(id(1), 1, None, "x", at)];
    changes.extend((1..=count).map(|n| page_requested(id(n), id(1), at)));
    h.store().commit(Lane::Pages, commit(at, changes)).await.unwrap();
}

async fn add(h: &Harness, entries: Vec<OutboxEntry>) {
    h.store().commit(Lane::Pages, Commit { outbox: entries, ..Commit::default() }).await.unwrap();
}

fn claimed(claims: &[Claim]) -> Vec<OutboxId> {
    claims.iter().map(|claim| claim.entry.id).collect()
}

fn ids(numbers: &[u128]) -> Vec<OutboxId> {
    numbers.iter().map(|n| id(*n)).collect()
}

fn settle(number: u128, epoch: u64) -> Commit {
    Commit { settle: vec![(id(number), epoch)], ..Commit::default() }
}

async fn claims_come_in_order_of_lane_and_age(h: &mut Harness) {
    pages(h, 1).await;
    let at = h.now();
    let page: PageId = id(1);
    let entries = vec![
        attempt(1, page, Lane::Mail, at),
        attempt(2, page, Lane::Pages, later(at, 2)),
        attempt(3, page, Lane::Pages, later(at, 1)),
        attempt(4, page, Lane::Digests, at),
        attempt(5, page, Lane::Pages, later(at, 60)),
    ];
    add(h, entries.clone()).await;
    assert_eq!(h.store().outbox_next_at().await.unwrap(), Some(at));
    let now = later(at, 10);
    let claims = h.store().outbox_claim(now, later(now, 30), 2).await.unwrap();
    assert_eq!(claimed(&claims), ids(&[3, 2]));
    assert_eq!((&claims[0].entry, claims[0].epoch), (&entries[2], 1));
    let rest = h.store().outbox_claim(now, later(now, 30), 10).await.unwrap();
    assert_eq!(claimed(&rest), ids(&[1, 4]));
    assert_eq!(h.store().outbox_claim(now, later(now, 30), 10).await.unwrap(), vec![]);
}

async fn a_lease_that_ends_is_claimed_again_with_a_higher_epoch(h: &mut Harness) {
    pages(h, 1).await;
    let at = h.now();
    add(h, vec![attempt(1, id(1), Lane::Pages, at)]).await;
    let first = h.store().outbox_claim(at, later(at, 10), 5).await.unwrap();
    assert_eq!(first[0].epoch, 1);
    assert_eq!(h.store().outbox_next_at().await.unwrap(), Some(later(at, 10)), "when the lease ends");
    h.clock.advance_secs(9);
    assert_eq!(h.store().outbox_claim(h.now(), later(h.now(), 10), 5).await.unwrap(), vec![]);
    h.clock.advance_secs(1);
    let second = h.store().outbox_claim(h.now(), later(h.now(), 10), 5).await.unwrap();
    assert_eq!((claimed(&second), second[0].epoch), (ids(&[1]), 2));
}

async fn only_the_last_claim_can_be_settled_and_once(h: &mut Harness) {
    pages(h, 1).await;
    let at = h.now();
    add(h, vec![attempt(1, id(1), Lane::Pages, at)]).await;
    let conflicts = async |number, epoch| {
        let outcome = h.store().commit(Lane::Pages, settle(number, epoch)).await;
        matches!(outcome, Err(StoreError::Conflict))
    };
    assert!(conflicts(1, 1).await, "not claimed yet");
    h.store().outbox_claim(at, later(at, 1), 5).await.unwrap();
    h.clock.advance_secs(2);
    h.store().outbox_claim(h.now(), later(h.now(), 1), 5).await.unwrap();
    assert!(conflicts(1, 1).await, "somebody else has claimed it since");
    assert!(conflicts(2, 1).await, "unknown");
    h.store().commit(Lane::Pages, settle(1, 2)).await.unwrap();
    assert!(conflicts(1, 2).await, "settled already");
    h.clock.advance_secs(60);
    assert_eq!(h.store().outbox_claim(h.now(), later(h.now(), 1), 5).await.unwrap(), vec![]);
    assert_eq!(h.store().outbox_next_at().await.unwrap(), None);
}

async fn what_was_not_sent_is_dropped_with_its_page(h: &mut Harness) {
    pages(h, 2).await;
    let at = h.now();
    let entries = vec![
        attempt(1, id(1), Lane::Pages, at),
        attempt(2, id(1), Lane::Pages, later(at, 60)),
        attempt(3, id(2), Lane::Pages, at),
    ];
    add(h, entries).await;
    let claims = h.store().outbox_claim(at, later(at, 10), 1).await.unwrap();
    assert_eq!(claimed(&claims), ids(&[1]));
    let ended = Commit { drop_outbox_of: vec![id(1)], ..Commit::default() };
    h.store().commit(Lane::Acks, ended).await.unwrap();
    let rest = h.store().outbox_claim(later(at, 600), later(at, 700), 10).await.unwrap();
    assert_eq!(claimed(&rest), ids(&[3]), "of the page that ended nothing is sent any more (R11)");
    // What was being sent when the page ended has an outcome all the same, once.
    h.store().commit(Lane::Pages, settle(1, 1)).await.unwrap();
    assert!(matches!(h.store().commit(Lane::Pages, settle(1, 1)).await, Err(StoreError::Conflict)));
    // New attempts of the same commit are not dropped by it.
    let mut both = Commit { drop_outbox_of: vec![id(2)], ..Commit::default() };
    both.outbox.push(attempt(9, id(2), Lane::Pages, at));
    h.store().commit(Lane::Pages, both).await.unwrap();
    let new = h.store().outbox_claim(later(at, 900), later(at, 999), 10).await.unwrap();
    assert_eq!(claimed(&new), ids(&[9]));
}

async fn a_dead_process_makes_nobody_wait_where_it_is_alone(h: &mut Harness) {
    pages(h, 1).await;
    let at = h.now();
    add(h, vec![attempt(1, id(1), Lane::Pages, at), attempt(2, id(1), Lane::Pages, later(at, 60))]).await;
    h.store().outbox_claim(at, later(at, 10), 5).await.unwrap();
    h.crash().await;
    if h.store().is_only_writer() {
        h.store().release_claims().await.unwrap();
    }
    let at_once = h.store().outbox_claim(at, later(at, 10), 5).await.unwrap();
    if h.store().is_only_writer() {
        assert_eq!(claimed(&at_once), ids(&[1]), "the process that had claimed it is certainly dead");
        let settled = h.store().commit(Lane::Pages, settle(1, 1)).await;
        assert!(matches!(settled, Err(StoreError::Conflict)), "its outcome comes too late: {settled:?}");
        h.store().commit(Lane::Pages, settle(1, at_once[0].epoch)).await.unwrap();
        return;
    }
    assert_eq!(at_once, vec![], "another node may still be at it");
    h.clock.advance_secs(11);
    let again = h.store().outbox_claim(h.now(), later(h.now(), 10), 5).await.unwrap();
    assert_eq!(again[0].epoch, 2);
}

async fn two_who_claim_at_once_never_get_the_same(h: &mut Harness) {
    pages(h, 1).await;
    let at = h.now();
    add(h, (1..=100).map(|n| attempt(n, id(1), Lane::Pages, at)).collect()).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let store = h.shared();
        tasks.spawn(async move { store.outbox_claim(at, later(at, 60), 20).await.unwrap() });
    }
    let mut all: Vec<OutboxId> = tasks.join_all().await.iter().flat_map(|claims| claimed(claims)).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=100).map(id).collect::<Vec<_>>());
}

async fn what_was_sent_is_swept(h: &mut Harness) {
    pages(h, 2).await;
    let at = h.now();
    add(h, (1..=3).map(|n| attempt(n, id(1), Lane::Pages, at)).collect()).await;
    h.store().outbox_claim(at, later(at, 60), 2).await.unwrap();
    let done = Commit { at: Some(at), settle: vec![(id(1), 1)], ..Commit::default() };
    h.store().commit(Lane::Pages, done).await.unwrap();
    assert_eq!(h.store().sweep(later(at, 60), at).await.unwrap(), 0, "not old enough");
    assert_eq!(h.store().sweep(later(at, 60), later(at, 1)).await.unwrap(), 1);
    let open: u64 = h.store().figures(at).await.unwrap().outbox_waiting.iter().map(|(_, n)| n).sum();
    assert_eq!(open, 2, "what is under way or waits stays");
}

async fn each_kind_is_claimed_as_far_as_it_has_room(h: &mut Harness) {
    pages(h, 1).await;
    let (at, page): (Timestamp, PageId) = (h.now(), id(1));
    let mut entries: Vec<_> = (1..=4).map(|n| attempt(n, page, Lane::Pages, at)).collect();
    entries.push(OutboxEntry { kind: "webhook".into(), ..attempt(5, page, Lane::Pages, later(at, 1)) });
    entries.push(OutboxEntry { kind: "webhook".into(), ..attempt(6, page, Lane::Pages, later(at, 60)) });
    add(h, entries.clone()).await;
    let now = later(at, 10);
    let claims = |room| {
        let store = h.store();
        async move { store.outbox_claim_kinds(now, later(now, 30), room).await.unwrap() }
    };
    let first = claims(&[("email", 2), ("loopback", 5), ("webhook", 5)]).await;
    assert_eq!(claimed(&first), ids(&[1, 2, 5]));
    assert_eq!((&first[2].entry, first[2].epoch), (&entries[4], 1));
    assert_eq!(claims(&[("email", 0), ("webhook", 5)]).await, vec![], "full is full");
    assert_eq!(claimed(&claims(&[("email", 9)]).await), ids(&[3, 4]));
}
