//! What can be done to an incident by form: which forms there are, how they begin, and how they are read.

use hansei_app::ports::IncidentRow;
use hansei_domain::access::Permission;
use hansei_domain::catalog::StepTarget;
use hansei_domain::ids::{NoteId, PersonId, ScopeId, TeamId};
use hansei_domain::incident::{
    EvidenceKind, Incident, IncidentCommand, IncidentStatus, ReopenReason, ResolveCause, ScopeEntry,
    Severity, SeverityReason, TimeKind,
};
use hansei_domain::refusal::FieldCode;

use super::fields::{choice, choices, optional_link, optional_text, text, title};
use super::number_of;
use crate::ctx::PageCtx;
use crate::form::Form;
use crate::pages::times::instant;
use crate::shell::Shell;

/// What can be done to an incident by form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Acknowledge,
    Handover,
    Status,
    Severity,
    Title,
    Resolve,
    Reopen,
    Close,
    Merge,
    Recurrence,
    People,
    Escalate,
    Comment,
    Evidence,
    Correct,
    Withdraw,
    Time,
    Impact,
    ScopeAdd,
    ScopeChange,
    ScopeRemove,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Acknowledge,
        Self::Handover,
        Self::Status,
        Self::Severity,
        Self::Title,
        Self::Resolve,
        Self::Reopen,
        Self::Close,
        Self::Merge,
        Self::Recurrence,
        Self::People,
        Self::Escalate,
        Self::Comment,
        Self::Evidence,
        Self::Correct,
        Self::Withdraw,
        Self::Time,
        Self::Impact,
        Self::ScopeAdd,
        Self::ScopeChange,
        Self::ScopeRemove,
    ];

    /// The stable name, in addresses and keys of words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Handover => "handover",
            Self::Status => "status",
            Self::Severity => "severity",
            Self::Title => "title",
            Self::Resolve => "resolve",
            Self::Reopen => "reopen",
            Self::Close => "close",
            Self::Merge => "merge",
            Self::Recurrence => "recurrence",
            Self::People => "people",
            Self::Escalate => "escalate",
            Self::Comment => "comment",
            Self::Evidence => "evidence",
            Self::Correct => "correct",
            Self::Withdraw => "withdraw",
            Self::Time => "time",
            Self::Impact => "impact",
            Self::ScopeAdd => "scope-add",
            Self::ScopeChange => "scope-change",
            Self::ScopeRemove => "scope-remove",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == text)
    }
}

/// What a form asks for.
pub enum Wanted {
    /// A command on the incident itself.
    Command(Box<IncidentCommand>),
    /// Its story goes on in the incident with this number.
    Merge {
        /// Which.
        into: u64,
        /// Why.
        note: Option<String>,
    },
    /// It is a recurrence of the incident with this number, or of none.
    Recurrence(Option<u64>),
}

fn command(command: IncidentCommand) -> Wanted {
    Wanted::Command(Box::new(command))
}

/// Reads a form; `None` if something in it is wrong, which it then says.
pub fn read(action: Action, ctx: &PageCtx, row: &IncidentRow, form: &mut Form) -> Option<Wanted> {
    let wanted = match action {
        Action::Acknowledge => Some(command(IncidentCommand::Acknowledge { generation: None })),
        Action::Handover => choice::<PersonId>(form, "to")
            .map(|to| command(IncidentCommand::HandOver { to, note: optional_text(form, "note") })),
        Action::Status => status(form),
        Action::Severity => severity(ctx, &row.incident, form),
        Action::Title => title(form, "title")
            .map(|title| command(IncidentCommand::Retitle { title, note: optional_text(form, "note") })),
        Action::Resolve => Some(resolve(ctx, form)),
        Action::Reopen => {
            let escalation = form.has("page", "1").then(|| ctx.app().policy_of(&row.incident));
            let note = optional_text(form, "note");
            Some(command(IncidentCommand::Reopen { reason: ReopenReason::Person, escalation, note }))
        }
        Action::Close => {
            Some(command(IncidentCommand::Close { at: None, note: optional_text(form, "note") }))
        }
        Action::Merge => merge(form),
        Action::Recurrence => recurrence(form),
        Action::People => people(form),
        Action::Escalate => {
            let (policy, note) = (ctx.app().policy_of(&row.incident), optional_text(form, "note"));
            Some(command(IncidentCommand::Escalate { policy, note }))
        }
        Action::Comment | Action::Evidence | Action::Correct | Action::Withdraw => remark(action, ctx, form),
        Action::Time => time(ctx, form),
        Action::Impact => impact(ctx, form),
        Action::ScopeAdd | Action::ScopeChange | Action::ScopeRemove => scope(action, ctx, form),
    };
    wanted.filter(|_| !form.is_wrong())
}

