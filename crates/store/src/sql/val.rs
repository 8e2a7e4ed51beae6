//! A value on its way into the database.

use std::borrow::Cow;

use jiff::Timestamp;

/// One value of one column or parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Val<'a> {
    /// Nothing; takes the type of its place.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// An instant, microseconds since 1970-01-01 UTC.
    At(i64),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
}

impl Val<'_> {
    /// What it is, for errors: never what it says, which may be a secret.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text(_) => "text",
            Self::Int(_) => "a number",
            Self::Bool(_) => "a truth value",
            Self::At(_) => "an instant",
            Self::Bytes(_) => "bytes",
        }
    }

    /// Any typed id or other value as its text.
    pub fn display(value: impl std::fmt::Display) -> Val<'static> {
        Val::Text(Cow::Owned(value.to_string()))
    }

    /// Like [`Self::display`], of something that may be missing.
    pub fn display_opt(value: Option<impl std::fmt::Display>) -> Val<'static> {
        value.map_or(Val::Null, Val::display)
    }
}

impl<'a> From<&'a str> for Val<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a String> for Val<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Val<'_> {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl<'a> From<&'a [u8]> for Val<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(value))
    }
}

impl From<Vec<u8>> for Val<'_> {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(value))
    }
}

impl From<i64> for Val<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Val<'_> {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<u64> for Val<'_> {
    /// Counts never reach the ninth quintillion; one that did would stay there instead of turning negative.
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Val<'_> {
    fn from(value: usize) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Val<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Timestamp> for Val<'_> {
    fn from(value: Timestamp) -> Self {
        Self::At(value.as_microsecond())
    }
}

impl<'a, T: Into<Val<'a>>> From<Option<T>> for Val<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
