//! Events are for ever: every shape that was ever written must still be read, and mean the same.
//!
//! `golden/<kind>.json` holds samples of every event of every aggregate as the journal stores them. Samples are only
//! added, never changed: a change that breaks one would break somebody's journal. An event without a sample fails.

#![expect(clippy::unwrap_used, reason = "a sample that cannot be read is a failure")]

use std::collections::BTreeSet;

use hansei_domain::access::Actor;
use hansei_domain::journal::Event;
use serde_json::Value;

/// The aggregates: their samples, and the source in which their events are named.
const KINDS: [(&str, &str, &str); 4] = [
    ("alert", include_str!("golden/alert.json"), include_str!("../src/alert/event.rs")),
    ("incident", include_str!("golden/incident.json"), include_str!("../src/incident/event.rs")),
    ("page", include_str!("golden/page.json"), include_str!("../src/page/state.rs")),
    ("entry", include_str!("golden/entry.json"), include_str!("../src/catalog/decide.rs")),
];

fn samples(text: &str) -> Vec<(String, Value)> {
    let all: Vec<(String, Value)> = serde_json::from_str(text).unwrap();
    assert!(!all.is_empty());
    all
}

/// The names in the source: every text of the form `"kind.…"`.
fn named(kind: &str, source: &str) -> BTreeSet<String> {
    let start = format!("\"{kind}.");
    let texts = source.match_indices(&start).filter_map(|(at, _)| source[at + 1..].split('"').next());
    texts.map(str::to_owned).collect()
}

#[test]
fn every_event_ever_written_is_still_read_and_written_the_same() {
    for (kind, text, _) in KINDS {
        for (name, stored) in samples(text) {
            let event = Event::decode(&name, &stored.to_string()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(event.name(), name, "read as another event");
            let again: Value = serde_json::from_str(&event.encode().unwrap()).unwrap();
            assert_eq!(again, stored, "{kind}: {name} changed its shape");
        }
    }
}

#[test]
fn every_event_has_a_sample() {
    for (kind, text, source) in KINDS {
        let sampled: BTreeSet<String> = samples(text).into_iter().map(|(name, _)| name).collect();
        let named = named(kind, source);
        assert!(named.len() > 3, "{kind}: the names were not found in the source");
        let missing: Vec<_> = named.difference(&sampled).collect();
        assert!(missing.is_empty(), "add samples of {missing:?} to tests/golden/{kind}.json");
        let gone: Vec<_> = sampled.difference(&named).collect();
        assert!(gone.is_empty(), "{gone:?} were written once and must still be read");
    }
}

/// The small types inside events: each of their words must occur in a sample.
#[test]
fn every_word_of_the_inner_types_has_a_sample() {
    let all: String = KINDS.iter().map(|(_, text, _)| text.split_whitespace().collect::<String>()).collect();
    let words = [
        // what resolved an alert, and where it was put
        "\"reason\":\"sender\"",
        "\"reason\":\"expired\"",
        "\"reason\":\"incident_resolved\"",
        "\"reason\":\"person\"",
        "\"reason\":\"declared\"",
        "\"reason\":\"same_group\"",
        "\"reason\":\"recurred\"",
        "\"reason\":\"below_threshold\"",
        "\"reason\":\"service_archived\"",
        "\"reason\":\"self_test\"",
        "\"format\":\"pagerduty\"",
        "\"format\":\"alertmanager\"",
        "\"format\":\"json\"",
        "\"format\":\"internal\"",
        "\"severity\":\"info\"",
        "\"severity\":\"warning\"",
        "\"severity\":\"error\"",
        "\"severity\":\"critical\"",
        // why somebody is paged, and whom a step names
        "\"because\":\"step\"",
        "\"because\":\"exhausted\"",
        "\"because\":\"nobody_to_page\"",
        "\"because\":\"requested\"",
        "\"because\":\"handed_over\"",
        "\"kind\":\"person\"",
        "\"kind\":\"team\"",
        // an incident's severity, source, status, instants, remarks
        "\"by\":\"rule\"",
        "\"by\":\"person\"",
        "\"by\":\"worse_alert\"",
        "\"by\":\"merged\"",
        "\"source\":\"monitoring\"",
        "\"source\":\"customer_report\"",
        "\"source\":\"staff\"",
        "\"source\":\"unknown\"",
        "\"to\":\"detected\"",
        "\"to\":\"triage\"",
        "\"to\":\"investigating\"",
        "\"to\":\"identified\"",
        "\"to\":\"monitoring\"",
        "\"which\":\"impact_started\"",
        "\"which\":\"detected\"",
        "\"which\":\"declared\"",
        "\"which\":\"acknowledged\"",
        "\"which\":\"first_public\"",
        "\"which\":\"mitigated\"",
        "\"which\":\"impact_ended\"",
        "\"which\":\"resolved\"",
        "\"which\":\"resolution_announced\"",
        "\"which\":\"closed\"",
        "\"kind\":\"comment\"",
        "\"kind\":\"evidence\"",
        "\"evidence\":\"graph\"",
        "\"evidence\":\"log\"",
        "\"evidence\":\"change\"",
        "\"evidence\":\"conversation\"",
        "\"evidence\":\"other\"",
        "\"cause\":\"person\"",
        "\"cause\":\"last_alert\"",
        "\"reason\":\"alert_fires_again\"",
        // how a page ends, and its channels
        "\"end\":\"acknowledged\"",
        "\"end\":\"resolved\"",
        "\"end\":\"superseded\"",
        "\"end\":\"escalated\"",
        "\"end\":\"merged\"",
        "\"end\":\"gone\"",
        "\"kind\":\"email\"",
        "\"kind\":\"webhook\"",
        "\"kind\":\"loopback\"",
        // the catalogue
        "\"kind\":\"product\"",
        "\"kind\":\"component\"",
        "\"kind\":\"pod\"",
        "\"kind\":\"service\"",
        "\"kind\":\"key\"",
        "\"kind\":\"settings\"",
        "\"kind\":\"labels\"",
        "\"kind\":\"alert\"",
        "\"origin\":\"screen\"",
        "\"origin\":\"file\"",
        "\"origin\":\"setup\"",
        "\"theme\":\"system\"",
        "\"theme\":\"light\"",
        "\"theme\":\"dark\"",
        "\"role\":\"viewer\"",
        "\"role\":\"responder\"",
        "\"role\":\"manager\"",
        "\"role\":\"admin\"",
    ];
    let missing: Vec<_> = words.into_iter().filter(|word| !all.contains(word)).collect();
    assert!(missing.is_empty(), "no sample says {missing:?}");
}

#[test]
fn every_actor_ever_written_is_still_read_and_written_the_same() {
    let stored: Vec<Value> = serde_json::from_str(include_str!("golden/actor.json")).unwrap();
    assert_eq!(stored.len(), 8, "system, integration, console, and five doors of a person");
    for value in stored {
        let actor: Actor = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&actor).unwrap(), value);
    }
}
