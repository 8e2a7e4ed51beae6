//! The first admin: by a one-time token that only the console shows (R44).

use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{CatalogDoc, Contact, ContactKind, Origin, Person, Settings, Theme};
use hansei_domain::refusal::{FieldError, Refusal};
use hansei_domain::text;

use super::{Client, SignedIn, password};
use crate::App;
use crate::error::{AppError, AppResult};
use crate::keys::NewSecret;
use crate::ports::{MetaExpect, SideWrite};
use crate::words::LOCALES;

/// The name of the stored hash of the set-up token.
const SETUP_TOKEN: &str = "setup_token";

/// What the first admin says about themselves.
#[derive(Debug, Clone)]
pub struct NewAdmin {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// The organisation's name.
    pub organisation: String,
    /// Their language.
    pub locale: String,
    /// Their zone.
    pub zone: String,
}

impl App {
    /// Whether nobody can sign in yet.
    pub fn is_empty(&self) -> bool {
        self.catalog.now().people().is_empty()
    }

    /// Makes a new set-up token if nobody can sign in yet; an earlier one is void then.
    pub async fn setup_token(&self) -> AppResult<Option<String>> {
        if !self.is_empty() {
            return Ok(None);
        }
        let secret = NewSecret::of(crate::secret::hex(&self.ids.secret()));
        let write =
            SideWrite::Meta { name: SETUP_TOKEN.into(), value: Some(secret.sha256), expect: MetaExpect::Any };
        self.side_write(self.clock.now(), write).await?;
        Ok(Some(secret.secret))
    }

    /// Whether this is the set-up token, and nobody has used it yet.
    pub async fn setup_open(&self, token: &str) -> AppResult<bool> {
        let stored = self.store.meta(SETUP_TOKEN).await?;
        Ok(self.is_empty() && stored.is_some_and(|s| s == crate::secret::sha256_hex(token.as_bytes())))
    }

    /// Makes the first admin and signs them in. Of two that race, one wins and the other finds the door closed.
    pub async fn set_up(&self, token: &str, new: &NewAdmin, client: &Client) -> AppResult<SignedIn> {
        if !self.setup_open(token).await? {
            return Err(Refusal::NotFound("set-up link").into());
        }
        // Everything that is wrong is said at once.
        let docs = match (self.first_docs(new), password::check("password", &new.password)) {
            (Ok(docs), Ok(())) => docs,
            (Err(Refusal::Invalid(mut errors)), Err(Refusal::Invalid(more))) => {
                errors.extend(more);
                return Err(Refusal::Invalid(errors).into());
            }
            (Err(refusal), _) | (_, Err(refusal)) => return Err(refusal.into()),
        };
        let hash = password::hash(&new.password).await?;
        // Spent with compare-and-set, in the commit that makes the admin: of two that race one wins, and whatever fails
        // leaves the door open.
        let spend = SideWrite::Meta {
            name: SETUP_TOKEN.into(),
            value: None,
            expect: MetaExpect::Value(crate::secret::sha256_hex(token.as_bytes())),
        };
        let (person, settings) = docs;
        let credential = SideWrite::Credential { person_id: person.id, password: Some(hash) };
        let doc = CatalogDoc::Person(person.clone());
        let made =
            self.put_entry_with(&Actor::Console, doc, Origin::Setup, None, None, vec![spend, credential]);
        made.await.map_err(|error| match error {
            AppError::Conflict => Refusal::NotFound("set-up link").into(),
            other => other,
        })?;
        self.put_entry(&Actor::Console, CatalogDoc::Settings(settings), Origin::Setup).await?;
        self.start_session(&person, client).await
    }

