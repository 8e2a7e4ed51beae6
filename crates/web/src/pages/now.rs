//! *Now*: what burns, who holds it, which clock runs out next, and what I am asked for.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use hansei_app::catalog::Catalog;
use hansei_app::reading::clocks::NextClock;
use hansei_app::reading::now::NowBoard;
use hansei_domain::ids::ServiceId;

use super::checklist::{Checklist, checklist};
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::render::{Partials, html};
use crate::shell::Shell;

/// One clock in the list of clocks.
struct Clock {
    number: u64,
    clock: NextClock,
    people: Vec<String>,
}

/// What the templates know.
struct Known {
    board: NowBoard,
    unheld: usize,
    clocks: Vec<Clock>,
    catalog: Arc<Catalog>,
    checklist: Option<Checklist>,
}

#[derive(Template)]
#[template(path = "now.html")]
struct NowPage<'a> {
    shell: &'a Shell,
    board: &'a NowBoard,
    unheld: usize,
    clocks: &'a [Clock],
    catalog: &'a Catalog,
    checklist: &'a Option<Checklist>,
}

#[derive(Template)]
#[template(path = "now.html", block = "board")]
struct Board<'a> {
    shell: &'a Shell,
    board: &'a NowBoard,
    unheld: usize,
    clocks: &'a [Clock],
    catalog: &'a Catalog,
    checklist: &'a Option<Checklist>,
}

macro_rules! names_services {
    ($($page:ident),*) => {$(
        impl $page<'_> {
            fn service(&self, id: &ServiceId) -> String {
                self.catalog.service(*id).map_or_else(|| id.to_string(), |s| s.name.to_string())
            }
        }
    )*};
}
names_services!(NowPage, Board);

async fn read(ctx: &PageCtx) -> WebResult<Known> {
    let board = ctx.app().now_board(ctx.who.person_id, ctx.locale()).await?;
    let mut clocks: Vec<Clock> = board
        .burning
        .iter()
        .filter_map(|line| {
            let (number, clock) = (line.row.incident.number, line.clock.clone()?);
            Some(Clock { number, clock, people: line.clock_people.clone() })
        })
        .collect();
    clocks.sort_by_key(|c| c.clock.at);
    let unheld = board.burning.iter().filter(|l| l.holder.is_none()).count();
    let checklist = checklist(ctx).await?;
    Ok(Known { board, unheld, clocks, catalog: ctx.app().catalog.now(), checklist })
}

/// `GET /`.
pub async fn show(ctx: PageCtx) -> WebResult<Response> {
    let known = read(&ctx).await?;
    let shell = ctx.shell("now-title").nav("now").stream(super::live::address("now", "", known.board.seq));
    html(&NowPage {
        shell: &shell,
        board: &known.board,
        unheld: known.unheld,
        clocks: &known.clocks,
        catalog: &known.catalog,
        checklist: &known.checklist,
    })
}

/// What of the screen changes while somebody looks at it.
pub async fn partials(ctx: &PageCtx) -> WebResult<Partials> {
    let known = read(ctx).await?;
    let shell = ctx.shell("now-title");
    let board = Board {
        shell: &shell,
        board: &known.board,
        unheld: known.unheld,
        clocks: &known.clocks,
        catalog: &known.catalog,
        checklist: &known.checklist,
    };
    Partials::new().swap("#now-board", "outerMorph", &board)
}
