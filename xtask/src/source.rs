//! Reads Rust source just far enough to tell code from prose.
//!
//! A check that looks for `Instant::now` must not stumble over a comment that forbids it, a log line that quotes
//! it, or a test that is allowed it. [`code`] blanks comments and literals, [`without_tests`] blanks items under
//! `#[cfg(test)]`. Both replace characters by blanks and keep every line break, so that a position in the result
//! is a line number in the file. This is a lexer of the few forms that matter, not a parser: on source that does
//! not compile its answer is only as good as the source.

/// The text with comments and the contents of string, byte and character literals replaced by blanks.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped_until(&chars, at);
        if end > at {
            blank(&chars[at..end], &mut out);
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment or literal that starts at `at` ends, or `at` itself when none starts there.
fn skipped_until(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => find(chars, at, |c| c == '\n'),
        '/' if next == Some('*') => block_comment_end(chars, at),
        '"' => string_end(chars, at + 1),
        '\'' => character_end(chars, at),
        'r' if !inside_word(chars, at) => raw_string_end(chars, at + 1).unwrap_or(at),
        'b' | 'c' if next == Some('r') && !inside_word(chars, at) => {
            raw_string_end(chars, at + 2).unwrap_or(at)
        }
        _ => at,
    }
}

/// Whether the character at `at` continues a word, so that it cannot start a literal's prefix.
fn inside_word(chars: &[char], at: usize) -> bool {
    at > 0 && is_word(chars[at - 1])
}

/// Whether a character can be part of an identifier.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The first position from `from` on (which may lie past the end) where `wanted` holds, or the end.
fn find(chars: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    chars.iter().skip(from).position(|&c| wanted(c)).map_or(chars.len(), |offset| from + offset)
}

/// The end of the block comment that starts at `at`; they nest.
fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut here = at;
    while here < chars.len() {
        match (chars[here], chars.get(here + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                here += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                here += 2;
                if depth == 0 {
                    return here;
                }
            }
            _ => here += 1,
        }
    }
    here
}

/// The end of the string whose first character is at `from`.
fn string_end(chars: &[char], from: usize) -> usize {
    let mut here = from;
    while here < chars.len() {
        match chars[here] {
            '\\' => here += 2,
            '"' => return here + 1,
            _ => here += 1,
        }
    }
    chars.len()
}

/// The end of the raw string whose hashes start at `from`; nothing when none starts there.
fn raw_string_end(chars: &[char], from: usize) -> Option<usize> {
    let quote = find(chars, from, |c| c != '#');
    if chars.get(quote) != Some(&'"') {
        return None;
    }
    let hashes = quote - from;
    let mut here = quote + 1;
    while here < chars.len() {
        let closing = chars[here] == '"'
            && chars.get(here + 1..here + 1 + hashes).is_some_and(|tail| tail.iter().all(|&c| c == '#'));
        if closing {
            return Some(here + 1 + hashes);
        }
        here += 1;
    }
    Some(chars.len())
}

/// The end of the character literal at `at`, or `at` when the quote starts a lifetime.
fn character_end(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => (find(chars, at + 3, |c| c == '\'') + 1).min(chars.len()),
        (Some(_), Some('\'')) => at + 3,
        _ => at,
    }
}

