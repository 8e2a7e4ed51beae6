//! The tables beside the journal.

use hansei_app::ports::{
    Commit, IdempotencyRow, Lane, QuarantineRow, SessionRow, SideWrite, StoreError, ThrottleRow, TokenRow,
};
use hansei_domain::Timestamp;
use hansei_domain::access::Role;
use hansei_domain::catalog::CatalogEvent;
use hansei_domain::ids::{PersonId, SessionId};

use crate::fixtures::*;
use crate::harness::Harness;
use crate::on_every_store;

on_every_store!(
    sessions_begin_are_used_and_end,
    tokens_are_kept_changed_and_used,
    passwords_and_secrets_are_set_and_removed,
    quarantine_is_listed_and_settled_once,
    failed_logins_are_counted_and_forgotten,
    old_answers_and_ended_sessions_are_swept,
    the_catalogue_is_listed_with_what_is_archived,
);

async fn write(h: &Harness, side: Vec<SideWrite>) {
    h.store().commit(Lane::Timeline, Commit { side, ..Commit::default() }).await.unwrap();
}

fn session(number: u128, person: PersonId, at: Timestamp) -> SessionRow {
    SessionRow {
        id: id(number),
        sha256: format!("hash-{number}"),
        person_id: person,
        created_at: at,
        seen_at: at,
        expires_at: hansei_domain::plus_secs(at, 3_600),
        agent: "Browser".into(),
        address: "192.0.2.1".into(),
    }
}

async fn sessions_begin_are_used_and_end(h: &mut Harness) {
    let at = h.now();
    let (ana, ben): (PersonId, PersonId) = (id(1), id(2));
    let rows = [session(1, ana, at), session(2, ana, at), session(3, ana, at), session(4, ben, at)];
    write(h, rows.iter().cloned().map(SideWrite::SessionPut).collect()).await;
    assert_eq!(h.store().session("hash-1").await.unwrap(), Some(rows[0].clone()));
    assert_eq!(h.store().session("hash-9").await.unwrap(), None);
    let used = hansei_domain::plus_secs(at, 60);
    write(h, vec![SideWrite::SessionTouch { id: id(1), seen_at: used }]).await;
    assert_eq!(h.store().session("hash-1").await.unwrap().unwrap().seen_at, used);
    let of = async |person| {
        let rows = h.store().sessions_of(person).await.unwrap();
        rows.iter().map(|row| row.id).collect::<Vec<SessionId>>()
    };
    assert_eq!(of(ana).await, [id(3), id(2), id(1)]);
    write(h, vec![SideWrite::SessionEnd { id: id(3) }]).await;
    write(h, vec![SideWrite::SessionsEnd { person_id: ana, except: Some(id(2)) }]).await;
    assert_eq!((of(ana).await, of(ben).await), (vec![id(2)], vec![id(4)]));
    write(h, vec![SideWrite::SessionsEnd { person_id: ana, except: None }]).await;
    assert_eq!((of(ana).await, of(ben).await), (vec![], vec![id(4)]));
    // Touching what has ended is no error: it was used at the moment it ended.
    write(h, vec![SideWrite::SessionTouch { id: id(1), seen_at: used }]).await;
}

async fn tokens_are_kept_changed_and_used(h: &mut Harness) {
    let at = h.now();
    let token = TokenRow {
        id: id(1),
        sha256: "hash".into(),
        hint: "hsi_ab".into(),
        name: "CI".into(),
        person_id: id(1),
        role: Role::Responder,
        created_at: at,
        expires_at: Some(hansei_domain::plus_secs(at, 60)),
        used_at: None,
        revoked_at: None,
    };
    let other =
        TokenRow { id: id(2), sha256: "other".into(), person_id: id(2), expires_at: None, ..token.clone() };
    write(h, vec![SideWrite::TokenPut(token.clone()), SideWrite::TokenPut(other.clone())]).await;
    assert_eq!(h.store().token("hash").await.unwrap(), Some(token.clone()));
    assert_eq!(h.store().tokens(Some(id(2))).await.unwrap(), vec![other.clone()]);
    write(h, vec![SideWrite::TokenTouch { id: id(1), used_at: at }]).await;
    let revoked = TokenRow { used_at: Some(at), revoked_at: Some(at), ..token };
    write(h, vec![SideWrite::TokenPut(revoked.clone())]).await;
    assert_eq!(h.store().tokens(None).await.unwrap(), vec![other, revoked]);
    assert_eq!(h.store().token("nothing").await.unwrap(), None);
}

async fn passwords_and_secrets_are_set_and_removed(h: &mut Harness) {
    let password =
        |text: Option<&str>| SideWrite::Credential { person_id: id(1), password: text.map(Into::into) };
    let secret =
        |text: Option<&str>| SideWrite::ContactSecret { contact_id: id(1), secret: text.map(Into::into) };
    let now = async || {
        let store = h.store();
        (store.credential(id(1)).await.unwrap(), store.contact_secret(id(1)).await.unwrap())
    };
    assert_eq!(now().await, (None, None));
    write(h, vec![password(Some("a")), secret(Some("s")), password(Some("b"))]).await;
    assert_eq!(now().await, (Some("b".into()), Some("s".into())), "the last one counts");
    write(h, vec![password(None), secret(None), password(None)]).await;
    assert_eq!(now().await, (None, None));
}

