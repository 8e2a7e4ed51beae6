//! Who would be told, step by step, as people read it.

use hansei_app::catalog::Catalog;
use hansei_app::ports::SenderKind;
use hansei_app::rehearse::{self, Rung, Warning};
use hansei_app::words::{self, Args};
use hansei_domain::catalog::EscalationPolicy;
use hansei_domain::ids::PersonId;

use crate::pages::kit::PersonView;
use crate::pages::kit::history::Teller;
use crate::shell::Shell;

/// One person on a rung, with the ways in which they are told, in order.
pub struct Told {
    /// Who.
    pub person: PersonView,
    /// How, in words.
    pub contacts: Vec<String>,
}

/// One rung.
pub struct RungView {
    /// What stands in its mark: the step's number, or a dash for the fallback.
    pub mark: String,
    /// What it is.
    pub title: String,
    /// When it comes.
    pub when: String,
    /// Who is told.
    pub people: Vec<Told>,
}

/// A whole escalation.
pub struct LadderView {
    /// The first round, and the fallback.
    pub rungs: Vec<RungView>,
    /// What happens between the first round and the fallback; empty if nothing.
    pub repeats: String,
    /// What will surprise somebody at night.
    pub warnings: Vec<String>,
}

/// Plays a policy through and writes it out.
pub fn view(
    shell: &Shell,
    catalog: &Catalog,
    senders: &[SenderKind],
    policy: &EscalationPolicy,
) -> LadderView {
    let rungs = rehearse::ladder(policy, catalog);
    let shown = rungs.iter().filter(|r| r.step.is_none() || r.round == 0);
    let repeats = if policy.repeat > 0 && !policy.steps.is_empty() {
        shell.tn("ladder-repeats", "count", policy.repeat)
    } else {
        String::new()
    };
    LadderView {
        rungs: shown.map(|rung| rung_view(shell, catalog, rung)).collect(),
        repeats,
        warnings: warnings(shell, catalog, senders, policy),
    }
}

fn rung_view(shell: &Shell, catalog: &Catalog, rung: &Rung) -> RungView {
    let when = match rung.after_secs {
        0 => shell.t("ladder-at-once"),
        secs => shell.t1("ladder-after", "span", words::span(secs, shell.locale)),
    };
    let (mark, title) = match rung.step {
        Some(step) => {
            let number = (step + 1).to_string();
            (number.clone(), shell.t1("field-step", "number", number))
        }
        None if rung.nobody => ("–".into(), shell.t("ladder-fallback-nobody")),
        None => ("–".into(), shell.t("ladder-fallback")),
    };
    let people = rung.people.iter().filter_map(|id| told(shell, catalog, *id)).collect();
    RungView { mark, title, when, people }
}

fn told(shell: &Shell, catalog: &Catalog, id: PersonId) -> Option<Told> {
    let person = catalog.person(id)?;
    let teller = Teller { shell, catalog };
    Some(Told {
        person: PersonView::of(shell, person),
        contacts: person.contacts.iter().map(|c| teller.contact(c, shell.sees_contacts_of(id))).collect(),
    })
}

/// What is wrong with a policy right now, in words.
pub fn warnings(
    shell: &Shell,
    catalog: &Catalog,
    senders: &[SenderKind],
    policy: &EscalationPolicy,
) -> Vec<String> {
    let name = |id: PersonId| catalog.person(id).map_or_else(|| id.to_string(), |p| p.name.to_string());
    let with = |key: &str, step: usize, person: PersonId| {
        let number = i64::try_from(step + 1).unwrap_or(i64::MAX);
        shell.ta(key, &Args::new().number("step", number).text("person", name(person)))
    };
    rehearse::warnings(policy, catalog, senders)
        .into_iter()
        .map(|warning| match warning {
            Warning::NoSteps => shell.t("warn-no-steps"),
            Warning::StepReachesNobody(step) => shell.tn("warn-step-nobody", "step", step + 1),
            Warning::Unreachable { step, person } => with("warn-unreachable", step, person),
            Warning::NoSender { step, person } => with("warn-no-sender", step, person),
            Warning::NobodyAtAll => shell.t("warn-nobody-at-all"),
        })
        .collect()
}
