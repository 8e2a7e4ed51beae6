//! What only a server has: several nodes, lost connections, settings of somebody else.

use std::sync::Arc;

use hansei_app::ports::{Commit, Lane, Store, StoreError};
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

#[tokio::test]
async fn a_dead_nodes_signals_are_decided_by_another() {
    let Some(h) = Harness::postgres().await else { return };
    let other = hansei_store::open(&h.options()).await.unwrap();
    h.store().inbox_append(vec!["a".into(), "b".into()]).await.unwrap();
    assert!(
        other.inbox_take(10).await.unwrap().records.is_empty(),
        "they belong to the node that took them in"
    );
    let mine = h.store().inbox_take(10).await.unwrap();
    // The first node stops in the middle of deciding; its lease ends.
    h.clock.advance_secs(10);
    let theirs = other.inbox_take(10).await.unwrap();
    assert_eq!((theirs.records.len(), &theirs.records), (2, &mine.records));
    let deciding = |number, token| Commit { inbox: Some(token), ..opened(h.now(), &[(number, "k")]) };
    other.commit(Lane::Intake, deciding(1, theirs.token)).await.unwrap();
    // It wakes up again: too late.
    let late = h.store().commit(Lane::Intake, deciding(2, mine.token)).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    assert!(h.store().inbox_take(10).await.unwrap().records.is_empty());
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
