//! A strict, bounded, pull-style reader of JSON for bodies that come from outside.
//!
//! Why not serde: one bad item of a batch must not block the good ones (R5), every refusal names its field, and
//! duplicate keys, NUL, lone surrogates, numbers outside the range of a double and deep nesting are refused (R41). This
//! reader separates the two ways a body can be wrong. [`Broken`] is a mistake of syntax after which nothing can be
//! trusted: the whole body is unreadable. A [`Fault`] is a value that is well-formed but not acceptable: it is
//! remembered, reading goes on behind it, and whoever reads the field collects it with [`Reader::take_fault`] and blames
//! the field.
//!
//! Nothing is copied but strings with escapes; nothing recurses, so depth costs no stack; the cost is linear in the
//! body, whose size the caller has bounded.

mod cursor;
mod fields;
mod scan;
#[cfg(test)]
mod tests;

pub(crate) use cursor::{Kind, Reader};
pub(crate) use fields::{
    Errors, beyond, bytes_of, clip, expect, is_web_link, one_line, optional_text, text_or_number,
    too_large_together,
};

/// Nesting that is read; anything deeper is a fault (R41).
pub(crate) const MAX_DEPTH: usize = 32;

/// A mistake of syntax: nothing behind it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Where, in bytes from the start of the body.
    pub at: usize,
    /// What is wrong, in English.
    pub what: &'static str,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

/// A well-formed value that is not acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A string has U+0000.
    Nul,
    /// A string has half of a surrogate pair.
    LoneSurrogate,
    /// A number does not fit into a double.
    HugeNumber,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl Fault {
    /// What is wrong, in English.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Nul => "must not contain U+0000",
            Self::LoneSurrogate => "must not contain half of a surrogate pair",
            Self::HugeNumber => "holds a number outside the range of a double",
            Self::TooDeep => "is nested deeper than 32 levels",
        }
    }
}
