//! Who is spoken of: actors, people, targets of escalations.

use hansei_domain::access::Actor;
use hansei_domain::catalog::StepTarget;
use hansei_domain::ids::{AlertId, PersonId, ServiceId};
use hansei_domain::incident::{Incident, Paged, WhyPaged};

use super::Teller;
use crate::reading::sentence::{Part, Sentence, Slots};
use crate::words::span;

impl Teller<'_> {
    /// Who acted.
    pub fn actor(&self, actor: &Actor) -> Part {
        match actor {
            Actor::System => Part::Who { name: self.word("who-system"), person: None },
            Actor::Console => Part::Who { name: self.word("who-console"), person: None },
            Actor::Integration { key } => {
                let name = self.catalog.key(*key).map(|k| k.name.to_string());
                Part::Who { name: name.unwrap_or_else(|| self.word("who-integration")), person: None }
            }
            Actor::Person { person, .. } => self.person(*person),
        }
    }

    /// A person by name.
    pub fn person(&self, id: PersonId) -> Part {
        Part::Who { name: self.person_name(id), person: Some(id) }
    }

    /// A person's name; somebody who is no longer known shows as their id.
    pub fn person_name(&self, id: PersonId) -> String {
        self.catalog.person(id).map_or_else(|| id.to_string(), |p| p.name.to_string())
    }

    /// A service's name.
    pub fn service_name(&self, id: ServiceId) -> String {
        self.catalog.service(id).map_or_else(|| id.to_string(), |s| s.name.to_string())
    }

    pub(super) fn people(&self, paged: &[Paged]) -> Vec<Part> {
        paged.iter().map(|p| self.person(p.person_id)).collect()
    }

    pub(super) fn alert(&self, id: AlertId, known: Option<&str>) -> Part {
        let summary = known.or_else(|| self.alerts.get(&id).map(String::as_str));
        Part::Alert { id, summary: summary.map_or_else(|| id.to_string(), ToOwned::to_owned) }
    }

    /// Why a person was paged, about them rather than to them.
    pub fn why_paged(&self, person: PersonId, why: &WhyPaged, incident: Option<&Incident>) -> Sentence {
        let service = incident.and_then(|i| i.service_id).map(|id| self.service_name(id));
        let service = service.or_else(|| incident.map(|i| i.title.clone())).unwrap_or_default();
        match why {
            WhyPaged::Step { step, round, target, delay_secs } => {
                let slots = Slots::new()
                    .part("service", Part::Quote(service))
                    .parts("target", self.target(target))
                    .number("step", step + 1);
                match (step, round) {
                    (0, 0) => self.say("why-step-first", slots),
                    (_, 0) => {
                        let delay = span(i64::from(*delay_secs), self.locale);
                        self.say("why-step", slots.text("delay", delay))
                    }
                    (_, round) => self.say("why-step-round", slots.number("round", i64::from(*round) + 1)),
                }
            }
            WhyPaged::Exhausted => {
                self.say("paged-exhausted", Slots::new().part("person", self.person(person)))
            }
            WhyPaged::NobodyToPage => {
                self.say("paged-nobody_to_page", Slots::new().part("person", self.person(person)))
            }
            WhyPaged::Requested { by } | WhyPaged::HandedOver { by } => {
                let by = by.map_or_else(
                    || Part::Who { name: self.word("who-system"), person: None },
                    |id| self.person(id),
                );
                let slots = Slots::new().part("actor", by).part("person", self.person(person));
                let handed = matches!(why, WhyPaged::HandedOver { .. });
                self.say(if handed { "paged-handed_over" } else { "paged-requested" }, slots)
            }
        }
    }

    /// What a step names, in words.
    pub fn target(&self, target: &StepTarget) -> Vec<Part> {
        match target {
            StepTarget::Person { id } => {
                self.say("target-person", Slots::new().part("person", self.person(*id))).parts
            }
            StepTarget::Team { id } => {
                let name = self.catalog.team(*id).map_or_else(|| id.to_string(), |t| t.name.to_string());
                self.say("target-team", Slots::new().part("team", Part::Quote(name))).parts
            }
        }
    }
}
