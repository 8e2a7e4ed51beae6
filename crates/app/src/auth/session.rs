//! Sessions: signing in, being recognised, signing out.

use hansei_domain::access::{Actor, Via};
use hansei_domain::catalog::{EntryId, Person};
use hansei_domain::ids::{PersonId, SessionId};
use hansei_domain::{Timestamp, plus_secs};

use super::tries::Key;
use super::{Client, Principal, SignInError, password};
use crate::App;
use crate::error::{AppError, AppResult};
use crate::keys::NewSecret;
use crate::ports::{Commit, Lane, SessionRow, SideWrite};

/// Longest life of a session, seconds.
pub const SIGNED_IN_SECS: u32 = 12 * 3_600;
/// Ends after this long without use, seconds.
const IDLE_SECS: u32 = 4 * 3_600;
/// Use is noted at most this often, seconds.
const TOUCH_SECS: i64 = 60;

/// A new session; the secret goes into the cookie and nowhere else.
pub struct SignedIn {
    /// The cookie's secret.
    pub secret: String,
    /// Who.
    pub principal: Principal,
    /// Marks the browser as one of this person's, for later sign-ins.
    pub device: String,
}

/// Whether a session is still good: neither past its end nor idle for too long.
pub fn session_stands(row: &SessionRow, now: Timestamp) -> bool {
    row.expires_at > now && plus_secs(row.seen_at, IDLE_SECS) > now
}

impl App {
    /// Lets somebody in by address and password.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        client: &Client,
    ) -> AppResult<Result<SignedIn, SignInError>> {
        let catalog = self.catalog.now();
        let person = catalog.person_by_email(email).filter(|p| catalog.in_use(EntryId::Person(p.id)));
        let known = person.and_then(|person| self.known_device(person.id, client));
        let keys = match known {
            Some(mark) => vec![Key::device(mark)],
            None => Key::account(email).into_iter().chain([Key::address(&client.address)]).collect(),
        };
        let counted = match self.begin_try(keys).await? {
            Ok(counted) => counted,
            Err(until) => return Ok(Err(SignInError::Throttled { until })),
        };
        let stored = match person {
            Some(person) => self.store.credential(person.id).await?,
            None => None,
        };
        let right = password::verify(stored, password, known.is_some()).await?;
        match person {
            Some(person) if right => {
                self.try_was_right(counted).await?;
                Ok(Ok(self.start_session(person, client).await?))
            }
            _ => {
                metrics::counter!("hansei_sign_in_failures_total").increment(1);
                Ok(Err(SignInError::Wrong))
            }
        }
    }

    /// The mark of a browser in which this person has signed in before.
    fn known_device(&self, person: PersonId, client: &Client) -> Option<u128> {
        let (whose, mark) = self.links.read_device(client.device.as_deref()?)?;
        (whose == person).then_some(mark)
    }

    pub(super) async fn side_write(&self, now: Timestamp, write: SideWrite) -> AppResult<()> {
        let commit = Commit { at: Some(now), side: vec![write], ..Commit::default() };
        self.store.commit(Lane::Timeline, commit).await?;
        Ok(())
    }

    /// Starts a session for a person who has proved to be there.
    pub(super) async fn start_session(&self, person: &Person, client: &Client) -> AppResult<SignedIn> {
        let ctx = self.ctx(Actor::Person { person: person.id, via: Via::Screen });
        let secret = NewSecret::of(crate::secret::hex(&self.ids.secret()));
        let id: SessionId = ctx.ids.fresh();
        let row = SessionRow {
            id,
            sha256: secret.sha256.clone(),
            person_id: person.id,
            created_at: ctx.now,
            seen_at: ctx.now,
            expires_at: plus_secs(ctx.now, SIGNED_IN_SECS),
            agent: client.agent.chars().filter(|c| !c.is_control()).take(200).collect(),
            address: client.address.clone(),
        };
        let actor = ctx.actor.clone();
        let side = vec![SideWrite::SessionPut(row)];
        let entry = EntryId::Person(person.id);
        self.audit_entry(&actor, entry, "session_started", Some(client.address.clone()), side).await?;
        let mark = self.known_device(person.id, client).unwrap_or_else(|| self.ids.fresh(ctx.now));
        let device = self.links.device(person.id, mark);
        Ok(SignedIn { secret: secret.secret, principal: principal(person, Some(id), None), device })
    }

    /// Who a session's cookie belongs to; `None` if it is unknown, ended or idle for too long.
    pub async fn session(&self, cookie: &str) -> AppResult<Option<Principal>> {
        if cookie.len() != 64 {
            return Ok(None);
        }
        let sha256 = crate::secret::sha256_hex(cookie.as_bytes());
        let Some(row) = self.store.session(&sha256).await? else { return Ok(None) };
        let now = self.clock.now();
        if !session_stands(&row, now) {
            return Ok(None);
        }
        let catalog = self.catalog.now();
        let Some(person) = catalog.person(row.person_id).filter(|p| catalog.in_use(EntryId::Person(p.id)))
        else {
            return Ok(None);
        };
        if now.duration_since(row.seen_at).as_secs() >= TOUCH_SECS {
            match self.side_write(now, SideWrite::SessionTouch { id: row.id, seen_at: now }).await {
                // Being recognised must not depend on the writer.
                Ok(()) | Err(AppError::Unavailable(_) | AppError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(principal(person, Some(row.id), None)))
    }

    /// Ends one session.
    pub async fn sign_out(&self, principal: &Principal) -> AppResult<()> {
        match principal.session_id {
            Some(id) => self.side_write(self.clock.now(), SideWrite::SessionEnd { id }).await,
            None => Ok(()),
        }
    }

    /// Ends one of a person's sessions by its id.
    pub async fn end_session(&self, actor: &Actor, person_id: PersonId, id: SessionId) -> AppResult<()> {
        let theirs = self.store.sessions_of(person_id).await?.iter().any(|s| s.id == id);
        if !theirs {
            return Err(hansei_domain::Refusal::NotFound("session").into());
        }
        let side = vec![SideWrite::SessionEnd { id }];
        self.audit_entry(actor, EntryId::Person(person_id), "session_ended", None, side).await
    }

    /// A person's sessions that are still good, newest first.
    pub async fn sessions_of(&self, person_id: PersonId) -> AppResult<Vec<SessionRow>> {
        let now = self.clock.now();
        let mut rows = self.store.sessions_of(person_id).await?;
        rows.retain(|r| session_stands(r, now));
        rows.sort_by_key(|r| std::cmp::Reverse(r.seen_at));
        Ok(rows)
    }

    /// Ends all sessions of a person, but perhaps one.
    pub async fn end_sessions(
        &self,
        actor: &Actor,
        person_id: PersonId,
        except: Option<SessionId>,
    ) -> AppResult<()> {
        let side = vec![SideWrite::SessionsEnd { person_id, except }];
        self.audit_entry(actor, EntryId::Person(person_id), "sessions_ended", None, side).await
    }
}

/// The principal of a person through a door.
pub(super) fn principal(
    person: &Person,
    session_id: Option<SessionId>,
    token: Option<(hansei_domain::ids::TokenId, hansei_domain::access::Role)>,
) -> Principal {
    Principal {
        person_id: person.id,
        name: person.name.to_string(),
        role: token.map_or(person.role, |(_, role)| role.min(person.role)),
        locale: person.locale.clone(),
        zone: person.zone.clone(),
        theme: person.theme,
        session_id,
        token_id: token.map(|(id, _)| id),
    }
}
