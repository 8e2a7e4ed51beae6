//! Buttons that do one thing: what follows when they are pressed.

use axum::response::{IntoResponse, Response};
use hansei_app::{AppError, AppResult};
use hansei_domain::Refusal;

use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::flash::{Tone, see_other};

/// Leads on with a word of success, or back with the reason why not. What no reader can mend is a problem.
pub fn settle(
    ctx: &PageCtx,
    result: AppResult<()>,
    to: &str,
    done: impl Into<String>,
) -> WebResult<Response> {
    match result {
        Ok(()) => Ok(see_other(to).flash(Tone::Success, done).into_response()),
        Err(error) => Ok(see_other(to).flash(Tone::Danger, reason(ctx, error)?).into_response()),
    }
}

/// Why something was refused, in the reader's words.
pub fn reason(ctx: &PageCtx, error: AppError) -> WebResult<String> {
    let words = &ctx.app().words;
    Ok(match error {
        AppError::Refused(Refusal::WrongState { code, message }) => {
            let key = format!("refusal-{code}");
            if words.has(&key) { ctx.t(&key) } else { message }
        }
        AppError::Refused(Refusal::Invalid(errors)) => {
            let texts = errors.iter().map(|e| ctx.t(&format!("error-field-{}", e.code.as_str())));
            texts.collect::<Vec<_>>().join("; ")
        }
        AppError::Conflict => ctx.t("refusal-conflict"),
        AppError::Unavailable(_) | AppError::Backlogged => ctx.t("refusal-unavailable"),
        other => return Err(other.into()),
    })
}
