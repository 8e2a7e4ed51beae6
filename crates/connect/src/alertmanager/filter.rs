//! The query parameters of `GET /api/v2/alerts` and `/alerts/groups`.
//!
//! Matchers are read first by the classic grammar, then by the newer one with quoted UTF-8 names, and where both apply
//! the classic one wins, as in the original's compatibility mode. Regular expressions are anchored at both ends and of
//! linear cost, with a limit on their size (R41).

use regex::{Regex, RegexBuilder};

/// Matchers of one request.
const MAX_MATCHERS: usize = 32;
/// Characters of one matcher.
const MAX_MATCHER: usize = 2048;
/// Compiled size of one expression, bytes.
const MAX_REGEX: usize = 256 * 1024;

/// How a matcher compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Matches,
    /// `!~`
    NotMatches,
}

/// One condition on one label. A label that an alert does not have counts as empty.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// How its value is compared.
    pub op: Op,
    /// With what.
    pub value: String,
    regex: Option<Regex>,
}

impl Matcher {
    /// Reads one matcher: `name="value"`, `name=~value`, `"a name"!="value"`. The error is the original's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > MAX_MATCHER {
            return Err(format!("bad matcher format: longer than {MAX_MATCHER} characters"));
        }
        let (name, op, value) = match classic(text) {
            Ok(parts) => parts,
            Err(error) => modern(text).ok_or(error)?,
        };
        let regex = match op {
            Op::Matches | Op::NotMatches => Some(anchored(&value)?),
            Op::Equal | Op::NotEqual => None,
        };
        Ok(Self { name, op, value, regex })
    }

    /// Whether a value satisfies it.
    pub fn admits(&self, value: &str) -> bool {
        match (self.op, &self.regex) {
            (Op::Equal, _) => value == self.value,
            (Op::NotEqual, _) => value != self.value,
            (Op::Matches, Some(regex)) => regex.is_match(value),
            (Op::NotMatches, Some(regex)) => !regex.is_match(value),
            (Op::Matches | Op::NotMatches, None) => false,
        }
    }
}

/// An expression that must match the whole text.
fn anchored(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(&format!("^(?:{text})$"))
        .size_limit(MAX_REGEX)
        .dfa_size_limit(MAX_REGEX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "error parsing regexp: expression is too large".to_owned(),
            other => {
                format!("error parsing regexp: {}", other.to_string().lines().last().unwrap_or_default())
            }
        })
}

type Parts = (String, Op, String);

/// Splits at an operator; longer ones first.
fn operator(text: &str) -> Option<(Op, &str)> {
    [("=~", Op::Matches), ("!~", Op::NotMatches), ("!=", Op::NotEqual), ("=", Op::Equal)]
        .into_iter()
        .find_map(|(sign, op)| Some((op, text.strip_prefix(sign)?)))
}

/// The grammar of all versions: a plain name, and a value that may be quoted.
fn classic(text: &str) -> Result<Parts, String> {
    let bad = || format!("bad matcher format: {text}");
    let rest = text.trim();
    let name_len = rest
        .bytes()
        .enumerate()
        .take_while(|(i, b)| {
            b.is_ascii_alphabetic() || *b == b'_' || *b == b':' || (*i > 0 && b.is_ascii_digit())
        })
        .count();
    let (name, rest) =
        rest.split_at_checked(name_len).filter(|(name, _)| !name.is_empty()).ok_or_else(bad)?;
    let (op, raw) = operator(rest.trim_start()).ok_or_else(bad)?;
    Ok((name.to_owned(), op, unescape(raw.trim())?))
}

/// Takes the quotes off a classic value and resolves `\n`, `\"` and `\\`; other backslashes stand for themselves.
fn unescape(raw: &str) -> Result<String, String> {
    let (inner, opened) = raw.strip_prefix('"').map_or((raw, false), |inner| (inner, true));
    let loose = || format!("matcher value contains unescaped double quote: {raw}");
    let mut out = String::with_capacity(inner.len());
    let mut closed = false;
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('"') => out.push('"'),
                Some('\\') | None => out.push('\\'),
                Some(other) => out.extend(['\\', other]),
            },
            '"' if opened && chars.as_str().is_empty() => closed = true,
            '"' => return Err(loose()),
            other => out.push(other),
        }
    }
    if opened == closed { Ok(out) } else { Err(loose()) }
}

/// The newer grammar: names and values are quoted with double quotes, or free of spaces and signs.
fn modern(text: &str) -> Option<Parts> {
    let (name, rest) = token(text.trim())?;
    let (op, rest) = operator(rest.trim_start())?;
    let (value, rest) = token(rest.trim_start())?;
    (rest.is_empty() && !name.is_empty()).then_some((name, op, value))
}

fn token(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"') {
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let value = stream.next()?.ok()?;
        return Some((value, text.get(stream.byte_offset()..)?));
    }
    let end = text.find(|c: char| c.is_whitespace() || "{}!=~,\\\"'`".contains(c)).unwrap_or(text.len());
    let (plain, rest) = text.split_at_checked(end)?;
    (!plain.is_empty()).then(|| (plain.to_owned(), rest))
}

/// What a request wants to see.
#[derive(Debug, Clone)]
pub struct Filter {
    /// All of these must be satisfied.
    pub matchers: Vec<Matcher>,
    /// Alerts that are neither silenced nor inhibited.
    pub active: bool,
    /// Silenced alerts.
    pub silenced: bool,
    /// Inhibited alerts.
    pub inhibited: bool,
    /// Alerts that have not been decided yet.
    pub unprocessed: bool,
    receiver: Option<Regex>,
}

