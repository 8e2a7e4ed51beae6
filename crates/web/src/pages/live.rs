//! Which pages of incidents and alerts live, and on what: each stream sends the very fragments its page was made of.

use std::collections::BTreeSet;

use axum::extract::{Path, Query};
use axum::response::Response;
use hansei_domain::access::Permission;
use hansei_domain::ids::{AlertId, IncidentId};
use hansei_domain::journal::{AggregateId, Event, Recorded};

use super::incidents::{self, Shown};
use super::{alerts, now};
use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::live::{self, Opening};
use crate::policy::{Access, Routes};

/// The streams' part of the table.
pub fn routes() -> Routes {
    let read = Access::Session(Permission::Read);
    let routes = Routes::new().get("/live/now", read, of_now).get("/live/incidents", read, of_incidents);
    let routes = routes.get("/live/alerts", read, of_alerts).get("/live/alert/{id}", read, of_alert);
    routes.get("/live/incident/{number}", read, of_incident)
}

/// The address of a page's stream: what it shows, and up to where it has been read.
pub fn address(of: &str, what: &str, seq: u64) -> String {
    let slash = if what.is_empty() || what.starts_with('?') { "" } else { "/" };
    let more = if what.contains('?') { '&' } else { '?' };
    format!("/live/{of}{slash}{what}{more}after={seq}")
}

/// Whether an entry changes what *Now* or the list of incidents shows. New words of an alert change no list.
fn moves_now(entry: &Recorded) -> bool {
    match &entry.event {
        Event::Incident(_) | Event::Page(_) => true,
        Event::Alert(event) => event.name() != "alert.changed",
        Event::Entry(_) => false,
    }
}

async fn of_now(ctx: PageCtx, opening: Opening) -> WebResult<Response> {
    live::page(ctx, opening, moves_now, |ctx, _| async move { now::partials(&ctx).await })
}

async fn of_incidents(
    ctx: PageCtx,
    opening: Opening,
    Query(filters): Query<incidents::Filters>,
) -> WebResult<Response> {
    live::page(ctx, opening, moves_now, move |ctx, _| {
        let filters = filters.clone();
        async move { incidents::list_partials(&ctx, &filters).await }
    })
}

async fn of_alerts(
    ctx: PageCtx,
    opening: Opening,
    Query(filters): Query<alerts::Filters>,
) -> WebResult<Response> {
    let moves = |entry: &Recorded| matches!(entry.event, Event::Alert(_));
    live::page(ctx, opening, moves, move |ctx, _| {
        let filters = filters.clone();
        async move { alerts::list_partials(&ctx, &filters).await }
    })
}

async fn of_incident(
    ctx: PageCtx,
    opening: Opening,
    Path(number): Path<u64>,
    Query(shown): Query<Shown>,
) -> WebResult<Response> {
    let row = incidents::incident_at(&ctx, number).await?.ok_or_else(Problem::not_found)?;
    let ids: BTreeSet<IncidentId> = [row.incident.id].into_iter().chain(row.incident.absorbed).collect();
    let concerns = move |entry: &Recorded| entry.incident_id.is_some_and(|id| ids.contains(&id));
    live::page(ctx, opening, concerns, move |ctx, _| {
        let shown = shown.clone();
        async move { incidents::partials(&ctx, number, &shown).await }
    })
}

async fn of_alert(ctx: PageCtx, opening: Opening, Path(id): Path<String>) -> WebResult<Response> {
    let id: AlertId = id.parse().map_err(|_| Problem::not_found())?;
    let concerns = move |entry: &Recorded| entry.aggregate == AggregateId::Alert(id);
    live::page(ctx, opening, concerns, move |ctx, _| async move { alerts::partials(&ctx, id).await })
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses_carry_the_place() {
        assert_eq!(address("now", "", 9), "/live/now?after=9");
        assert_eq!(address("alerts", "?state=all", 9), "/live/alerts?state=all&after=9");
        assert_eq!(address("incident", "4?show=pages", 9), "/live/incident/4?show=pages&after=9");
    }
}
