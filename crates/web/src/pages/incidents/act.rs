//! Doing something to an incident: every action is a form, which stands on a page of its own without script and in a
//! dialog with it. The form carries the version its reader has seen; if somebody changed the very same thing meanwhile,
//! it comes back with what they did and with everything that was typed.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use hansei_app::AppError;
use hansei_app::incidents::Done;
use hansei_app::ports::{IncidentQuery, IncidentRow};
use hansei_app::reading::changed::Standing;
use hansei_app::reading::timeline::{Line, remarks};
use hansei_domain::Refusal;
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::NoteId;
use hansei_domain::incident::{
    EvidenceKind, Impact, Incident, IncidentCommand, IncidentStatus, ScopeEntry, TimeKind,
};
use hansei_domain::journal::AggregateId;
use hansei_domain::refusal::FieldCode;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::action::{Action, Wanted, begin, read};
use super::fields::{by_htmx, sent_on, taken};
use super::{Shown, number_of};
use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::pages::kit::Choice;
use crate::render::{Partials, html, html_with};
use crate::session::safe_next;
use crate::shell::Shell;

/// How often a command is given anew when something that does not matter to it moved in between.
const TRIES: usize = 5;
/// Incidents offered to be merged into.
const MERGE_CHOICES: usize = 50;
/// Entries of an incident in which a remark is looked for.
const HISTORY: usize = 2_000;

/// What exactly is to be changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct About {
    id: String,
    which: String,
}

#[derive(Template)]
#[template(path = "incident_do.html")]
struct DoPage<'a> {
    shell: &'a Shell,
    action: &'static str,
    incident: &'a Incident,
    version: u64,
    firing: u64,
    form: &'a Form,
    /// Somebody changed the same thing meanwhile; what they did, as far as it is known.
    overtaken: Option<&'a [Line]>,
    choices: Choices,
    was: String,
    until_was: String,
}

/// What the form offers to choose from; empty where it offers nothing.
#[derive(Default)]
struct Choices {
    people: Vec<Choice>,
    teams: Vec<Choice>,
    states: Vec<Choice>,
    evidence: Vec<Choice>,
    incidents: Vec<Choice>,
    products: Vec<Choice>,
    components: Vec<Choice>,
    pods: Vec<Choice>,
}

async fn load(ctx: &PageCtx, number: &str, action: &str) -> WebResult<(IncidentRow, Action)> {
    let action = Action::parse(action).ok_or_else(Problem::not_found)?;
    let (number, _) = number_of(number).ok_or_else(Problem::not_found)?;
    let row = ctx.app().store.incident_by_number(number).await?.ok_or_else(Problem::not_found)?;
    Ok((row, action))
}

/// `GET /incidents/{number}/do/{action}`.
pub async fn show(
    ctx: PageCtx,
    Path((number, action)): Path<(String, String)>,
    Query(about): Query<About>,
) -> WebResult<Response> {
    let (row, action) = load(&ctx, &number, &action).await?;
    if !exists(action, &row.incident, &about) {
        return Err(Problem::not_found());
    }
    let shell = shell(&ctx, &row.incident, action);
    let mut form = begin(action, &row.incident, &shell, &about.id, &about.which);
    if action == Action::Correct {
        let text = remark_text(&ctx, &row.incident, &about.id).await?.ok_or_else(Problem::not_found)?;
        form = form.with("text", text);
    }
    html(&page(&ctx, &shell, &row, action, &form, None, row.version).await?)
}

/// Whether there is what the form is to change.
fn exists(action: Action, incident: &Incident, about: &About) -> bool {
    match action {
        Action::Time => TimeKind::parse(&about.which).is_some(),
        Action::Impact => past(incident, &about.which).is_some(),
        Action::ScopeChange | Action::ScopeRemove => {
            incident.scope.iter().any(|s| s.id.to_string() == about.id)
        }
        Action::Correct | Action::Withdraw => {
            incident.remarks.iter().any(|r| !r.withdrawn && r.id.to_string() == about.id)
        }
        _ => true,
    }
}

/// The impact interval of an earlier generation that is meant.
fn past<'a>(incident: &'a Incident, which: &str) -> Option<&'a Impact> {
    which.parse::<usize>().ok().and_then(|index| incident.past_impacts.get(index))
}

/// `POST /incidents/{number}/do/{action}`.
pub async fn submit(
    ctx: PageCtx,
    headers: HeaderMap,
    Path((number, action)): Path<(String, String)>,
    mut form: Form,
) -> WebResult<Response> {
    let (row, action) = load(&ctx, &number, &action).await?;
    let seen = form.parse::<u64>("version").unwrap_or(row.version);
    let Some(wanted) = read(action, &ctx, &row, &mut form) else {
        return again(&ctx, &row, action, form, None, seen).await;
    };
    let given = match wanted {
        Wanted::Command(command) => give(&ctx, &row, &command, seen).await?,
        Wanted::Merge { into, note } => merge(&ctx, &row, into, note).await?,
        Wanted::Recurrence(of) => recurrence(&ctx, &row, of).await?,
    };
    match given {
        Given::Done(done) => answer(&ctx, &headers, &row.incident, action, &form, &done).await,
        Given::Refused(error) => {
            let form = form.refused(&ctx, error)?;
            again(&ctx, &row, action, form, None, seen).await
        }
        Given::Contradicted { version, lines } => {
            again(&ctx, &row, action, form, Some(&lines), version).await
        }
    }
}

