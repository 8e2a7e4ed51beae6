//! Lists: filters, order, pages.

use hansei_app::ports::{AlertQuery, IncidentQuery, Lane, Loaded};
use hansei_domain::alert::AlertStatus;
use hansei_domain::ids::AlertId;
use hansei_domain::incident::{IncidentEvent, IncidentStatus, Severity, SeverityReason};
use hansei_domain::journal::AggregateId;

use crate::fixtures::*;
use crate::harness::Harness;
use crate::on_every_store;

on_every_store!(
    alerts_are_filtered_and_come_newest_first,
    alerts_come_in_pages,
    words_find_what_they_say_in_any_script,
    incidents_are_filtered_and_counted,
    an_incident_knows_its_firing_alerts,
    figures_count,
);

fn numbers(list: &[Loaded]) -> Vec<AlertId> {
    list.iter().map(|loaded| alert_of(loaded).id).collect()
}

fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<AlertId> {
    numbers.into_iter().map(id).collect()
}

async fn alerts_are_filtered_and_come_newest_first(h: &mut Harness) {
    let at = h.now();
    let mut setup = opened(at, &[(1, "a"), (2, "b"), (3, "c")]);
    setup.changes.push(alert_opened(id(4), service(2), "d", at));
    let resolved = alert_resolved(&after(&setup.changes[1]), at);
    let placed = alert_placed(&after(&setup.changes[2]), id(1), at);
    let incident = incident_declared(id(1), 1, None, "x", at);
    h.store().commit(Lane::Intake, setup).await.unwrap();
    h.store().commit(Lane::Intake, commit(at, vec![resolved, placed, incident])).await.unwrap();
    let all = AlertQuery { limit: 10, ..AlertQuery::default() };
    let list = async |query: AlertQuery| numbers(&h.store().alerts(&query).await.unwrap());
    assert_eq!(list(all.clone()).await, ids([4, 3, 2, 1]));
    let firing = AlertQuery { status: Some(AlertStatus::Firing), ..all.clone() };
    assert_eq!(list(firing).await, ids([4, 3, 1]));
    let over = AlertQuery { status: Some(AlertStatus::Resolved), ..all.clone() };
    assert_eq!(list(over).await, ids([2]));
    let of_service = AlertQuery { service_id: Some(service(2)), ..all.clone() };
    assert_eq!(list(of_service).await, ids([4]));
    let of_incidents = AlertQuery { incident_ids: vec![id(1), id(2)], ..all.clone() };
    assert_eq!(list(of_incidents).await, ids([3]));
    assert_eq!(list(AlertQuery { loose: true, ..all.clone() }).await, ids([4, 2, 1]));
    assert_eq!(list(AlertQuery { key_id: Some(id(1)), ..all.clone() }).await.len(), 4);
    assert_eq!(list(AlertQuery { key_id: Some(id(2)), ..all.clone() }).await, ids([]));
    let first = h.store().alerts(&AlertQuery { limit: 1, before: Some(id(2)), ..all }).await.unwrap();
    assert_eq!(first[0].observation, Some(seen(at, 1, None)), "with what was seen");
}

async fn alerts_come_in_pages(h: &mut Harness) {
    let at = h.now();
    let keys: Vec<String> = (1..=25).map(|n| format!("k{n}")).collect();
    let alerts: Vec<(u128, &str)> =
        keys.iter().enumerate().map(|(n, k)| (n as u128 + 1, k.as_str())).collect();
    h.store().commit(Lane::Intake, opened(at, &alerts)).await.unwrap();
    let mut before = None;
    let mut seen = Vec::new();
    loop {
        let query =
            AlertQuery { status: Some(AlertStatus::Firing), before, limit: 10, ..AlertQuery::default() };
        let page = numbers(&h.store().alerts(&query).await.unwrap());
        before = page.last().copied();
        seen.extend(page.iter().copied());
        if page.len() < 10 {
            break;
        }
    }
    assert_eq!(seen, ids((1..=25).rev()));
}

async fn words_find_what_they_say_in_any_script(h: &mut Harness) {
    let at = h.now();
    let alerts = [
        content("Disk 100% full", &[("host", "db_1")]),
        content("STÖRUNG im Chat", &[("env", "Prod")]),
        content("決済エラー", &[("region", "東京")]),
    ];
    let changes = alerts.into_iter().zip(1_u128..);
    let changes = changes.map(|(c, n)| alert_with(id(n), service(1), &format!("key-{n}"), c, at)).collect();
    h.store().commit(Lane::Intake, commit(at, changes)).await.unwrap();
    let find = async |text: &str| {
        let query = AlertQuery { text: Some(text.into()), limit: 10, ..AlertQuery::default() };
        numbers(&h.store().alerts(&query).await.unwrap())
    };
    assert_eq!(find("disk FULL").await, ids([1]), "each word anywhere, case does not count");
    assert_eq!(find("100%").await, ids([1]));
    assert_eq!(find("0%f").await, ids([]), "a percent sign means itself");
    assert_eq!(find("db_1").await, ids([1]));
    assert_eq!(find("dbx1").await, ids([]), "an underscore means itself");
    assert_eq!(find("störung").await, ids([2]));
    assert_eq!(find("env=prod").await, ids([2]));
    assert_eq!(find("東京 エラー").await, ids([3]));
    assert_eq!(find("key-2").await, ids([2]));
    assert_eq!(find("  ").await, ids([3, 2, 1]));
    assert_eq!(find("disk 東京").await, ids([]));
}

