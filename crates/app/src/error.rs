//! The few ways in which a use-case can fail.

use hansei_domain::Refusal;

use crate::ports::StoreError;

/// Why a use-case did not happen. One mapping to statuses lives in `web::error`.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The domain said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Changed by somebody else again and again.
    #[error("changed by somebody else meanwhile")]
    Conflict,
    /// The store cannot now.
    #[error("not available: {0}")]
    Unavailable(String),
    /// Too much waits to be decided.
    #[error("too many signals wait to be decided")]
    Backlogged,
    /// A bug or damage; details are logged, never shown.
    #[error("{0}")]
    Bug(String),
}

/// Result of a use-case.
pub type AppResult<T> = Result<T, AppError>;

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::Backlogged => Self::Backlogged,
            StoreError::Corrupt(why) => Self::Bug(format!("damaged store: {why}")),
            StoreError::Bug(why) => Self::Bug(why),
        }
    }
}
