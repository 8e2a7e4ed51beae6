//! A unit of work: aggregates loaded, events folded into them, and everything that has to be committed together.
//!
//! It holds the one chain in which decisions lead to further ones: incident events ask for pages or end them, and
//! page events ask for attempts, which become outbox entries. Nothing here is sent or stored; `App::commit` does
//! that, all at once.

use std::collections::{BTreeMap, HashMap, HashSet};

use hansei_domain::alert::Observation;
use hansei_domain::ids::{IncidentId, OutboxId, PageId, PersonId};
use hansei_domain::incident::{self, Incident, IncidentCommand, IncidentEvent, Paged, Roster};
use hansei_domain::journal::{AggregateId, Event, State, evolve};
use hansei_domain::page::{self, Channel, Page, PageCommand, PageEnd, PageEvent};
use hansei_domain::{Ctx, Refusal, Timestamp};

use crate::catalog::Catalog;
use crate::ports::{Change, Commit, InboxToken, Lane, Loaded, NumberRange, Observed, OutboxEntry, SideWrite};

struct Slot {
    expected: u64,
    state: Option<State>,
    events: Vec<Event>,
    incident_id: Option<IncidentId>,
    order: usize,
}

/// Everything one use-case changes.
pub struct Unit {
    /// The decision's context; its actor may be exchanged between decisions of one batch.
    pub ctx: Ctx,
    slots: HashMap<AggregateId, Slot>,
    actors: HashMap<AggregateId, hansei_domain::access::Actor>,
    observations: BTreeMap<AggregateId, Observation>,
    observed: BTreeMap<AggregateId, ()>,
    open_pages: HashMap<IncidentId, Vec<PageId>>,
    pages_known: HashSet<IncidentId>,
    moved_from: HashMap<IncidentId, usize>,
    order: usize,
    commit: Commit,
}

impl Unit {
    /// An empty unit.
    pub fn new(ctx: Ctx) -> Self {
        let commit = Commit { at: Some(ctx.now), ..Commit::default() };
        Self {
            ctx,
            slots: HashMap::new(),
            actors: HashMap::new(),
            observations: BTreeMap::new(),
            observed: BTreeMap::new(),
            open_pages: HashMap::new(),
            pages_known: HashSet::new(),
            moved_from: HashMap::new(),
            order: 0,
            commit,
        }
    }

    /// Takes loaded aggregates in, to decide on them.
    pub fn adopt(&mut self, loaded: impl IntoIterator<Item = Loaded>) {
        for item in loaded {
            if let State::Page(page) = &item.state
                && page.end.is_none()
            {
                let pages = self.open_pages.entry(page.incident_id).or_default();
                if !pages.contains(&page.id) {
                    pages.push(page.id);
                }
            }
            if let Some(observation) = item.observation {
                self.observations.insert(item.id, observation);
            }
            self.slots.entry(item.id).or_insert(Slot {
                expected: item.version,
                state: Some(item.state),
                events: Vec::new(),
                incident_id: None,
                order: 0,
            });
        }
    }

    /// The state of an aggregate as it is in this unit.
    pub fn state(&self, id: AggregateId) -> Option<&State> {
        self.slots.get(&id).and_then(|s| s.state.as_ref())
    }

    /// An incident as it is in this unit.
    pub fn incident(&self, id: IncidentId) -> Option<&Incident> {
        match self.state(AggregateId::Incident(id)) {
            Some(State::Incident(incident)) => Some(incident),
            _ => None,
        }
    }

    /// Whether an aggregate is made by this unit: nobody else can know it yet.
    pub fn is_new(&self, id: AggregateId) -> bool {
        self.slots.get(&id).is_some_and(|s| s.expected == 0)
    }

    /// Whether the incident's open pages have to be loaded still; asks once.
    pub fn wants_pages(&mut self, id: IncidentId) -> bool {
        !self.is_new(AggregateId::Incident(id)) && self.pages_known.insert(id)
    }

    /// How many alerts this unit has taken out of an incident.
    pub fn alerts_moved_from(&self, id: IncidentId) -> usize {
        self.moved_from.get(&id).copied().unwrap_or(0)
    }

    /// The alerts of this unit that belong to an incident.
    pub fn alerts_of(&self, id: IncidentId) -> impl Iterator<Item = &hansei_domain::alert::Alert> {
        self.slots.values().filter_map(move |s| match &s.state {
            Some(State::Alert(alert)) if alert.incident_id == Some(id) => Some(&**alert),
            _ => None,
        })
    }

    /// A page as it is in this unit.
    pub fn page(&self, id: PageId) -> Option<&Page> {
        match self.state(AggregateId::Page(id)) {
            Some(State::Page(page)) => Some(page),
            _ => None,
        }
    }

    /// An alert's observation as it is in this unit.
    pub fn observation(&self, id: AggregateId) -> Option<&Observation> {
        self.observations.get(&id)
    }

    /// Notes what a repeat told.
    pub fn observe(&mut self, id: AggregateId, observation: Observation) {
        self.observations.insert(id, observation);
        self.observed.insert(id, ());
    }

