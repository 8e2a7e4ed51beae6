//! The row of a page: real columns for people's own tools beside the state.

use hansei_app::ports::StoreResult;
use hansei_domain::incident::WhyPaged;
use hansei_domain::page::Page;
use jiff::Timestamp;

use super::json;
use crate::sql::{Column, Kind, Table, Val};

/// Pages.
pub(crate) static PAGE: Table = Table {
    name: "page",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Text),
        Column::new("version", Kind::Int),
        Column::new("due_at", Kind::At),
        Column::fixed("incident_id", Kind::Text),
        Column::fixed("person_id", Kind::Text),
        Column::fixed("generation", Kind::Int),
        Column::fixed("why", Kind::Text),
        Column::new("escalated", Kind::Bool),
        Column::new("end_reason", Kind::Text),
        Column::fixed("requested_at", Kind::At),
        Column::new("delivered_at", Kind::At),
        Column::new("ended_at", Kind::At),
        Column::new("state", Kind::Text),
    ],
};

/// The stable name of the reason why somebody was paged.
fn why(reason: &WhyPaged) -> &'static str {
    match reason {
        WhyPaged::Step { .. } => "step",
        WhyPaged::Exhausted => "exhausted",
        WhyPaged::NobodyToPage => "nobody_to_page",
        WhyPaged::Requested { .. } => "requested",
        WhyPaged::HandedOver { .. } => "handed_over",
    }
}

/// A page's row.
pub(crate) fn page_cells(
    page: &Page,
    version: u64,
    due_at: Option<Timestamp>,
) -> StoreResult<[Val<'static>; 13]> {
    Ok([
        Val::display(page.id),
        version.into(),
        due_at.into(),
        Val::display(page.incident_id),
        Val::display(page.person_id),
        page.generation.into(),
        why(&page.why).into(),
        page.escalated.into(),
        page.end.map(|end| end.as_str()).into(),
        page.requested_at.into(),
        page.delivered_at.into(),
        page.ended_at.into(),
        json(page)?.into(),
    ])
}
