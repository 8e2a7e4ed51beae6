//! What only a file has: one process at a time, locks of other programs, damage, death at any moment.

use std::path::Path;

use hansei_app::ports::{Commit, Lane, StoreError};
use hansei_store::{OpenError, OpenOptions};

use crate::fixtures::*;
use crate::harness::{CountedIds, FakeClock, Folder, Harness};

fn options(folder: &Path) -> OpenOptions {
    OpenOptions::sqlite(folder, FakeClock::new(), CountedIds::new())
}

#[tokio::test]
async fn a_second_process_is_told_who_has_the_folder() {
    let h = Harness::sqlite().await;
    let folder = h.folder.join("data");
    assert!(hansei_store::is_locked(&folder));
    let second = hansei_store::open(&options(&folder)).await;
    let Err(error @ OpenError::InUse { process, .. }) = second else { panic!("opened twice") };
    assert_eq!(process, Some(std::process::id()));
    assert!(error.to_string().contains("in use by another Hansei"), "{error}");
    h.store().close().await;
    let closed = h.store().commit(Lane::Acks, Commit::default()).await;
    assert!(matches!(closed, Err(StoreError::Unavailable(_))), "{closed:?}");
    let closed = h.store().last_seq().await;
    assert!(matches!(closed, Err(StoreError::Unavailable(_))), "{closed:?}");
    drop(h.shared());
    let Harness { folder: kept, .. } = h;
    assert!(!hansei_store::is_locked(&kept.join("nothing")));
}

#[tokio::test]
async fn the_lock_ends_with_the_store() {
    let folder = Folder::new();
    for _ in 0..3 {
        let store = hansei_store::open(&options(folder.path())).await.unwrap();
        assert!(hansei_store::is_locked(folder.path()));
        drop(store);
        assert!(!hansei_store::is_locked(folder.path()));
    }
}

#[tokio::test]
async fn a_lock_of_another_program_is_answered_in_time_and_passes() {
    let h = Harness::sqlite().await;
    let at = h.now();
    let other = rusqlite::Connection::open(h.folder.join("data").join("hansei.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers = async {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 1..=5 {
            let store = h.shared();
            tasks.spawn(async move { store.commit(Lane::Intake, opened(at, &[(number, "a")])).await });
        }
        tasks.join_all().await
    };
    let answers = tokio::time::timeout(std::time::Duration::from_secs(2), answers).await.unwrap();
    for answer in answers {
        assert!(matches!(&answer, Err(StoreError::Unavailable(why)) if why.contains("locked")), "{answer:?}");
    }
    other.execute_batch("ROLLBACK").unwrap();
    h.store().commit(Lane::Intake, opened(at, &[(1, "a")])).await.unwrap();
    assert_eq!(h.store().last_seq().await.unwrap(), 1);
}

