//! A service as a form, and back.
//!
//! Steps are rows whose fields carry an index: `escalation.steps[3].delay_secs`. Rows can be added, removed and moved
//! by script or, without it, by posting the form; either way indexes may have gaps, and the order of the fields is the
//! order of the steps. Before anything is checked, rows are numbered anew, so that the use-case's errors
//! (`escalation.steps[1].targets`) find their fields.

use hansei_app::catalog::Catalog;
use hansei_domain::catalog::{EscalationPolicy, EscalationStep, GroupBy, IncidentRule, Service, StepTarget};
use hansei_domain::ids::{ComponentId, IdSeed, PersonId, ServiceId, TeamId};
use hansei_domain::incident::Severity;
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::AlertSeverity;
use hansei_domain::text::{self, Name, Note};

use crate::form::Form;
use crate::pages::kit::{slugs, spans};

/// What the fields of all steps begin with.
const STEPS: &str = "escalation.steps[";

/// The names of the two fields of a step.
pub fn step_fields(index: &str) -> (String, String) {
    (format!("{STEPS}{index}].delay_secs"), format!("{STEPS}{index}].targets"))
}

/// One row of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    index: String,
    delay: String,
    targets: Vec<String>,
}

fn rows(form: &Form) -> Vec<Row> {
    let mut out: Vec<Row> = Vec::new();
    for (name, value) in form.fields() {
        let Some((index, field)) = name.strip_prefix(STEPS).and_then(|rest| rest.split_once("].")) else {
            continue;
        };
        let at = out.iter().position(|r| r.index == index).unwrap_or_else(|| {
            out.push(Row { index: index.to_owned(), delay: String::new(), targets: Vec::new() });
            out.len() - 1
        });
        let Some(row) = out.get_mut(at) else { continue };
        match field {
            "delay_secs" => row.delay.clone_from(value),
            "targets" => row.targets.push(value.clone()),
            _ => {}
        }
    }
    out
}

/// How many steps a form has.
pub fn step_count(form: &Form) -> usize {
    rows(form).len()
}

fn with_rows(form: &Form, rows: &[Row]) -> Form {
    let others = form.fields().iter().filter(|(name, _)| !name.starts_with(STEPS) && !is_button(name));
    let mut out = others.fold(Form::new(), |out, (name, value)| out.with(name.clone(), value));
    for (i, row) in rows.iter().enumerate() {
        let (delay, targets) = step_fields(&i.to_string());
        out = out.with(delay, &row.delay);
        out = row.targets.iter().fold(out, |out, id| out.with(targets.clone(), id));
    }
    out
}

fn is_button(name: &str) -> bool {
    matches!(name, "_add" | "_remove" | "_up" | "_down" | "_preview")
}

/// Numbers the rows anew and does what a button asks of them. Returns the form, and whether a button was pressed.
pub fn arranged(form: &Form) -> (Form, bool) {
    let mut rows = rows(form);
    let at = |name: &str| form.optional(name).and_then(|i| rows.iter().position(|r| r.index == i));
    let (remove, up, down) = (at("_remove"), at("_up"), at("_down"));
    let pressed = form.fields().iter().any(|(name, _)| is_button(name));
    if let Some(i) = remove {
        rows.remove(i);
    }
    if let Some(i) = up.filter(|i| *i > 0) {
        rows.swap(i, i - 1);
    }
    if let Some(i) = down.filter(|i| i + 1 < rows.len()) {
        rows.swap(i, i + 1);
    }
    if form.optional("_add").is_some() {
        let delay = if rows.is_empty() { "0 min" } else { "5 min" };
        rows.push(Row { index: String::new(), delay: delay.into(), targets: Vec::new() });
    }
    (with_rows(form, &rows), pressed)
}

/// What the form of a new service begins with: one step, at once, which tells whoever makes it: nobody else's night is
/// given away by default, and nobody is forgotten.
pub fn blank(maker: PersonId) -> Form {
    let (delay, targets) = step_fields("0");
    let form = with_rule(Form::new(), &IncidentRule::default());
    with_policy(form, &EscalationPolicy::default()).with(delay, "0 min").with(targets, maker)
}

/// What the form of an existing service begins with.
pub fn filled(service: &Service) -> Form {
    let owner = service.owner_team_id.map(|id| id.to_string()).unwrap_or_default();
    let form = Form::new()
        .with("name", &service.name)
        .with("slug", &service.slug)
        .with("description", service.description.as_deref().unwrap_or_default())
        .with("owner_team_id", owner)
        .with("runbook_url", service.runbook_url.as_deref().unwrap_or_default());
    let form = service.components.iter().fold(form, |form, id| form.with("components", id));
    with_rule(with_policy(form, &service.escalation), &service.rule)
}

