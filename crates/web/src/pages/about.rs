//! What this installation is: version, address, and where its documents are.

use askama::Template;
use axum::response::Response;

use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::render::html;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage<'a> {
    shell: Shell,
    version: &'a str,
    address: &'a str,
}

/// `GET /about`.
pub async fn show(ctx: PageCtx) -> WebResult<Response> {
    let shell = ctx.shell("about-title");
    html(&AboutPage { shell, version: env!("CARGO_PKG_VERSION"), address: &ctx.app().config.public_url })
}
