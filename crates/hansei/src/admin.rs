//! Verbs of the console: the first admin, and keys for scripts.
//!
//! They reach a running Hansei through its control socket, or open the store themselves if none runs.

use std::sync::Arc;

use hansei_app::{App, AppError, AppResult};
use hansei_domain::Refusal;
use hansei_domain::access::Actor;
use hansei_domain::catalog::{CatalogDoc, EscalationPolicy, IncidentRule, Origin, Service};
use hansei_domain::ids::ServiceId;
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::SourceFormat;
use hansei_domain::text::{Name, Slug};
use serde_json::json;

use crate::cli::{AdminCommand, KeyCommand, Remote, StoreArgs};
use crate::client::Client;
use crate::output::{Failure, Output};
use crate::wiring::control::{self, Request};
use crate::wiring::open_app;

/// `hansei admin …`
pub async fn admin(command: AdminCommand, output: Output) -> Result<(), Failure> {
    let AdminCommand::Create { email, name, organisation, store } = command;
    let place = store.place()?;
    let request =
        Request::AdminCreate { email: email.clone(), name: name.clone(), organisation: organisation.clone() };
    let secret = match control::ask(&place, request, &|_, _| {}).await? {
        Some(secret) => secret,
        None => {
            let app = open_app(&place).await?;
            let made = app.console_admin(&email, name.as_deref(), &organisation).await;
            app.store.close().await;
            made.map_err(refused)?.secret
        }
    };
    let sentence = format!(
        "{email} is an admin; whoever was signed in as them no longer is. The secret is shown this once; it is an \
         API token, and the password until another one is set:\n\n    {secret}\n"
    );
    output.done(&sentence, &secret, &json!({"email": email, "secret": secret}));
    Ok(())
}

/// `hansei key …`
pub async fn key(command: KeyCommand, remote: Remote, output: Output) -> Result<(), Failure> {
    let KeyCommand::Create { service, format, name, store } = command;
    let secret = make_key_somewhere(&service, &format, &name, &remote, store).await?;
    let sentence = format!("The key for {service} ({format}) is shown this once:\n\n    {secret}\n");
    output.done(&sentence, &secret, &json!({"service": service, "format": format, "secret": secret}));
    Ok(())
}

/// With a token over the API; else through the control socket; else in the store itself. An address without a token is
/// refused: the key would be made somewhere else than it says.
async fn make_key_somewhere(
    service: &str,
    format: &str,
    name: &str,
    remote: &Remote,
    store: StoreArgs,
) -> Result<String, Failure> {
    if let (Some(url), None) = (&remote.url, &remote.token) {
        return Err(Failure::Usage(format!(
            "making a key at {url} needs a token (--token or HANSEI_TOKEN); without --url and HANSEI_URL it is made \
             in the store of this machine"
        )));
    }
    if remote.token.is_some() {
        let client = Client::new(remote)?;
        let body = json!({"service": service, "format": format, "name": name, "create_service": true});
        let made = client.post("/keys", &body).await?;
        return made["secret"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Failure::Unreachable("the answer has no secret".into()));
    }
    let request = Request::KeyCreate { service: service.into(), format: format.into(), name: name.into() };
    let place = store.place()?;
    if let Some(secret) = control::ask(&place, request, &|_, _| {}).await? {
        return Ok(secret);
    }
    let app = open_app(&place).await?;
    let made = make_key(&app, service, format, name).await;
    app.store.close().await;
    made.map_err(refused)
}

fn refused(error: AppError) -> Failure {
    match error {
        AppError::Unavailable(_) | AppError::Backlogged => Failure::Unreachable(error.to_string()),
        AppError::Refused(_) | AppError::Conflict | AppError::Bug(_) => Failure::Refused(error.to_string()),
    }
}

/// Makes a key for a service; the service is made if it does not exist.
pub async fn make_key(app: &Arc<App>, service: &str, format: &str, name: &str) -> AppResult<String> {
    let format =
        SourceFormat::parse(format).filter(|f| SourceFormat::OFFERED.contains(f)).ok_or_else(|| {
            Refusal::field("format", FieldCode::Unknown, "must be pagerduty, alertmanager or json")
        })?;
    let service_id = match find_service(app, service) {
        Some(id) => id,
        None => make_service(app, service).await?,
    };
    let (_, secret) = app.create_key(&Actor::Console, service_id, format, name).await?;
    Ok(secret.secret)
}

fn find_service(app: &Arc<App>, service: &str) -> Option<ServiceId> {
    let catalog = app.catalog.now();
    if let Ok(id) = service.parse::<ServiceId>() {
        return catalog.service(id).map(|s| s.id);
    }
    match &catalog.by_unique("service", service)?.doc {
        CatalogDoc::Service(service) => Some(service.id),
        _ => None,
    }
}

async fn make_service(app: &Arc<App>, slug: &str) -> AppResult<ServiceId> {
    let id: ServiceId = app.ctx(Actor::Console).ids.fresh();
    let doc = CatalogDoc::Service(Service {
        id,
        slug: Slug::parse("service", slug).map_err(Refusal::from)?,
        name: Name::lossy(slug, "service"),
        description: None,
        owner_team_id: None,
        components: Vec::new(),
        runbook_url: None,
        escalation: EscalationPolicy::default(),
        rule: IncidentRule::default(),
    });
    app.put_entry(&Actor::Console, doc, Origin::Setup).await?;
    Ok(id)
}
