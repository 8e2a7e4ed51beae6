//! Verbs that speak to a running Hansei: exit codes, and what is not taken for one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use crate::program::{Folder, Running, run};

#[test]
fn exit_codes_say_what_kind_of_no_it_is() {
    let folder = Folder::new();
    let data = folder.at("data");
    let server = Running::serve(&data);
    let made =
        ["admin", "create", "--email", "ada@example.org", "--quiet", "--data-dir", data.to_str().unwrap()];
    let token = run(&made).word();
    let url = server.url();
    let verb = |arguments: &[&str]| run(&[&["--url", &url, "--token", &token], arguments].concat());
    assert_eq!(verb(&["incident", "list"]).code, 0);
    assert_eq!(verb(&["incident", "show", "99"]).code, 1, "there is no such incident");
    assert_eq!(run(&["--url", &url, "--token", "wrong", "incident", "list"]).code, 1);
    assert_eq!(verb(&["incident", "status", "1", "somewhere"]).code, 2);
    assert_eq!(verb(&["incident", "severity", "1", "7"]).code, 2);
    assert_eq!(verb(&["alert", "send", "--key", "k", "--summary", "s", "--severity", "loud"]).code, 2);
    assert_eq!(verb(&["incident", "list", "--limit", "0"]).code, 2);
    assert_eq!(verb(&["wander"]).code, 2);
    // A long list is read page by page, however much is asked for.
    assert_eq!(verb(&["incident", "list", "--limit", "5000"]).code, 0);
    server.end();
    let gone = verb(&["incident", "list"]);
    assert_eq!(gone.code, 3);
    assert!(gone.err.contains("cannot be reached"), "{}", gone.err);
}

/// Reads one request; gives its head in lower case.
fn read_request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "the head is whole");
    }
    let head = head.to_lowercase();
    let length =
        head.lines().find_map(|l| l.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head
}

/// Something that answers each connection with the next of these texts, or hangs up on an empty one.
fn stranger(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let talk = |answer: &&str| {
            let (mut stream, _) = listener.accept().unwrap();
            let head = read_request(&stream);
            stream.write_all(answer.as_bytes()).unwrap();
            head
        };
        answers.iter().map(talk).collect()
    });
    (url, thread)
}

#[test]
fn a_stranger_who_says_yes_is_not_believed() {
    let yes = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nIt works!";
    let nothing = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, thread) = stranger(Box::leak(Box::new([yes, nothing])));
    let declared =
        run(&["--url", &url, "--token", "t", "incident", "declare", "--title", "x", "--severity", "3"]);
    assert_eq!((declared.code, declared.out.as_str()), (3, ""), "{}", declared.err);
    let sent = run(&["--url", &url, "alert", "send", "--key", "k", "--summary", "s"]);
    assert_eq!((sent.code, sent.out.as_str()), (3, ""), "{}", sent.err);
    thread.join().unwrap();
}

#[test]
fn a_command_whose_answer_was_lost_is_repeated_under_the_same_key() {
    let made = "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\
                connection: close\r\n\r\n{\"number\":7}";
    let (url, thread) = stranger(Box::leak(Box::new(["", made])));
    let arguments = ["--url", &url, "--token", "t", "incident", "declare", "--title", "x", "--severity", "3"];
    assert_eq!(run(&[&arguments[..], &["--quiet"]].concat()).word(), "7");
    let heads = thread.join().unwrap();
    let key = |head: &String| head.lines().find(|l| l.starts_with("idempotency-key: ")).unwrap().to_owned();
    assert_eq!(key(&heads[0]), key(&heads[1]));
    assert!(key(&heads[0]).len() > 40, "a key that nobody else has: {}", key(&heads[0]));
}
