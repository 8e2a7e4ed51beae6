//! A judge of answers: does a value fit the schema that the document promises? Only the keywords that the document
//! uses; another one is a failure, so that nothing is waved through unread.

use serde_json::{Map, Value};

/// What does not fit, by place.
pub fn misfits(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    check(document, schema, value, "$", &mut out);
    out
}

const READ: [&str; 21] = [
    "$ref",
    "type",
    "properties",
    "required",
    "items",
    "enum",
    "oneOf",
    "allOf",
    "additionalProperties",
    "description",
    "format",
    "example",
    "examples",
    "minimum",
    "maximum",
    "pattern",
    "propertyNames",
    "title",
    "maxLength",
    "minLength",
    "default",
];

fn check(document: &Value, schema: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
    let Some(schema) = schema.as_object() else { return };
    for keyword in schema.keys() {
        assert!(READ.contains(&keyword.as_str()), "{at}: the judge does not know {keyword}");
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = target.strip_prefix('#').unwrap();
        let found = document.pointer(pointer).unwrap_or_else(|| panic!("{target} is nowhere"));
        return check(document, found, value, at, out);
    }
    if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
        return check_all(document, all, value, at, out);
    }
    if let Some(one) = schema.get("oneOf").and_then(Value::as_array) {
        let fits = one.iter().filter(|s| misfits(document, s, value).is_empty()).count();
        if fits != 1 {
            out.push(format!("{at}: {value} fits {fits} of the choices"));
        }
        return;
    }
    check_type(schema, value, at, out);
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        out.push(format!("{at}: {value} is not one of {allowed:?}"));
    }
    if let Value::Object(fields) = value {
        check_fields(document, schema, fields, at, out);
    }
    if let (Value::Array(items), Some(item)) = (value, schema.get("items")) {
        for (i, one) in items.iter().enumerate() {
            check(document, item, one, &format!("{at}[{i}]"), out);
        }
    }
}

/// Each part must fit, and together they must name every field.
fn check_all(document: &Value, all: &[Value], value: &Value, at: &str, out: &mut Vec<String>) {
    let known: Vec<String> = all.iter().flat_map(|s| field_names(document, s)).collect();
    for part in all {
        let own = field_names(document, part);
        let mut shown = value.clone();
        if let Value::Object(fields) = &mut shown {
            fields.retain(|name, _| own.contains(name));
        }
        check(document, part, &shown, at, out);
    }
    for name in value.as_object().into_iter().flat_map(Map::keys).filter(|name| !known.contains(name)) {
        out.push(format!("{at}.{name}: is not in the schema"));
    }
}

fn field_names(document: &Value, schema: &Value) -> Vec<String> {
    if let Some(target) = schema["$ref"].as_str() {
        return field_names(document, document.pointer(&target[1..]).unwrap());
    }
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().flat_map(|s| field_names(document, s)).collect();
    }
    schema["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect()
}

fn check_type(schema: &Map<String, Value>, value: &Value, at: &str, out: &mut Vec<String>) {
    let allowed: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{at}: the judge does not know the type {other}"),
    };
    if !allowed.iter().any(|name| is(name)) {
        out.push(format!("{at}: {value} is none of {allowed:?}"));
    }
    if schema.get("format").is_some_and(|f| f == "date-time")
        && let Value::String(text) = value
        && text.parse::<hansei_domain::Timestamp>().is_err()
    {
        out.push(format!("{at}: {text} is no instant"));
    }
}

fn check_fields(
    document: &Value,
    schema: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
    out: &mut Vec<String>,
) {
    let none = Map::new();
    let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let name = name.as_str().unwrap();
        if !fields.contains_key(name) {
            out.push(format!("{at}.{name}: is missing"));
        }
    }
    for (name, value) in fields {
        let at = format!("{at}.{name}");
        match (known.get(name), schema.get("additionalProperties")) {
            (Some(schema), _) => check(document, schema, value, &at, out),
            (None, Some(Value::Object(_))) => {
                check(document, &schema["additionalProperties"], value, &at, out)
            }
            (None, None) if known.is_empty() => {}
            (None, _) => out.push(format!("{at}: is not in the schema")),
        }
    }
}

#[test]
fn the_judge_sees_what_does_not_fit() {
    let document = serde_json::json!({"components": {"schemas": {
        "Name": {"type": "string", "enum": ["a", "b"]},
        "One": {"type": "object", "required": ["x"], "properties": {"x": {"$ref": "#/components/schemas/Name"}}},
    }}});
    let both = serde_json::json!({"allOf": [
        {"$ref": "#/components/schemas/One"},
        {"type": "object", "required": ["y"], "properties": {"y": {"type": ["integer", "null"]}}},
    ]});
    let seen = |value: Value| misfits(&document, &both, &value);
    assert!(seen(serde_json::json!({"x": "a", "y": null})).is_empty());
    assert_eq!(seen(serde_json::json!({"x": "c", "y": 1})).len(), 1);
    assert_eq!(seen(serde_json::json!({"x": "a"})), ["$.y: is missing"]);
    assert_eq!(seen(serde_json::json!({"x": "a", "y": 1, "z": 1})), ["$.z: is not in the schema"]);
    assert_eq!(seen(serde_json::json!({"x": "a", "y": "1"})).len(), 1);
}
