//! Routes of the API together with what the OpenAPI document says of them: one declaration gives both, so that neither
//! can name a route that the other does not.

use axum::handler::Handler;
use hansei_domain::access::Permission;
use http::Method;
use serde_json::{Value, json};
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder};
use utoipa::{IntoParams, ToSchema};

use crate::policy::{Access, Routes};
use crate::state::Web;

/// Named schemas that an operation uses.
type Schemas = Vec<(String, RefOr<Schema>)>;

/// What the document says of one route.
pub struct Op {
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    about: Option<&'static str>,
    params: Vec<Parameter>,
    body: Option<(RefOr<Schema>, Value)>,
    answers: Vec<Answer>,
    schemas: Schemas,
    versioned: bool,
}

struct Answer {
    status: u16,
    about: &'static str,
    kind: &'static str,
    schema: Option<RefOr<Schema>>,
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

impl Op {
    /// An operation: its id, its group and one line about it.
    pub fn new(id: &'static str, tag: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            tag,
            summary,
            about: None,
            params: Vec::new(),
            body: None,
            answers: Vec::new(),
            schemas: Vec::new(),
            versioned: false,
        }
    }

    /// Says more about it.
    #[must_use]
    pub fn about(mut self, text: &'static str) -> Self {
        self.about = Some(text);
        self
    }

    /// It takes a query.
    #[must_use]
    pub fn query<Q: IntoParams>(mut self) -> Self {
        self.params.extend(Q::into_params(|| Some(ParameterIn::Query)));
        self
    }

    /// It takes a body; a test holds the example against the schema.
    #[must_use]
    pub fn body<B: ToSchema>(mut self, example: Value) -> Self {
        self.learn::<B>();
        self.body = Some((reference::<B>(), example));
        self
    }

    /// What it answers.
    #[must_use]
    pub fn answers<A: ToSchema>(mut self, status: u16, about: &'static str) -> Self {
        self.learn::<A>();
        let schema = Some(reference::<A>());
        self.answers.push(Answer { status, about, kind: "application/json", schema });
        self
    }

    /// It answers with text of some other type.
    #[must_use]
    pub fn answers_text(mut self, kind: &'static str, about: &'static str) -> Self {
        let text = ObjectBuilder::new().schema_type(Type::String).into();
        self.answers.push(Answer { status: 200, about, kind, schema: Some(text) });
        self
    }

    /// It answers without a body.
    #[must_use]
    pub fn answers_nothing(mut self, about: &'static str) -> Self {
        self.answers.push(Answer { status: 204, about, kind: "", schema: None });
        self
    }

    /// It speaks of another schema.
    #[must_use]
    pub fn mentions<T: ToSchema>(mut self) -> Self {
        self.learn::<T>();
        self
    }

    /// It honours `If-Match`.
    #[must_use]
    pub fn versioned(mut self) -> Self {
        self.versioned = true;
        self
    }

    fn learn<T: ToSchema>(&mut self) {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
    }
}

/// One route with its operation.
pub struct Described {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: &'static str,
    /// Who may use it.
    pub permission: Permission,
    /// What the document says of it.
    pub op: Op,
}

/// Collects routes of the API.
#[derive(Default)]
pub struct Api {
    routes: Routes,
    described: Vec<Described>,
}

impl Api {
    /// No routes.
    pub fn new() -> Self {
        Self::default()
    }

    fn note(&mut self, method: Method, path: &'static str, permission: Permission, op: Op) -> Routes {
        self.described.push(Described { method, path, permission, op });
        std::mem::take(&mut self.routes)
    }

    /// Adds a route that reads.
    #[must_use]
    pub fn get<H, T>(mut self, path: &'static str, permission: Permission, handler: H, op: Op) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        let routes = self.note(Method::GET, path, permission, op);
        self.routes = routes.get(path, Access::Api(permission), handler);
        self
    }

