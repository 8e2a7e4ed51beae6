//! The one table of routes: who may use what (R36).
//!
//! A route exists only if it was added through [`Routes`], which asks for its [`Access`] first: what is not in the
//! table answers 404, a method that is not answers 405. A test walks the table for every role.

use axum::Router;
use axum::handler::Handler;
use axum::routing::MethodFilter;
use hansei_domain::access::Permission;
use hansei_domain::signal::SourceFormat;
use http::Method;

use crate::gate;
use crate::state::Web;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody. Unsafe methods must come from our own pages.
    Public,
    /// Whoever holds the set-up link, while nobody can sign in yet (R44); 404 afterwards.
    Setup,
    /// A monitoring system with a key for this format.
    IntakeKey(SourceFormat),
    /// A person in a browser whose role has this permission.
    Session(Permission),
    /// A person by token, or by session with its CSRF token, whose role has this permission.
    Api(Permission),
    /// Whoever holds the link of a page; the handler checks its signature (R12).
    SignedLink,
    /// The scraper of metrics.
    Metrics,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path with `/{name}` parameters.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
}

/// Collects routes.
#[derive(Default)]
pub struct Routes {
    table: Vec<Route>,
    router: Router<Web>,
}

impl Routes {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route that reads. HEAD comes with it.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        self.add(Method::GET, MethodFilter::GET, path, access, handler)
    }

    /// Adds a route that changes something.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        self.add(Method::POST, MethodFilter::POST, path, access, handler)
    }

    /// Adds a route that replaces something.
    #[must_use]
    pub fn put<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        self.add(Method::PUT, MethodFilter::PUT, path, access, handler)
    }

    /// Adds a route that changes parts of something.
    #[must_use]
    pub fn patch<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        self.add(Method::PATCH, MethodFilter::PATCH, path, access, handler)
    }

    /// Adds a route that removes something.
    #[must_use]
    pub fn delete<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        self.add(Method::DELETE, MethodFilter::DELETE, path, access, handler)
    }

    fn add<H, T>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        self.table.push(Route { method, path, access });
        self.router = self.router.route(path, gate::guarded(filter, path, access, handler));
        self
    }

    /// Adds the doors of machines, which are matched before the router (see [`crate::intake`]).
    #[must_use]
    pub fn intake(mut self) -> Self {
        self.table.extend(crate::intake::table());
        self
    }

    /// Adds the routes of another builder.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.table.extend(other.table);
        self.router = self.router.merge(other.router);
        self
    }

    /// The table, in the order in which routes were added.
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    /// The router behind the table; unknown paths and methods are answered by the gate.
    pub fn into_router(self, web: Web) -> Router {
        self.router
            .method_not_allowed_fallback(gate::method_not_allowed)
            .fallback(gate::not_found)
            .with_state(web)
    }
}