/// How giving a command ended.
enum Given {
    Done(Box<Done>),
    Refused(AppError),
    Contradicted { version: u64, lines: Vec<Line> },
}

async fn give(ctx: &PageCtx, row: &IncidentRow, command: &IncidentCommand, seen: u64) -> WebResult<Given> {
    let app = ctx.app();
    for _ in 0..TRIES {
        let version = match app.standing(row.incident.id, seen, command, ctx.locale()).await? {
            Standing::Good(version) => version,
            Standing::Contradicted { version, lines } => return Ok(Given::Contradicted { version, lines }),
        };
        match app.command_incident(&ctx.actor(), row.incident.id, command, Some(version), |_| None).await {
            Ok(done) => return Ok(Given::Done(Box::new(done))),
            // It moved between the look and the command: look again.
            Err(AppError::Conflict) => {}
            Err(error) => return Ok(Given::Refused(error)),
        }
    }
    Ok(Given::Refused(AppError::Conflict))
}

async fn recurrence(ctx: &PageCtx, row: &IncidentRow, of: Option<u64>) -> WebResult<Given> {
    let earlier = match of {
        Some(number) => match ctx.app().store.incident_by_number(number).await? {
            Some(earlier) => Some(earlier.incident.id),
            None => {
                let refusal =
                    Refusal::field("of", FieldCode::Unknown, "there is no incident with this number");
                return Ok(Given::Refused(refusal.into()));
            }
        },
        None => None,
    };
    match ctx.app().link_recurrence(&ctx.actor(), row.incident.id, earlier, |_| None).await {
        Ok(done) => Ok(Given::Done(Box::new(done))),
        Err(error) => Ok(Given::Refused(error)),
    }
}

async fn merge(ctx: &PageCtx, row: &IncidentRow, into: u64, note: Option<String>) -> WebResult<Given> {
    let Some(target) = ctx.app().store.incident_by_number(into).await? else {
        let refusal = Refusal::field("into", FieldCode::Unknown, "there is no incident with this number");
        return Ok(Given::Refused(refusal.into()));
    };
    match ctx.app().merge_incidents(&ctx.actor(), row.incident.id, target.incident.id, note, |_| None).await {
        Ok(done) => Ok(Given::Done(Box::new(done))),
        Err(error) => Ok(Given::Refused(error)),
    }
}

/// The form again: with what is wrong (422), or with what changed (409).
async fn again(
    ctx: &PageCtx,
    row: &IncidentRow,
    action: Action,
    form: Form,
    overtaken: Option<&[Line]>,
    version: u64,
) -> WebResult<Response> {
    let shell = shell(ctx, &row.incident, action);
    let status = if overtaken.is_some() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    html_with(status, &page(ctx, &shell, row, action, &form, overtaken, version).await?)
}

/// After it was done: the page as it is now. Where htmx asked from a page that lives, its parts are exchanged.
async fn answer(
    ctx: &PageCtx,
    headers: &HeaderMap,
    incident: &Incident,
    action: Action,
    form: &Form,
    done: &Done,
) -> WebResult<Response> {
    let key =
        if done.events.is_empty() { "done-already".into() } else { format!("done-{}", action.as_str()) };
    let text = ctx.t(&key);
    let home = format!("/incidents/{}", incident.number);
    let on = if by_htmx(headers) { sent_on(headers) } else { None };
    let parts = match on.as_ref().map(url::Url::path) {
        Some("/") => Some(crate::pages::now::partials(ctx).await?),
        Some(path) if path == home => {
            let shown = on.as_ref().map(Shown::of).unwrap_or_default();
            Some(super::after(ctx, incident.number, &shown, action == Action::Comment).await?)
        }
        _ => None,
    };
    if let Some(parts) = parts {
        return Ok(closes_dialog(parts).toast(Tone::Success, &text, "").into_response());
    }
    let back = form.optional("back").map(|b| safe_next(Some(b)).to_owned()).unwrap_or(home);
    Ok(taken(headers, see_other(&back).flash(Tone::Success, text), &back))
}

#[derive(Template)]
#[template(source = "", ext = "html")]
struct Nothing;

fn closes_dialog(parts: Partials) -> Partials {
    parts.clone().swap("#dialog-slot", "innerHTML", &Nothing).unwrap_or(parts)
}