    /// Adds a route that changes something.
    #[must_use]
    pub fn post<H, T>(mut self, path: &'static str, permission: Permission, handler: H, op: Op) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        let routes = self.note(Method::POST, path, permission, op);
        self.routes = routes.post(path, Access::Api(permission), handler);
        self
    }

    /// Adds a route that replaces something.
    #[must_use]
    pub fn put<H, T>(mut self, path: &'static str, permission: Permission, handler: H, op: Op) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        let routes = self.note(Method::PUT, path, permission, op);
        self.routes = routes.put(path, Access::Api(permission), handler);
        self
    }

    /// Adds a route that removes something.
    #[must_use]
    pub fn delete<H, T>(mut self, path: &'static str, permission: Permission, handler: H, op: Op) -> Self
    where
        H: Handler<T, Web> + Sync,
        T: 'static,
    {
        let routes = self.note(Method::DELETE, path, permission, op);
        self.routes = routes.delete(path, Access::Api(permission), handler);
        self
    }

    /// Adds the routes of another collection.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.routes = self.routes.merge(other.routes);
        self.described.extend(other.described);
        self
    }

    /// The routes, for the policy table.
    pub fn into_routes(self) -> Routes {
        self.routes
    }

    /// The operations, for the document.
    pub fn described(&self) -> &[Described] {
        &self.described
    }
}

impl Described {
    /// The method as the document names it.
    pub fn http_method(&self) -> HttpMethod {
        match self.method {
            Method::POST => HttpMethod::Post,
            Method::PUT => HttpMethod::Put,
            Method::DELETE => HttpMethod::Delete,
            _ => HttpMethod::Get,
        }
    }

    /// Schemas that it uses.
    pub fn schemas(&self) -> &[(String, RefOr<Schema>)] {
        &self.op.schemas
    }

    /// The operation.
    pub fn operation(&self) -> Operation {
        let op = &self.op;
        let role = self.permission.least_role().as_str();
        let mut about = op.about.map(|text| format!("{text}\n\n")).unwrap_or_default();
        about.push_str(&format!("Needs the role `{role}`."));
        let mut built = OperationBuilder::new()
            .operation_id(Some(op.id))
            .tag(op.tag)
            .summary(Some(op.summary))
            .description(Some(about));
        for parameter in self.path_parameters().into_iter().chain(op.params.clone()) {
            built = built.parameter(parameter);
        }
        if self.method == Method::POST {
            built = built.parameter_ref(Ref::new("#/components/parameters/IdempotencyKey"));
        }
        if op.versioned {
            built = built.parameter_ref(Ref::new("#/components/parameters/IfMatch"));
        }
        if let Some((schema, example)) = &op.body {
            let content = ContentBuilder::new().schema(Some(schema.clone())).example(Some(example.clone()));
            let body = RequestBodyBuilder::new()
                .content("application/json", content.build())
                .required(Some(Required::True));
            built = built.request_body(Some(body.build()));
        }
        self.with_answers(built).build()
    }

    fn with_answers(&self, mut built: OperationBuilder) -> OperationBuilder {
        for answer in &self.op.answers {
            let mut response = ResponseBuilder::new().description(answer.about);
            if let Some(schema) = &answer.schema {
                let content = ContentBuilder::new().schema(Some(schema.clone()));
                response = response.content(answer.kind, content.build());
            }
            built = built.response(answer.status.to_string(), response.build());
        }
        built.response("default", RefOr::Ref(Ref::from_response_name("Problem")))
    }

    fn path_parameters(&self) -> Vec<Parameter> {
        let names = self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let one = |name: &str| {
            let about = match name {
                "incident" => "The incident's number or id.",
                "name" => "Short name (a person's address) or id.",
                _ => "Id.",
            };
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some(about))
                .schema(Some(text()))
                .build()
        };
        names.map(one).collect()
    }
}

/// A body without fields; it may be left out.
#[derive(Debug, Default, serde::Deserialize, serde::Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

impl Empty {
    /// Its example.
    pub fn example() -> Value {
        json!({})
    }
}
