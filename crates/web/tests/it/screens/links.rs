//! Every link of every page leads somewhere: the screens are walked as an administrator sees them, from the first page
//! on, with data of every kind behind them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::body::Body;
use hansei_domain::signal::{AlertSeverity, SourceFormat};
use http::{Request, header};

use super::{Stage, put_service};
use crate::operate::town;
use crate::world::{Answer, Session};

/// Addresses that differ in their query only are opened this often.
const OF_ONE_PATH: usize = 8;
/// Addresses on the page of samples that are samples themselves.
const SAMPLES: [&str; 2] = ["/design/nothing", "/incidents/412"];

/// What a page refers to.
#[derive(Default)]
struct Refers {
    links: Vec<String>,
    posts: Vec<String>,
    ids: BTreeSet<String>,
}

fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (code, plain) in [("&#38;", "&"), ("&amp;", "&"), ("&#34;", "\""), ("&#39;", "'"), ("&quot;", "\"")] {
        text = text.replace(code, plain);
    }
    text
}

/// Values of attributes, tag by tag: this markup is ours and regular.
fn read(html: &str) -> Refers {
    let mut out = Refers::default();
    for tag in html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or("")) {
        let value = |name: &str| {
            let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
            Some(plain(tag[at..].split('"').next()?))
        };
        out.ids.extend(value("id"));
        out.links.extend(["href", "hx-get", "data-palette"].iter().filter_map(|name| value(name)));
        if tag.starts_with("form ") {
            let to = if value("method").as_deref() == Some("post") { &mut out.posts } else { &mut out.links };
            to.extend(value("action"));
        }
        out.posts.extend(["hx-post", "formaction"].iter().filter_map(|name| value(name)));
    }
    out
}

/// Goes from page to page.
struct Walk<'s> {
    stage: &'s Stage,
    who: &'s Session,
    waiting: VecDeque<(String, String)>,
    seen: BTreeSet<String>,
    of_path: BTreeMap<String, usize>,
    posts: BTreeMap<String, String>,
    wrong: Vec<String>,
}

impl Walk<'_> {
    /// Notes an address that stands on a page; what leads out of Hansei is not ours to open.
    fn note(&mut self, from: &str, to: &str) {
        if to.starts_with("http") || to.starts_with("mailto:") || to.starts_with("/assets/") {
            return;
        }
        if from == "/design" && SAMPLES.contains(&to) {
            return;
        }
        let page = from.split('#').next().unwrap();
        let path = page.split('?').next().unwrap();
        let to = match to.chars().next() {
            None => page.to_owned(),
            Some('#') => format!("{page}{to}"),
            Some('?') => format!("{path}{to}"),
            Some(_) => to.to_owned(),
        };
        let times = self.of_path.entry(to.split(['?', '#']).next().unwrap().to_owned()).or_default();
        if *times < OF_ONE_PATH && self.seen.insert(to.clone()) {
            *times += 1;
            self.waiting.push_back((from.to_owned(), to));
        }
    }

    async fn open(&mut self, from: &str, to: &str) {
        let (mut at, mark) =
            to.split_once('#').map_or((to.to_owned(), None), |(at, m)| (at.to_owned(), Some(m)));
        let mut answer: Answer = self.stage.world.page(self.who, &at).await;
        for _ in 0..3 {
            if !answer.status.is_redirection() {
                break;
            }
            at = answer.header("location").to_owned();
            answer = self.stage.world.page(self.who, &at).await;
        }
        if !answer.status.is_success() {
            self.wrong.push(format!("{to} on {from}: {}", answer.status));
            return;
        }
        if !answer.header("content-type").starts_with("text/html") {
            return;
        }
        let refers = read(&answer.text());
        if let Some(mark) = mark.filter(|mark| !mark.is_empty() && !refers.ids.contains(*mark)) {
            self.wrong.push(format!("{to} on {from}: nothing there is called {mark}"));
        }
        for link in refers.links {
            self.note(&at, &link);
        }
        for post in refers.posts {
            self.posts.entry(post).or_insert_with(|| at.clone());
        }
    }

    /// Forms are not sent; that without its proof a form is refused for that reason shows that its address takes it.
    async fn knock(&mut self) {
        let mut posts = std::mem::take(&mut self.posts);
        assert!(posts.remove("/sign-out").is_some(), "which needs no proof, and would end the walk");
        for (to, from) in posts {
            let request = Request::post(&to).header(header::COOKIE, &self.who.cookie);
            let kind = "application/x-www-form-urlencoded";
            let request = request.header(header::CONTENT_TYPE, kind).header(header::ACCEPT, "text/html");
            let answer = self.stage.world.send(request.body(Body::empty()).unwrap()).await;
            if answer.status.as_u16() != 403 {
                self.wrong.push(format!("form {to} on {from}: {}", answer.status));
            }
        }
    }
}

