//! Every event shape that was ever written has a sentence in every language.

use hansei_domain::access::Actor;
use hansei_domain::alert::AlertEvent;
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::{AlertId, IncidentId, PageId, PersonId, ScopeId, SettingsId, TypedId};
use hansei_domain::incident::IncidentEvent;
use hansei_domain::journal::{AggregateId, Event, Recorded};
use jiff::Timestamp;

use super::*;
use crate::words::LOCALES;

/// The samples of the domain: kind and JSON.
const SAMPLES: [(&str, &str); 4] = [
    ("alert", include_str!("../../../../domain/tests/golden/alert.json")),
    ("incident", include_str!("../../../../domain/tests/golden/incident.json")),
    ("page", include_str!("../../../../domain/tests/golden/page.json")),
    ("entry", include_str!("../../../../domain/tests/golden/entry.json")),
];

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_719_908_000 + secs).unwrap()
}

fn recorded(seq: u64, aggregate: AggregateId, event: Event) -> Recorded {
    let incident_id = Some(IncidentId::from_bits(7));
    let (version, actor) = (seq, Actor::System);
    Recorded { seq, aggregate, version, at: at(0), actor, event, incident_id, hash: [0; 32] }
}

fn samples() -> Vec<Recorded> {
    let mut out = Vec::new();
    for (kind, text) in SAMPLES {
        let all: Vec<(String, serde_json::Value)> = serde_json::from_str(text).unwrap();
        let aggregate = match kind {
            "alert" => AggregateId::Alert(AlertId::from_bits(6)),
            "incident" => AggregateId::Incident(IncidentId::from_bits(7)),
            "page" => AggregateId::Page(PageId::from_bits(3)),
            _ => AggregateId::Entry(EntryId::Settings(SettingsId::from_bits(1))),
        };
        for (name, value) in all {
            let event = Event::decode(&name, &value.to_string()).unwrap();
            out.push(recorded(out.len() as u64 + 1, aggregate, event));
        }
    }
    out
}

#[test]
fn every_event_has_a_sentence_in_every_language() {
    let (words, catalog) = (Words::built_in(), Catalog::default());
    let samples = samples();
    assert!(samples.len() > 60);
    for name in LOCALES {
        let locale = Locale::of(name);
        let teller = Teller::new(&words, locale, &catalog).scope_of(&samples);
        for entry in &samples {
            let line = teller.tell(entry);
            for sentence in std::iter::once(&line.sentence).chain(&line.facts) {
                let text = sentence.plain(&words, locale, "UTC");
                assert!(!text.is_empty(), "{name}: {} says nothing", line.name);
                let raw = ["line-", "fact-", "placed-", "left-", "paged-", "{$", "scope-", "channel-"];
                let found = raw.iter().find(|r| text.starts_with(**r) || text.contains("{$"));
                assert_eq!(found, None, "{name}: {} has no words: {text}", line.name);
            }
        }
    }
}

