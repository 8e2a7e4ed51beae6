//! What to copy into a sender's configuration, for every sender that speaks a key's format.
//!
//! Everything is filled in: the address people reach this installation by, and the secret while it is known. Prometheus
//! and Grafana think they talk to an Alertmanager; PagerDuty's clients need another address and nothing else.

use hansei_domain::signal::SourceFormat;
use serde_json::json;

/// What stands in for a secret that is not known any more.
const UNKNOWN: &str = "YOUR_KEY";

/// Something to copy.
pub struct Snippet {
    /// Unique on the page.
    pub id: String,
    /// The file's name, or what it is.
    pub title: &'static str,
    /// The text.
    pub text: String,
    /// One long line that may break.
    pub wrap: bool,
}

/// How one sender is set up.
pub struct Guide {
    /// Stable name; `guide-<name>` says what to do.
    pub name: &'static str,
    /// The sender's own name.
    pub sender: &'static str,
    /// What to copy.
    pub snippets: Vec<Snippet>,
    /// What may be sent, for a format that is Hansei's own: names that go together, and the word that explains them
    /// (`json-field-<word>`).
    pub fields: Vec<(&'static str, &'static str)>,
}

/// The fields of the JSON format, as they are explained.
const JSON_FIELDS: [(&str, &str); 11] = [
    ("summary", "summary"),
    ("action", "action"),
    ("dedup_key", "dedup-key"),
    ("severity", "severity"),
    ("source, component, group, class, client", "source"),
    ("labels, annotations", "labels"),
    ("details", "details"),
    ("links", "links"),
    ("images", "images"),
    ("client_url", "client-url"),
    ("occurred_at, expires_at", "instants"),
];

/// Where this installation is, as senders write it.
struct Here<'a> {
    base: &'a str,
    scheme: &'a str,
    host: &'a str,
    key: &'a str,
}

/// All guides for a format. `base` is the public address, without a slash at the end.
pub fn guides(format: SourceFormat, base: &str, secret: Option<&str>) -> Vec<Guide> {
    let (scheme, host) = base.split_once("://").unwrap_or(("https", base));
    let here = Here { base, scheme, host, key: secret.unwrap_or(UNKNOWN) };
    match format {
        SourceFormat::Alertmanager => {
            vec![here.prometheus(), here.alertmanager_webhook(), here.grafana(), here.curl_alerts()]
        }
        SourceFormat::Pagerduty => vec![here.curl_events(), here.alertmanager_events(), here.clients()],
        SourceFormat::Json => vec![here.curl_json(), here.command_line()],
        SourceFormat::Internal => Vec::new(),
    }
}

fn snippet(id: &str, title: &'static str, text: String) -> Snippet {
    Snippet { id: format!("snippet-{id}"), title, text, wrap: false }
}

fn line(id: &str, text: String) -> Snippet {
    Snippet { id: format!("snippet-{id}"), title: "Shell", text, wrap: true }
}

