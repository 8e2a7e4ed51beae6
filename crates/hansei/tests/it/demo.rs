//! `demo`: its data are true and complete, a second start goes on with them, and no real store is touched.

use serde_json::Value;

use crate::program::{Folder, Running, command, run};

fn demo(folder: &Folder, name: &str) -> (Running, String) {
    let mut demo = command(&["demo", "--listen", "127.0.0.1:0", "--data-dir"]);
    demo.arg(folder.at(name));
    let mut demo = Running::start(demo);
    let lines: Vec<String> = (0..7).map(|_| demo.next_line()).collect();
    let password = lines.iter().find_map(|l| l.trim().strip_prefix("password")).expect("a password");
    (demo, password.trim().to_owned())
}

#[test]
fn the_four_incidents_are_there_with_their_own_times() {
    let folder = Folder::new();
    let (first, secret) = demo(&folder, "demo");
    let url = first.url();
    let shown =
        |number: &str| run(&["--url", &url, "--token", &secret, "incident", "show", number, "--json"]).json();
    let chat = shown("1");
    let time = |which: &str| chat["incident"]["times"][which]["at"].as_str().map(str::to_owned);
    assert_eq!(time("resolved").as_deref(), Some("2024-07-03T05:05:00Z"));
    assert_eq!(
        time("mitigated").as_deref(),
        Some("2024-07-02T17:48:00Z"),
        "when it was said to be monitored"
    );
    assert_eq!(time("acknowledged"), None, "no source says who took it");
    let talk = shown("2");
    assert_eq!(talk["incident"]["status"], "monitoring");
    let states: Vec<&Value> = talk["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["name"] == "incident.status_changed")
        .map(|e| &e["data"]["at"])
        .collect();
    assert_eq!(states, ["2024-07-05T13:31:00Z", "2024-07-05T13:52:00Z"], "states of then, not of today");
    let pinned = shown("3")["timeline"].as_array().unwrap().iter().any(|e| e["kind"] == "evidence");
    let corrected =
        shown("4")["timeline"].as_array().unwrap().iter().any(|e| e["name"] == "incident.note_corrected");
    assert!(pinned && corrected);
    assert_eq!(first.end().code(), Some(0));
    let (second, again) = demo(&folder, "demo");
    assert_eq!(again, secret, "the password of the first start still holds");
    let list =
        run(&["--url", &second.url(), "--token", &secret, "incident", "list", "--all", "--json"]).json();
    let old = list["items"].as_array().unwrap().iter().filter(|i| {
        let declared = i["times"]["declared"]["at"].as_str().unwrap_or_default();
        declared.starts_with("2024") || declared.starts_with("2013")
    });
    assert_eq!(old.count(), 4, "nothing was brought in twice");
    assert_eq!(second.end().code(), Some(0));
}

#[test]
fn a_store_that_is_no_demonstration_is_not_touched() {
    let folder = Folder::new();
    let data = folder.at("real");
    let data_dir = data.to_str().unwrap();
    run(&["admin", "create", "--email", "ada@example.org", "--quiet", "--data-dir", data_dir]).word();
    let before = run(&["verify", "--json", "--data-dir", data_dir]).json();
    let mut by_variable = command(&["demo", "--listen", "127.0.0.1:0"]);
    let refused = by_variable.env("HANSEI_DATA_DIR", &data).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no demonstration"));
    assert_eq!(run(&["verify", "--json", "--data-dir", data_dir]).json(), before);
    let mut server = command(&["demo", "--listen", "127.0.0.1:0", "--data-dir"]);
    server.arg(folder.at("new")).env("HANSEI_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    assert_eq!(server.output().unwrap().status.code(), Some(2), "on the embedded database only");
    assert!(!folder.at("new").exists());
}