fn status(form: &mut Form) -> Option<Wanted> {
    let to = IncidentStatus::parse(form.value("status")).filter(|s| s.is_active());
    if to.is_none() {
        form.wrong("status", FieldCode::Required, "must be an active state");
    }
    let note = optional_text(form, "note");
    Some(command(IncidentCommand::SetStatus { to: to?, note }))
}

fn severity(ctx: &PageCtx, incident: &Incident, form: &mut Form) -> Option<Wanted> {
    let to = match Severity::parse("severity", form.value("severity")) {
        Ok(to) => Some(to),
        Err(error) => {
            form.wrong("severity", error.code, &error.message);
            None
        }
    };
    // Whoever changes how bad it is says why: it decides who is told and what is promised.
    let note = text(form, "note")?;
    let catalog = ctx.app().catalog.now();
    let pages = |to| incident.service_id.and_then(|id| catalog.service(id)).is_some_and(|s| s.rule.pages(to));
    let to = to?;
    Some(command(IncidentCommand::SetSeverity {
        to,
        reason: SeverityReason::Person { person: Some(ctx.who.person_id), note: Some(note) },
        escalation: pages(to).then(|| ctx.app().policy_of(incident)),
    }))
}

fn resolve(ctx: &PageCtx, form: &mut Form) -> Wanted {
    let zone = &ctx.who.zone;
    command(IncidentCommand::Resolve {
        generation: None,
        cause: ResolveCause::Person,
        at: instant(form, "at", zone),
        impact_ended_at: instant(form, "impact_ended_at", zone),
        note: optional_text(form, "note"),
    })
}

fn merge(form: &mut Form) -> Option<Wanted> {
    let number = number_of(form.value("into")).map(|(number, _)| number);
    if number.is_none() {
        let code = if form.optional("into").is_none() { FieldCode::Required } else { FieldCode::Unknown };
        form.wrong("into", code, "must be the number of an incident");
    }
    let note = optional_text(form, "note");
    number.map(|into| Wanted::Merge { into, note })
}

fn recurrence(form: &mut Form) -> Option<Wanted> {
    if form.optional("of").is_none() {
        return Some(Wanted::Recurrence(None));
    }
    let number = number_of(form.value("of")).map(|(number, _)| number);
    if number.is_none() {
        form.wrong("of", FieldCode::Unknown, "must be the number of an incident");
    }
    number.map(|of| Wanted::Recurrence(Some(of)))
}

fn impact(ctx: &PageCtx, form: &mut Form) -> Option<Wanted> {
    let index = form.parse::<usize>("which");
    let zone = &ctx.who.zone;
    let (from_at, until_at) = (instant(form, "from_at", zone), instant(form, "until_at", zone));
    if from_at.is_none() && !form.is_wrong() {
        form.wrong("from_at", FieldCode::Required, "must not be empty");
    }
    let note = optional_text(form, "note");
    Some(command(IncidentCommand::SetPastImpact { index: index?, from_at: from_at?, until_at, note }))
}

fn people(form: &mut Form) -> Option<Wanted> {
    let people = choices::<PersonId>(form, "people").into_iter().map(|id| StepTarget::Person { id });
    let teams = choices::<TeamId>(form, "teams").into_iter().map(|id| StepTarget::Team { id });
    let targets: Vec<StepTarget> = people.chain(teams).collect();
    if targets.is_empty() {
        form.wrong("people", FieldCode::Required, "must not be empty");
    }
    let note = optional_text(form, "note");
    Some(command(IncidentCommand::RequestPeople { targets, note }))
}

fn remark(action: Action, ctx: &PageCtx, form: &mut Form) -> Option<Wanted> {
    if matches!(action, Action::Correct | Action::Withdraw) {
        let id = choice::<NoteId>(form, "id")?;
        let note = optional_text(form, "note");
        return Some(command(match action {
            Action::Correct => IncidentCommand::CorrectNote { id, text: text(form, "text")?, note },
            _ => {
                let anybodys = ctx.who.may(Permission::ManageCatalog);
                IncidentCommand::WithdrawNote { id, note, anybodys }
            }
        }));
    }
    let occurred_at = instant(form, "occurred_at", &ctx.who.zone);
    let text = text(form, "text");
    if action == Action::Comment {
        return Some(command(IncidentCommand::Comment { text: text?, occurred_at }));
    }
    let url = optional_link(form, "url");
    let evidence = EvidenceKind::parse(form.value("evidence"));
    if evidence.is_none() {
        form.wrong("evidence", FieldCode::Unknown, "is none of the choices");
    }
    Some(command(IncidentCommand::Pin { text: text?, url, evidence: evidence?, occurred_at }))
}