fn shell(ctx: &PageCtx, incident: &Incident, action: Action) -> Shell {
    let title = format!("{} · INC-{}", ctx.t(&format!("act-{}", action.as_str())), incident.number);
    ctx.shell("incidents-title").titled(title).nav("incidents")
}

async fn page<'a>(
    ctx: &PageCtx,
    shell: &'a Shell,
    row: &'a IncidentRow,
    action: Action,
    form: &'a Form,
    overtaken: Option<&'a [Line]>,
    version: u64,
) -> WebResult<DoPage<'a>> {
    let was = match action {
        Action::Time => {
            let kind = TimeKind::parse(form.value("which"));
            kind.and_then(|kind| row.incident.time(kind))
        }
        Action::ScopeChange => range_of(row, form).and_then(|r| r.from_at),
        Action::Impact => past(&row.incident, form.value("which")).map(|p| p.from_at),
        _ => None,
    };
    let until = match action {
        Action::ScopeChange => range_of(row, form).and_then(|r| r.until_at),
        Action::Impact => past(&row.incident, form.value("which")).and_then(|p| p.until_at),
        _ => None,
    };
    Ok(DoPage {
        shell,
        action: action.as_str(),
        incident: &row.incident,
        version,
        firing: row.firing_alerts,
        form,
        overtaken,
        choices: choices(ctx, shell, row, action, form).await?,
        was: was.map(|at| at.to_string()).unwrap_or_default(),
        until_was: until.map(|at| at.to_string()).unwrap_or_default(),
    })
}

fn range_of<'a>(row: &'a IncidentRow, form: &Form) -> Option<&'a ScopeEntry> {
    let id = form.value("id").parse().ok()?;
    row.incident.scope.iter().find(|s| s.id == id)
}

async fn choices(
    ctx: &PageCtx,
    shell: &Shell,
    row: &IncidentRow,
    action: Action,
    form: &Form,
) -> WebResult<Choices> {
    let catalog = ctx.app().catalog.now();
    let mut out = Choices::default();
    match action {
        Action::Handover | Action::People => {
            let people = catalog.people().into_iter().filter(|p| catalog.in_use(EntryId::Person(p.id)));
            let held = |p: &&hansei_domain::catalog::Person| {
                action == Action::Handover && row.incident.holder == Some(p.id)
            };
            out.people =
                people.filter(|p| !held(p)).map(|p| (p.id.to_string(), p.name.to_string())).collect();
            out.teams = catalog.teams().iter().map(|t| (t.id.to_string(), t.name.to_string())).collect();
        }
        Action::Status => {
            let states = IncidentStatus::ACTIVE.iter().map(|s| s.as_str());
            out.states = states.map(|s| (s.to_owned(), shell.t(&format!("status-{s}")))).collect();
        }
        Action::Evidence => {
            let kinds = EvidenceKind::ALL.iter().map(|k| k.as_str());
            out.evidence = kinds.map(|k| (k.to_owned(), shell.t(&format!("evidence-{k}")))).collect();
        }
        Action::Merge => out.incidents = merge_choices(ctx, row).await?,
        Action::ScopeAdd | Action::ScopeChange => {
            out.products =
                catalog.products().iter().map(|p| (p.id.to_string(), p.name.to_string())).collect();
            out.components = catalog
                .components()
                .iter()
                .map(|c| {
                    let product = c.product_id.and_then(|id| catalog.product(id));
                    let name =
                        product.map_or_else(|| c.name.to_string(), |p| format!("{} · {}", p.name, c.name));
                    (c.id.to_string(), name)
                })
                .collect();
            out.pods = catalog.pods().iter().map(|p| (p.id.to_string(), p.name.to_string())).collect();
            for (name, list) in [
                ("products", &mut out.products),
                ("components", &mut out.components),
                ("pods", &mut out.pods),
            ] {
                // What is chosen comes first, so that it is seen without scrolling.
                list.sort_by_key(|(id, _)| !form.has(name, id));
            }
        }
        _ => {}
    }
    Ok(out)
}

async fn merge_choices(ctx: &PageCtx, row: &IncidentRow) -> WebResult<Vec<Choice>> {
    let query = IncidentQuery {
        status: IncidentStatus::ACTIVE.to_vec(),
        limit: MERGE_CHOICES,
        ..IncidentQuery::default()
    };
    let others = ctx.app().store.incidents(&query).await?;
    let named = others.into_iter().map(|r| r.incident).filter(|i| i.id != row.incident.id && i.number > 0);
    Ok(named.map(|i| (i.number.to_string(), format!("INC-{} {}", i.number, i.title))).collect())
}

/// The text of a remark as it stands.
async fn remark_text(ctx: &PageCtx, incident: &Incident, id: &str) -> WebResult<Option<String>> {
    let Ok(id) = id.parse::<NoteId>() else { return Ok(None) };
    let history = ctx.app().store.history(AggregateId::Incident(incident.id), HISTORY).await?;
    Ok(remarks(&history).remove(&id).map(|r| r.text))
}