/// Something of everything: incidents in every state, alerts, keys, kept payloads, tokens, a catalogue.
async fn lively() -> Stage {
    let stage = Stage::new().await;
    let world = &stage.world;
    let town = town(world).await;
    put_service(world, "Quiet", &[]).await;
    let archived = put_service(world, "Archived", &[]).await;
    let console = hansei_domain::access::Actor::Console;
    world.app.archive_entry(&console, hansei_domain::catalog::EntryId::Service(archived)).await.unwrap();
    let key = town.key.parse().unwrap();
    world.app.quarantine(key, town.service, SourceFormat::Json, "text/plain", b"{", "cut off").await.unwrap();
    world.token(world.admin.person, hansei_domain::access::Role::Admin).await;
    world.app.canary_out().await.unwrap();
    world.decide().await;
    for n in 0..12 {
        stage.fire(&format!("Latency {n}"), AlertSeverity::Critical).await;
    }
    stage.fire("Chatter", AlertSeverity::Info).await;
    stage.act(&stage.ana, "acknowledge", &[]).await;
    stage.act(&stage.ana, "comment", &[("text", "what I see")]).await;
    let evidence = [("text", "Graph"), ("url", "https://graphs.example.org/"), ("evidence", "graph")];
    stage.act(&stage.ana, "evidence", &evidence).await;
    stage.act(&stage.ana, "scope-add", &[("symptom", "Slow"), ("all_pods", "1")]).await;
    for title in ["Second", "Third"] {
        let fields = [("title", title), ("severity", "2"), ("source", "staff")];
        assert_eq!(stage.post(&stage.ana, "/incidents", &fields).await.status, 303);
    }
    assert_eq!(stage.post(&stage.ana, "/incidents/3/do/merge", &[("into", "1")]).await.status, 303);
    stage
}

#[tokio::test]
async fn no_link_is_dead() {
    let stage = lively().await;
    let who = stage.world.admin.clone();
    let mut walk = Walk {
        stage: &stage,
        who: &who,
        waiting: VecDeque::new(),
        seen: BTreeSet::new(),
        of_path: BTreeMap::new(),
        posts: BTreeMap::new(),
        wrong: Vec::new(),
    };
    for start in ["/", "/about", "/help", "/design", "/alerts?state=all", "/incidents?state=all"] {
        walk.note("-", start);
    }
    for letter in ["a", "e", "in", "1"] {
        let found = stage.world.page(&who, &format!("/palette.json?q={letter}")).await.json();
        for item in found["items"].as_array().unwrap() {
            walk.note("the palette", item["href"].as_str().unwrap());
        }
    }
    while let Some((from, to)) = walk.waiting.pop_front() {
        walk.open(&from, &to).await;
    }
    walk.knock().await;
    assert_eq!(walk.wrong, Vec::<String>::new());
    let opened: Vec<&str> = walk.seen.iter().map(String::as_str).collect();
    for part in [
        "/incidents/1/do/",
        "/alerts/alr_",
        "/services/svc_",
        "/integrations/key_",
        "/quarantine/qua_",
        "/people/per_",
        "/catalogue/",
        "/settings",
        "/system",
        "/tokens",
    ] {
        assert!(opened.iter().any(|a| a.starts_with(part)), "{part} was not reached: {opened:#?}");
    }
}

#[tokio::test]
async fn an_empty_installation_has_no_dead_links_either() {
    let stage = Stage::new().await;
    let key = stage.key;
    // The first steps lead to the test of the key that exists.
    let now = stage.look(&stage.world.admin, "/").await;
    assert!(now.contains(&format!("/integrations/{key}#test-title")), "{now}");
    let page = read(&stage.look(&stage.world.admin, &format!("/integrations/{key}")).await);
    assert!(page.ids.contains("test-title"));
}

#[tokio::test]
async fn all_alerts_of_a_service_are_of_that_service() {
    let stage = lively().await;
    let other = put_service(&stage.world, "Other", &[]).await;
    let service = stage.look(&stage.ana, "/services/chat-gateway").await;
    let link = format!("/alerts?service={}", stage.service);
    assert!(service.contains(&link), "{service}");
    assert!(stage.look(&stage.ana, &link).await.contains("Latency 3 is slow"));
    for nothing in [format!("/alerts?service={other}"), "/alerts?service=chat-gateway".into()] {
        let page = stage.look(&stage.ana, &nothing).await;
        assert!(!page.contains("is slow"), "{nothing} shows alerts of other services");
    }
}

/// The self-test is nobody's business: whoever changed it would break what tells that paging works.
#[tokio::test]
async fn the_self_test_cannot_be_opened_or_touched() {
    let stage = Stage::new().await;
    stage.world.app.canary_out().await.unwrap();
    stage.world.decide().await;
    let row = stage.world.app.store.incident_by_number(0).await.unwrap().expect("the self-test runs");
    let alert = stage.alert().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let ana = &stage.ana;
    let alert_page = format!("/alerts/{alert}");
    for path in [
        "/incidents/0",
        "/incidents/0/do/comment",
        "/incidents/0-x",
        "/live/incident/0",
        "/alerts?incident=0",
    ] {
        let answer = stage.world.page(ana, path).await;
        assert!(
            answer.status == 404 || answer.header("location") == "/incidents/0",
            "{path}: {}",
            answer.status
        );
    }
    assert_eq!(stage.world.page(ana, &alert_page).await.status, 404);
    assert_eq!(stage.post(ana, &format!("{alert_page}/end"), &[]).await.status, 404);
    assert!(!stage.look(ana, "/incidents?q=0").await.contains("/incidents/0\""));
    for (path, fields) in [
        ("/incidents/0/do/comment", vec![("text", "hello")]),
        ("/incidents/0/do/resolve", vec![]),
        ("/incidents/1/do/merge", vec![("into", "0")]),
    ] {
        let answer = stage.post(ana, path, &fields).await;
        assert!(matches!(answer.status.as_u16(), 404 | 422), "{path}: {}", answer.status);
    }
    let after = stage.world.app.store.incident_by_number(0).await.unwrap().unwrap();
    assert_eq!(after.version, row.version);
    assert!(stage.incident(1).await.status.is_active());
}
