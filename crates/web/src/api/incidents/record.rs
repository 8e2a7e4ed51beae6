//! What is written down about an incident: its scope, comments and evidence.

use axum::extract::Path;
use axum::response::Response;
use hansei_app::catalog::Catalog;
use hansei_domain::access::Permission;
use hansei_domain::ids::{NoteId, ScopeId, TypedId};
use hansei_domain::incident::{EvidenceKind, IncidentCommand, ScopeEntry};
use hansei_domain::text::{self, Note, Prose};
use hansei_domain::{FieldError, Refusal};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::act::{Shape, give, give_to, note};
use super::read;
use crate::api::call::Posted;
use crate::api::names;
use crate::api::spec::Empty;
use crate::api::wire::{EvidenceName, Instant, at, given};
use crate::error::WebResult;

/// A range of the scope.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeBody {
    /// Short names or ids of products hit.
    #[serde(default)]
    products: Vec<String>,
    /// Short names or ids of components hit.
    #[serde(default)]
    components: Vec<String>,
    /// Short names or ids of pods hit.
    #[serde(default)]
    pods: Vec<String>,
    /// Every pod was hit.
    #[serde(default)]
    all_pods: bool,
    /// How customers saw it.
    symptom: Option<String>,
    /// Since when; `null` = not known.
    from_at: Option<Instant>,
    /// Until when; `null` = still, or not known.
    until_at: Option<Instant>,
    /// Why, when a range is corrected.
    note: Option<String>,
}

/// Most products, components or pods of one range.
const MOST_PLACES: usize = 200;

impl ScopeBody {
    fn entry(&self, catalog: &Catalog, id: ScopeId) -> Result<ScopeEntry, Refusal> {
        let mut errors: Vec<FieldError> = Vec::new();
        for (field, list) in
            [("products", &self.products), ("components", &self.components), ("pods", &self.pods)]
        {
            if list.len() > MOST_PLACES {
                let code = hansei_domain::refusal::FieldCode::TooLong;
                return Err(Refusal::field(field, code, "has more than 200 entries"));
            }
        }
        let entry = ScopeEntry {
            id,
            products: names::each(catalog, "products", &self.products, names::product, &mut errors),
            components: names::each(catalog, "components", &self.components, names::component, &mut errors),
            pods: names::each(catalog, "pods", &self.pods, names::pod, &mut errors),
            all_pods: self.all_pods,
            symptom: Prose::<8000>::parse_optional("symptom", self.symptom.as_deref())
                .map_err(|e| errors.push(e))
                .ok()
                .flatten()
                .map(|s| s.to_string()),
            from_at: at(self.from_at),
            until_at: at(self.until_at),
        };
        if errors.is_empty() { Ok(entry) } else { Err(Refusal::Invalid(errors)) }
    }
}

/// `POST …/scope`.
pub async fn add_scope(Path(name): Path<String>, posted: Posted<ScopeBody>) -> WebResult<Response> {
    // The decision gives it its id.
    let entry = posted.body.entry(&posted.app().catalog.now(), ScopeId::from_bits(0))?;
    let incident = read::known(&posted.call, &name).await?;
    give_to(&posted, &incident, IncidentCommand::AddScope { entry }, Shape::NewScope).await
}

/// `PUT …/scope/{scope}`.
pub async fn change_scope(
    Path((name, id)): Path<(String, String)>,
    posted: Posted<ScopeBody>,
) -> WebResult<Response> {
    let incident = read::known(&posted.call, &name).await?;
    let id = scope_id(&id)?;
    let entry = posted.body.entry(&posted.app().catalog.now(), id)?;
    let note = note("note", posted.body.note.as_deref())?;
    give_to(&posted, &incident, IncidentCommand::ChangeScope { entry, note }, Shape::Whole).await
}

/// Why something is taken back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct WhyQuery {
    /// Why.
    note: Option<String>,
}

/// `DELETE …/scope/{scope}`.
pub async fn remove_scope(
    Path((name, id)): Path<(String, String)>,
    posted: Posted<Empty>,
) -> WebResult<Response> {
    let incident = read::known(&posted.call, &name).await?;
    let why: WhyQuery = posted.call.query()?;
    let (id, note) = (scope_id(&id)?, note("note", why.note.as_deref())?);
    give_to(&posted, &incident, IncidentCommand::RemoveScope { id, note }, Shape::Whole).await
}

