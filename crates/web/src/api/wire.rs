//! Small values as they stand in bodies and queries.

use std::fmt;

use hansei_domain::Timestamp;
use hansei_domain::access::Role;
use hansei_domain::alert::AlertStatus;
use hansei_domain::incident::{
    EscalationStatus, EvidenceKind, IncidentSource, IncidentStatus, Severity, TimeKind,
};
use hansei_domain::signal::{AlertSeverity, SignalAction, SourceFormat};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{OneOfBuilder, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// An instant from outside: RFC 3339 with a zone or offset, not before 1970, kept to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(pub Timestamp);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Instant;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instant like 2024-07-02T08:10:00Z")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Instant, E> {
                let at: Timestamp =
                    text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))?;
                if at < Timestamp::UNIX_EPOCH {
                    return Err(E::custom("must not be before 1970"));
                }
                Timestamp::from_microsecond(at.as_microsecond()).map(Instant).map_err(E::custom)
            }
        }
        d.deserialize_str(V)
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Instant {}

/// Takes the instant out.
pub fn at(instant: Option<Instant>) -> Option<Timestamp> {
    instant.map(|i| i.0)
}

/// A severity from outside: `1` or `"sev1"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sev(pub Severity);

impl<'de> Deserialize<'de> for Sev {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Sev;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a severity from 0 to 4, or sev0 to sev4")
            }
            fn visit_u64<E: de::Error>(self, rank: u64) -> Result<Sev, E> {
                let known = u8::try_from(rank).ok().and_then(Severity::new);
                known.map(Sev).ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(rank), &self))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Sev, E> {
                let known = Severity::parse("severity", text);
                known.map(Sev).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        d.deserialize_any(V)
    }
}

impl PartialSchema for Sev {
    fn schema() -> RefOr<Schema> {
        let rank = Rank::schema();
        let name = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^(sev|SEV)?[0-4]$"));
        OneOfBuilder::new().item(rank).item(name).into()
    }
}

impl ToSchema for Sev {}

/// Documents a severity in answers: a rank, 0 is the worst.
pub struct Rank;

impl PartialSchema for Rank {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(4)).into()
    }
}

impl ToSchema for Rank {}

/// Names in a query, separated by commas: `status=triage,monitoring`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names<T>(pub Vec<T>);

/// What can be named in a query.
pub trait Named: Sized {
    /// Reads one name.
    fn named(text: &str) -> Option<Self>;
    /// The names there are, for the error.
    fn expected() -> String;
}

impl<'de, T: Named> Deserialize<'de> for Names<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let one = |name: &str| {
            T::named(name.trim())
                .ok_or_else(|| de::Error::custom(format_args!("{name:?} is none of {}", T::expected())))
        };
        text.split(',').map(one).collect::<Result<_, _>>().map(Names)
    }
}

impl Named for Severity {
    fn named(text: &str) -> Option<Self> {
        Self::parse("severity", text).ok()
    }
    fn expected() -> String {
        "0 to 4".into()
    }
}

/// Documents a closed list of names out of the domain's own list, so that the two cannot differ.
macro_rules! names {
    ($($(#[$doc:meta])* $marker:ident = $name:literal for $ty:ty, $all:expr;)*) => {$(
        $(#[$doc])*
        pub struct $marker;

        impl PartialSchema for $marker {
            fn schema() -> RefOr<Schema> {
                let all: Vec<&'static str> = $all.iter().map(|one: &$ty| one.as_str()).collect();
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(all)).into()
            }
        }

        impl ToSchema for $marker {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }

        impl Named for $ty {
            fn named(text: &str) -> Option<Self> {
                $all.into_iter().find(|one: &$ty| one.as_str() == text)
            }
            fn expected() -> String {
                let all: Vec<&'static str> = $all.iter().map(|one: &$ty| one.as_str()).collect();
                all.join(", ")
            }
        }
    )*};
}

/// What a signal wants, by name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Action(SignalAction);

impl Action {
    /// All.
    pub const ALL: [Self; 3] =
        [Self(SignalAction::Trigger), Self(SignalAction::Acknowledge), Self(SignalAction::Resolve)];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self.0 {
            SignalAction::Trigger => "trigger",
            SignalAction::Acknowledge => "acknowledge",
            SignalAction::Resolve => "resolve",
        }
    }
}

names! {
    /// Where an incident stands.
    StatusName = "IncidentStatus" for IncidentStatus, IncidentStatus::ALL;
    /// What a signal wants.
    ActionName = "SignalAction" for Action, Action::ALL;
    /// How an incident became known.
    SourceName = "IncidentSource" for IncidentSource, IncidentSource::ALL;
    /// One of an incident's instants.
    TimeName = "TimeKind" for TimeKind, TimeKind::ALL;
    /// What a piece of evidence is.
    EvidenceName = "EvidenceKind" for EvidenceKind, EvidenceKind::ALL;
    /// What a person is trusted with.
    RoleName = "Role" for Role, Role::ALL;
    /// A wire format that keys are made for.
    FormatName = "SourceFormat" for SourceFormat, SourceFormat::OFFERED;
    /// How bad a sender says an alert is.
    AlertSeverityName = "AlertSeverity" for AlertSeverity, AlertSeverity::ALL;
    /// Whether an alert goes on.
    AlertStatusName = "AlertStatus" for AlertStatus, [AlertStatus::Firing, AlertStatus::Resolved];
}

/// The stable name of an escalation's state.
pub fn escalation_status(status: EscalationStatus) -> &'static str {
    match status {
        EscalationStatus::Running => "running",
        EscalationStatus::Acknowledged => "acknowledged",
        EscalationStatus::Stopped => "stopped",
        EscalationStatus::Exhausted => "exhausted",
    }
}

/// Reads a value that must be given but may be `null`: absence is an error, not a wish to clear.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ranks_or_names_and_instants_are_kept_to_the_microsecond() {
        let sev = |text: &str| serde_json::from_str::<Sev>(text).map(|s| s.0.rank());
        assert_eq!((sev("1").unwrap(), sev("\"sev4\"").unwrap(), sev("\"0\"").unwrap()), (1, 4, 0));
        assert!(sev("5").is_err() && sev("-1").is_err() && sev("\"worst\"").is_err() && sev("null").is_err());
        let at = |text: &str| serde_json::from_str::<Instant>(text).map(|i| i.0.to_string());
        assert_eq!(at("\"2024-07-02T10:10:00.1234567+02:00\"").unwrap(), "2024-07-02T08:10:00.123456Z");
        assert!(at("\"2024-07-02T10:10:00\"").is_err(), "no zone");
        assert!(at("\"1969-12-31T23:59:59Z\"").is_err());
    }

    #[test]
    fn names_are_read_by_comma() {
        let read = |text: &str| serde_json::from_str::<Names<IncidentStatus>>(text);
        assert_eq!(
            read("\"triage,monitoring\"").unwrap().0,
            [IncidentStatus::Triage, IncidentStatus::Monitoring]
        );
        assert!(read("\"triage,x\"").unwrap_err().to_string().contains("monitoring"));
    }
}
