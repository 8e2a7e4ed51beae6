//! The checker's own view of the catalogue over time: who can be reached, who is in which team, which policy a
//! service has. Told from the entries' journal, resolved by its own rules.

use std::collections::BTreeMap;

use hansei_domain::access::Role;
use hansei_domain::catalog::{
    CatalogDoc, CatalogEvent, EntryId, EscalationPolicy, IncidentRule, StepTarget, self_test,
};
use hansei_domain::ids::{ContactId, PersonId, ServiceId, TeamId};

use super::story::Stories;
use crate::sim::Simulated;
use crate::sim::ledger::At;

type Versions<T> = Vec<(At, T)>;

pub(crate) struct History {
    people: BTreeMap<PersonId, Versions<Vec<ContactId>>>,
    teams: BTreeMap<TeamId, Versions<Vec<PersonId>>>,
    policies: BTreeMap<ServiceId, Versions<EscalationPolicy>>,
    rules: BTreeMap<ServiceId, Versions<IncidentRule>>,
    /// Who and what is out of use, since when.
    archived: BTreeMap<EntryId, Versions<bool>>,
    admins: BTreeMap<PersonId, Versions<bool>>,
    fallback: Vec<PersonId>,
    /// Every instant at which something changed.
    changes: Vec<At>,
}

impl History {
    pub(crate) fn of(run: &Simulated, stories: &Stories<'_>) -> Self {
        let mut history = Self {
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            policies: BTreeMap::new(),
            rules: BTreeMap::new(),
            archived: BTreeMap::new(),
            admins: BTreeMap::new(),
            fallback: run.fallback.clone(),
            changes: Vec::new(),
        };
        for (id, entry) in &stories.entries {
            match entry.event {
                CatalogEvent::Put { doc, .. } => history.put(doc, entry.at),
                CatalogEvent::Archived => history.archived.entry(*id).or_default().push((entry.at, true)),
                CatalogEvent::Restored => history.archived.entry(*id).or_default().push((entry.at, false)),
                CatalogEvent::Audited { .. } => continue,
            }
            history.changes.push(entry.at);
        }
        history
    }

    fn put(&mut self, doc: &CatalogDoc, at: At) {
        match doc {
            CatalogDoc::Person(p) => {
                let contacts = p.contacts.iter().map(|c| c.id).collect();
                self.people.entry(p.id).or_default().push((at, contacts));
                self.admins.entry(p.id).or_default().push((at, p.role == Role::Admin));
            }
            CatalogDoc::Team(t) => {
                self.teams.entry(t.id).or_default().push((at, t.members.clone()));
            }
            CatalogDoc::Service(s) => {
                self.policies.entry(s.id).or_default().push((at, s.escalation.clone()));
                self.rules.entry(s.id).or_default().push((at, s.rule.clone()));
            }
            _ => {}
        }
    }

    fn is_archived(&self, id: EntryId, at: At) -> bool {
        let versions = self.archived.get(&id).map(Vec::as_slice).unwrap_or_default();
        versions.iter().rev().find(|(since, _)| *since <= at).is_some_and(|(_, archived)| *archived)
    }

    /// Whether a service was out of use.
    pub(crate) fn archived_service(&self, service: ServiceId, at: At) -> bool {
        self.is_archived(EntryId::Service(service), at)
    }

    /// The instants in a span at which the catalogue may be seen: its beginning, and after each change.
    pub(crate) fn views(&self, since: At, at: At) -> Vec<At> {
        let changes = self.changes.iter().copied().filter(|c| *c > since && *c <= at);
        std::iter::once(since).chain(changes).collect()
    }

    pub(crate) fn policy(&self, service: ServiceId, at: At) -> Option<&EscalationPolicy> {
        seen(self.policies.get(&service)?, at)
    }

    /// Whether it is the policy of some service.
    pub(crate) fn anybodys(&self, policy: &EscalationPolicy, at: At) -> bool {
        self.policies.values().any(|versions| seen(versions, at) == Some(policy))
    }

    pub(crate) fn rule(&self, service: ServiceId, at: At) -> Option<&IncidentRule> {
        seen(self.rules.get(&service)?, at)
    }

    fn contacts(&self, person: PersonId, at: At) -> &[ContactId] {
        self.people.get(&person).and_then(|v| seen(v, at)).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn reachable(&self, person: PersonId, at: At) -> bool {
        !self.contacts(person, at).is_empty() && !self.is_archived(EntryId::Person(person), at)
    }

    /// Whom a step reaches: everybody once, in the order in which they are named.
    pub(crate) fn people_of(&self, targets: &[StepTarget], at: At) -> Vec<PersonId> {
        let mut found: Vec<PersonId> = Vec::new();
        for target in targets {
            let named: &[PersonId] = match target {
                StepTarget::Person { id } => std::slice::from_ref(id),
                StepTarget::Team { id } => {
                    self.teams.get(id).and_then(|v| seen(v, at)).map(Vec::as_slice).unwrap_or_default()
                }
            };
            for person in named {
                if self.reachable(*person, at) && !found.contains(person) {
                    found.push(*person);
                }
            }
        }
        found
    }

    /// Whether a policy reaches nobody at all.
    pub(crate) fn reaches_nobody(&self, policy: &EscalationPolicy, at: At) -> bool {
        policy.steps.iter().all(|s| self.people_of(&s.targets, at).is_empty())
    }

    /// Who is told at last: those who were chosen, or all admins if none of them can be reached.
    pub(crate) fn fallback(&self, at: At) -> Vec<PersonId> {
        let reachable = |p: &PersonId| self.reachable(*p, at);
        let chosen: Vec<PersonId> = self.fallback.iter().copied().filter(reachable).collect();
        if !chosen.is_empty() {
            return chosen;
        }
        let admin = |(id, versions): (&PersonId, &Versions<bool>)| {
            (seen(versions, at) == Some(&true) && self.reachable(*id, at)).then_some(*id)
        };
        self.admins.iter().filter_map(admin).collect()
    }

    /// Whether a service is Hansei's own.
    pub(crate) fn is_own(service: Option<ServiceId>) -> bool {
        service == Some(self_test::service_id())
    }
}

fn seen<T>(versions: &[(At, T)], at: At) -> Option<&T> {
    versions.iter().rev().find(|(since, _)| *since <= at).or_else(|| versions.first()).map(|(_, value)| value)
}