async fn quarantine_is_listed_and_settled_once(h: &mut Harness) {
    let at = h.now();
    let row = |number: u128| QuarantineRow {
        id: id(number),
        key_id: id(1),
        service_id: id(1),
        received_at: at,
        format: "pagerduty".into(),
        content_type: "application/json".into(),
        error: "not JSON".into(),
        body: vec![0, 159, 146, 150, 0],
        truncated: number == 2,
        settled_at: None,
        settled_how: None,
    };
    write(h, (1..=3).map(|n| SideWrite::QuarantinePut(row(n))).collect()).await;
    let settle = || SideWrite::QuarantineSettle { id: id(2), at, how: "replayed".into() };
    write(h, vec![settle()]).await;
    let again = Commit { side: vec![settle()], ..Commit::default() };
    let outcome = h.store().commit(Lane::Timeline, again).await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "replayed twice would be two effects: {outcome:?}");
    let settled = QuarantineRow { settled_at: Some(at), settled_how: Some("replayed".into()), ..row(2) };
    assert_eq!(h.store().quarantined(id(2)).await.unwrap(), Some(settled.clone()));
    assert_eq!(h.store().quarantined(id(9)).await.unwrap(), None);
    assert_eq!(h.store().quarantine(true, None, 10).await.unwrap(), vec![row(3), row(1)]);
    assert_eq!(h.store().quarantine(false, Some(id(3)), 1).await.unwrap(), vec![settled]);
    let (day, week) = (hansei_domain::plus_secs(at, 86_400), hansei_domain::plus_secs(at, 604_800));
    assert_eq!(h.store().sweep(week, day).await.unwrap(), 1, "settled and old; open ones stay");
    let of_another = QuarantineRow { key_id: id(2), ..row(4) };
    write(h, vec![SideWrite::QuarantinePut(of_another.clone())]).await;
    write(h, (5..=1_004).map(|n| SideWrite::QuarantinePut(row(n))).collect()).await;
    assert_eq!(h.store().sweep(week, at).await.unwrap(), 2, "beyond 1,000 of a key the oldest go");
    let left = h.store().quarantine(true, None, 2_000).await.unwrap();
    assert_eq!(left.len(), 1_001);
    assert_eq!(left.last(), Some(&of_another), "another key's stay");
}

async fn failed_logins_are_counted_and_forgotten(h: &mut Harness) {
    let at = h.now();
    let count = |row| SideWrite::Throttle { key: "ana".into(), row };
    let row = |failures| ThrottleRow { failures, blocked_until: hansei_domain::plus_secs(at, failures) };
    assert_eq!(h.store().throttle("ana").await.unwrap(), None);
    write(h, vec![count(Some(row(1))), count(Some(row(2)))]).await;
    assert_eq!(h.store().throttle("ana").await.unwrap(), Some(row(2)));
    write(h, vec![count(None)]).await;
    assert_eq!(h.store().throttle("ana").await.unwrap(), None);
}

async fn old_answers_and_ended_sessions_are_swept(h: &mut Harness) {
    let at = h.now();
    let hour = hansei_domain::plus_secs(at, 3_600);
    let answer = |n: usize| IdempotencyRow {
        scope: "s".into(),
        key: n.to_string(),
        request: "r".into(),
        status: 200,
        body: String::new(),
        at: if n == 0 { hour } else { at },
    };
    // More than one transaction deletes.
    write(h, (0..1_200).map(|n| SideWrite::Idempotency(answer(n))).collect()).await;
    let mut lasting = session(2, id(1), at);
    lasting.expires_at = hansei_domain::plus_secs(hour, 1);
    write(h, vec![SideWrite::SessionPut(session(1, id(1), at)), SideWrite::SessionPut(lasting)]).await;
    write(
        h,
        vec![SideWrite::Throttle {
            key: "k".into(),
            row: Some(ThrottleRow { failures: 1, blocked_until: at }),
        }],
    )
    .await;
    assert_eq!(h.store().sweep(hour, hour).await.unwrap(), 1_199 + 1 + 1);
    assert!(h.store().idempotency("s", "0").await.unwrap().is_some());
    assert!(h.store().idempotency("s", "1199").await.unwrap().is_none());
    assert_eq!(h.store().sessions_of(id(1)).await.unwrap().len(), 1);
    assert_eq!(h.store().sweep(hour, hour).await.unwrap(), 0);
}

async fn the_catalogue_is_listed_with_what_is_archived(h: &mut Harness) {
    let at = h.now();
    let (first, second) = (team_put(id(1), "a", at), team_put(id(2), "b", at));
    let archived = entry_event(&after(&first), CatalogEvent::Archived, at);
    let expected = vec![after(&archived), after(&second)];
    h.store().commit(Lane::Timeline, commit(at, vec![first, archived, second])).await.unwrap();
    assert_eq!(h.store().entries().await.unwrap(), expected);
    let ids: Vec<_> = expected.iter().map(|l| l.id).collect();
    assert_eq!(h.store().load(&ids).await.unwrap(), expected);
}
