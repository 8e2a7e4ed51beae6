//! Making connections: with the limits and checks that every one of them needs, and with pauses between failures.

use std::time::Duration;

use hansei_app::ports::{StoreError, StoreResult};
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_postgres::{Client, NoTls};

use super::address::{Address, Tls};
use super::conn::PgConn;
use super::errors::translate;
use crate::sql::Conn;
use crate::{LeaseClock, OpenError};

/// A server that does not answer in this time is not there.
const CONNECT: Duration = Duration::from_millis(1_500);
/// First and longest pause after failures.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));
/// The oldest server that is tested against, as it numbers itself.
const OLDEST: i64 = 150_000;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Short transactions and reads; nothing may hold it up for long.
    Daily,
    /// Migrations, backup, verification: as long as they take.
    Long,
}

impl Role {
    fn settings(self) -> &'static str {
        match self {
            Self::Daily => {
                // Plans are kept for as long as a connection lives, also those that were made while a table was all but
                // empty. Every statement finds its rows by an index and takes a few of them; a plan that walks or
                // hashes a whole table is good only until that has grown, and the first storm makes it grow.
                // Longer than any group of another node holds the journal's head, short enough for an answer in time.
                "SET lock_timeout = '800ms'; SET statement_timeout = '2s'; \
                 SET idle_in_transaction_session_timeout = '5s'; SET random_page_cost = 1.1; \
                 SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
            }
            Self::Long => {
                "SET lock_timeout = 0; SET statement_timeout = 0; \
                 SET idle_in_transaction_session_timeout = 0"
            }
        }
    }
}

/// Why there is no connection.
enum ConnectError {
    /// The server says so, or says nothing.
    Store(StoreError),
    /// It runs with settings that are refused.
    Settings(String),
}

impl From<StoreError> for ConnectError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[derive(Default)]
struct Gate {
    failures: u32,
    not_before: Option<Instant>,
}

/// Makes connections to one database.
pub(crate) struct Connector {
    address: Address,
    leases: LeaseClock,
    gate: Mutex<Gate>,
}

impl Connector {
    /// Reads the address; connects to nothing yet.
    pub fn new(url: &str, leases: LeaseClock) -> Result<Self, OpenError> {
        let mut address = Address::parse(url)?;
        address.config.connect_timeout(CONNECT).tcp_user_timeout(Duration::from_secs(5));
        address.config.keepalives_idle(Duration::from_secs(10)).keepalives_interval(Duration::from_secs(3));
        if address.config.get_application_name().is_none() {
            address.config.application_name("hansei");
        }
        Ok(Self { address, leases, gate: Mutex::new(Gate::default()) })
    }

    /// A new connection. While the server was just seen to be away, the answer comes at once.
    pub async fn connect(&self, role: Role) -> StoreResult<Conn> {
        self.try_connect(role).await.map_err(|error| match error {
            ConnectError::Store(error) => error,
            // The server was good once and may be again, perhaps after a fail-over: nobody's mistake in a request.
            ConnectError::Settings(why) => StoreError::Unavailable(why),
        })
    }

    /// The first connection of a store that is opened: what the server must be is told as such.
    pub async fn first(&self) -> Result<Conn, OpenError> {
        self.try_connect(Role::Long).await.map_err(|error| match error {
            ConnectError::Store(error) => OpenError::store(error),
            ConnectError::Settings(why) => match why.strip_prefix("unsafe: ") {
                Some(reason) => OpenError::Unsafe(reason.to_owned()),
                None => OpenError::Database(why),
            },
        })
    }

    async fn try_connect(&self, role: Role) -> Result<Conn, ConnectError> {
        if self.gate.lock().not_before.is_some_and(|at| Instant::now() < at) {
            return Err(StoreError::Unavailable("the database cannot be reached just now".into()).into());
        }
        let connected = match tokio::time::timeout(CONNECT, self.client(role)).await {
            Ok(connected) => connected,
            Err(_) => Err(StoreError::Unavailable("the database does not answer".into()).into()),
        };
        let mut gate = self.gate.lock();
        match connected {
            Ok(client) => {
                *gate = Gate::default();
                Ok(Conn::Pg(Box::new(PgConn::new(client, self.leases))))
            }
            Err(error) => {
                let pause = PAUSES.0.saturating_mul(1 << gate.failures.min(8)).min(PAUSES.1);
                gate.failures += 1;
                gate.not_before = Some(Instant::now() + pause);
                Err(error)
            }
        }
    }

    async fn client(&self, role: Role) -> Result<Client, ConnectError> {
        let config = &self.address.config;
        let client = match &self.address.tls {
            Tls::Plain => {
                let (client, connection) = config.connect(NoTls).await.map_err(|e| translate(&e))?;
                drive(connection);
                client
            }
            Tls::Checked(tls) => {
                let (client, connection) = config.connect(tls.clone()).await.map_err(|e| translate(&e))?;
                drive(connection);
                client
            }
        };
        client.batch_execute(role.settings()).await.map_err(|e| translate(&e))?;
        check_settings(&client).await?;
        Ok(client)
    }
}

/// Lets a connection work until it ends; whoever uses it is told by its own calls.
fn drive<S, T>(connection: tokio_postgres::Connection<S, T>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "a connection to the database has ended");
        }
    });
}

/// Refuses a server that could lose what it has confirmed (R2), or that would not store what it is given.
async fn check_settings(client: &Client) -> Result<(), ConnectError> {
    let sql = "SELECT current_setting('fsync'), current_setting('synchronous_commit'), \
               current_setting('server_encoding'), current_setting('server_version_num')::bigint";
    let row = client.query_one(sql, &[]).await.map_err(|e| translate(&e))?;
    let text = |index: usize| row.try_get::<_, String>(index).map_err(|e| translate(&e));
    let version: i64 = row.try_get(3).map_err(|e| translate(&e))?;
    judge(&text(0)?, &text(1)?, &text(2)?, version).map_err(ConnectError::Settings)
}

/// The judgement on a server's settings, in words for whoever runs it.
fn judge(fsync: &str, synchronous_commit: &str, encoding: &str, version: i64) -> Result<(), String> {
    if fsync == "off" {
        return Err("unsafe: PostgreSQL runs with fsync=off and can lose answered alerts".into());
    }
    if synchronous_commit == "off" {
        return Err("unsafe: PostgreSQL runs with synchronous_commit=off and can lose answered alerts".into());
    }
    if encoding != "UTF8" {
        return Err(format!("the database has encoding {encoding}; it must be UTF8"));
    }
    if version < OLDEST {
        return Err(format!("PostgreSQL {} is too old; it must be 15 or later", version / 10_000));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_could_lose_a_confirmed_commit_are_refused() {
        assert_eq!(judge("on", "on", "UTF8", 150_018), Ok(()));
        assert_eq!(judge("on", "remote_apply", "UTF8", 170_001), Ok(()));
        assert!(judge("off", "on", "UTF8", 150_018).unwrap_err().contains("fsync=off"));
        assert!(judge("on", "off", "UTF8", 150_018).unwrap_err().contains("synchronous_commit=off"));
        assert!(judge("on", "on", "SQL_ASCII", 150_018).unwrap_err().contains("UTF8"));
        assert!(judge("on", "on", "UTF8", 140_011).unwrap_err().contains("PostgreSQL 14 is too old"));
    }
}
