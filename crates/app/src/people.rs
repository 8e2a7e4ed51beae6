//! People: added by an admin, their own settings, and the ways in which each is reached.
//!
//! Every change loads the person anew and puts them back whole, so that two people who change different things about
//! somebody both get their way. A contact's secret lies beside the journal under the contact's id (never in an entry).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hansei_domain::Refusal;
use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{CatalogDoc, Contact, ContactKind, EntryId, Origin, Person, Team, Theme};
use hansei_domain::ids::{ContactId, PersonId, TeamId};
use hansei_domain::refusal::{FieldCode, FieldError};
use hansei_domain::text;

use crate::error::{AppError, AppResult};
use crate::ports::SideWrite;
use crate::{App, MAX_TRIES};

/// Somebody who is to be added.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Their name.
    pub name: String,
    /// The address they sign in with; also their first contact.
    pub email: String,
    /// What they are trusted with.
    pub role: Role,
    /// Their language.
    pub locale: String,
    /// Their zone.
    pub zone: String,
    /// Teams they belong to from the start.
    pub teams: Vec<TeamId>,
}

/// What people say about themselves.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Their name.
    pub name: String,
    /// Their language.
    pub locale: String,
    /// Their zone.
    pub zone: String,
    /// Light or dark.
    pub theme: Theme,
}

/// A contact that was added; webhooks come with a secret that is shown once.
#[derive(Debug, Clone)]
pub struct AddedContact {
    /// Its id.
    pub id: ContactId,
    /// `whsec_…`, for webhooks.
    pub secret: Option<String>,
}

/// Where a contact goes in its person's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// Earlier.
    Up,
    /// Later.
    Down,
}

impl App {
    /// Adds a person with their address as first contact, and puts them into teams.
    pub async fn add_person(&self, actor: &Actor, new: &NewPerson) -> AppResult<PersonId> {
        let ctx = self.ctx(actor.clone());
        let mut errors: Vec<FieldError> = Vec::new();
        let name = text::Name::parse("name", &new.name).map_err(|e| errors.push(e)).ok();
        let email = text::email("email", &new.email).map_err(|e| errors.push(e)).ok();
        let (Some(name), Some(email)) = (name, email) else { return Err(Refusal::Invalid(errors).into()) };
        let catalog = self.catalog.now();
        if new.teams.iter().any(|id| !catalog.in_use(EntryId::Team(*id))) {
            return Err(Refusal::field("teams", FieldCode::Unknown, "there is no such team in use").into());
        }
        let mail = Contact { id: ctx.ids.fresh(), contact: ContactKind::Email { address: email.clone() } };
        let person = Person {
            id: ctx.ids.fresh(),
            name,
            email,
            role: new.role,
            locale: new.locale.clone(),
            zone: new.zone.clone(),
            theme: Theme::System,
            contacts: vec![mail],
            next_contact_secs: 60,
        };
        let id = person.id;
        self.put_entry(actor, CatalogDoc::Person(person), Origin::Screen).await?;
        for team in &new.teams {
            self.join_team(actor, *team, id).await?;
        }
        Ok(id)
    }

    async fn join_team(&self, actor: &Actor, team_id: TeamId, person_id: PersonId) -> AppResult<()> {
        for _ in 0..MAX_TRIES {
            let catalog = self.catalog.now();
            let Some(team) = catalog.team(team_id).filter(|t| !t.members.contains(&person_id)) else {
                return Ok(());
            };
            let members = team.members.iter().copied().chain([person_id]).collect();
            let doc = CatalogDoc::Team(Team { members, ..team.clone() });
            let seen = Some(catalog.version(EntryId::Team(team_id)));
            match self.put_entry_with(actor, doc, Origin::Screen, None, seen, Vec::new()).await {
                Err(AppError::Conflict) => {}
                other => return other,
            }
        }
        Err(AppError::Conflict)
    }

    /// Changes what a person says about themselves.
    pub async fn set_profile(&self, actor: &Actor, id: PersonId, profile: &Profile) -> AppResult<()> {
        let name = text::Name::parse("name", &profile.name).map_err(Refusal::from)?;
        self.change_person(actor, id, |person| {
            person.name = name.clone();
            person.locale.clone_from(&profile.locale);
            person.zone.clone_from(&profile.zone);
            person.theme = profile.theme;
            Ok(((), Vec::new()))
        })
        .await
    }

    /// Chooses light or dark.
    pub async fn set_theme(&self, actor: &Actor, id: PersonId, theme: Theme) -> AppResult<()> {
        self.change_person(actor, id, |person| {
            person.theme = theme;
            Ok(((), Vec::new()))
        })
        .await
    }

    /// How long to wait for a reaction before the next contact, seconds.
    pub async fn set_next_contact(&self, actor: &Actor, id: PersonId, secs: u32) -> AppResult<()> {
        self.change_person(actor, id, |person| {
            person.next_contact_secs = secs;
            Ok(((), Vec::new()))
        })
        .await
    }

