//! What the kinds of entries differ in: their name, their form in the file, and who may change them.

use hansei_app::plan::{
    ComponentDoc, Item, MadeSecret, OrganisationDoc, PersonDoc, PodDoc, ProductDoc, ServiceDoc, TeamDoc,
};
use hansei_domain::access::Permission;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::shapes;

/// A kind of entry.
pub trait Kind: Send + Sync + 'static {
    /// The stable name of the domain.
    const KIND: &'static str;
    /// The field by which it is known.
    const KEY: &'static str;
    /// Who may change it.
    const PERMISSION: Permission;
    /// The name of its view in the document.
    const ENTRY: &'static str;
    /// Its form in the file.
    type Doc: DeserializeOwned + Clone + Send + Sync + 'static;
    /// That form as the document describes it.
    type Shape: ToSchema;
    /// As an entry of a file.
    fn item(doc: Self::Doc) -> Item;
    /// An example.
    fn example() -> Value;
    /// Whether making one may make secrets.
    const SECRETS: bool = false;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $kind:literal by $key:literal, $permission:ident, $form:ident as $variant:ident,
        $shape:ident, $entry:literal, $secrets:literal, $example:tt;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl Kind for $name {
            const KIND: &'static str = $kind;
            const KEY: &'static str = $key;
            const PERMISSION: Permission = Permission::$permission;
            const ENTRY: &'static str = $entry;
            const SECRETS: bool = $secrets;
            type Doc = $form;
            type Shape = shapes::$shape;
            fn item(doc: $form) -> Item {
                Item::$variant(doc)
            }
            fn example() -> Value {
                json!($example)
            }
        }
    )*};
}

kinds! {
    /// Teams.
    Teams: "team" by "slug", ManageCatalog, TeamDoc as Team, Team, "TeamEntry", false,
        {"slug": "chat", "name": "Chat", "members": ["aiko@example.org"]};
    /// People.
    People: "person" by "email", ManagePeople, PersonDoc as Person, Person, "PersonEntry", true,
        {"email": "aiko@example.org", "name": "Aiko", "role": "responder", "locale": "ja", "zone": "Asia/Tokyo",
         "contacts": [{"kind": "email", "address": "aiko@example.org"}], "next_contact_secs": 60};
    /// Products.
    Products: "product" by "slug", ManageCatalog, ProductDoc as Product, Product, "ProductEntry", false,
        {"slug": "workspace", "name": "Workspace"};
    /// Components.
    Components: "component" by "slug", ManageCatalog, ComponentDoc as Component, Component, "ComponentEntry", false,
        {"slug": "messaging", "name": "Messaging", "product": "workspace"};
    /// Pods.
    Pods: "pod" by "slug", ManageCatalog, PodDoc as Pod, Pod, "PodEntry", false,
        {"slug": "pod-17", "name": "Pod 17", "region": "eu-central"};
    /// Services.
    Services: "service" by "slug", ManageCatalog, ServiceDoc as Service, Service, "ServiceEntry", false,
        {"slug": "chat", "name": "Chat", "owner": "chat", "components": ["messaging"],
         "escalation": {"steps": [{"delay_secs": 0, "teams": ["chat"]}], "repeat": 1, "exhaust_after_secs": 300},
         "rule": {"critical": 1, "error": 2, "warning": 3, "info": null, "page_up_to": 2,
                  "group_by": {"kind": "labels", "names": ["pod"]}, "auto_resolve": true,
                  "reopen_window_secs": 86400}};
    /// The settings.
    Settings: "settings" by "name", ManageSettings, OrganisationDoc as Organisation, Organisation, "SettingsEntry",
        false,
        {"name": "Example GmbH", "locale": "en", "zone": "Europe/Berlin", "fallback": ["ada@example.org"]};
}

/// A secret made for a new webhook, as it is shown.
pub fn secrets(made: &[MadeSecret]) -> Vec<Value> {
    made.iter().map(|s| json!({"url": s.url, "secret": s.secret})).collect()
}