async fn incidents_are_filtered_and_counted(h: &mut Harness) {
    let at = h.now();
    let declared: Vec<_> = (1..=4)
        .map(|n| incident_declared(id(u128::from(n)), n, Some((service(1), &n.to_string())), "Störung A", at))
        .collect();
    let loaded: Vec<_> = declared.iter().map(after).collect();
    h.store().commit(Lane::Intake, commit(at, declared)).await.unwrap();
    let worse = IncidentEvent::SeverityChanged {
        from: Severity::new(2).unwrap(),
        to: Severity::new(0).unwrap(),
        reason: SeverityReason::Person { person: None, note: None },
    };
    let handed = IncidentEvent::HandedOver {
        from: None,
        to: id(7),
        note: None,
        paged: vec![],
        untaken: false,
        expires_at: None,
    };
    let changes = vec![
        incident_event(&loaded[0], worse, at),
        incident_resolved(&loaded[1], at),
        incident_event(&loaded[2], handed, at),
        alert_placed(&after(&alert_opened(id(1), service(1), "a", at)), id(4), at),
    ];
    let mut setup = opened(at, &[(1, "a"), (2, "b")]);
    setup.changes.extend(changes);
    let second = alert_placed(&after(&setup.changes[1]), id(4), at);
    let ended = alert_resolved(&after(&second), at);
    setup.changes.extend([second, ended]);
    h.store().commit(Lane::Intake, setup).await.unwrap();
    let all = IncidentQuery { limit: 10, ..IncidentQuery::default() };
    let list = async |query: IncidentQuery| {
        let rows = h.store().incidents(&query).await.unwrap();
        rows.iter().map(|row| row.incident.number).collect::<Vec<_>>()
    };
    assert_eq!(list(all.clone()).await, [4, 3, 2, 1]);
    assert_eq!(list(IncidentQuery { status: IncidentStatus::ACTIVE.into(), ..all.clone() }).await, [4, 3, 1]);
    assert_eq!(list(IncidentQuery { status: vec![IncidentStatus::Resolved], ..all.clone() }).await, [2]);
    assert_eq!(list(IncidentQuery { severity: vec![Severity::ALL[0]], ..all.clone() }).await, [1]);
    assert_eq!(list(IncidentQuery { holder: Some(id(7)), ..all.clone() }).await, [3]);
    assert_eq!(list(IncidentQuery { service_id: Some(service(2)), ..all.clone() }).await, [0; 0]);
    assert_eq!(list(IncidentQuery { text: Some("STÖRUNG a".into()), ..all.clone() }).await.len(), 4);
    assert_eq!(list(IncidentQuery { text: Some("b".into()), ..all.clone() }).await, [0; 0]);
    assert_eq!(list(IncidentQuery { before: Some(3), limit: 1, ..all.clone() }).await, [2]);
    let fourth = h.store().incident_by_number(4).await.unwrap().unwrap();
    assert_eq!((fourth.firing_alerts, fourth.all_alerts, fourth.version), (1, 2, 1));
    assert!(h.store().incident_by_number(5).await.unwrap().is_none());
}

async fn an_incident_knows_its_firing_alerts(h: &mut Harness) {
    let at = h.now();
    let mut setup = opened(at, &[(1, "a"), (2, "b"), (3, "c")]);
    let opened: Vec<_> = setup.changes.iter().map(after).collect();
    setup.changes.push(incident_declared(id(1), 1, None, "x", at));
    for loaded in &opened {
        setup.changes.push(alert_placed(loaded, id(1), at));
    }
    let placed = after(&setup.changes[5]);
    setup.changes.push(alert_resolved(&placed, at));
    h.store().commit(Lane::Intake, setup).await.unwrap();
    assert_eq!(h.store().firing_alerts_of(id(1), 10).await.unwrap(), ids([1, 3]));
    assert_eq!(h.store().firing_alerts_of(id(1), 1).await.unwrap(), ids([1]));
    assert_eq!(h.store().firing_alerts_of(id(2), 10).await.unwrap(), ids([]));
}

async fn figures_count(h: &mut Harness) {
    let at = h.now();
    let empty = h.store().figures(at).await.unwrap();
    assert_eq!((empty.last_seq, empty.firing_alerts, empty.active_incidents), (0, 0, 0));
    assert_eq!((empty.oldest_due_at, empty.outbox_waiting), (None, vec![]));
    let mut setup = opened(at, &[(1, "a"), (2, "b")]);
    setup.changes.push(incident_declared(id(1), 1, None, "x", at));
    setup.changes.push(page_requested(id(1), id(1), at));
    let later = hansei_domain::plus_secs(at, 30);
    setup.outbox = vec![
        attempt(1, id(1), Lane::Pages, at),
        attempt(2, id(1), Lane::Pages, later),
        attempt(3, id(1), Lane::Mail, later),
    ];
    h.store().commit(Lane::Intake, setup).await.unwrap();
    let figures = h.store().figures(at).await.unwrap();
    assert_eq!((figures.last_seq, figures.firing_alerts, figures.active_incidents), (4, 2, 1));
    assert_eq!(figures.outbox_waiting, [(Lane::Pages, 2), (Lane::Mail, 1)]);
    assert_eq!(figures.outbox_oldest_at, [(Lane::Pages, at)], "what may not be sent yet does not wait");
    assert_eq!(figures.oldest_due_at, None);
    let minute = hansei_domain::plus_secs(at, 60);
    assert_eq!(h.store().figures(minute).await.unwrap().oldest_due_at, Some(minute));
    let loaded = h.store().load(&[AggregateId::Page(id(1))]).await.unwrap();
    assert_eq!(h.store().open_pages(&[id(1)]).await.unwrap(), loaded);
}
