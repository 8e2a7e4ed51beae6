//! Incidents: the list, declaring one, the page of one, and everything that can be done to it.

mod act;
mod action;
mod declare;
pub(super) mod fields;
mod list;
mod show;
mod view;

use hansei_app::ports::IncidentRow;
use hansei_domain::access::Permission;
use hansei_domain::catalog::self_test;

use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::policy::{Access, Routes};

pub use list::{Filters, partials as list_partials};
pub use show::{after, partials};
pub use view::Shown;

/// The screens' part of the table.
pub fn routes() -> Routes {
    let read = Access::Session(Permission::Read);
    let respond = Access::Session(Permission::Respond);
    Routes::new()
        .get("/incidents", read, list::show)
        .post("/incidents", respond, declare::submit)
        .get("/incidents/new", respond, declare::show)
        .get("/incidents/{number}", read, show::show)
        .get("/incidents/{number}/do/{action}", respond, act::show)
        .post("/incidents/{number}/do/{action}", respond, act::submit)
}

/// The number in `412`, `INC-412` or `412-accept-chat-button-unresponsive`; the flag tells that it was more than the
/// number.
pub fn number_of(text: &str) -> Option<(u64, bool)> {
    let bare = text.strip_prefix("INC-").or_else(|| text.strip_prefix("inc-")).unwrap_or(text);
    let digits = bare.split('-').next().unwrap_or("");
    let number = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
    Some((number, digits != text))
}

/// The incident of a number. The self-test's own is nobody's business: whoever touched it would break what tells that
/// paging works.
pub async fn incident_at(ctx: &PageCtx, number: u64) -> WebResult<Option<IncidentRow>> {
    if number == self_test::INCIDENT_NUMBER {
        return Ok(None);
    }
    Ok(ctx.app().store.incident_by_number(number).await?)
}

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn numbers_are_found_under_their_slugs() {
        assert_eq!(number_of("412"), Some((412, false)));
        assert_eq!(number_of("412-accept-chat"), Some((412, true)));
        assert_eq!(number_of("INC-412"), Some((412, true)));
        for bad in ["", "-1", "+1", "x412", "412x", "99999999999999999999999"] {
            assert_eq!(number_of(bad), None, "{bad}");
        }
    }
}
