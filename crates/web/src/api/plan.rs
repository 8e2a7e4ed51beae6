//! The catalogue as one file: what applying it would change, applying it, and the file as it stands.

use axum::response::{IntoResponse, Response};
use hansei_app::plan::{Applied, Plan, export};
use hansei_domain::access::Permission::{ManageCatalog, ManageSettings, Read};
use hansei_domain::access::{Actor, Permission, Via};
use hansei_domain::refusal::Refusal;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::call::{Call, Posted};
use super::spec::{Api, Op};
use crate::error::{Problem, WebResult};

const TAG: &str = "catalogue file";
const TOML: &str = "application/toml";

const ABOUT_APPLY_FILE: &str = "As a whole, or not at all. Entries and fields that the file does not name are left alone, and so are \
    fields that were edited on screen and that the file has not changed since. A field that both \
    changed is a conflict: nothing is applied unless forced. A file with people or settings in it \
    needs the permission to change those, too.";

/// The routes.
pub fn api() -> Api {
    let example = json!({"document": "[[teams]]\nslug = \"chat\"\nname = \"Chat\"\n", "force": false});
    Api::new()
        .post("/api/v1/plan", Read, plan, Op::new("planFile", TAG, "Show what applying a file would change")
            .about("Changes nothing. Whatever applying would refuse is refused.")
            .body::<FileBody>(example.clone())
            .answers::<PlanView>(200, "What would change."))
        .post("/api/v1/apply", ManageCatalog, apply, Op::new("applyFile", TAG, "Apply a file")
            .about(ABOUT_APPLY_FILE)
            .body::<FileBody>(example)
            .answers::<AppliedView>(200, "What was changed; secrets of new webhooks are shown this once."))
        .get("/api/v1/export", ManageSettings, exported, Op::new("exportFile", TAG, "The catalogue as a file")
            .answers_text(TOML, "The file. Keys and secrets are not part of it."))
}

/// A file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileBody {
    /// Its text (TOML).
    document: String,
    /// Let the file win where both sides changed a field.
    #[serde(default)]
    force: bool,
}

/// What applying a file would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanView {
    /// Every entry the file names, in the order in which they are applied.
    entries: Vec<PlannedView>,
    /// Whether anything would change.
    changes: bool,
    /// Whether something must be settled first.
    conflicts: bool,
}

/// What applying would do to one entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlannedEntry)]
pub struct PlannedView {
    /// `team`, `person`, …
    kind: String,
    /// Its short name or address.
    key: String,
    /// `create`, `change`, `keep` or `conflict`.
    action: &'static str,
    /// Fields that take the file's value.
    changes: Vec<ChangeView>,
    /// Fields edited on screen that stay as they are.
    kept: Vec<ChangeView>,
    /// Fields that both sides changed.
    conflicts: Vec<ChangeView>,
}

/// One field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldChange)]
pub struct ChangeView {
    /// Its name.
    field: String,
    /// What stands in the catalogue.
    current: Value,
    /// What the file says.
    file: Value,
}

/// What applying a file did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Applied)]
pub struct AppliedView {
    /// What was done.
    plan: PlanView,
    /// Secrets made for new webhooks; left out when an answer is repeated.
    secrets: Vec<SecretView>,
}

/// A secret made for a new webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeSecret)]
pub struct SecretView {
    /// Where the webhook leads.
    url: String,
    /// Its signing secret.
    secret: String,
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        let changes = |all: &[hansei_domain::catalog::FieldChange]| -> Vec<ChangeView> {
            let one = |c: &hansei_domain::catalog::FieldChange| ChangeView {
                field: c.field.clone(),
                current: c.current.clone(),
                file: c.file.clone(),
            };
            all.iter().map(one).collect()
        };
        let entries = plan.entries.iter().map(|e| PlannedView {
            kind: e.kind.clone(),
            key: e.key.clone(),
            action: e.action,
            changes: changes(&e.changes),
            kept: changes(&e.kept),
            conflicts: changes(&e.conflicts),
        });
        Self { entries: entries.collect(), changes: plan.changes, conflicts: plan.conflicts }
    }
}

/// `POST /api/v1/plan`.
async fn plan(posted: Posted<FileBody>) -> WebResult<Response> {
    let plan = posted.app().plan(&by_file(&posted), &posted.body.document, posted.body.force)?;
    posted.answer(StatusCode::OK, &PlanView::from(&plan)).await
}

/// `POST /api/v1/apply`.
async fn apply(posted: Posted<FileBody>) -> WebResult<Response> {
    let (app, body) = (posted.app(), &posted.body);
    let actor = by_file(&posted);
    may_apply(&posted.call, &app.plan(&actor, &body.document, body.force)?)?;
    match app.apply(&actor, &body.document, body.force).await {
        Ok(Applied { plan, secrets }) => {
            let shown = secrets.into_iter().map(|s| SecretView { url: s.url, secret: s.secret }).collect();
            let whole = AppliedView { plan: PlanView::from(&plan), secrets: shown };
            let remembered = AppliedView { plan: PlanView::from(&plan), secrets: Vec::new() };
            posted.answer_once(StatusCode::OK, &whole, &remembered).await
        }
        Err(error) => posted.settled(error).await,
    }
}

fn by_file(posted: &Posted<FileBody>) -> Actor {
    Actor::Person { person: posted.call.who.person_id, via: Via::File }
}

/// Changing people or settings by file needs what changing them by hand needs (R36).
fn may_apply(call: &Call, plan: &Plan) -> WebResult<()> {
    for (kind, permission) in [("person", Permission::ManagePeople), ("settings", ManageSettings)] {
        let touched = plan.entries.iter().any(|e| e.kind == kind && e.action != "keep");
        if touched && !call.who.may(permission) {
            let need = permission.least_role().as_str();
            let message = format!("changing a {kind} by file needs the role {need}");
            return Err(Refusal::Forbidden(message).into());
        }
    }
    Ok(())
}

/// `GET /api/v1/export`.
async fn exported(call: Call) -> WebResult<Response> {
    let catalog = call.app().catalog.now();
    let text = export(&catalog).write().map_err(Problem::from)?;
    let kind = HeaderValue::from_static(TOML);
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