fn scope_id(text: &str) -> Result<ScopeId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound("scope entry"))
}

/// Something that is said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentBody {
    /// What.
    text: String,
    /// When it happened, if not now.
    occurred_at: Option<Instant>,
}

/// `POST …/comments`.
pub async fn comment(Path(name): Path<String>, posted: Posted<CommentBody>) -> WebResult<Response> {
    let text = Note::parse("text", &posted.body.text).map_err(Refusal::from)?.to_string();
    let incident = read::known(&posted.call, &name).await?;
    let command = IncidentCommand::Comment { text, occurred_at: at(posted.body.occurred_at) };
    give_to(&posted, &incident, command, Shape::NewNote).await
}

/// Something that is pinned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceBody {
    /// What it shows.
    text: String,
    /// Where it can be seen: an http, https or mailto address.
    url: Option<String>,
    /// What it is; `other` if nothing is said.
    #[schema(value_type = Option<EvidenceName>)]
    kind: Option<EvidenceKind>,
    /// When it happened, if not now.
    occurred_at: Option<Instant>,
}

/// `POST …/evidence`.
pub async fn pin(Path(name): Path<String>, posted: Posted<EvidenceBody>) -> WebResult<Response> {
    let body = &posted.body;
    let mut errors: Vec<FieldError> = Vec::new();
    let shown = Note::parse("text", &body.text).map_err(|e| errors.push(e)).ok();
    let link = body.url.as_deref().map(|u| text::link("url", u));
    let url = link.transpose().map_err(|e| errors.push(e)).ok().flatten();
    let Some(shown) = shown.filter(|_| errors.is_empty()) else {
        return Err(Refusal::Invalid(errors).into());
    };
    let incident = read::known(&posted.call, &name).await?;
    let command = IncidentCommand::Pin {
        text: shown.to_string(),
        url,
        evidence: body.kind.unwrap_or(EvidenceKind::Other),
        occurred_at: at(body.occurred_at),
    };
    give_to(&posted, &incident, command, Shape::NewNote).await
}

/// A remark, corrected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    /// The text now.
    text: String,
    /// Why.
    note: Option<String>,
}

/// An impact interval as it should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpactBody {
    /// Which of `past_impacts`, counted from 0.
    index: usize,
    /// Its beginning.
    from_at: Instant,
    /// Its end; `null` = not known.
    #[serde(deserialize_with = "given")]
    #[schema(required = true)]
    until_at: Option<Instant>,
    /// Why.
    note: Option<String>,
}

/// `POST …/impacts`.
pub async fn past_impact(Path(name): Path<String>, posted: Posted<ImpactBody>) -> WebResult<Response> {
    let body = &posted.body;
    let command = IncidentCommand::SetPastImpact {
        index: body.index,
        from_at: body.from_at.0,
        until_at: at(body.until_at),
        note: note("note", body.note.as_deref())?,
    };
    give(&posted, &name, command).await
}

/// `PUT …/notes/{note}`.
pub async fn correct_note(
    Path((name, id)): Path<(String, String)>,
    posted: Posted<NoteBody>,
) -> WebResult<Response> {
    let text = Note::parse("text", &posted.body.text).map_err(Refusal::from)?.to_string();
    let (id, why) = (note_id(&id)?, note("note", posted.body.note.as_deref())?);
    give(&posted, &name, IncidentCommand::CorrectNote { id, text, note: why }).await
}

/// `DELETE …/notes/{note}`.
pub async fn withdraw_note(
    Path((name, id)): Path<(String, String)>,
    posted: Posted<Empty>,
) -> WebResult<Response> {
    let why: WhyQuery = posted.call.query()?;
    let (id, why) = (note_id(&id)?, note("note", why.note.as_deref())?);
    let anybodys = posted.call.who.may(Permission::ManageCatalog);
    give(&posted, &name, IncidentCommand::WithdrawNote { id, note: why, anybodys }).await
}

fn note_id(text: &str) -> Result<NoteId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound("comment"))
}
