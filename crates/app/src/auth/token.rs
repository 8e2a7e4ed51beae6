//! API tokens: shown once, stored hashed, scoped to a role, revocable, with the last use recorded (R42).

use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::{PersonId, TokenId};
use hansei_domain::refusal::{FieldCode, Refusal};
use hansei_domain::{Timestamp, text};

use super::Principal;
use super::session::principal;
use crate::App;
use crate::error::{AppError, AppResult};
use crate::keys::NewSecret;
use crate::ports::{IdempotencyRow, SideWrite, TokenRow};

/// Every token begins with this, so that scanners for leaked secrets can find it.
pub const TOKEN_PREFIX: &str = "hns_";
/// Use is noted at most this often, seconds.
const TOUCH_SECS: i64 = 60;

/// A token that is asked for.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whose.
    pub person_id: PersonId,
    /// What it is for.
    pub name: String,
    /// At most this role.
    pub role: Role,
    /// Ends then.
    pub expires_at: Option<Timestamp>,
}

impl App {
    /// Makes a token; the secret is returned once and never again.
    pub async fn create_token(&self, actor: &Actor, new: &NewToken) -> AppResult<(TokenId, NewSecret)> {
        let (row, secret) = self.create_token_with(actor, new, |_| None).await?;
        Ok((row.id, secret))
    }

    /// As [`App::create_token`]; the answer that `remember` makes of the token is stored with it (R3).
    pub async fn create_token_with(
        &self,
        actor: &Actor,
        new: &NewToken,
        remember: impl FnOnce(&TokenRow) -> Option<IdempotencyRow>,
    ) -> AppResult<(TokenRow, NewSecret)> {
        let ctx = self.ctx(actor.clone());
        let name = text::Name::parse("name", &new.name).map_err(Refusal::from)?;
        let catalog = self.catalog.now();
        let person = catalog.person(new.person_id).ok_or(Refusal::NotFound("person"))?;
        if new.role > person.role {
            return Err(
                Refusal::field("role", FieldCode::OutOfRange, "is more than the person may do").into()
            );
        }
        if new.expires_at.is_some_and(|at| at <= ctx.now) {
            return Err(Refusal::field("expires_at", FieldCode::OutOfRange, "must lie in the future").into());
        }
        let secret = NewSecret::of(format!("{TOKEN_PREFIX}{}", crate::secret::hex(&self.ids.secret())));
        let row = TokenRow {
            id: ctx.ids.fresh(),
            sha256: secret.sha256.clone(),
            hint: secret.secret.chars().take(TOKEN_PREFIX.len() + 6).collect(),
            name: name.to_string(),
            person_id: new.person_id,
            role: new.role,
            created_at: ctx.now,
            expires_at: new.expires_at,
            used_at: None,
            revoked_at: None,
        };
        let entry = EntryId::Person(new.person_id);
        let detail = Some(format!("{name} ({})", new.role.as_str()));
        let mut side = vec![SideWrite::TokenPut(row.clone())];
        side.extend(remember(&row).map(SideWrite::Idempotency));
        self.audit_entry(actor, entry, "token_created", detail, side).await?;
        Ok((row, secret))
    }

    /// Takes a token back.
    pub async fn revoke_token(&self, actor: &Actor, id: TokenId, own: Option<PersonId>) -> AppResult<()> {
        let tokens = self.store.tokens(own).await?;
        let mut row = tokens.into_iter().find(|t| t.id == id).ok_or(Refusal::NotFound("token"))?;
        if row.revoked_at.is_some() {
            return Ok(());
        }
        row.revoked_at = Some(self.clock.now());
        let (entry, detail) = (EntryId::Person(row.person_id), Some(row.name.clone()));
        self.audit_entry(actor, entry, "token_revoked", detail, vec![SideWrite::TokenPut(row)]).await
    }

    /// What takes back all tokens of a person, for the commit that makes them void.
    pub(crate) async fn tokens_end(&self, person_id: PersonId) -> AppResult<Vec<SideWrite>> {
        let now = self.clock.now();
        let mut rows = self.store.tokens(Some(person_id)).await?;
        rows.retain(|row| row.revoked_at.is_none());
        Ok(rows
            .into_iter()
            .map(|row| SideWrite::TokenPut(TokenRow { revoked_at: Some(now), ..row }))
            .collect())
    }

    /// Who a token belongs to; `None` if it is unknown, revoked or past its end.
    pub async fn token(&self, secret: &str) -> AppResult<Option<Principal>> {
        if !secret.starts_with(TOKEN_PREFIX) || secret.len() > 100 {
            return Ok(None);
        }
        let sha256 = crate::secret::sha256_hex(secret.as_bytes());
        let Some(row) = self.store.token(&sha256).await? else { return Ok(None) };
        let now = self.clock.now();
        if row.revoked_at.is_some() || row.expires_at.is_some_and(|at| at <= now) {
            return Ok(None);
        }
        let catalog = self.catalog.now();
        let Some(person) = catalog.person(row.person_id).filter(|p| catalog.in_use(EntryId::Person(p.id)))
        else {
            return Ok(None);
        };
        if row.used_at.is_none_or(|at| now.duration_since(at).as_secs() >= TOUCH_SECS) {
            match self.side_write(now, SideWrite::TokenTouch { id: row.id, used_at: now }).await {
                Ok(()) | Err(AppError::Unavailable(_) | AppError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(principal(person, None, Some((row.id, row.role)))))
    }
}