fn time(ctx: &PageCtx, form: &mut Form) -> Option<Wanted> {
    let which = TimeKind::parse(form.value("which"));
    if which.is_none() {
        form.wrong("which", FieldCode::Unknown, "is none of the instants");
    }
    let at = instant(form, "at", &ctx.who.zone);
    let note = optional_text(form, "note");
    Some(command(IncidentCommand::SetTime { which: which?, at, note }))
}

fn scope(action: Action, ctx: &PageCtx, form: &mut Form) -> Option<Wanted> {
    let id = match action {
        Action::ScopeAdd => hansei_domain::ids::TypedId::from_bits(0),
        _ => choice::<ScopeId>(form, "id")?,
    };
    let note = optional_text(form, "note");
    if action == Action::ScopeRemove {
        return Some(command(IncidentCommand::RemoveScope { id, note }));
    }
    let zone = &ctx.who.zone;
    let entry = ScopeEntry {
        id,
        products: choices(form, "products"),
        components: choices(form, "components"),
        pods: choices(form, "pods"),
        all_pods: form.has("all_pods", "1"),
        symptom: optional_text(form, "symptom"),
        from_at: instant(form, "from_at", zone),
        until_at: instant(form, "until_at", zone),
    };
    Some(command(match action {
        Action::ScopeAdd => IncidentCommand::AddScope { entry },
        _ => IncidentCommand::ChangeScope { entry, note },
    }))
}

/// How a form begins, given what the incident is now. `id` and `which` say what exactly is to be changed.
pub fn begin(action: Action, incident: &Incident, shell: &Shell, id: &str, which: &str) -> Form {
    let form = Form::new().with("id", id).with("which", which);
    match action {
        Action::Status => form.with("status", next_status(incident.status).as_str()),
        Action::Severity => form.with("severity", incident.severity.rank()),
        Action::Title => form.with("title", &incident.title),
        Action::Reopen => form.with("page", "1"),
        Action::Evidence => form.with("evidence", EvidenceKind::Graph.as_str()),
        Action::Time => {
            let at = TimeKind::parse(which).and_then(|kind| incident.time(kind));
            form.with("at", at.map(|at| shell.local(&at)).unwrap_or_default())
        }
        Action::Impact => {
            match which.parse::<usize>().ok().and_then(|index| incident.past_impacts.get(index)) {
                Some(past) => form
                    .with("from_at", shell.local(&past.from_at))
                    .with("until_at", past.until_at.map(|at| shell.local(&at)).unwrap_or_default()),
                None => form,
            }
        }
        Action::ScopeAdd => match incident.time(TimeKind::ImpactStarted) {
            Some(at) => form.with("from_at", shell.local(&at)),
            None => form,
        },
        Action::ScopeChange => {
            let range = id.parse::<ScopeId>().ok().and_then(|id| incident.scope.iter().find(|s| s.id == id));
            match range {
                Some(range) => of_range(form, range, shell),
                None => form,
            }
        }
        _ => form,
    }
}

fn of_range(mut form: Form, range: &ScopeEntry, shell: &Shell) -> Form {
    for id in &range.products {
        form = form.with("products", id);
    }
    for id in &range.components {
        form = form.with("components", id);
    }
    for id in &range.pods {
        form = form.with("pods", id);
    }
    if range.all_pods {
        form = form.with("all_pods", "1");
    }
    let local = |at: Option<hansei_domain::Timestamp>| at.map(|at| shell.local(&at)).unwrap_or_default();
    form.with("symptom", range.symptom.as_deref().unwrap_or(""))
        .with("from_at", local(range.from_at))
        .with("until_at", local(range.until_at))
}

/// The state that usually comes next.
pub fn next_status(status: IncidentStatus) -> IncidentStatus {
    let next = IncidentStatus::ACTIVE.into_iter().find(|s| *s > status);
    next.unwrap_or(IncidentStatus::Monitoring)
}
