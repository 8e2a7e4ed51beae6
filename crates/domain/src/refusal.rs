//! Why a command was refused: a stable code for machines, a field where one is to blame, and a sentence for people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One field that is wrong, with what is wrong about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's path as the sender wrote it: `payload.summary`, `steps[2].delay_secs`.
    pub field: String,
    /// Stable code of the problem (`required`, `too_long`, `unknown`, …); the key of its translation is
    /// `error-field-<code>`.
    pub code: FieldCode,
    /// What is wrong, in English, for logs and machines.
    pub message: String,
}

/// The closed list of things that can be wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// It is missing or empty.
    Required,
    /// It is longer than allowed.
    TooLong,
    /// It has characters that are not allowed (NUL, control characters, line breaks in one-line text).
    BadCharacters,
    /// It does not have the expected form.
    Malformed,
    /// It names something that does not exist.
    Unknown,
    /// It is taken already.
    Taken,
    /// It is outside the allowed range.
    OutOfRange,
    /// It contradicts another field.
    Contradiction,
}

impl FieldCode {
    /// The stable code as text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooLong => "too_long",
            Self::BadCharacters => "bad_characters",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Taken => "taken",
            Self::OutOfRange => "out_of_range",
            Self::Contradiction => "contradiction",
        }
    }
}

impl FieldError {
    /// A field error with its English sentence.
    pub fn new(field: impl Into<String>, code: FieldCode, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }

    /// Puts a parent path before the field: `payload` + `summary` = `payload.summary`.
    #[must_use]
    pub fn under(mut self, parent: &str) -> Self {
        self.field =
            if self.field.is_empty() { parent.to_owned() } else { format!("{parent}.{}", self.field) };
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Why a decision said no. The state is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One or more fields are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// The thing is not in a state in which this can be done.
    #[error("{message}")]
    WrongState {
        /// Stable code; the key of its translation is `refusal-<code>`.
        code: &'static str,
        /// English sentence.
        message: String,
    },
    /// The actor may not do this.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// The thing does not exist (or the actor may not know that it does).
    #[error("{0} not found")]
    NotFound(&'static str),
    /// A link or reply belongs to an earlier generation of the incident (R12).
    #[error("this link belongs to an earlier alarm of the incident")]
    StaleGeneration,
}

impl Refusal {
    /// One wrong field.
    pub fn field(field: impl Into<String>, code: FieldCode, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    /// A wrong state with its stable code.
    pub fn state(code: &'static str, message: impl Into<String>) -> Self {
        Self::WrongState { code, message: message.into() }
    }

    /// The stable code of this refusal, as shown to machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::WrongState { code, .. } => code,
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::StaleGeneration => "stale_generation",
        }
    }
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}
