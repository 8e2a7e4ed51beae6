//! Who acts, and who may do what.
//!
//! Four roles, each containing the one before: viewer, responder, manager, admin. A permission names the least role
//! that has it; there is one table and no second copy of it (R36, R37).

use serde::{Deserialize, Serialize};

use crate::ids::{KeyId, PersonId, TokenId};

/// What a person is trusted with; ordered, each role may do all that the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads everything but secrets.
    Viewer,
    /// Works on alerts and incidents.
    Responder,
    /// Changes the catalogue, escalation and integration keys.
    Manager,
    /// Changes people, roles, tokens of others and settings.
    Admin,
}

impl Role {
    /// All roles, least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Responder, Self::Manager, Self::Admin];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }

    /// Whether this role has the permission.
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

/// A thing that can be allowed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See alerts, incidents, catalogue, timeline.
    Read,
    /// Change one's own profile, contacts, password and tokens.
    ChangeSelf,
    /// Acknowledge, resolve, comment, change scope and times, declare, merge.
    Respond,
    /// Send test signals, look into and release quarantine, read raw payloads.
    Diagnose,
    /// Change teams, services, products, components, pods and their rules.
    ManageCatalog,
    /// Make, rotate and revoke integration keys.
    ManageKeys,
    /// Add people, change roles, disable people.
    ManagePeople,
    /// Change the organisation's settings, make tokens for others.
    ManageSettings,
}

impl Permission {
    /// The least role that has this permission.
    pub fn least_role(self) -> Role {
        match self {
            Self::Read | Self::ChangeSelf => Role::Viewer,
            Self::Respond | Self::Diagnose => Role::Responder,
            Self::ManageCatalog | Self::ManageKeys => Role::Manager,
            Self::ManagePeople | Self::ManageSettings => Role::Admin,
        }
    }
}

/// Who gave a command; stored with every event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// Hansei itself: a deadline, a rule, a reconciler.
    System,
    /// A monitoring system through an integration key.
    Integration {
        /// The key that was used.
        key: KeyId,
    },
    /// A person, by one of several doors.
    Person {
        /// Who.
        person: PersonId,
        /// By which door.
        via: Via,
    },
    /// Somebody with access to the machine's console.
    Console,
}

impl Actor {
    /// The person, if it is one.
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::Person { person, .. } => Some(*person),
            Self::System | Self::Integration { .. } | Self::Console => None,
        }
    }
}

/// The door through which a person acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "door")]
pub enum Via {
    /// A signed-in browser.
    Screen,
    /// The API with a token.
    Token {
        /// Which token.
        token: TokenId,
    },
    /// A signed link in a page.
    Link,
    /// A reply to a page by mail.
    Mail,
    /// The configuration file, by `hansei apply`.
    File,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_contain_each_other() {
        assert!(Role::Admin.may(Permission::Respond));
        assert!(!Role::Viewer.may(Permission::Respond));
        assert!(!Role::Manager.may(Permission::ManagePeople));
        assert_eq!(Role::parse("manager"), Some(Role::Manager));
    }
}