    /// Adds a way to reach a person, behind those they have. A webhook gets a secret to sign with.
    pub async fn add_contact(
        &self,
        actor: &Actor,
        person_id: PersonId,
        kind: ContactKind,
    ) -> AppResult<AddedContact> {
        let kind = checked(kind)?;
        let id: ContactId = self.ctx(actor.clone()).ids.fresh();
        let secret = matches!(kind, ContactKind::Webhook { .. }).then(|| self.webhook_secret());
        self.change_person(actor, person_id, |person| {
            if person.contacts.iter().any(|c| c.contact == kind) {
                let field = if matches!(kind, ContactKind::Webhook { .. }) { "url" } else { "address" };
                return Err(Refusal::field(field, FieldCode::Taken, "is one of the contacts already"));
            }
            person.contacts.push(Contact { id, contact: kind.clone() });
            let side = secret
                .clone()
                .map(|secret| SideWrite::ContactSecret { contact_id: id, secret: Some(secret) });
            Ok(((), side.into_iter().collect()))
        })
        .await?;
        Ok(AddedContact { id, secret })
    }

    /// Gives a webhook another secret; the old one is void at once.
    pub async fn renew_contact_secret(
        &self,
        actor: &Actor,
        person_id: PersonId,
        id: ContactId,
    ) -> AppResult<String> {
        let catalog = self.catalog.now();
        let contact = catalog.person(person_id).and_then(|p| p.contacts.iter().find(|c| c.id == id));
        let contact = contact.filter(|c| matches!(c.contact, ContactKind::Webhook { .. }));
        let detail = contact.ok_or(Refusal::NotFound("contact"))?.contact.destination().to_owned();
        let secret = self.webhook_secret();
        let side = vec![SideWrite::ContactSecret { contact_id: id, secret: Some(secret.clone()) }];
        self.audit_entry(actor, EntryId::Person(person_id), "contact_secret_renewed", Some(detail), side)
            .await?;
        Ok(secret)
    }

    /// Takes a contact away, and its secret with it.
    pub async fn remove_contact(&self, actor: &Actor, person_id: PersonId, id: ContactId) -> AppResult<()> {
        self.change_person(actor, person_id, |person| {
            let before = person.contacts.len();
            person.contacts.retain(|c| c.id != id);
            if person.contacts.len() == before {
                return Err(Refusal::NotFound("contact"));
            }
            Ok(((), vec![SideWrite::ContactSecret { contact_id: id, secret: None }]))
        })
        .await
    }

    /// Moves a contact one place in the order in which the person is told.
    pub async fn move_contact(
        &self,
        actor: &Actor,
        person_id: PersonId,
        id: ContactId,
        towards: Towards,
    ) -> AppResult<()> {
        self.change_person(actor, person_id, |person| {
            let at = person.contacts.iter().position(|c| c.id == id).ok_or(Refusal::NotFound("contact"))?;
            let to = match towards {
                Towards::Up => at.saturating_sub(1),
                Towards::Down => (at + 1).min(person.contacts.len() - 1),
            };
            person.contacts.swap(at, to);
            Ok(((), Vec::new()))
        })
        .await
    }

    /// Loads, changes and puts a person back, again if somebody else was faster.
    async fn change_person<T>(
        &self,
        actor: &Actor,
        id: PersonId,
        change: impl Fn(&mut Person) -> Result<(T, Vec<SideWrite>), Refusal>,
    ) -> AppResult<T> {
        let entry = EntryId::Person(id);
        for _ in 0..MAX_TRIES {
            let catalog = self.catalog.now();
            let known = catalog.person(id).filter(|_| catalog.in_use(entry));
            let mut person = known.cloned().ok_or(Refusal::NotFound("person"))?;
            let (out, side) = change(&mut person)?;
            let (doc, seen) = (CatalogDoc::Person(person), Some(catalog.version(entry)));
            match self.put_entry_with(actor, doc, Origin::Screen, None, seen, side).await {
                Err(AppError::Conflict) => {}
                other => return other.map(|()| out),
            }
        }
        Err(AppError::Conflict)
    }

    /// 256 bits in the form of Standard Webhooks.
    fn webhook_secret(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.ids.secret()))
    }
}

/// Checks where a contact leads, with the field it was typed into.
fn checked(kind: ContactKind) -> Result<ContactKind, Refusal> {
    match kind {
        ContactKind::Email { address } => {
            let address = text::email("address", &address)?;
            Ok(ContactKind::Email { address })
        }
        ContactKind::Webhook { url } => {
            let url = text::link("url", &url)?;
            if !url.to_ascii_lowercase().starts_with("http") {
                return Err(Refusal::field("url", FieldCode::Malformed, "must be an http or https address"));
            }
            Ok(ContactKind::Webhook { url })
        }
        ContactKind::Loopback => Err(Refusal::field("kind", FieldCode::Unknown, "nobody can choose it")),
    }
}