impl Here<'_> {
    fn prometheus(&self) -> Guide {
        let Self { scheme, host, key, .. } = self;
        let header = format!(
            "alerting:\n  alertmanagers:\n    - scheme: {scheme}\n      authorization:\n        credentials: {key}\n      \
             static_configs:\n        - targets: [\"{host}\"]\n"
        );
        let path = format!(
            "alerting:\n  alertmanagers:\n    - scheme: {scheme}\n      path_prefix: /am/{key}\n      static_configs:\n        \
             - targets: [\"{host}\"]\n"
        );
        Guide {
            name: "prometheus",
            sender: "Prometheus",
            snippets: vec![
                snippet("prometheus", "prometheus.yml", header),
                snippet("prometheus-path", "prometheus.yml (path_prefix)", path),
            ],
            fields: Vec::new(),
        }
    }

    fn alertmanager_webhook(&self) -> Guide {
        let Self { base, key, .. } = self;
        let text = format!(
            "route:\n  receiver: hansei\nreceivers:\n  - name: hansei\n    webhook_configs:\n      - url: \
             {base}/webhooks/alertmanager\n        send_resolved: true\n        http_config:\n          authorization:\n            \
             credentials: {key}\n"
        );
        Guide {
            name: "alertmanager",
            sender: "Alertmanager",
            snippets: vec![snippet("alertmanager", "alertmanager.yml", text)],
            fields: Vec::new(),
        }
    }

    fn grafana(&self) -> Guide {
        let Self { base, key, .. } = self;
        let text = format!(
            "apiVersion: 1\ncontactPoints:\n  - orgId: 1\n    name: Hansei\n    receivers:\n      - uid: hansei\n        type: \
             prometheus-alertmanager\n        settings:\n          url: {base}\n          basicAuthUser: hansei\n          \
             basicAuthPassword: {key}\n"
        );
        let title = "provisioning/alerting/hansei.yaml";
        Guide {
            name: "grafana",
            sender: "Grafana",
            snippets: vec![snippet("grafana", title, text)],
            fields: Vec::new(),
        }
    }

    fn curl_alerts(&self) -> Guide {
        let body = json!([{
            "labels": { "alertname": "Hello", "severity": "warning" },
            "annotations": { "summary": "Hello from curl" },
        }]);
        self.curl("/api/v2/alerts", true, &body)
    }

    fn curl_events(&self) -> Guide {
        let body = json!({
            "routing_key": self.key, "event_action": "trigger", "dedup_key": "hello-1",
            "payload": { "summary": "Hello from curl", "source": "my laptop", "severity": "warning" },
        });
        self.curl("/v2/enqueue", false, &body)
    }

    fn curl_json(&self) -> Guide {
        let body = json!({ "summary": "Hello from curl", "severity": "warning", "dedup_key": "hello-1" });
        Guide { fields: JSON_FIELDS.to_vec(), ..self.curl("/webhooks/json", true, &body) }
    }

    fn curl(&self, path: &str, with_header: bool, body: &serde_json::Value) -> Guide {
        let header =
            if with_header { format!("-H 'Authorization: Bearer {}' ", self.key) } else { String::new() };
        let text =
            format!("curl {header}-H 'Content-Type: application/json' -d '{body}' {}{path}", self.base);
        Guide { name: "curl", sender: "curl", snippets: vec![line("curl", text)], fields: Vec::new() }
    }

    fn alertmanager_events(&self) -> Guide {
        let Self { base, key, .. } = self;
        let text = format!(
            "route:\n  receiver: hansei\nreceivers:\n  - name: hansei\n    pagerduty_configs:\n      - routing_key: {key}\n        \
             url: {base}/v2/enqueue\n        send_resolved: true\n"
        );
        Guide {
            name: "alertmanager",
            sender: "Alertmanager",
            snippets: vec![snippet("alertmanager", "alertmanager.yml", text)],
            fields: Vec::new(),
        }
    }

    fn clients(&self) -> Guide {
        let text = format!("events address: {}/v2/enqueue\nrouting key:    {}\n", self.base, self.key);
        Guide {
            name: "pagerduty",
            sender: "PagerDuty",
            snippets: vec![snippet("clients", "PagerDuty Events v2", text)],
            fields: Vec::new(),
        }
    }

    fn command_line(&self) -> Guide {
        let text = format!(
            "hansei --url {} alert send --key {} --summary 'Hello from the command line' --severity warning",
            self.base, self.key
        );
        Guide { name: "hansei", sender: "hansei", snippets: vec![line("hansei", text)], fields: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offered_format_has_guides_with_address_and_key_filled_in() {
        for format in SourceFormat::OFFERED {
            let guides = guides(format, "https://hansei.example.org:8443", Some("k123"));
            assert!(guides.len() >= 2, "{format:?}");
            let mut ids = Vec::new();
            for snippet in guides.iter().flat_map(|g| &g.snippets) {
                assert!(snippet.text.contains("k123") && snippet.text.contains("hansei.example.org:8443"));
                ids.push(&snippet.id);
            }
            let count = ids.len();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), count, "ids are unique on the page");
        }
    }

    #[test]
    fn the_fields_of_hanseis_own_format_are_explained() {
        let all = guides(SourceFormat::Json, "https://hansei.example.org", None);
        let told: Vec<&str> = all[0].fields.iter().flat_map(|(names, _)| names.split(", ")).collect();
        let every = [
            "summary",
            "action",
            "dedup_key",
            "severity",
            "source",
            "component",
            "group",
            "class",
            "client",
            "labels",
            "annotations",
            "details",
            "links",
            "images",
            "client_url",
            "occurred_at",
            "expires_at",
        ];
        assert_eq!(told, every);
        let words = hansei_app::words::Words::built_in();
        assert!(JSON_FIELDS.iter().all(|(_, word)| words.has(&format!("json-field-{word}"))));
    }

    #[test]
    fn prometheus_gets_its_target_without_a_scheme() {
        let all = guides(SourceFormat::Alertmanager, "https://hansei.example.org", None);
        insta::assert_snapshot!(all[0].snippets[0].text, @r#"
        alerting:
          alertmanagers:
            - scheme: https
              authorization:
                credentials: YOUR_KEY
              static_configs:
                - targets: ["hansei.example.org"]
        "#);
    }
}