/// Copies what lies on the disk at this moment: what a process that dies now leaves behind.
fn image(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            image(&entry.path(), &target);
        } else if entry.file_name() != "hansei.db-shm" && entry.file_name() != "ballast" {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn whatever_was_answered_is_there_after_dying_at_any_moment() {
    let h = Harness::sqlite().await;
    let at = h.now();
    for number in 1..=20_u128 {
        let key = format!("k{number}");
        h.store().inbox_append(vec!["signal".into()]).await.unwrap();
        let batch = h.store().inbox_take(1).await.unwrap();
        let decided = Commit { inbox: Some(batch.token), ..opened(at, &[(number, key.as_str())]) };
        h.store().commit(Lane::Intake, decided).await.unwrap();
        if number % 5 == 0 {
            let dead = h.folder.join(&format!("dead-{number}"));
            image(&h.folder.join("data"), &dead);
            let store = hansei_store::open(&options(&dead)).await.unwrap();
            assert_eq!(store.last_seq().await.unwrap(), number as u64);
            assert!(store.inbox_take(10).await.unwrap().records.is_empty(), "decided once");
            assert_eq!(store.verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_commit_that_was_not_finished_leaves_nothing() {
    let h = Harness::sqlite().await;
    h.store().commit(Lane::Intake, opened(h.now(), &[(1, "a")])).await.unwrap();
    let (data, dead) = (h.folder.join("data"), h.folder.join("dead"));
    image(&data, &dead);
    h.store().commit(Lane::Intake, opened(h.now(), &[(2, "b")])).await.unwrap();
    // The log of the second commit, cut in the middle: power was lost before it was synced.
    let log = std::fs::read(data.join("hansei.db-wal")).unwrap();
    let before = std::fs::metadata(dead.join("hansei.db-wal")).unwrap().len() as usize;
    assert!(log.len() > before);
    std::fs::write(dead.join("hansei.db-wal"), &log[..before + (log.len() - before) / 2]).unwrap();
    let store = hansei_store::open(&options(&dead)).await.unwrap();
    assert_eq!(store.last_seq().await.unwrap(), 1);
    assert_eq!(store.verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
}

#[tokio::test]
async fn damage_is_noticed_at_opening() {
    let h = Harness::sqlite().await;
    let alerts: Vec<(u128, String)> = (1..=300).map(|n| (n, format!("k{n}"))).collect();
    let alerts: Vec<(u128, &str)> = alerts.iter().map(|(n, k)| (*n, k.as_str())).collect();
    h.store().commit(Lane::Intake, opened(h.now(), &alerts)).await.unwrap();
    h.store().close().await;
    let file = h.folder.join("data").join("hansei.db");
    let good = std::fs::read(&file).unwrap();
    // Broken pages in the middle.
    let mut bad = good.clone();
    let middle = bad.len() / 2 / 4096 * 4096;
    bad[middle..middle + 8192].fill(0xff);
    let dead = h.folder.join("dead");
    std::fs::create_dir_all(&dead).unwrap();
    std::fs::write(dead.join("hansei.db"), &bad).unwrap();
    let refused = hansei_store::open(&options(&dead)).await.err().unwrap();
    assert!(matches!(refused, OpenError::Damaged(_)), "{refused}");
    // Sound pages, but the journal's end is gone.
    std::fs::write(dead.join("hansei.db"), &good).unwrap();
    let raw = rusqlite::Connection::open(dead.join("hansei.db")).unwrap();
    raw.execute_batch("DELETE FROM journal WHERE seq = 300").unwrap();
    drop(raw);
    let refused = hansei_store::open(&options(&dead)).await.err().unwrap();
    assert!(refused.to_string().contains("the journal's end is damaged"), "{refused}");
    // Whoever opens it to find out is told all that is wrong.
    let store = hansei_store::open(&options(&dead).to_verify()).await.unwrap();
    let found = store.verify(&|_, _| {}).await.unwrap().findings;
    assert!(found.iter().any(|finding| finding.contains("300")), "{found:?}");
    drop(store);
    // Something else altogether.
    std::fs::write(dead.join("hansei.db"), "this is not a database, but a text that is long enough").unwrap();
    let _ = std::fs::remove_file(dead.join("hansei.db-wal"));
    assert!(hansei_store::open(&options(&dead)).await.is_err());
}

#[tokio::test]
async fn a_backup_is_not_opened_and_stays_as_it_is() {
    let h = Harness::sqlite().await;
    h.store().commit(Lane::Intake, opened(h.now(), &[(1, "a")])).await.unwrap();
    let backup = h.folder.join("backup");
    h.store().backup(&backup, &|_, _| {}).await.unwrap();
    for options in [options(&backup), options(&backup).to_verify()] {
        let refused = hansei_store::open(&options).await.err().unwrap();
        assert!(matches!(refused, OpenError::Backup(_)), "{refused}");
        assert!(refused.to_string().contains("hansei restore"), "{refused}");
    }
    hansei_store::restore(&backup, &options(&h.folder.join("restored"))).await.unwrap();
}

#[tokio::test]
async fn a_restore_that_fails_half_way_leaves_nothing_behind() {
    use sha2::Digest;
    let h = Harness::sqlite().await;
    h.store().inbox_append(vec!["signal".into()]).await.unwrap();
    let backup = h.folder.join("backup");
    h.store().backup(&backup, &|_, _| {}).await.unwrap();
    // Every file is as the manifest says, but the database is none: that comes out only after it was copied.
    let (file, manifest) = (backup.join("hansei.db"), backup.join("manifest.json"));
    let (good, good_manifest) = (std::fs::read(&file).unwrap(), std::fs::read_to_string(&manifest).unwrap());
    let hash = |bytes: &[u8]| -> String {
        sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let bad = vec![b'?'; good.len()];
    assert!(good_manifest.contains(&hash(&good)));
    std::fs::write(&manifest, good_manifest.replace(&hash(&good), &hash(&bad))).unwrap();
    std::fs::write(&file, &bad).unwrap();
    let target = options(&h.folder.join("restored"));
    assert!(hansei_store::restore(&backup, &target).await.is_err());
    let left: Vec<_> = std::fs::read_dir(&target.data_dir).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["hansei.lock"]);
    // The next try finds an empty place.
    std::fs::write(&manifest, &good_manifest).unwrap();
    std::fs::write(&file, &good).unwrap();
    assert_eq!(hansei_store::restore(&backup, &target).await.unwrap().inbox_records, 1);
}

#[tokio::test]
async fn a_database_of_a_later_release_is_refused() {
    let folder = Folder::new();
    drop(hansei_store::open(&options(folder.path())).await.unwrap());
    let raw = rusqlite::Connection::open(folder.join("hansei.db")).unwrap();
    raw.execute_batch("INSERT INTO migration VALUES (999, 'later', 'x', 0)").unwrap();
    let refused = hansei_store::open(&options(folder.path())).await.err().unwrap().to_string();
    assert!(refused.contains("later release"), "{refused}");
    raw.execute_batch("DELETE FROM migration WHERE number = 999; UPDATE migration SET checksum = 'y'")
        .unwrap();
    let refused = hansei_store::open(&options(folder.path())).await.err().unwrap().to_string();
    assert!(refused.contains("is not the one that made the database"), "{refused}");
}

#[tokio::test]
async fn nobody_else_may_read_what_holds_secrets() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = Folder::new();
    let data = folder.join("made");
    let store = hansei_store::open(&options(&data)).await.unwrap();
    assert_eq!(mode(&data), 0o700);
    // A folder that was there before may be open to all; the files are not.
    let there = folder.join("there");
    std::fs::create_dir(&there).unwrap();
    let other = hansei_store::open(&options(&there)).await.unwrap();
    other.commit(Lane::Acks, Commit::default()).await.unwrap();
    for name in ["hansei.db", "hansei.db-wal", "hansei.lock"] {
        assert_eq!(mode(&there.join(name)), 0o600, "{name}");
    }
    let backup = folder.join("backup");
    store.backup(&backup, &|_, _| {}).await.unwrap();
    assert_eq!((mode(&backup), mode(&backup.join("hansei.db"))), (0o700, 0o600));
    let restored = options(&folder.join("restored"));
    hansei_store::restore(&backup, &restored).await.unwrap();
    assert_eq!(mode(&restored.data_dir.join("hansei.db")), 0o600);
}
