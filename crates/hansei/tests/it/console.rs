//! Verbs of the console: beside a running Hansei and without one.

use std::path::Path;

use crate::program::{Folder, Ran, Running, run};

fn in_folder(data: &Path, arguments: &[&str]) -> Ran {
    run(&[arguments, &["--data-dir", data.to_str().unwrap()]].concat())
}

#[test]
fn an_admin_and_a_key_made_beside_a_running_hansei_work_at_once() {
    let folder = Folder::new();
    let data = folder.at("data");
    let server = Running::serve(&data);
    let url = server.url();
    let token = in_folder(&data, &["admin", "create", "--email", "ada@example.org", "--quiet"]).word();
    let key = in_folder(&data, &["key", "create", "--service", "shop", "--format", "json", "--quiet"]).word();
    let sent = run(&["--url", &url, "alert", "send", "--key", &key, "--summary", "disk full", "--quiet"]);
    assert_eq!(sent.word(), "accepted");
    let list = |verb: &str| run(&["--url", &url, "--token", &token, verb, "list", "--json"]);
    assert_eq!((list("incident").code, list("alert").code), (0, 0));
    let over_api =
        ["--url", &url, "--token", &token, "key", "create", "--service", "shop", "--format", "pagerduty"];
    let made = run(&[&over_api[..], &["--json"]].concat());
    assert_eq!(made.json()["format"], "pagerduty");
    let elsewhere = run(&["--url", &url, "key", "create", "--service", "shop", "--format", "json"]);
    assert_eq!(elsewhere.code, 2, "the key would be made somewhere else than it says");
    assert!(elsewhere.out.is_empty() && elsewhere.err.contains("token"), "{}", elsewhere.err);
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn what_is_backed_up_can_be_restored_and_proves_right() {
    let folder = Folder::new();
    let (data, copy, second) = (folder.at("data"), folder.at("copy"), folder.at("second"));
    let server = Running::serve(&data);
    let token = in_folder(&data, &["admin", "create", "--email", "ada@example.org", "--quiet"]).word();
    let url = server.url();
    let declare =
        ["--url", &url, "--token", &token, "incident", "declare", "--title", "Slow", "--severity", "2"];
    assert_eq!(run(&[&declare[..], &["--quiet"]].concat()).word(), "1");
    let to = copy.to_str().unwrap();
    assert_eq!(in_folder(&data, &["backup", "--to", to, "--quiet"]).word(), to, "while it is running");
    assert_eq!(server.end().code(), Some(0));
    let twice = in_folder(&data, &["backup", "--to", to]);
    assert_eq!(twice.code, 1, "a backup is not written over: {}", twice.err);
    assert_eq!(in_folder(&second, &["restore", "--from", to, "--quiet"]).word(), "ok");
    let again = in_folder(&second, &["restore", "--from", to]);
    assert_eq!(again.code, 1, "only into an empty place: {}", again.err);
    let verified = in_folder(&second, &["verify", "--json"]).json();
    assert_eq!(verified["findings"].as_array().unwrap().len(), 0);
    assert!(verified["entries"].as_u64().unwrap() > 2);
    let restored = Running::serve(&second);
    let shown = run(&["--url", &restored.url(), "--token", &token, "incident", "show", "1", "--json"]);
    assert_eq!(shown.json()["incident"]["title"], "Slow");
}

#[test]
fn a_misspelt_folder_is_not_verified_backed_up_or_made() {
    let folder = Folder::new();
    let (typo, copy) = (folder.at("tpyo"), folder.at("copy"));
    let to = copy.to_str().unwrap();
    for verb in [&["verify"][..], &["backup", "--to", to]] {
        let done = in_folder(&typo, verb);
        assert_eq!(done.code, 1, "{verb:?}");
        assert!(done.out.is_empty() && done.err.contains("there is no store"), "{}", done.err);
    }
    assert!(!typo.exists() && !copy.exists());
    let config = folder.at("hansei.toml");
    std::fs::write(&config, format!("data_dir = {typo:?}\n")).unwrap();
    let by_file = run(&["verify", "--config", config.to_str().unwrap()]);
    assert!(by_file.err.contains("tpyo"), "the file says where the data are: {}", by_file.err);
}

#[test]
fn the_doctor_changes_nothing_and_knows_a_running_hansei() {
    let folder = Folder::new();
    let data = folder.at("data");
    let check = |listen: &str| {
        let ran = in_folder(&data, &["doctor", "--json", "--listen", listen]);
        assert_eq!(ran.code, 1, "mail is not configured: {}", ran.err);
        let found = ran.json();
        let find =
            |what: &str| found.as_array().unwrap().iter().find(|f| f["check"] == what).unwrap().clone();
        (find("store"), find("address"), find("disk"))
    };
    let (store, address, disk) = check("127.0.0.1:0");
    assert_eq!((&store["good"], &address["good"]), (&true.into(), &true.into()));
    assert!(store["text"].as_str().unwrap().starts_with("not there yet"), "{store}");
    assert!(disk["text"].as_str().unwrap().contains("MiB free"), "{disk}");
    assert!(!data.exists(), "nothing was made");
    let server = Running::serve(&data);
    let (store, address, _) = check(server.url().strip_prefix("http://").unwrap());
    assert_eq!((&store["good"], &address["good"]), (&true.into(), &true.into()), "{store} {address}");
    assert!(address["text"].as_str().unwrap().contains("the running Hansei"), "{address}");
    server.end();
    let (store, ..) = check("127.0.0.1:0");
    assert!(store["text"].as_str().unwrap().contains("journal entries"), "{store}");
}
