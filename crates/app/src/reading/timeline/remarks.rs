//! Comments and evidence as they stand now, with what was corrected and taken back.

use std::collections::HashMap;

use hansei_domain::Timestamp;
use hansei_domain::access::Actor;
use hansei_domain::ids::{IncidentId, NoteId, PersonId};
use hansei_domain::incident::{EvidenceKind, IncidentEvent, RemarkKind};
use hansei_domain::journal::{Event, Recorded};

/// One correction of a remark.
#[derive(Debug, Clone)]
pub struct Correction {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// The text before it.
    pub was: String,
    /// Why, in their words.
    pub note: Option<String>,
}

/// A remark was taken back.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// Why, in their words.
    pub note: Option<String>,
}

/// A comment or a piece of evidence as it stands now.
#[derive(Debug, Clone)]
pub struct RemarkView {
    /// Its id.
    pub id: NoteId,
    /// The entry that brought it.
    pub seq: u64,
    /// The incident it was made in.
    pub incident_id: Option<IncidentId>,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: Actor,
    /// Comment or evidence.
    pub kind: RemarkKind,
    /// For evidence: what it is.
    pub evidence: Option<EvidenceKind>,
    /// For evidence: where it can be seen.
    pub url: Option<String>,
    /// When it happened, if that was another time.
    pub occurred_at: Option<Timestamp>,
    /// The text now.
    pub text: String,
    /// What was corrected, oldest first.
    pub corrections: Vec<Correction>,
    /// It was taken back.
    pub withdrawn: Option<Withdrawal>,
}

impl RemarkView {
    /// The person who wrote it, if it was one.
    pub fn author(&self) -> Option<PersonId> {
        self.by.person()
    }

    /// The text before the last correction.
    pub fn last_text(&self) -> Option<&str> {
        self.corrections.last().map(|c| c.was.as_str())
    }
}

/// Folds entries, in any order, into the remarks they brought and changed.
pub fn remarks<'a>(entries: impl IntoIterator<Item = &'a Recorded>) -> HashMap<NoteId, RemarkView> {
    let mut ordered: Vec<&Recorded> = entries.into_iter().collect();
    ordered.sort_by_key(|e| e.seq);
    ordered.dedup_by_key(|e| e.seq);
    let mut out: HashMap<NoteId, RemarkView> = HashMap::new();
    for entry in ordered {
        let Event::Incident(event) = &entry.event else { continue };
        match event {
            IncidentEvent::Noted { id, .. } => {
                out.extend(made(entry, event).map(|view| (*id, view)));
            }
            IncidentEvent::NoteCorrected { id, text, note } => {
                if let Some(view) = out.get_mut(id) {
                    let was = std::mem::replace(&mut view.text, text.clone());
                    let (at, by, note) = (entry.at, entry.actor.clone(), note.clone());
                    view.corrections.push(Correction { at, by, was, note });
                }
            }
            IncidentEvent::NoteWithdrawn { id, note } => {
                if let Some(view) = out.get_mut(id) {
                    let (at, by, note) = (entry.at, entry.actor.clone(), note.clone());
                    view.withdrawn = Some(Withdrawal { at, by, note });
                }
            }
            _ => {}
        }
    }
    out
}

fn made(entry: &Recorded, event: &IncidentEvent) -> Option<RemarkView> {
    let IncidentEvent::Noted { id, kind, text, url, evidence, occurred_at } = event else { return None };
    Some(RemarkView {
        id: *id,
        seq: entry.seq,
        incident_id: entry.incident_id,
        at: entry.at,
        by: entry.actor.clone(),
        kind: *kind,
        evidence: *evidence,
        url: url.clone(),
        occurred_at: *occurred_at,
        text: text.clone(),
        corrections: Vec::new(),
        withdrawn: None,
    })
}