impl Filter {
    /// Reads decoded query parameters; unknown ones are ignored. The error is the text of a 400's body, which the
    /// original writes as a JSON text.
    pub fn parse<'q>(query: impl IntoIterator<Item = (&'q str, &'q str)>) -> Result<Self, String> {
        let mut filter = Self {
            matchers: Vec::new(),
            active: true,
            silenced: true,
            inhibited: true,
            unprocessed: true,
            receiver: None,
        };
        for (name, value) in query {
            match name {
                "filter" if filter.matchers.len() == MAX_MATCHERS => {
                    return Err(format!("bad matcher format: more than {MAX_MATCHERS} matchers"));
                }
                "filter" => filter.matchers.push(Matcher::parse(value)?),
                "active" => filter.active = truth(value),
                "silenced" => filter.silenced = truth(value),
                "inhibited" => filter.inhibited = truth(value),
                "unprocessed" => filter.unprocessed = truth(value),
                "receiver" if value.len() <= MAX_MATCHER => {
                    let regex =
                        anchored(value).map_err(|e| format!("failed to parse receiver param: {e}"))?;
                    filter.receiver = Some(regex);
                }
                "receiver" => return Err("failed to parse receiver param: too long".to_owned()),
                _ => {}
            }
        }
        Ok(filter)
    }

    /// Whether an active alert with these labels, told to this receiver, is wanted.
    pub fn admits<'l>(&self, label: impl Fn(&str) -> Option<&'l str>, receiver: &str) -> bool {
        self.active
            && self.receiver.as_ref().is_none_or(|regex| regex.is_match(receiver))
            && self.matchers.iter().all(|matcher| matcher.admits(label(&matcher.name).unwrap_or_default()))
    }
}

/// What the original's server takes for true; everything else is false.
fn truth(value: &str) -> bool {
    ["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, Op, String) {
        let matcher = Matcher::parse(text).unwrap();
        (matcher.name, matcher.op, matcher.value)
    }

    #[test]
    fn both_grammars_are_read() {
        let expected = |name: &str, op, value: &str| (name.to_owned(), op, value.to_owned());
        for (text, wanted) in [
            ("a=1", expected("a", Op::Equal, "1")),
            (" a = \"1\" ", expected("a", Op::Equal, "1")),
            ("a=", expected("a", Op::Equal, "")),
            ("a!=b c", expected("a", Op::NotEqual, "b c")),
            ("a=~T[12]", expected("a", Op::Matches, "T[12]")),
            (r#"a!~"x\\d""#, expected("a", Op::NotMatches, r"x\d")),
            (r"a=~\d+", expected("a", Op::Matches, r"\d+")),
            (r#"a="line\n\"q\"""#, expected("a", Op::Equal, "line\n\"q\"")),
            (r#""a b"="c""#, expected("a b", Op::Equal, "c")),
            (r#""地域"=~"東.*""#, expected("地域", Op::Matches, "東.*")),
            ("地域=東京", expected("地域", Op::Equal, "東京")),
        ] {
            assert_eq!(parts(text), wanted, "{text}");
        }
    }

    #[test]
    fn errors_are_those_of_the_original() {
        // Recorded from Alertmanager 0.25.
        for (text, error) in [
            ("bad", "bad matcher format: bad"),
            ("", "bad matcher format: "),
            (r#"{alertname="T1"}"#, r#"bad matcher format: {alertname="T1"}"#),
            (r#"alertname="T1"""#, r#"matcher value contains unescaped double quote: "T1"""#),
        ] {
            assert_eq!(Matcher::parse(text).unwrap_err(), error);
        }
        assert!(Matcher::parse("a=~(").unwrap_err().starts_with("error parsing regexp: "));
        let error = Filter::parse([("receiver", "(")]).unwrap_err();
        assert!(error.starts_with("failed to parse receiver param: error parsing regexp: "), "{error}");
    }

    #[test]
    fn expressions_cannot_be_used_against_us() {
        assert!(Matcher::parse("a=~(((x{999}){999}){999})").unwrap_err().contains("too large"));
        assert!(Matcher::parse(&format!("a={}", "x".repeat(5000))).is_err());
        let many: Vec<_> = (0..100).map(|_| ("filter", "a=b")).collect();
        assert!(Filter::parse(many).is_err());
    }

    #[test]
    fn all_matchers_must_be_satisfied_and_a_missing_label_is_empty() {
        let label = |name: &str| (name == "a").then_some("T1");
        let admits =
            |query: &[(&str, &str)]| Filter::parse(query.iter().copied()).unwrap().admits(label, "ops");
        assert!(admits(&[]));
        assert!(admits(&[("filter", "a=~T[12]"), ("filter", "none="), ("filter", "none!=x")]));
        assert!(!admits(&[("filter", "a=~T"), ("filter", "a=T1")]), "expressions match the whole value");
        assert!(!admits(&[("filter", "a=T1"), ("filter", "b=x")]));
        assert!(!admits(&[("active", "false")]));
        assert!(!admits(&[("active", "xx")]), "as in the original");
        assert!(admits(&[("silenced", "false"), ("inhibited", "false"), ("unprocessed", "false")]));
        assert!(admits(&[("receiver", "o.*")]));
        assert!(!admits(&[("receiver", "o")]));
    }
}
