//! The reader itself: a cursor over checked UTF-8.

use std::borrow::Cow;

use super::scan::plain_len;
use super::{Broken, Fault, MAX_DEPTH};

/// What stands at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Bool,
    Null,
}

impl Kind {
    /// Its name with an article, for errors.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Bool => "a boolean",
            Self::Null => "null",
        }
    }
}

/// Where one is inside an array or object: whether its first member is still to come.
#[derive(Debug)]
pub(crate) struct Seq {
    first: bool,
}

/// A cursor over a body.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    fault: Option<Fault>,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of a body, which must be UTF-8. A byte order mark before it, as some systems write it, is
    /// passed over.
    pub(crate) fn new(body: &'a [u8]) -> Result<Self, Broken> {
        match std::str::from_utf8(body) {
            Ok(text) => {
                let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
                Ok(Self { text, at, depth: 0, fault: None })
            }
            Err(error) => Err(Broken { at: error.valid_up_to(), what: "invalid UTF-8" }),
        }
    }

    /// Where the cursor stands, in bytes from the start of the body.
    pub(crate) fn at(&self) -> usize {
        self.at.min(self.text.len())
    }

    /// Where the next value begins.
    pub(crate) fn place(&mut self) -> usize {
        self.next_byte();
        self.at()
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.text.len().saturating_sub(self.at)
    }

    /// The fault met since the last call, if any.
    pub(crate) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// What comes next.
    pub(crate) fn peek(&mut self) -> Result<Kind, Broken> {
        match self.next_byte() {
            Some(b'"') => Ok(Kind::Text),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(_) => self.broken("expected a value"),
            None => self.broken("unexpected end of the body"),
        }
    }

    /// Enters an object.
    pub(crate) fn begin_object(&mut self) -> Result<Seq, Broken> {
        self.begin(b'{', "expected an object")
    }

    /// Enters an array.
    pub(crate) fn begin_array(&mut self) -> Result<Seq, Broken> {
        self.begin(b'[', "expected an array")
    }

    fn begin(&mut self, open: u8, what: &'static str) -> Result<Seq, Broken> {
        if self.next_byte() != Some(open) {
            return self.broken(what);
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.blame(Fault::TooDeep);
        }
        Ok(Seq { first: true })
    }

    /// The next key of an object, with the cursor before its value; `None` behind the object.
    pub(crate) fn next_key(&mut self, seq: &mut Seq) -> Result<Option<Cow<'a, str>>, Broken> {
        if !self.next_member(seq, b'}')? {
            return Ok(None);
        }
        if self.next_byte() != Some(b'"') {
            return self.broken("expected a key");
        }
        let key = self.text()?;
        self.colon()?;
        Ok(Some(key))
    }

    /// Whether an array has one more item, with the cursor before it.
    pub(crate) fn next_item(&mut self, seq: &mut Seq) -> Result<bool, Broken> {
        self.next_member(seq, b']')
    }

    fn next_member(&mut self, seq: &mut Seq, close: u8) -> Result<bool, Broken> {
        match self.next_byte() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(false)
            }
            Some(b',') if !seq.first => {
                self.at += 1;
                // A comma promises a member.
                if self.next_byte() == Some(close) {
                    return self.broken("unexpected comma before the end");
                }
                Ok(true)
            }
            Some(_) if seq.first => {
                seq.first = false;
                Ok(true)
            }
            Some(_) => self.broken("expected a comma or the end"),
            None => self.broken("unexpected end of the body"),
        }
    }

    fn colon(&mut self) -> Result<(), Broken> {
        if self.next_byte() != Some(b':') {
            return self.broken("expected a colon");
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a string. One with a fault is mended with U+FFFD, so that reading can go on; see [`Self::take_fault`].
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, Broken> {
        if self.next_byte() != Some(b'"') {
            return self.broken("expected a string");
        }
        self.at += 1;
        let start = self.at;
        self.at += plain_len(self.rest());
        if self.here() == Some(b'"') {
            let plain = self.slice(start, self.at);
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let plain = self.slice(start, self.at);
        // Most strings with escapes have few of them and end soon behind the first.
        let mut out = String::with_capacity(plain.len() + 64);
        out.push_str(plain);
        loop {
            match self.here() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(out));
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return self.broken("control character in a string"),
                None => return self.broken("unexpected end of a string"),
            }
            let start = self.at;
            self.at += plain_len(self.rest());
            out.push_str(self.slice(start, self.at));
        }
    }

    /// Reads one escape at the cursor.
    fn escape(&mut self) -> Result<char, Broken> {
        self.at += 1;
        let letter = self.here();
        self.at += 1;
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return self.broken("unknown escape in a string"),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Broken> {
        let unit = self.hex4()?;
        let code = match unit {
            0xD800..=0xDBFF if self.rest().starts_with(b"\\u") => {
                let back = self.at;
                self.at += 2;
                let low = self.hex4()?;
                if (0xDC00..=0xDFFF).contains(&low) {
                    0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
                } else {
                    // The second escape stands for itself.
                    self.at = back;
                    unit
                }
            }
            _ => unit,
        };
        if code == 0 {
            self.blame(Fault::Nul);
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        Ok(char::from_u32(code).unwrap_or_else(|| {
            self.blame(Fault::LoneSurrogate);
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn hex4(&mut self) -> Result<u32, Broken> {
        let digits = self.rest().get(..4).unwrap_or_default();
        let mut value = 0;
        for digit in digits {
            let Some(digit) = char::from(*digit).to_digit(16) else { break };
            value = value * 16 + digit;
            self.at += 1;
        }
        if digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit) {
            Ok(value)
        } else {
            self.broken("expected four hexadecimal digits")
        }
    }

    /// Reads a number as it is written.
    pub(crate) fn number(&mut self) -> Result<&'a str, Broken> {
        self.next_byte();
        let start = self.at;
        if self.here() == Some(b'-') {
            self.at += 1;
        }
        match self.here() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return self.broken("expected a digit"),
        }
        let whole = self.at - start;
        let mut exponent = false;
        if self.here() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.here(), Some(b'e' | b'E')) {
            exponent = true;
            self.at += 1;
            if matches!(self.here(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        let number = self.slice(start, self.at);
        // Only these can leave the range of a double.
        if (exponent || whole > 300) && number.parse::<f64>().is_ok_and(f64::is_infinite) {
            self.blame(Fault::HugeNumber);
        }
        Ok(number)
    }

    fn digits(&mut self) {
        self.at += self.rest().iter().take_while(|b| b.is_ascii_digit()).count();
    }

    fn some_digits(&mut self) -> Result<(), Broken> {
        let before = self.at;
        self.digits();
        if self.at == before { self.broken("expected a digit") } else { Ok(()) }
    }

    /// Reads `true` or `false`.
    pub(crate) fn boolean(&mut self) -> Result<bool, Broken> {
        self.next_byte();
        if self.rest().starts_with(b"true") {
            self.at += 4;
            Ok(true)
        } else if self.rest().starts_with(b"false") {
            self.at += 5;
            Ok(false)
        } else {
            self.broken("expected true or false")
        }
    }

    /// Reads `null`.
    pub(crate) fn null(&mut self) -> Result<(), Broken> {
        self.next_byte();
        if self.rest().starts_with(b"null") {
            self.at += 4;
            Ok(())
        } else {
            self.broken("expected null")
        }
    }

    /// Reads any value and returns it as it is written. Its strings, numbers and depth are checked like all others.
    pub(crate) fn skip(&mut self) -> Result<&'a str, Broken> {
        self.next_byte();
        let start = self.at;
        // One entry per open array or object, with whether it is an object. Grows with the body at most.
        let mut open: Vec<(Seq, bool)> = Vec::new();
        loop {
            match self.peek()? {
                Kind::Object => open.push((self.begin_object()?, true)),
                Kind::Array => open.push((self.begin_array()?, false)),
                Kind::Text => drop(self.text()?),
                Kind::Number => drop(self.number()?),
                Kind::Bool => drop(self.boolean()?),
                Kind::Null => self.null()?,
            }
            // Leave everything that ends here, up to the next value or the end of the whole.
            loop {
                let Some((seq, object)) = open.last_mut() else {
                    return Ok(self.slice(start, self.at));
                };
                let more = if *object { self.next_key(seq)?.is_some() } else { self.next_item(seq)? };
                if more {
                    break;
                }
                open.pop();
            }
        }
    }

    /// Checks that nothing but white space follows.
    pub(crate) fn end(&mut self) -> Result<(), Broken> {
        match self.next_byte() {
            None => Ok(()),
            Some(_) => self.broken("unexpected text behind the value"),
        }
    }

    fn blame(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    fn broken<T>(&self, what: &'static str) -> Result<T, Broken> {
        Err(Broken { at: self.at.min(self.text.len()), what })
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn here(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips white space and returns the byte at the cursor.
    fn next_byte(&mut self) -> Option<u8> {
        loop {
            match self.here() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other,
            }
        }
    }

    /// A part of the body; its ends are always next to ASCII characters.
    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }
}
