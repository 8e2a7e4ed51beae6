//! The reader against serde_json as an oracle, and its own rules.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Reads a body by the typed functions into a tree.
fn tree(reader: &mut Reader<'_>) -> Result<Value, Broken> {
    Ok(match reader.peek()? {
        Kind::Null => {
            reader.null()?;
            Value::Null
        }
        Kind::Bool => Value::Bool(reader.boolean()?),
        Kind::Number => serde_json::from_str(reader.number()?).unwrap_or(Value::Null),
        Kind::Text => Value::String(reader.text()?.into_owned()),
        Kind::Array => {
            let mut out = Vec::new();
            let mut seq = reader.begin_array()?;
            while reader.next_item(&mut seq)? {
                out.push(tree(reader)?);
            }
            Value::Array(out)
        }
        Kind::Object => {
            let mut out = serde_json::Map::new();
            let mut seq = reader.begin_object()?;
            while let Some(key) = reader.next_key(&mut seq)? {
                let value = tree(reader)?;
                out.insert(key.into_owned(), value);
            }
            Value::Object(out)
        }
    })
}

fn read(body: &[u8]) -> Result<(Value, Option<Fault>), Broken> {
    let mut reader = Reader::new(body)?;
    let value = tree(&mut reader)?;
    reader.end()?;
    Ok((value, reader.take_fault()))
}

fn skip(body: &[u8]) -> Result<Option<Fault>, Broken> {
    let mut reader = Reader::new(body)?;
    let raw = reader.skip()?;
    assert_eq!(
        raw,
        std::str::from_utf8(body).unwrap().trim_matches([' ', '\n', '\r', '\t']).get(..raw.len()).unwrap()
    );
    reader.end()?;
    Ok(reader.take_fault())
}

/// Both ways of reading agree with each other and with serde_json, where that is as strict as we are.
fn agrees(body: &[u8]) {
    let ours = read(body);
    if std::str::from_utf8(body).is_ok() {
        assert_eq!(skip(body), ours.clone().map(|(_, fault)| fault), "{:?}", String::from_utf8_lossy(body));
    }
    let theirs = serde_json::from_slice::<Value>(body);
    match (ours, theirs) {
        (Ok((value, None)), Ok(expected)) => assert_eq!(value, expected),
        // What we only blame, they refuse or, for U+0000 and depth below their limit, accept.
        (Ok((_, Some(_))), _) | (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("{:?}: {ours:?} against {theirs:?}", String::from_utf8_lossy(body)),
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e30f64..1e30).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn valid_documents_are_read_alike(value in json()) {
        agrees(value.to_string().as_bytes());
        agrees(serde_json::to_string_pretty(&value).unwrap().as_bytes());
    }

    #[test]
    fn damaged_documents_are_refused_alike(value in json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = value.to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        agrees(&body);
        agrees(&body[..at]);
    }

    #[test]
    fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        agrees(&body);
    }

    #[test]
    fn any_mix_of_json_signs_is_survived(body in "[\\[\\]{}:,\"\\\\u0dD8cC9eE.+\\-tfn a1]{0,40}") {
        agrees(body.as_bytes());
    }
}

#[test]
fn corners_of_the_grammar() {
    for body in [
        "0",
        "-0",
        "-0.0e-0",
        "1e5",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "--1",
        "[1,]",
        "[,1]",
        "{,}",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\" 1}",
        "{\"a\"}",
        "{1:2}",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\t\"",
        "\"",
        "tru",
        "nulll",
        "[]]",
        "",
        " ",
        "\"\\ud83d\\ude00\"",
        "\"a\\/b\"",
        "NaN",
        "Infinity",
        "[\"a\",\n\"b\"]\r\n",
        "/**/1",
    ] {
        agrees(body.as_bytes());
    }
}

#[test]
fn faults_are_told_and_reading_goes_on() {
    let fault = |body: &str| read(body.as_bytes()).unwrap().1;
    assert_eq!(fault(r#"["a\u0000b", 1]"#), Some(Fault::Nul));
    for lone in [r#""\ud800""#, r#""\udc00""#, r#""\ud800x""#, r#""\ud800\ud800""#, r#""\ud800\n""#] {
        assert_eq!(fault(lone), Some(Fault::LoneSurrogate), "{lone}");
    }
    assert_eq!(fault("[1e400]"), Some(Fault::HugeNumber));
    assert_eq!(fault(&"9".repeat(400)), Some(Fault::HugeNumber));
    assert_eq!(fault("[1e-400, 1e308, 0.1]"), None);
    assert_eq!(fault(&format!("{}1{}", "[".repeat(32), "]".repeat(32))), None);
    assert_eq!(fault(&format!("{}1{}", "[".repeat(33), "]".repeat(33))), Some(Fault::TooDeep));
}

#[test]
fn depth_costs_no_stack() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(skip(deep.as_bytes()), Ok(Some(Fault::TooDeep)));
    let open = "{\"a\":".repeat(100_000);
    assert!(skip(open.as_bytes()).is_err());
}

#[test]
fn the_place_of_a_mistake_is_told() {
    assert_eq!(read(b"{\"a\": tru}"), Err(Broken { at: 6, what: "expected true or false" }));
    assert_eq!(read(b"ab\xff"), Err(Broken { at: 2, what: "invalid UTF-8" }));
}