/// Appends one blank per character, keeping line breaks.
fn blank(chars: &[char], out: &mut String) {
    out.extend(chars.iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
}

/// The code (as [`code`] returns it) with every item under `#[cfg(test)]` or `#[cfg(all(test, …))]` blanked.
pub fn without_tests(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    let mut out = String::with_capacity(code.len());
    let mut at = 0;
    while at < chars.len() {
        if starts_with(&chars, at, "#[cfg(test)]") || starts_with(&chars, at, "#[cfg(all(test") {
            let end = item_end(&chars, at);
            blank(&chars[at..end], &mut out);
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

fn starts_with(chars: &[char], at: usize, prefix: &str) -> bool {
    prefix.chars().enumerate().all(|(offset, c)| chars.get(at + offset) == Some(&c))
}

/// The end of the item whose first attribute starts at `at`: its closing brace, or its semicolon.
fn item_end(chars: &[char], at: usize) -> usize {
    let mut braces = 0_usize;
    let mut others = 0_usize;
    for (offset, &c) in chars[at..].iter().enumerate() {
        match c {
            '(' | '[' => others += 1,
            ')' | ']' => others = others.saturating_sub(1),
            '{' => braces += 1,
            '}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return at + offset + 1;
                }
            }
            ';' if braces == 0 && others == 0 => return at + offset + 1,
            _ => {}
        }
    }
    chars.len()
}

/// Numbers of the lines (from 1) in which `needle` stands as a whole path or word.
pub fn lines_with(code: &str, needle: &str) -> Vec<usize> {
    code.lines()
        .enumerate()
        .filter(|(_, line)| {
            line.match_indices(needle).any(|(start, _)| {
                let before = line[..start].chars().next_back();
                let after = line[start + needle.len()..].chars().next();
                // A needle that ends in punctuation (`dbg!`) bounds itself.
                let open_end = needle.chars().next_back().is_some_and(is_word);
                let open_start = needle.chars().next().is_some_and(is_word);
                !(open_start && before.is_some_and(is_word) || open_end && after.is_some_and(is_word))
            })
        })
        .map(|(index, _)| index + 1)
        .collect()
}

/// Whether a path names a file of tests: their length and their clock are their own affair.
pub fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "tests.rs"
        || name.ends_with("_tests.rs")
        || path.split('/').rev().skip(1).any(|dir| dir == "tests" || dir == "benches")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_kept() {
        let text =
            "let a = \"x::now()\"; // Instant::now\n/* one /* two */\nthree */ let b = 'c';\nfn f<'a>() {}";
        let code = code(text);
        assert_eq!(code.lines().count(), text.lines().count());
        assert!(!code.contains("now"));
        assert!(!code.contains("three"));
        assert!(code.contains("let b ="));
        assert!(code.contains("fn f<'a>() {}"));
    }

    #[test]
    fn raw_strings_escapes_and_odd_characters_end_where_they_should() {
        for (text, kept) in [
            (r##"f(r#"a " b"#, X)"##, "X"),
            (r#"f("a \" b", X)"#, "X"),
            (r"f('\'', X)", "X"),
            (r"f('\u{1F600}', X)", "X"),
            (r#"f(b"a", br"\", X)"#, "X"),
            (r#"for"abc" X"#, "X"),
            ("f('\"', X)", "X"),
        ] {
            let code = code(text);
            assert!(code.contains(kept), "{text} became {code}");
            assert!(!code.contains('a') || text.starts_with("for"), "{text} became {code}");
        }
    }

    #[test]
    fn an_unfinished_literal_runs_to_the_end_without_a_panic() {
        for text in ["\"abc", "'\\", "r#\"abc", "/* abc", "\"abc\\", "'"] {
            assert_eq!(code(text).chars().count(), text.chars().count(), "{text}");
        }
    }

    #[test]
    fn test_items_are_blanked_whole() {
        let text = "fn a() {}\n#[cfg(test)]\n#[path = \"t.rs\"]\nmod tests;\nfn b() {}\n\
                    #[cfg(test)]\nmod more {\n fn c() { if x { y } }\n}\nfn d() {}";
        let code = without_tests(&code(text));
        assert!(code.contains("fn a()") && code.contains("fn b()") && code.contains("fn d()"));
        assert!(!code.contains("fn c()") && !code.contains("mod"));
        assert_eq!(code.lines().count(), text.lines().count());
    }

    #[test]
    fn a_needle_counts_only_as_a_whole_word() {
        let code = "Instant::now()\nMyInstant::now()\nInstant::nowhere()\nx::Instant::now";
        assert_eq!(lines_with(code, "Instant::now"), [1, 4]);
        assert_eq!(lines_with("a\ndbg!(x)", "dbg!"), [2]);
        assert_eq!(lines_with("x.await;", ".await"), [1]);
    }

    #[test]
    fn test_files_are_told_by_name_and_folder() {
        assert!(is_test_file("crates/domain/src/alert/tests.rs"));
        assert!(is_test_file("crates/store/tests/it/contract.rs"));
        assert!(is_test_file("crates/web/src/page_tests.rs"));
        assert!(!is_test_file("crates/testkit/src/lib.rs"));
        assert!(!is_test_file("crates/web/src/attests.rs"));
    }
}
