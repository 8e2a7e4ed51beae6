//! What only a server has: several nodes, lost connections, settings of somebody else.

use std::sync::Arc;

use hansei_app::ports::{Commit, InboxBatch, Lane, Store, StoreError};
use hansei_domain::journal::AggregateId;
use hansei_store::{LeaseClock, OpenError, OpenOptions, RestoreError};

use crate::fixtures::*;
use crate::harness::{CountedIds, FakeClock, Folder, Harness, PostgresSchema};

fn options(url: String) -> OpenOptions {
    OpenOptions::postgres(url, FakeClock::new(), CountedIds::new())
}

/// Nodes on one database.
async fn nodes(schema: &PostgresSchema, count: usize) -> Vec<Arc<dyn Store>> {
    let opening = (0..count).map(|_| {
        let options = options(schema.url());
        tokio::spawn(async move { hansei_store::open(&options).await })
    });
    let mut nodes = Vec::new();
    // All at once: they wait for each other's migrations.
    for node in opening.collect::<Vec<_>>() {
        nodes.push(node.await.unwrap().unwrap());
    }
    nodes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_write_one_journal_in_which_no_reader_misses_an_entry() {
    let Some(schema) = PostgresSchema::make().await else { return };
    let nodes = nodes(&schema, 2).await;
    let at = FakeClock::new();
    let at = hansei_app::ports::Clock::now(&*at);
    let mut writing = tokio::task::JoinSet::new();
    for (place, node) in nodes.iter().enumerate() {
        for task in 0..4_u128 {
            let node = Arc::clone(node);
            writing.spawn(async move {
                for number in 0..25_u128 {
                    let id = (place as u128 * 4 + task) * 1_000 + number + 1;
                    let key = format!("k{id}");
                    node.commit(Lane::Intake, opened(at, &[(id, key.as_str())])).await.unwrap();
                }
            });
        }
    }
    // A reader follows: it must never have to go back for an entry that appeared late.
    let reader = Arc::clone(&nodes[0]);
    let reading = tokio::spawn(async move {
        let mut last = 0;
        while last < 200 {
            for entry in reader.journal_after(last, 1_000).await.unwrap() {
                assert_eq!(entry.seq, last + 1, "an entry came late");
                last = entry.seq;
            }
        }
    });
    writing.join_all().await;
    reading.await.unwrap();
    assert_eq!(nodes[1].verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_that_change_the_same_one_is_told() {
    let Some(schema) = PostgresSchema::make().await else { return };
    let nodes = nodes(&schema, 2).await;
    let at = hansei_app::ports::Clock::now(&*FakeClock::new());
    for number in 1..=20_u128 {
        let key = format!("k{number}");
        let change = alert_opened(id(number), service(1), &key, at);
        let loaded = after(&change);
        nodes[0].commit(Lane::Intake, commit(at, vec![change])).await.unwrap();
        let both = [0, 1].map(|node| {
            let (node, change) = (Arc::clone(&nodes[node]), alert_resolved(&loaded, at));
            tokio::spawn(async move { node.commit(Lane::Acks, commit(at, vec![change])).await })
        });
        let [first, second] = both;
        let outcomes = [first.await.unwrap(), second.await.unwrap()];
        let good = outcomes.iter().filter(|o| o.is_ok()).count();
        let told = outcomes.iter().filter(|o| matches!(o, Err(StoreError::Conflict))).count();
        assert_eq!((good, told), (1, 1), "{outcomes:?}");
        let stored = nodes[1].load(&[AggregateId::Alert(id(number))]).await.unwrap();
        assert_eq!(stored[0].version, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_never_own_the_same_attempt_whatever_their_clocks_say() {
    let Some(schema) = PostgresSchema::make().await else { return };
    let behind = FakeClock::new();
    let ahead = FakeClock::new();
    ahead.advance_secs(300);
    let open = async |clock: &Arc<FakeClock>| {
        let mut options = options(schema.url());
        options.clock = clock.clone();
        assert_eq!(options.lease_clock, LeaseClock::Database);
        hansei_store::open(&options).await.unwrap()
    };
    let (first, second) = (open(&behind).await, open(&ahead).await);
    let at = hansei_app::ports::Clock::now(&*behind);
    let mut setup =
        commit(at, vec![incident_declared(id(1), 1, None, "x", at), page_requested(id(1), id(1), at)]);
    setup.outbox = (1..=50).map(|n| attempt(n, id(1), Lane::Pages, at)).collect();
    first.commit(Lane::Pages, setup).await.unwrap();
    let claim = |node: &Arc<dyn Store>, clock: &Arc<FakeClock>| {
        let (node, now) = (Arc::clone(node), hansei_app::ports::Clock::now(&**clock));
        let until = hansei_domain::plus_secs(now, 30);
        tokio::spawn(async move { node.outbox_claim(now, until, 40).await.unwrap() })
    };
    let (a, b) = (claim(&first, &behind), claim(&second, &ahead));
    let mut all: Vec<_> = a.await.unwrap().into_iter().chain(b.await.unwrap()).map(|c| c.entry.id).collect();
    all.sort_unstable();
    assert_eq!(
        all,
        (1..=50).map(id).collect::<Vec<_>>(),
        "each once, though one clock is five minutes ahead"
    );
    assert!(claim(&second, &ahead).await.unwrap().is_empty());
}

/// Takes until there is something, as the deciding loop does.
async fn take_when_there_is(node: &dyn Store, max: usize) -> InboxBatch {
    loop {
        let batch = node.inbox_take(max).await.unwrap();
        if !batch.records.is_empty() {
            return batch;
        }
        node.inbox_wait().await;
    }
}

/// Marks a batch as decided and decides nothing.
async fn decide(node: &dyn Store, batch: InboxBatch) -> Result<(), StoreError> {
    let decided = Commit { inbox: Some(batch.token), ..Commit::default() };
    node.commit(Lane::Intake, decided).await.map(drop)
}

#[tokio::test]
async fn one_node_decides_what_all_take_in_in_the_order_of_arrival() {
    let Some(h) = Harness::postgres().await else { return };
    let other = hansei_store::open(&h.options()).await.unwrap();
    assert!(h.store().inbox_take(10).await.unwrap().records.is_empty(), "this one is first and decides");
    let mut expected = Vec::new();
    for number in 0..20 {
        let node = if number % 3 == 0 { h.store() } else { &*other };
        let record = bytes::Bytes::from(format!("{number:02}"));
        node.inbox_append(vec![record.clone()]).await.unwrap();
        expected.push(record);
        assert!(other.inbox_take(10).await.unwrap().records.is_empty());
    }
    let mut seen = Vec::new();
    while seen.len() < expected.len() {
        let batch = h.store().inbox_take(7).await.unwrap();
        seen.extend(batch.records.clone());
        decide(h.store(), batch).await.unwrap();
    }
    assert_eq!(seen, expected);
    assert_eq!(other.figures(h.now()).await.unwrap().inbox_records, 0);
}

#[tokio::test]
async fn a_busy_survivor_decides_what_a_dead_node_left_first_and_at_once() {
    let Some(mut h) = Harness::postgres().await else { return };
    let other = hansei_store::open(&h.options()).await.unwrap();
    assert!(h.store().inbox_take(10).await.unwrap().records.is_empty());
    h.store().inbox_append(vec!["left".into()]).await.unwrap();
    other.inbox_append(vec!["own".into()]).await.unwrap();
    assert!(other.inbox_take(10).await.unwrap().records.is_empty());
    // It dies with its connections. The clock stands still, so no lease ends.
    h.die();
    let first = loop {
        other.inbox_append(vec!["more".into()]).await.unwrap();
        let batch = other.inbox_take(10).await.unwrap();
        if !batch.records.is_empty() {
            break batch;
        }
        other.inbox_wait().await;
    };
    assert_eq!(first.records[..2], ["left", "own"]);
    assert!(first.records[2..].iter().all(|record| record == "more"));
    decide(&*other, first).await.unwrap();
}

#[tokio::test]
async fn a_node_that_hangs_loses_deciding_with_its_lease_and_is_fenced_off() {
    let Some(h) = Harness::postgres().await else { return };
    let other = hansei_store::open(&h.options()).await.unwrap();
    h.store().inbox_append(vec!["a".into(), "b".into()]).await.unwrap();
    let mine = h.store().inbox_take(1).await.unwrap();
    h.clock.advance_secs(4);
    assert!(other.inbox_take(10).await.unwrap().records.is_empty(), "its lease has not ended");
    h.clock.advance_secs(2);
    let theirs = other.inbox_take(10).await.unwrap();
    assert_eq!(theirs.records, ["a", "b"]);
    // It wakes up in the middle of deciding, before the other has decided anything: too late all the same.
    let deciding = |number, token| Commit { inbox: Some(token), ..opened(h.now(), &[(number, "k")]) };
    let late = h.store().commit(Lane::Intake, deciding(2, mine.token)).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    other.commit(Lane::Intake, deciding(1, theirs.token)).await.unwrap();
    other.inbox_append(vec!["c".into()]).await.unwrap();
    assert!(h.store().inbox_take(10).await.unwrap().records.is_empty(), "it has noticed");
    // Whoever works keeps deciding.
    for _ in 0..5 {
        h.clock.advance_secs(4);
        assert_eq!(other.inbox_take(10).await.unwrap().records, ["c"]);
        assert!(h.store().inbox_take(10).await.unwrap().records.is_empty());
    }
}

#[tokio::test]
async fn a_node_that_ends_or_starts_anew_makes_nobody_wait() {
    let Some(mut h) = Harness::postgres().await else { return };
    let other = hansei_store::open(&h.options()).await.unwrap();
    h.store().inbox_append(vec!["a".into()]).await.unwrap();
    assert_eq!(h.store().inbox_take(10).await.unwrap().records, ["a"]);
    h.store().close().await;
    let handed_over = other.inbox_take(10).await.unwrap();
    assert_eq!(handed_over.records, ["a"], "it was handed over");
    other.close().await;
    // Alone, and killed: the new process goes on with what the old one left.
    h.crash().await;
    let taken = take_when_there_is(h.store(), 10).await;
    assert_eq!(taken.records, ["a"]);
    h.crash().await;
    let taken = take_when_there_is(h.store(), 10).await;
    assert_eq!(taken.records, ["a"]);
    decide(h.store(), taken).await.unwrap();
}

#[tokio::test]
async fn a_signal_that_becomes_visible_late_is_not_passed_over() {
    let Some(h) = Harness::postgres().await else { return };
    let client = h.postgres_client().await;
    // A signal of one byte, with its length before it.
    let slow = "BEGIN; INSERT INTO inbox (records, decided, payload) VALUES (1, 0, '\\x0000000173')";
    client.batch_execute(slow).await.unwrap();
    h.store().inbox_append(vec!["fast".into()]).await.unwrap();
    let fast = h.store().inbox_take(10).await.unwrap();
    assert_eq!(fast.records, ["fast"]);
    decide(h.store(), fast).await.unwrap();
    h.store().inbox_append(vec!["next".into()]).await.unwrap();
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(h.store().inbox_take(10).await.unwrap().records, ["s", "next"]);
}

#[tokio::test]
async fn a_lock_of_another_program_is_answered_in_time_and_passes() {
    let Some(h) = Harness::postgres().await else { return };
    let at = h.now();
    let client = h.postgres_client().await;
    client.batch_execute("BEGIN; LOCK TABLE journal_head IN EXCLUSIVE MODE").await.unwrap();
    let answers = async {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 1..=5 {
            let store = h.shared();
            let key = format!("k{number}");
            tasks.spawn(async move { store.commit(Lane::Acks, opened(at, &[(number, &*key)])).await });
        }
        tasks.join_all().await
    };
    let answers = tokio::time::timeout(std::time::Duration::from_secs(2), answers).await.unwrap();
    for answer in answers {
        assert!(matches!(&answer, Err(StoreError::Unavailable(why)) if why.contains("locked")), "{answer:?}");
    }
    client.batch_execute("ROLLBACK").await.unwrap();
    h.store().commit(Lane::Acks, opened(at, &[(1, "a")])).await.unwrap();
    assert_eq!(h.store().last_seq().await.unwrap(), 1);
}

#[tokio::test]
async fn a_lost_connection_is_made_again() {
    let Some(schema) = PostgresSchema::make().await else { return };
    let name = format!("victim-{}", std::process::id());
    let mut options = options(schema.url_with(&format!("&application_name={name}")));
    options.lease_clock = LeaseClock::Injected;
    let store = hansei_store::open(&options).await.unwrap();
    let at = options.clock.now();
    store.commit(Lane::Intake, opened(at, &[(1, "a")])).await.unwrap();
    store.inbox_append(vec!["x".into()]).await.unwrap();
    // Every session of this store, whatever it is doing.
    let kill =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'");
    for round in 2..=4_u128 {
        schema.execute(&kill).await;
        let key = format!("k{round}");
        // The first words after it may find the connection gone; soon all is well again.
        let mut tries = 0;
        loop {
            let commit = store.commit(Lane::Intake, opened(at, &[(round, key.as_str())])).await;
            let append = store.inbox_append(vec!["y".into()]).await;
            let read = store.last_seq().await;
            if commit.is_ok() && append.is_ok() && read.is_ok() {
                break;
            }
            // What came of a commit whose connection was lost is not known: it may have gone through.
            if matches!(commit, Err(StoreError::Conflict)) && append.is_ok() && read.is_ok() {
                break;
            }
            tries += 1;
            assert!(tries < 2_000, "{commit:?} {append:?} {read:?}");
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(store.verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_at_once() {
    if PostgresSchema::make().await.is_none() {
        return;
    }
    // Nothing listens on the discard port.
    let refused =
        hansei_store::open(&options("postgres://u:secret@127.0.0.1:9/db".into())).await.err().unwrap();
    assert!(matches!(refused, OpenError::Unreachable(_)), "{refused}");
    assert!(!refused.to_string().contains("secret"), "{refused}");
}

#[tokio::test]
async fn a_session_that_could_lose_commits_is_refused() {
    let Some(schema) = PostgresSchema::make().await else { return };
    let url = schema.url_with("%20-csynchronous_commit%3Doff");
    let refused = hansei_store::open(&options(url)).await.err().unwrap();
    assert!(
        matches!(&refused, OpenError::Unsafe(why) if why.contains("synchronous_commit=off")),
        "{refused}"
    );
}

#[tokio::test]
async fn backups_move_between_the_databases() {
    let Some(schema) = PostgresSchema::make().await else { return };
    let (h, folder) = (Harness::sqlite().await, Folder::new());
    let at = h.now();
    let mut setup = opened(at, &[(1, "a"), (2, "b")]);
    setup.changes.push(incident_declared(id(1), 1, Some((service(1), "g")), "x", at));
    setup.changes.push(page_requested(id(1), id(1), at));
    setup.outbox.push(attempt(1, id(1), Lane::Pages, at));
    setup.incident_numbers = Some(hansei_app::ports::NumberRange { after: 0, count: 1 });
    h.store().commit(Lane::Intake, setup).await.unwrap();
    h.store().inbox_append((0..600).map(|n: u32| n.to_string().into()).collect()).await.unwrap();
    let batch = h.store().inbox_take(100).await.unwrap();
    h.store().commit(Lane::Intake, Commit { inbox: Some(batch.token), ..Commit::default() }).await.unwrap();
    let backup = folder.join("from-sqlite");
    h.store().backup(&backup, &|_, _| {}).await.unwrap();

    let mut server = options(schema.url());
    server.lease_clock = LeaseClock::Injected;
    let manifest = hansei_store::restore(&backup, &server).await.unwrap();
    assert_eq!(manifest.inbox_records, 500);
    let again = hansei_store::restore(&backup, &server).await;
    assert!(matches!(again, Err(RestoreError::NotEmpty(_))), "{again:?}");
    let store = hansei_store::open(&server).await.unwrap();
    assert_eq!(store.verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
    let keys = ["a", "b"].map(|key| (service(1), key.to_owned()));
    let (mine, theirs) =
        (h.store().load_intake(&keys).await.unwrap(), store.load_intake(&keys).await.unwrap());
    assert_eq!(mine.alerts, theirs.alerts);
    assert_eq!(store.last_incident_number().await.unwrap(), 1);
    assert!(store.meta("restored_at").await.unwrap().is_some());
    let batch = store.inbox_take(1_000).await.unwrap();
    let expected: Vec<bytes::Bytes> = (100..600).map(|n: u32| n.to_string().into()).collect();
    assert_eq!(batch.records, expected);
    // New signals get numbers behind the restored ones.
    store.commit(Lane::Intake, Commit { inbox: Some(batch.token), ..Commit::default() }).await.unwrap();
    store.inbox_append(vec!["new".into()]).await.unwrap();
    assert_eq!(store.inbox_take(10).await.unwrap().records, ["new"]);

    let back = folder.join("from-postgres");
    store.backup(&back, &|_, _| {}).await.unwrap();
    let file = OpenOptions { database_url: None, ..server.in_folder(folder.join("file")) };
    assert_eq!(hansei_store::restore(&back, &file).await.unwrap().inbox_records, 1);
    let file = hansei_store::open(&file).await.unwrap();
    assert_eq!(file.load_intake(&keys).await.unwrap().alerts, mine.alerts);
    assert_eq!(file.inbox_take(10).await.unwrap().records, ["new"]);
    assert_eq!(file.verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
}

#[tokio::test]
async fn the_servers_clock_is_told_to_nodes_that_share_it() {
    let Some(h) = Harness::postgres().await else { return };
    let before = h.store().shared_time().await.unwrap().unwrap();
    let after = h.store().shared_time().await.unwrap().unwrap();
    assert!(before < after, "it runs: {before} {after}");
    assert_ne!(before.duration_since(h.now()).as_hours(), 0, "and it is not the clock of this node");
    let alone = Harness::sqlite().await;
    assert_eq!(alone.store().shared_time().await.unwrap(), None);
    assert_eq!(alone.store().trouble(), None);
}

#[tokio::test]
async fn what_was_planned_while_a_table_was_small_is_good_when_it_has_grown() {
    let Some(schema) = PostgresSchema::make().await else { return };
    let name = format!("grown-{}", std::process::id());
    let options = options(schema.url_with(&format!("&application_name={name}")));
    let store = hansei_store::open(&options).await.unwrap();
    let keys: Vec<String> = (1..=20).map(|n| format!("k{n}")).collect();
    let alerts: Vec<(u128, &str)> = (1..).zip(keys.iter().map(String::as_str)).collect();
    store.commit(Lane::Intake, opened(options.clock.now(), &alerts)).await.unwrap();
    let known = async || {
        // Often enough for the server to settle on a plan.
        for _ in 0..8 {
            assert_eq!(store.load_intake(&[(service(1), "k7".into())]).await.unwrap().alerts.len(), 1);
        }
    };
    known().await;
    let columns = "version, service_id, key_id, format, status, episode, summary, labels, search, state";
    let more = format!(
        "INSERT INTO alert (id, dedup_key, {columns}) SELECT 'more-' || n, 'more-' || n, {columns} \
         FROM alert CROSS JOIN generate_series(1, 20000) AS n WHERE dedup_key = 'k1'"
    );
    schema.execute(&more).await;
    known().await;
    store.close().await;
    drop(store);
    // The server counts what a session has read when that ends.
    let (client, connection) = tokio_postgres::connect(&schema.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = $1";
    while client.query_one(open, &[&name]).await.unwrap().get::<_, i64>(0) > 0 {}
    let walked = "SELECT seq_tup_read FROM pg_stat_user_tables \
                  WHERE schemaname = current_schema() AND relname = 'alert'";
    let walked: i64 = client.query_one(walked, &[]).await.unwrap().get(0);
    assert!(walked < 20_000, "{walked} rows were walked to find one");
}
