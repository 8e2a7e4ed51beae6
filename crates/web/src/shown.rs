//! What readers may see of what may hold secrets.
//!
//! A webhook's address is often a secret in itself (whoever knows it may post there), and the hash of a key's secret is
//! of no use to anybody but a guesser. Addresses are shown whole to their person and to those who look after people, hashes
//! to nobody.

use hansei_app::auth::Principal;
use hansei_domain::access::Permission;
use hansei_domain::catalog::{CatalogEvent, ContactKind, EntryId};
use hansei_domain::ids::PersonId;
use hansei_domain::journal::{AggregateId, Event, Recorded};
use serde_json::Value;

/// Stands for what is not shown.
const BLOT: &str = "…";

/// Whether a reader sees a person's contacts whole.
pub fn whole(who: &Principal, person: PersonId) -> bool {
    who.person_id == person || who.may(Permission::ManagePeople)
}

/// Where a contact leads, as far as it may be shown.
pub fn destination(contact: &ContactKind, whole: bool) -> String {
    match contact {
        ContactKind::Webhook { url } if !whole => host_of(url),
        other => other.destination().to_owned(),
    }
}

/// Scheme and host of an address.
fn host_of(url: &str) -> String {
    let parsed = url::Url::parse(url).ok();
    let host = parsed.as_ref().and_then(|u| Some((u.scheme(), u.host_str()?)));
    host.map_or_else(|| BLOT.to_owned(), |(scheme, host)| format!("{scheme}://{host}/{BLOT}"))
}

/// Whether an entry of the journal is a reader's business: sessions, addresses of browsers, trials and links of somebody
/// are their own and of those who look after people.
pub fn concerns(who: &Principal, entry: &Recorded) -> bool {
    match (entry.aggregate, &entry.event) {
        (AggregateId::Entry(EntryId::Person(id)), Event::Entry(CatalogEvent::Audited { .. })) => {
            whole(who, id)
        }
        _ => true,
    }
}

/// Takes out of an entry's data what its reader may not see.
pub fn blot_entry(who: &Principal, entry: &Recorded, data: &mut Value) {
    let own = matches!(entry.aggregate, AggregateId::Entry(EntryId::Person(id)) if whole(who, id));
    blot(data, own || who.may(Permission::ManagePeople));
}

/// Takes out addresses of webhooks (unless `whole`) and hashes, wherever they stand.
pub fn blot(data: &mut Value, whole: bool) {
    match data {
        Value::Object(fields) => {
            let webhook = fields.get("kind").and_then(Value::as_str) == Some("webhook");
            for (name, value) in fields.iter_mut() {
                match (name.as_str(), &*value) {
                    ("sha256", Value::String(_)) => *value = BLOT.into(),
                    ("url", Value::String(url)) if webhook && !whole => *value = host_of(url).into(),
                    _ => blot(value, whole),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|value| blot(value, whole)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_of_webhooks_and_hashes_are_taken_out_and_nothing_else() {
        let contact = |url: &str| json!({"kind": "webhook", "url": url});
        let data = json!({
            "doc": {"contacts": [contact("https://u:p@hooks.example.org/T0/secret?x=1"), contact("odd")]},
            "hashes": [{"sha256": "aa", "hint": "abc"}], "url": "https://graphs.example.org/a",
        });
        let mut seen = data.clone();
        blot(&mut seen, false);
        assert_eq!(
            seen,
            json!({
                "doc": {"contacts": [contact("https://hooks.example.org/…"), contact("…")]},
                "hashes": [{"sha256": "…", "hint": "abc"}], "url": "https://graphs.example.org/a",
            })
        );
        let mut whole = data.clone();
        blot(&mut whole, true);
        assert_eq!(whole["doc"], data["doc"]);
        assert_eq!(whole["hashes"][0]["sha256"], "…");
    }
}
