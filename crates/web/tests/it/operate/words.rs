//! Every screen in every language, with hostile names: complete, and nothing but text.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use hansei_app::words::{LOCALES, Locale, Words};
use http::StatusCode;

use super::{HOSTILE, Town, main_of, town};
use crate::world::World;

fn screens(town: &Town) -> Vec<String> {
    let Town { person, key, .. } = town;
    let mut out: Vec<String> = [
        "/",
        "/services",
        "/services/new",
        "/services/gateway",
        "/services/gateway?alert=info",
        "/services/gateway/edit",
        "/integrations",
        "/integrations/new?service=gateway",
        "/quarantine",
        "/quarantine?all=1",
        "/people",
        "/people?q=nobody",
        "/people/new",
        "/tokens",
        "/tokens?all=1",
        "/settings",
        "/settings/organisation",
        "/system",
        "/design",
        "/help",
        "/about",
    ]
    .map(str::to_owned)
    .into();
    for (kind, slug) in
        [("products", "chat"), ("components", "workspace"), ("pods", "pod-17"), ("teams", "messaging")]
    {
        out.push(format!("/catalogue/{kind}"));
        out.push(format!("/catalogue/{kind}/new"));
        out.push(format!("/catalogue/{kind}/{slug}"));
        out.push(format!("/catalogue/{kind}/{slug}/edit"));
    }
    out.push(format!("/people/{person}"));
    out.push(format!("/people/{person}/edit"));
    out.push(format!("/integrations/{key}"));
    out.push(format!("/integrations/{key}?sender=hansei"));
    out.push(format!("/integrations/{key}/test/none"));
    out
}

/// What a page shows, read once: whole texts of elements, and of attributes that people see or hear.
fn texts(page: &str) -> HashSet<&str> {
    let elements = page.split('>').skip(1).filter_map(|rest| rest.split('<').next()).map(str::trim);
    let attributes = ["aria-label", "placeholder", "title", "data-confirm"];
    let values = attributes.into_iter().flat_map(|name| {
        let all = page.split(name).skip(1).filter_map(|rest| rest.strip_prefix("=\""));
        all.filter_map(|rest| rest.split('"').next())
    });
    elements.chain(values).collect()
}

/// The keys of all messages of these screens.
fn keys() -> Vec<String> {
    let source = include_str!("../../../../app/words/en/pages.ftl");
    let heads = source.lines().filter_map(|l| l.split_once(" =").map(|(key, _)| key));
    heads.filter(|k| !k.starts_with([' ', '#'])).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_screen_is_complete_in_every_language_and_hostile_names_are_text() {
    let world = World::new().await;
    let town = town(&world).await;
    let (keys, words) = (keys(), Words::built_in());
    assert!(keys.len() > 400, "{}", keys.len());
    for locale in LOCALES {
        world.admin_reads(locale).await;
        for path in screens(&town) {
            let answer = world.page(&world.admin, &path).await;
            assert_eq!(answer.status, StatusCode::OK, "{locale} {path}: {}", answer.text());
            let page = answer.text();
            assert!(page.contains(&format!("<html lang=\"{locale}\"")), "{locale} {path}");
            assert!(!page.contains("<script>alert"), "{locale} {path}: {page}");
            assert!(!page.contains("style=\"") && !page.contains("onclick"), "{locale} {path}");
            // The list of icons gives their names, and some are words too.
            let page = page.split("id=\"c-icons\"").next().unwrap();
            let shown = texts(page);
            let bare =
                keys.iter().find(|k| shown.contains(k.as_str()) && words.plain(Locale::of(locale), k) != **k);
            assert_eq!(bare, None, "{locale} {path} shows a key");
        }
    }
}

#[tokio::test]
async fn hostile_names_are_still_readable() {
    let world = World::new().await;
    let town = town(&world).await;
    let escaped = HOSTILE
        .replace('&', "&#38;")
        .replace('<', "&#60;")
        .replace('>', "&#62;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;");
    for path in
        ["/services/gateway".to_owned(), format!("/people/{}", town.person), "/catalogue/teams".into()]
    {
        let main = main_of(&world.page(&world.admin, &path).await);
        assert!(main.contains(&escaped), "{path}: {main}");
    }
}

fn walk(folder: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, out);
        } else if path.extension().is_some_and(|e| e == "html" || e == "rs") {
            out.push(fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_word_that_a_template_or_handler_asks_for_exists() {
    let words = Words::built_in();
    let mut sources = Vec::new();
    for folder in ["templates", "src/pages"] {
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut sources);
    }
    let (mut asked, mut missing) = (0, Vec::new());
    for source in &sources {
        for call in [".t(\"", ".t1(\"", ".tn(\"", ".ta(\"", ".n(\"", ".plain(locale, \"", "shell(\""] {
            for rest in source.split(call).skip(1) {
                let key = rest.split('"').next().unwrap_or("");
                if key.is_empty() || key.contains(['{', '}', ' ']) {
                    continue;
                }
                asked += 1;
                if !words.has(key) {
                    missing.push(key.to_owned());
                }
            }
        }
    }
    missing.sort();
    missing.dedup();
    assert!(asked > 500, "only {asked} found");
    assert_eq!(missing, Vec::<String>::new());
}