fn with_policy(mut form: Form, policy: &EscalationPolicy) -> Form {
    for (i, step) in policy.steps.iter().enumerate() {
        let (delay, targets) = step_fields(&i.to_string());
        form = form.with(delay, spans::write(step.delay_secs));
        for target in &step.targets {
            let id = match target {
                StepTarget::Person { id } => id.to_string(),
                StepTarget::Team { id } => id.to_string(),
            };
            form = form.with(targets.clone(), id);
        }
    }
    form.with("escalation.repeat", policy.repeat)
        .with("escalation.exhaust_after_secs", spans::write(policy.exhaust_after_secs))
        .with("escalation.ack_timeout_secs", policy.ack_timeout_secs.map(spans::write).unwrap_or_default())
}

fn with_rule(mut form: Form, rule: &IncidentRule) -> Form {
    for alert in AlertSeverity::ALL {
        let to = rule.severity_for(alert).map(|s| s.rank().to_string()).unwrap_or_default();
        form = form.with(format!("rule.{}", alert.as_str()), to);
    }
    let (group, names) = match &rule.group_by {
        GroupBy::Service => ("service", String::new()),
        GroupBy::Alert => ("alert", String::new()),
        GroupBy::Labels { names } => ("labels", names.join(", ")),
    };
    let form = form
        .with("rule.page_up_to", rule.page_up_to.rank())
        .with("rule.group_by", group)
        .with("rule.group_by.names", names)
        .with("rule.reopen_window_secs", spans::write(rule.reopen_window_secs));
    if rule.auto_resolve { form.with("rule.auto_resolve", "1") } else { form }
}

/// The policy a form describes; errors are noted in the form.
pub fn policy(form: &mut Form) -> Option<EscalationPolicy> {
    let mut steps = Vec::new();
    for i in 0..step_count(form) {
        let (delay, targets) = step_fields(&i.to_string());
        let delay_secs = spans::need(form, &delay);
        let ids: Vec<String> = form.all(&targets).into_iter().map(str::to_owned).collect();
        let read: Option<Vec<StepTarget>> = ids.iter().map(|id| target(id)).collect();
        if read.is_none() {
            form.wrong(&targets, FieldCode::Unknown, "is neither a person nor a team");
        }
        if let (Some(delay_secs), Some(targets)) = (delay_secs, read) {
            steps.push(EscalationStep { delay_secs, targets });
        }
    }
    let repeat = form.need::<u32>("escalation.repeat");
    let exhaust = spans::need(form, "escalation.exhaust_after_secs");
    let ack_timeout_secs = spans::optional(form, "escalation.ack_timeout_secs");
    let (repeat, exhaust_after_secs) = (repeat?, exhaust?);
    Some(EscalationPolicy { steps, repeat, exhaust_after_secs, ack_timeout_secs })
}

fn target(id: &str) -> Option<StepTarget> {
    let person = id.parse().map(|id| StepTarget::Person { id });
    person.or_else(|_| id.parse::<TeamId>().map(|id| StepTarget::Team { id })).ok()
}

/// The rule a form describes; errors are noted in the form.
pub fn rule(form: &mut Form) -> Option<IncidentRule> {
    let mut severities = Vec::new();
    for alert in AlertSeverity::ALL {
        let field = format!("rule.{}", alert.as_str());
        let to = form.optional(&field).map(str::to_owned);
        severities.push(match to {
            None => Some(None),
            Some(text) => form.take(Severity::parse(&field, &text)).map(Some),
        });
    }
    let up_to = Severity::parse("rule.page_up_to", form.value("rule.page_up_to"));
    let up_to = form.take(up_to);
    let group_by = group_by(form);
    let reopen = spans::need(form, "rule.reopen_window_secs");
    let severities: Option<Vec<Option<Severity>>> = severities.into_iter().collect();
    let [info, warning, error, critical] = <[Option<Severity>; 4]>::try_from(severities?).ok()?;
    Some(IncidentRule {
        critical,
        error,
        warning,
        info,
        page_up_to: up_to?,
        group_by: group_by?,
        auto_resolve: form.has("rule.auto_resolve", "1"),
        reopen_window_secs: reopen?,
    })
}

fn group_by(form: &mut Form) -> Option<GroupBy> {
    match form.value("rule.group_by") {
        "service" => Some(GroupBy::Service),
        "alert" => Some(GroupBy::Alert),
        "labels" => {
            let names = form.value("rule.group_by.names").split([',', '、']).map(str::trim);
            let names = names.filter(|n| !n.is_empty()).map(str::to_owned).collect();
            Some(GroupBy::Labels { names })
        }
        _ => {
            form.wrong("rule.group_by", FieldCode::Unknown, "must be service, alert or labels");
            None
        }
    }
}

