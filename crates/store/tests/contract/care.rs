//! Looking after what is stored: verify, backup, restore.

use hansei_app::ports::{Commit, Lane};
use hansei_store::{OpenOptions, RestoreError};
use parking_lot::Mutex;

use crate::fixtures::*;
use crate::harness::Harness;
use crate::on_every_store;

on_every_store!(
    verify_finds_nothing_in_a_store_that_is_in_order,
    verify_finds_a_changed_state,
    verify_finds_a_changed_column,
    verify_finds_a_row_that_nobody_decided,
    verify_finds_a_missing_row,
    verify_finds_a_changed_entry_of_the_journal,
    verify_finds_a_removed_entry_of_the_journal,
    verify_finds_a_changed_deadline,
    a_backup_restores_everything,
    a_backup_while_others_write_is_whole,
    a_backup_wants_an_empty_folder_and_a_restore_an_empty_place,
    a_cut_or_changed_backup_is_refused,
);

/// Something of every kind, over several commits, with signals that are not decided.
async fn fill(h: &Harness) {
    let at = h.now();
    for round in 0..60_u128 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        let numbers = [round * 2 + 1, round * 2 + 2];
        let mut setup = opened(at, &[(numbers[0], a.as_str()), (numbers[1], b.as_str())]);
        let resolved = alert_resolved(&after(&setup.changes[0]), at);
        let number = round as u64 + 1;
        let incident =
            incident_declared(id(round + 1), number, Some((service(1), a.as_str())), "Trouble", at);
        let placed = alert_placed(&after(&setup.changes[1]), id(round + 1), at);
        let page = page_requested(id(round + 1), id(round + 1), at);
        let ended = (round % 2 == 0).then(|| incident_resolved(&after(&incident), at));
        setup.changes.extend([resolved, incident, placed, page]);
        setup.changes.extend(ended);
        setup.changes.push(team_put(id(round + 1), &format!("team-{round}"), at));
        setup.outbox.push(attempt(round + 1, id(round + 1), Lane::Pages, at));
        setup.incident_numbers = Some(hansei_app::ports::NumberRange { after: number - 1, count: 1 });
        h.store().commit(Lane::Intake, setup).await.unwrap();
    }
    h.store().inbox_append(vec!["decided".into(), "one".into(), "two".into()]).await.unwrap();
    let batch = h.store().inbox_take(1).await.unwrap();
    let decided = Commit { inbox: Some(batch.token), ..Commit::default() };
    h.store().commit(Lane::Intake, decided).await.unwrap();
}

async fn findings(h: &Harness) -> Vec<String> {
    h.store().verify(&|_, _| {}).await.unwrap().findings
}

/// Exactly one finding, which says this.
async fn assert_found(h: &Harness, what: &str) {
    let found = findings(h).await;
    assert!(found.len() == 1 && found[0].contains(what), "wanted {what:?}, found {found:?}");
}

async fn verify_finds_nothing_in_a_store_that_is_in_order(h: &mut Harness) {
    fill(h).await;
    let steps = Mutex::new(Vec::new());
    let verified = h.store().verify(&|done, total| steps.lock().push((done, total))).await.unwrap();
    assert_eq!(verified.findings, Vec::<String>::new());
    assert_eq!(verified.entries, h.store().last_seq().await.unwrap());
    assert_eq!(verified.aggregates, 60 * 5);
    let steps = steps.into_inner();
    let total = verified.entries * 2;
    assert!(steps.is_sorted() && steps.last() == Some(&(total, total)), "{steps:?}");
}

async fn verify_finds_a_changed_state(h: &mut Harness) {
    fill(h).await;
    h.tamper("UPDATE incident SET state = REPLACE(state, '\"title\":\"Trouble\"', '\"title\":\"Fine\"') WHERE number = 7").await;
    assert_found(h, "column state of incident").await;
}

async fn verify_finds_a_changed_column(h: &mut Harness) {
    fill(h).await;
    h.tamper("UPDATE alert SET status = 'resolved' WHERE dedup_key = 'b7'").await;
    assert_found(h, "column status of alert").await;
}