    /// Records events of an aggregate and folds them in.
    pub fn record(&mut self, id: AggregateId, incident_id: Option<IncidentId>, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        self.order += 1;
        let order = self.order;
        let slot = self.slots.entry(id).or_insert(Slot {
            expected: 0,
            state: None,
            events: Vec::new(),
            incident_id: None,
            order,
        });
        if slot.events.is_empty() {
            slot.order = order;
            self.actors.insert(id, self.ctx.actor.clone());
        }
        let home = |state: &Option<State>| match state {
            Some(State::Alert(alert)) => alert.incident_id,
            _ => None,
        };
        let before = home(&slot.state);
        for event in events {
            slot.state = evolve(slot.state.take(), &event, self.ctx.now, &self.ctx.actor);
            slot.events.push(event);
        }
        slot.incident_id = incident_id.or(slot.incident_id);
        if let Some(left) = before.filter(|left| home(&slot.state) != Some(*left)) {
            *self.moved_from.entry(left).or_default() += 1;
        }
    }

    /// Decides a command on an incident, folds its events, and follows where they lead (pages asked for or ended).
    /// Returns the events.
    pub fn on_incident(
        &mut self,
        id: Option<IncidentId>,
        command: &IncidentCommand,
        roster: &Roster,
        catalog: &Catalog,
    ) -> Result<(Option<IncidentId>, Vec<IncidentEvent>), Refusal> {
        let state = id.and_then(|id| self.incident(id));
        let events = incident::decide(state, command, roster, &self.ctx)?;
        let id = id.or_else(|| {
            events.iter().find_map(|e| match e {
                IncidentEvent::Declared { id, .. } => Some(*id),
                _ => None,
            })
        });
        let Some(id) = id else { return Ok((None, events)) };
        for event in &events {
            let was_taken = self.incident(id).is_some_and(|i| i.acknowledged);
            self.record(AggregateId::Incident(id), Some(id), vec![Event::Incident(event.clone())]);
            self.follow(id, event, was_taken, catalog);
        }
        Ok((Some(id), events))
    }

    /// What an incident's event asks of its pages.
    fn follow(&mut self, id: IncidentId, event: &IncidentEvent, was_taken: bool, catalog: &Catalog) {
        match event {
            IncidentEvent::EscalationStarted { generation, .. } => {
                self.end_pages(id, PageEnd::Superseded, |p| p.generation < *generation);
            }
            IncidentEvent::StepReached { step: Some(_), paged, .. } => {
                if !paged.is_empty() {
                    self.each_page(id, &PageCommand::Escalate);
                }
                self.request_pages(id, paged, catalog);
            }
            IncidentEvent::EscalationExhausted { paged, .. } => {
                // Nobody else is asked if there is no fallback either: what is open stays open (R13).
                if !paged.is_empty() {
                    self.each_page(id, &PageCommand::Escalate);
                }
                self.request_pages(id, paged, catalog);
            }
            IncidentEvent::Requested { paged, .. } => self.request_pages(id, paged, catalog),
            IncidentEvent::Acknowledged { .. } => self.end_pages(id, PageEnd::Acknowledged, |_| true),
            // Only their own: others who were asked have not answered yet.
            IncidentEvent::Answered { by, .. } => {
                self.end_pages(id, PageEnd::Acknowledged, |p| p.person_id == *by);
            }
            IncidentEvent::HandedOver { to, paged, untaken, .. } => {
                if !untaken {
                    self.end_pages(id, PageEnd::Acknowledged, |p| !was_taken || p.person_id == *to);
                }
                self.request_pages(id, paged, catalog);
            }
            IncidentEvent::Resolved { .. } => self.end_pages(id, PageEnd::Resolved, |_| true),
            IncidentEvent::MergedInto { .. } => self.end_pages(id, PageEnd::Merged, |_| true),
            _ => {}
        }
    }

    fn request_pages(&mut self, incident_id: IncidentId, paged: &[Paged], catalog: &Catalog) {
        let Some(generation) = self.incident(incident_id).map(|i| i.generation) else { return };
        for paged in paged {
            let (channels, next_channel_secs) = channels_of(catalog, paged.person_id);
            let command = PageCommand::Request {
                paged: paged.clone(),
                incident_id,
                generation,
                channels,
                next_channel_secs,
            };
            self.on_page(paged.page_id, &command);
            self.open_pages.entry(incident_id).or_default().push(paged.page_id);
        }
    }

    fn each_page(&mut self, incident_id: IncidentId, command: &PageCommand) {
        for page_id in self.open_pages.get(&incident_id).cloned().unwrap_or_default() {
            self.on_page(page_id, command);
        }
    }

    /// Ends those of the incident's open pages that are meant.
    fn end_pages(&mut self, incident_id: IncidentId, end: PageEnd, meant: impl Fn(&Page) -> bool) {
        for page_id in self.open_pages.get(&incident_id).cloned().unwrap_or_default() {
            if self.page(page_id).is_some_and(&meant) {
                self.on_page(page_id, &PageCommand::End(end));
            }
        }
    }