/// The service a form describes; errors are noted in the form.
pub fn service(catalog: &Catalog, form: &mut Form, id: Option<ServiceId>, ids: &IdSeed) -> Option<Service> {
    let name = Name::parse("name", form.value("name"));
    let name = form.take(name);
    let slug = slugs::read(catalog, "service", form);
    let description = Note::parse_optional("description", form.optional("description"));
    let description = form.take(description).map(|d| d.map(|d| d.to_string()));
    let runbook = form.optional("runbook_url").map(|url| text::link("runbook_url", url)).transpose();
    let runbook = form.take(runbook);
    let owner_team_id: Option<TeamId> = form.parse("owner_team_id");
    let components: Vec<ComponentId> =
        form.all("components").iter().filter_map(|id| id.parse().ok()).collect();
    let (escalation, rule) = (policy(form), rule(form));
    if form.is_wrong() {
        return None;
    }
    Some(Service {
        id: id.unwrap_or_else(|| ids.fresh()),
        slug: slug?,
        name: name?,
        description: description?,
        owner_team_id,
        components,
        runbook_url: runbook?,
        escalation: escalation?,
        rule: rule?,
    })
}

#[cfg(test)]
mod tests {
    use hansei_domain::ids::{PersonId, TypedId};

    use super::*;

    fn steps(form: &Form) -> Vec<(String, Vec<String>)> {
        rows(form).into_iter().map(|r| (r.delay, r.targets)).collect()
    }

    fn two() -> Form {
        // As a browser sends it after rows were removed and moved by script: gaps, and the order is the fields'.
        Form::new()
            .with("name", "Chat")
            .with("escalation.steps[7].targets", "a")
            .with("escalation.steps[7].delay_secs", "0 min")
            .with("escalation.steps[2].delay_secs", "5 min")
            .with("escalation.steps[2].targets", "b")
            .with("escalation.steps[2].targets", "c")
    }

    #[test]
    fn rows_keep_the_order_of_their_fields_and_are_numbered_anew() {
        let (form, pressed) = arranged(&two());
        assert!(!pressed);
        assert_eq!(form.value("escalation.steps[0].delay_secs"), "0 min");
        assert_eq!(form.all("escalation.steps[1].targets"), ["b", "c"]);
        assert_eq!(form.value("name"), "Chat");
    }

    #[test]
    fn buttons_add_remove_and_move_rows_and_lose_nothing() {
        let press = |name: &str, value: &str| arranged(&two().with(name, value));
        let a = ("0 min".to_owned(), vec!["a".to_owned()]);
        let b = ("5 min".to_owned(), vec!["b".to_owned(), "c".to_owned()]);
        let (added, pressed) = press("_add", "steps");
        assert!(pressed && !added.has("_add", "steps"));
        assert_eq!(steps(&added), [a.clone(), b.clone(), ("5 min".to_owned(), vec![])]);
        assert_eq!(steps(&press("_remove", "7").0), std::slice::from_ref(&b));
        assert_eq!(steps(&press("_up", "2").0), [b.clone(), a.clone()]);
        assert_eq!(steps(&press("_down", "7").0), [b.clone(), a.clone()]);
        assert_eq!(steps(&press("_up", "7").0), [a.clone(), b.clone()], "the first cannot go up");
        assert_eq!(steps(&press("_remove", "99").0), [a, b], "an unknown row is nobody's");
    }

    #[test]
    fn a_service_survives_its_form() {
        let service = Service {
            id: ServiceId::from_bits(9),
            slug: text::Slug::from_title("chat", "x"),
            name: Name::lossy("Chat", "-"),
            description: Some("Accepts chats".into()),
            owner_team_id: Some(TeamId::from_bits(3)),
            components: vec![ComponentId::from_bits(4)],
            runbook_url: Some("https://example.org/run".into()),
            escalation: EscalationPolicy {
                steps: vec![EscalationStep {
                    delay_secs: 45,
                    targets: vec![
                        StepTarget::Person { id: PersonId::from_bits(5) },
                        StepTarget::Team { id: TeamId::from_bits(3) },
                    ],
                }],
                repeat: 2,
                exhaust_after_secs: 90,
                ack_timeout_secs: Some(3_600),
            },
            rule: IncidentRule {
                info: Some(Severity::ALL[4]),
                group_by: GroupBy::Labels { names: vec!["pod".into(), "cluster".into()] },
                auto_resolve: false,
                ..IncidentRule::default()
            },
        };
        let mut form = filled(&service);
        let back = super::service(&Catalog::default(), &mut form, Some(service.id), &IdSeed::new(1));
        assert_eq!(back, Some(service));
    }

    #[test]
    fn every_wrong_field_is_named_and_nothing_typed_is_lost() {
        let mut form = arranged(&two().with("rule.group_by", "moon").with("escalation.repeat", "often")).0;
        assert!(service(&Catalog::default(), &mut form, None, &IdSeed::new(1)).is_none());
        for field in [
            "escalation.steps[0].targets",
            "escalation.repeat",
            "escalation.exhaust_after_secs",
            "rule.page_up_to",
            "rule.group_by",
            "rule.reopen_window_secs",
        ] {
            assert!(form.bad(field), "{field}");
        }
        assert_eq!(form.value("escalation.repeat"), "often");
    }
}
