//! `serve`: its ready line, its end, and what it does not start with.

use std::process::Command;

use crate::program::{Folder, Ran, Running, run, serving};

fn refused(mut command: Command) -> Ran {
    command.output().expect("it runs").into()
}

#[test]
fn it_says_when_it_is_ready_and_ends_cleanly() {
    let folder = Folder::new();
    let data = folder.at("data");
    let server = Running::serve(&data);
    let url = server.url();
    assert!(!url.ends_with(":0"), "the port it really has: {url}");
    let setup = server.line.split(" set-up: ").nth(1).expect("the set-up link of an empty store");
    assert!(setup.starts_with(&format!("{url}/setup/")), "{setup}");
    assert_eq!(server.end().code(), Some(0));
    let data_dir = data.to_str().unwrap();
    run(&["admin", "create", "--email", "ada@example.org", "--quiet", "--data-dir", data_dir]).word();
    let again = Running::serve(&data);
    assert!(!again.line.contains("set-up"), "somebody can sign in: {}", again.line);
    assert_eq!(again.end().code(), Some(0));
}

#[test]
fn a_misspelt_option_is_refused_wherever_it_stands() {
    let folder = Folder::new();
    let mut variable = serving(&folder.at("data"));
    variable.env("HANSEI_LISTEM", "127.0.0.1:0");
    let variable = refused(variable);
    assert_eq!(variable.code, 2);
    assert!(variable.err.contains("HANSEI_LISTEM"), "{}", variable.err);
    let config = folder.at("hansei.toml");
    std::fs::write(&config, "lisen = \"127.0.0.1:0\"\n").unwrap();
    let mut key = serving(&folder.at("data"));
    key.arg("--config").arg(&config);
    let key = refused(key);
    assert_eq!(key.code, 2);
    assert!(key.err.contains("lisen"), "{}", key.err);
    let mut flag = serving(&folder.at("data"));
    flag.arg("--lisen");
    assert_eq!(refused(flag).code, 2);
    assert!(!folder.at("data").exists(), "nothing was made");
}

#[test]
fn options_that_cannot_be_used_are_told_all_at_once_before_a_store_is_made() {
    let folder = Folder::new();
    let mut command = serving(&folder.at("data"));
    command.args([
        "--egress-allow",
        "10.0.0.0/99",
        "--trusted-proxies",
        "somebody",
        "--smtp-url",
        "imap://x",
    ]);
    let wrong = refused(command);
    assert_eq!(wrong.code, 2);
    for name in ["egress_allow", "trusted_proxies", "smtp_url"] {
        assert!(wrong.err.contains(name), "{name}: {}", wrong.err);
    }
    assert!(!folder.at("data").exists());
}

#[test]
fn empty_variables_and_those_of_kubernetes_do_not_stop_it() {
    let folder = Folder::new();
    let mut command = serving(&folder.at("data"));
    command.env("HANSEI_SMTP_URL", "").env("HANSEI_REPLY_LISTEN", "").env("HANSEI_LISTEN", "");
    command.env("HANSEI_PORT", "tcp://10.0.0.7:8080").env("HANSEI_SERVICE_HOST", "10.0.0.7");
    assert_eq!(Running::start(command).end().code(), Some(0));
}

#[test]
fn secrets_come_from_files_and_are_not_said_twice() {
    let folder = Folder::new();
    let (token, config) = (folder.at("token"), folder.at("hansei.toml"));
    std::fs::write(&token, "secret\n").unwrap();
    std::fs::write(&config, format!("metrics_token_file = {token:?}\n")).unwrap();
    let mut command = serving(&folder.at("data"));
    command.arg("--config").arg(&config);
    assert_eq!(Running::start(command).end().code(), Some(0));
    let mut twice = serving(&folder.at("data"));
    twice.arg("--config").arg(&config).args(["--metrics-token", "other"]);
    let twice = refused(twice);
    assert_eq!(twice.code, 2);
    assert!(twice.err.contains("metrics_token_file") && !twice.err.contains("other"), "{}", twice.err);
}

#[test]
fn two_do_not_work_in_one_folder() {
    let folder = Folder::new();
    let data = folder.at("data");
    let first = Running::serve(&data);
    let second = refused(serving(&data));
    assert_ne!(second.code, 0);
    assert!(second.err.contains("in use by another Hansei"), "{}", second.err);
    assert!(second.out.is_empty(), "never ready: {}", second.out);
    let verified = run(&["verify", "--quiet", "--data-dir", data.to_str().unwrap()]);
    assert_eq!(verified.word(), "ok", "the first one still answers at the console");
    assert_eq!(first.end().code(), Some(0));
}