    /// Decides a command on a page, folds its events, and turns the attempts they ask for into outbox entries.
    pub fn on_page(&mut self, page_id: PageId, command: &PageCommand) {
        // A page that cannot take the command (it does not exist) has nothing to follow.
        let Ok(events) = page::decide(self.page(page_id), command, &self.ctx) else { return };
        for event in events {
            let incident_id = self.page(page_id).map(|p| p.incident_id).or(match &event {
                PageEvent::Requested { incident_id, .. } => Some(*incident_id),
                _ => None,
            });
            self.record(AggregateId::Page(page_id), incident_id, vec![Event::Page(event.clone())]);
            if matches!(event, PageEvent::Ended { .. }) {
                self.commit.drop_outbox_of.push(page_id);
                self.commit.outbox.retain(|o| o.page_id != page_id);
            }
            let now = self.ctx.now;
            let Some(attempt) = self.page(page_id).and_then(|p| page::attempts(p, &event, now)) else {
                continue;
            };
            let id: OutboxId = self.ctx.ids.fresh();
            self.commit.outbox.push(OutboxEntry {
                id,
                lane: Lane::Pages,
                page_id,
                channel: u32::try_from(attempt.channel).unwrap_or(u32::MAX),
                attempt: attempt.number,
                available_at: attempt.not_before,
            });
        }
    }

    /// The claim that this unit gives an outcome to.
    pub fn settle(&mut self, id: OutboxId, epoch: u64) {
        self.commit.settle.push((id, epoch));
    }

    /// The signals that this unit decides.
    pub fn inbox(&mut self, token: InboxToken) {
        self.commit.inbox = Some(token);
    }

    /// The incident numbers that this unit takes.
    pub fn numbers(&mut self, range: NumberRange) {
        self.commit.incident_numbers = (range.count > 0).then_some(range);
    }

    /// Writes to side tables.
    pub fn side(&mut self, writes: Vec<SideWrite>) {
        self.commit.side.extend(writes);
    }

    /// Whether it changes alerts, or ends an incident whose alerts end with it.
    pub fn ends_alerts(&self) -> bool {
        self.slots.values().any(|s| {
            s.events.iter().any(|e| match e {
                Event::Alert(_) => true,
                Event::Incident(e) => matches!(
                    e,
                    IncidentEvent::Resolved { .. }
                        | IncidentEvent::Closed { .. }
                        | IncidentEvent::MergedInto { .. }
                ),
                Event::Page(_) | Event::Entry(_) => false,
            })
        })
    }

    /// Whether there is anything to commit.
    pub fn is_empty(&self) -> bool {
        let c = &self.commit;
        self.slots.values().all(|s| s.events.is_empty())
            && self.observed.is_empty()
            && c.inbox.is_none()
            && c.settle.is_empty()
            && c.side.is_empty()
    }

    /// Turns it into one commit.
    pub fn into_commit(mut self) -> Commit {
        let firing: HashMap<AggregateId, bool> = self
            .slots
            .iter()
            .map(|(id, s)| (*id, matches!(&s.state, Some(State::Alert(alert)) if alert.is_firing())))
            .collect();
        let mut changed: Vec<(AggregateId, Slot)> =
            self.slots.drain().filter(|(_, s)| !s.events.is_empty()).collect();
        changed.sort_by_key(|(_, s)| s.order);
        let mut commit = self.commit;
        for (id, ()) in self.observed {
            let (AggregateId::Alert(alert_id), Some(observation)) = (id, self.observations.get(&id)) else {
                continue;
            };
            let firing = firing.get(&id).copied().unwrap_or(false);
            commit.observed.push(Observed { alert_id, observation: *observation, firing });
        }
        for (id, slot) in changed {
            let Some(state) = slot.state else { continue };
            let due_at = due_of(&state, self.observations.get(&id));
            let actor = self.actors.remove(&id).unwrap_or(hansei_domain::access::Actor::System);
            commit.changes.push(Change {
                id,
                expected: slot.expected,
                actor,
                events: slot.events,
                state,
                due_at,
                incident_id: slot.incident_id,
            });
        }
        commit
    }
}

fn due_of(state: &State, observation: Option<&Observation>) -> Option<Timestamp> {
    match state {
        State::Alert(alert) if alert.is_firing() => observation.and_then(|o| o.expires_at),
        State::Incident(incident) => incident::due(incident),
        State::Page(page) => page::due(page),
        State::Alert(_) | State::Entry(_) => None,
    }
}

fn channels_of(catalog: &Catalog, person_id: PersonId) -> (Vec<Channel>, u32) {
    let Some(person) = catalog.person(person_id) else { return (Vec::new(), 60) };
    let channels =
        person.contacts.iter().map(|c| Channel { contact_id: c.id, contact: c.contact.clone() }).collect();
    (channels, person.next_contact_secs)
}