#[test]
fn what_people_wrote_stays_a_part_of_its_own() {
    let (words, catalog) = (Words::built_in(), Catalog::default());
    let teller = Teller::new(&words, Locale::En, &catalog);
    let event = IncidentEvent::Retitled {
        from: "<b>x</b>".into(),
        to: "\u{E000}{ $actor }".into(),
        slug: "1-x".into(),
        note: None,
    };
    let entry = recorded(1, AggregateId::Incident(IncidentId::from_bits(7)), Event::Incident(event));
    let quotes: Vec<_> = teller
        .tell(&entry)
        .sentence
        .parts
        .into_iter()
        .filter_map(|p| match p {
            Part::Quote(text) => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(quotes, ["<b>x</b>", "\u{E000}{ $actor }"]);
}

fn placement(seq: u64, alert: u128) -> Recorded {
    let event = AlertEvent::Placed {
        incident_id: IncidentId::from_bits(7),
        reason: hansei_domain::alert::PlaceReason::SameGroup,
    };
    recorded(seq, AggregateId::Alert(AlertId::from_bits(alert)), Event::Alert(event))
}

fn opening(seq: u64, alert: u128) -> Recorded {
    let sample = samples().into_iter().find(|s| s.event.name() == "alert.opened").unwrap();
    Recorded { aggregate: AggregateId::Alert(AlertId::from_bits(alert)), seq, version: seq, ..sample }
}

#[test]
fn an_alert_and_where_it_went_are_one_line_whichever_way_it_is_read() {
    let (words, catalog) = (Words::built_in(), Catalog::default());
    let teller = Teller::new(&words, Locale::En, &catalog);
    let mut entries = vec![opening(1, 6), placement(2, 6), opening(3, 8), placement(4, 9)];
    for _ in 0..2 {
        let lines = teller.tell_all(&entries);
        let names: Vec<_> = lines.iter().map(|l| (l.name, l.facts.len())).collect();
        let joined = names.iter().filter(|(name, _)| *name == "alert.opened").count();
        assert_eq!((names.len(), joined), (3, 2), "{names:?}");
        let first = lines.iter().find(|l| l.seq == 1).unwrap();
        let fact = first.facts.last().unwrap().plain(&words, Locale::En, "UTC");
        assert!(fact.starts_with("It joined this incident"), "{fact}");
        entries.reverse();
    }
}

#[test]
fn corrections_keep_what_stood_there_before() {
    let id = NoteId::from_bits(4);
    let home = AggregateId::Incident(IncidentId::from_bits(7));
    let noted = IncidentEvent::Noted {
        id,
        kind: RemarkKind::Evidence,
        text: "4.1 s".into(),
        url: None,
        evidence: None,
        occurred_at: None,
    };
    let corrected = |text: &str| IncidentEvent::NoteCorrected { id, text: text.into(), note: None };
    let taken_back = IncidentEvent::NoteWithdrawn { id, note: Some("wrong graph".into()) };
    let mut entries: Vec<_> = [noted, corrected("41 s"), corrected("42 s"), taken_back]
        .into_iter()
        .zip(1..)
        .map(|(event, seq)| recorded(seq, home, Event::Incident(event)))
        .collect();
    entries.reverse();
    let view = remarks(&entries).remove(&id).unwrap();
    assert_eq!((view.text.as_str(), view.last_text()), ("42 s", Some("41 s")));
    assert_eq!(view.corrections.len(), 2);
    assert_eq!(view.withdrawn.unwrap().note.as_deref(), Some("wrong graph"));
}

#[test]
fn the_end_of_a_range_is_told_as_an_end_and_anything_else_as_a_correction() {
    let (words, catalog) = (Words::built_in(), Catalog::default());
    let range = ScopeEntry {
        id: ScopeId::from_bits(1),
        products: vec![],
        components: vec![],
        pods: vec![],
        all_pods: true,
        symptom: Some("slow".into()),
        from_at: Some(at(0)),
        until_at: None,
    };
    let ended = ScopeEntry { until_at: Some(at(60)), ..range.clone() };
    let other = ScopeEntry { symptom: Some("gone".into()), ..ended.clone() };
    let home = AggregateId::Incident(IncidentId::from_bits(7));
    let events = [
        IncidentEvent::ScopeAdded { entry: range.clone() },
        IncidentEvent::ScopeChanged { entry: ended, note: None },
        IncidentEvent::ScopeChanged { entry: other, note: None },
        IncidentEvent::ScopeRemoved { id: range.id, note: None },
    ];
    let entries: Vec<_> =
        events.into_iter().zip(1..).map(|(e, seq)| recorded(seq, home, Event::Incident(e))).collect();
    let twice = entries.iter().chain(&entries);
    let teller = Teller::new(&words, Locale::En, &catalog).scope_of(twice);
    let said: Vec<_> =
        entries.iter().map(|e| teller.tell(e).sentence.plain(&words, Locale::En, "UTC")).collect();
    assert_eq!(
        said,
        [
            "Hansei added to the scope: all pods",
            "Hansei noted that this is over: all pods",
            "Hansei corrected the scope: all pods",
            "Hansei removed from the scope: all pods",
        ]
    );
}

#[test]
fn somebody_who_is_no_longer_known_shows_as_their_id() {
    let (words, catalog) = (Words::built_in(), Catalog::default());
    let teller = Teller::new(&words, Locale::De, &catalog);
    let id = PersonId::from_bits(5);
    assert_eq!(teller.person_name(id), id.to_string());
}