async fn verify_finds_a_row_that_nobody_decided(h: &mut Harness) {
    fill(h).await;
    h.tamper(
        "INSERT INTO entry SELECT 'tem_00000000000000000000000000', version, kind, 'smuggled', name, archived, \
         origin, owner_id, role, format, state FROM entry WHERE unique_key = 'team-3'",
    )
    .await;
    assert_found(h, "the journal does not know it").await;
}

async fn verify_finds_a_missing_row(h: &mut Harness) {
    fill(h).await;
    h.tamper("DELETE FROM entry WHERE unique_key = 'team-3'").await;
    assert_found(h, "its row in entry is missing").await;
}

async fn verify_finds_a_changed_entry_of_the_journal(h: &mut Harness) {
    fill(h).await;
    // Who did it is in no state: only the chain knows.
    h.tamper("UPDATE journal SET actor = '{\"kind\":\"console\"}' WHERE seq = 9").await;
    assert_found(h, "entry 9 ").await;
    h.tamper("UPDATE journal SET actor = '{\"kind\":\"system\"}', incident_id = NULL WHERE seq = 9").await;
    let found = findings(h).await;
    assert!(found.len() <= 1, "{found:?}");
    h.tamper("UPDATE journal SET incident_id = 'inc_00000000000000000000000000' WHERE seq = 9").await;
    assert_found(h, "entry 9 ").await;
}

async fn verify_finds_a_removed_entry_of_the_journal(h: &mut Harness) {
    fill(h).await;
    h.tamper("DELETE FROM journal WHERE seq = 8").await;
    let found = findings(h).await;
    assert!(found[0].contains("entries 8 to 8 are missing"), "{found:?}");
}

async fn verify_finds_a_changed_deadline(h: &mut Harness) {
    fill(h).await;
    h.tamper("UPDATE page SET due_at = NULL WHERE id = (SELECT MIN(id) FROM page)").await;
    assert_found(h, "column due_at of page").await;
}

/// Everything that can be read of a store.
async fn everything(store: &dyn hansei_app::ports::Store) -> String {
    let journal = store.journal_after(0, 10_000).await.unwrap();
    let alerts = hansei_app::ports::AlertQuery { limit: 10_000, ..Default::default() };
    let incidents = hansei_app::ports::IncidentQuery { limit: 10_000, ..Default::default() };
    let alerts = store.alerts(&alerts).await.unwrap();
    let incidents = store.incidents(&incidents).await.unwrap();
    let entries = store.entries().await.unwrap();
    let next = (store.next_due_at().await.unwrap(), store.outbox_next_at().await.unwrap());
    let number = store.last_incident_number().await.unwrap();
    let secret = store.contact_secret(id(1)).await.unwrap();
    format!("{journal:?}\n{alerts:?}\n{incidents:?}\n{entries:?}\n{next:?}\n{number}\n{secret:?}")
}