    fn first_docs(&self, new: &NewAdmin) -> Result<(Person, Settings), Refusal> {
        let mut errors: Vec<FieldError> = Vec::new();
        let name = text::Name::parse("name", &new.name).map_err(|e| errors.push(e)).ok();
        let email = text::email("email", &new.email).map_err(|e| errors.push(e)).ok();
        let organisation =
            text::Name::parse("organisation", &new.organisation).map_err(|e| errors.push(e)).ok();
        let locale = if LOCALES.contains(&new.locale.as_str()) { new.locale.clone() } else { "en".into() };
        let known_zone = jiff::tz::TimeZone::get(&new.zone).is_ok();
        let zone = if known_zone { new.zone.clone() } else { "UTC".into() };
        let (Some(name), Some(email), Some(organisation)) = (name, email, organisation) else {
            return Err(Refusal::Invalid(errors));
        };
        let ctx = self.ctx(Actor::Console);
        let mail = Contact { id: ctx.ids.fresh(), contact: ContactKind::Email { address: email.clone() } };
        let person = Person {
            id: ctx.ids.fresh(),
            name,
            email,
            role: Role::Admin,
            locale: locale.clone(),
            zone: zone.clone(),
            theme: Theme::System,
            contacts: vec![mail],
            next_contact_secs: 60,
        };
        let settings =
            Settings { id: Settings::the_id(), name: organisation, fallback: vec![person.id], locale, zone };
        Ok((person, settings))
    }

    /// Makes an admin from the console: for scripts and for the day when nobody can sign in any more. The secret is
    /// both an API token and the password; all sessions of the person end.
    pub async fn console_admin(
        &self,
        email: &str,
        name: Option<&str>,
        organisation: &str,
    ) -> AppResult<NewSecret> {
        let token = super::TOKEN_PREFIX.to_owned() + &crate::secret::hex(&self.ids.secret());
        let known = self.catalog.now().person_by_email(email).cloned();
        let fallback_name = email.split('@').next().unwrap_or("Admin").to_owned();
        let new = NewAdmin {
            name: name.map_or(fallback_name, str::to_owned),
            email: email.to_owned(),
            password: token.clone(),
            organisation: organisation.to_owned(),
            locale: "en".into(),
            zone: "UTC".into(),
        };
        let (fresh, settings) = self.first_docs(&new)?;
        let person = match known {
            Some(known) => Person { role: Role::Admin, ..known },
            None => fresh,
        };
        let secret = NewSecret::of(token);
        let hash = password::hash(&secret.secret).await?;
        let row = self.console_token(&person, &secret);
        let side = vec![
            SideWrite::Credential { person_id: person.id, password: Some(hash) },
            SideWrite::TokenPut(row),
            // Whoever made this necessary must not stay signed in (R43).
            SideWrite::SessionsEnd { person_id: person.id, except: None },
        ];
        let id = hansei_domain::catalog::EntryId::Person(person.id);
        let unchanged =
            self.catalog.now().entry(id).is_some_and(|e| e.doc == CatalogDoc::Person(person.clone()));
        if unchanged {
            self.audit_entry(&Actor::Console, id, "console_access", None, side).await?;
        } else {
            let doc = CatalogDoc::Person(person);
            self.put_entry_with(&Actor::Console, doc, Origin::Setup, None, None, side).await?;
        }
        if self.catalog.now().settings().is_none() {
            let settings = Settings { fallback: Vec::new(), ..settings };
            self.put_entry(&Actor::Console, CatalogDoc::Settings(settings), Origin::Setup).await?;
        }
        let close = SideWrite::Meta { name: SETUP_TOKEN.into(), value: None, expect: MetaExpect::Any };
        self.side_write(self.clock.now(), close).await?;
        Ok(secret)
    }

    fn console_token(&self, person: &Person, secret: &NewSecret) -> crate::ports::TokenRow {
        let ctx = self.ctx(Actor::Console);
        crate::ports::TokenRow {
            id: ctx.ids.fresh(),
            sha256: secret.sha256.clone(),
            hint: secret.secret.chars().take(super::TOKEN_PREFIX.len() + 6).collect(),
            name: "console".into(),
            person_id: person.id,
            role: Role::Admin,
            created_at: ctx.now,
            expires_at: None,
            used_at: None,
            revoked_at: None,
        }
    }
}