async fn a_backup_restores_everything(h: &mut Harness) {
    fill(h).await;
    let secret = hansei_app::ports::SideWrite::ContactSecret { contact_id: id(1), secret: Some("s".into()) };
    h.store().commit(Lane::Timeline, Commit { side: vec![secret], ..Commit::default() }).await.unwrap();
    let (backup, steps) = (h.folder.join("backup"), Mutex::new(Vec::new()));
    h.store().backup(&backup, &|done, total| steps.lock().push((done, total))).await.unwrap();
    let steps = steps.into_inner();
    assert!(steps.last().is_some_and(|(done, total)| done == total && *total > 0), "{steps:?}");
    let before = everything(h.store()).await;
    // Into a file, whatever it came from.
    let options = OpenOptions { database_url: None, ..h.options().in_folder(h.folder.join("restored")) };
    let manifest = hansei_store::restore(&backup, &options).await.unwrap();
    assert_eq!(manifest.journal_seq, h.store().last_seq().await.unwrap());
    assert_eq!(manifest.inbox_records, 2);
    let restored = hansei_store::open(&options).await.unwrap();
    assert_eq!(everything(&*restored).await, before);
    assert_eq!(restored.meta("restored_at").await.unwrap(), Some(h.now().to_string()));
    assert_eq!(restored.verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
    let batch = restored.inbox_take(10).await.unwrap();
    assert_eq!(batch.records, ["one", "two"], "what was accepted and not decided is decided there");
    // Work goes on.
    let decided = Commit { inbox: Some(batch.token), ..opened(h.now(), &[(9_000, "new")]) };
    restored.commit(Lane::Intake, decided).await.unwrap();
    assert!(restored.inbox_take(10).await.unwrap().records.is_empty());
    restored.close().await;
}

async fn a_backup_while_others_write_is_whole(h: &mut Harness) {
    fill(h).await;
    let (store, at) = (h.shared(), h.now());
    let writing = tokio::spawn(async move {
        for number in 1_000..1_100_u128 {
            let key = format!("w{number}");
            store.inbox_append(vec!["signal".into()]).await.unwrap();
            let batch = store.inbox_take(1).await.unwrap();
            let decided = Commit { inbox: Some(batch.token), ..opened(at, &[(number, key.as_str())]) };
            store.commit(Lane::Intake, decided).await.unwrap();
        }
    });
    for round in 0..3 {
        let backup = h.folder.join(&format!("backup-{round}"));
        h.store().backup(&backup, &|_, _| {}).await.unwrap();
        let folder = h.folder.join(&format!("restored-{round}"));
        let options = OpenOptions { database_url: None, ..h.options().in_folder(folder) };
        let manifest = hansei_store::restore(&backup, &options).await.unwrap();
        let restored = hansei_store::open(&options).await.unwrap();
        assert_eq!(restored.last_seq().await.unwrap(), manifest.journal_seq);
        assert_eq!(restored.verify(&|_, _| {}).await.unwrap().findings, Vec::<String>::new());
        let undecided = restored.figures(at).await.unwrap().inbox_records;
        assert_eq!(undecided, manifest.inbox_records);
        restored.close().await;
    }
    writing.await.unwrap();
}

async fn a_backup_wants_an_empty_folder_and_a_restore_an_empty_place(h: &mut Harness) {
    fill(h).await;
    let backup = h.folder.join("backup");
    h.store().backup(&backup, &|_, _| {}).await.unwrap();
    let again = h.store().backup(&backup, &|_, _| {}).await.unwrap_err();
    assert!(again.to_string().contains("is not empty"), "{again}");
    h.crash().await;
    let used = OpenOptions { database_url: None, ..h.options().in_folder(h.folder.join("used")) };
    std::fs::create_dir_all(&used.data_dir).unwrap();
    std::fs::write(used.data_dir.join("notes.txt"), "mine").unwrap();
    let refused = hansei_store::restore(&backup, &used).await;
    assert!(matches!(refused, Err(RestoreError::NotEmpty(_))), "{refused:?}");
    let nothing = hansei_store::restore(&used.data_dir, &used.in_folder(h.folder.join("new"))).await;
    assert!(matches!(nothing, Err(RestoreError::NoBackup(_))), "{nothing:?}");
}

async fn a_cut_or_changed_backup_is_refused(h: &mut Harness) {
    fill(h).await;
    let backup = h.folder.join("backup");
    h.store().backup(&backup, &|_, _| {}).await.unwrap();
    let options = OpenOptions { database_url: None, ..h.options().in_folder(h.folder.join("restored")) };
    let file = backup.join("hansei.db");
    let good = std::fs::read(&file).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for damaged in [&flipped[..], &good[..good.len() - 1]] {
        std::fs::write(&file, damaged).unwrap();
        let refused = hansei_store::restore(&backup, &options).await;
        assert!(matches!(refused, Err(RestoreError::Damaged(_))), "{refused:?}");
    }
    std::fs::remove_file(&file).unwrap();
    let refused = hansei_store::restore(&backup, &options).await;
    assert!(matches!(refused, Err(RestoreError::Damaged(_))), "{refused:?}");
    std::fs::write(&file, good).unwrap();
    let manifest = std::fs::read_to_string(backup.join("manifest.json")).unwrap();
    std::fs::write(backup.join("manifest.json"), manifest.replace("\"format\": 1", "\"format\": 2")).unwrap();
    let refused = hansei_store::restore(&backup, &options).await;
    assert!(matches!(refused, Err(RestoreError::TooNew(_))), "{refused:?}");
    std::fs::write(backup.join("manifest.json"), manifest).unwrap();
    hansei_store::restore(&backup, &options).await.unwrap();
}
