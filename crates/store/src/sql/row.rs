//! A row on its way out of the database, read in place: nothing is copied that the caller does not keep.

use hansei_app::ports::{StoreError, StoreResult};
use jiff::Timestamp;
use rusqlite::types::ValueRef;

use super::table::Kind;
use super::val::Val;

/// A row of either database. Columns are counted from 0; a value of another type than asked for is a bug.
pub(crate) enum Row<'a> {
    /// Of SQLite.
    Lite(&'a rusqlite::Row<'a>),
    /// Of PostgreSQL.
    Pg(&'a tokio_postgres::Row),
}

fn bug(index: usize, error: impl std::fmt::Display) -> StoreError {
    StoreError::Bug(format!("column {index}: {error}"))
}

impl Row<'_> {
    fn lite<T>(
        row: &rusqlite::Row<'_>,
        index: usize,
        read: impl Fn(ValueRef<'_>) -> Result<T, rusqlite::types::FromSqlError>,
    ) -> StoreResult<Option<T>> {
        match row.get_ref(index).map_err(|e| bug(index, e))? {
            ValueRef::Null => Ok(None),
            value => read(value).map(Some).map_err(|e| bug(index, e)),
        }
    }

    /// A text that may be missing.
    pub fn text_opt(&self, index: usize) -> StoreResult<Option<&str>> {
        match self {
            Self::Lite(row) => match row.get_ref(index).map_err(|e| bug(index, e))? {
                ValueRef::Null => Ok(None),
                value => value.as_str().map(Some).map_err(|e| bug(index, e)),
            },
            Self::Pg(row) => row.try_get(index).map_err(|e| bug(index, e)),
        }
    }

    /// A text.
    pub fn text(&self, index: usize) -> StoreResult<&str> {
        self.text_opt(index)?.ok_or_else(|| bug(index, "is missing"))
    }

    /// A whole number that may be missing.
    pub fn int_opt(&self, index: usize) -> StoreResult<Option<i64>> {
        match self {
            Self::Lite(row) => Self::lite(row, index, |v| v.as_i64()),
            Self::Pg(row) => row.try_get(index).map_err(|e| bug(index, e)),
        }
    }

    /// A whole number.
    pub fn int(&self, index: usize) -> StoreResult<i64> {
        self.int_opt(index)?.ok_or_else(|| bug(index, "is missing"))
    }

    /// A count.
    pub fn count(&self, index: usize) -> StoreResult<u64> {
        self.int(index).and_then(|v| u64::try_from(v).map_err(|e| bug(index, e)))
    }

    /// A small count.
    pub fn count32(&self, index: usize) -> StoreResult<u32> {
        self.int(index).and_then(|v| u32::try_from(v).map_err(|e| bug(index, e)))
    }

    /// A truth value.
    pub fn boolean(&self, index: usize) -> StoreResult<bool> {
        match self {
            Self::Lite(_) => self.int(index).map(|v| v != 0),
            Self::Pg(row) => row.try_get(index).map_err(|e| bug(index, e)),
        }
    }

    /// An instant in microseconds that may be missing.
    pub fn micros_opt(&self, index: usize) -> StoreResult<Option<i64>> {
        match self {
            Self::Lite(_) => self.int_opt(index),
            Self::Pg(row) => {
                let at: Option<crate::postgres::Micros> = row.try_get(index).map_err(|e| bug(index, e))?;
                Ok(at.map(|at| at.0))
            }
        }
    }

    /// An instant that may be missing.
    pub fn at_opt(&self, index: usize) -> StoreResult<Option<Timestamp>> {
        self.micros_opt(index)?
            .map(|micros| Timestamp::from_microsecond(micros).map_err(|e| bug(index, e)))
            .transpose()
    }

    /// An instant.
    pub fn at(&self, index: usize) -> StoreResult<Timestamp> {
        self.at_opt(index)?.ok_or_else(|| bug(index, "is missing"))
    }

    /// Bytes that may be missing.
    pub fn bytes_opt(&self, index: usize) -> StoreResult<Option<&[u8]>> {
        match self {
            Self::Lite(row) => match row.get_ref(index).map_err(|e| bug(index, e))? {
                ValueRef::Null => Ok(None),
                value => value.as_blob().map(Some).map_err(|e| bug(index, e)),
            },
            Self::Pg(row) => row.try_get(index).map_err(|e| bug(index, e)),
        }
    }

    /// Bytes.
    pub fn bytes(&self, index: usize) -> StoreResult<&[u8]> {
        self.bytes_opt(index)?.ok_or_else(|| bug(index, "is missing"))
    }

    /// A value of a column of this type, whatever it is.
    pub fn cell(&self, index: usize, kind: Kind) -> StoreResult<Val<'static>> {
        Ok(match kind {
            Kind::Text => self.text_opt(index)?.map(str::to_owned).into(),
            Kind::Int => self.int_opt(index)?.into(),
            Kind::Bool => Val::Bool(self.boolean(index)?),
            Kind::At => self.micros_opt(index)?.map_or(Val::Null, Val::At),
            Kind::Bytes => self.bytes_opt(index)?.map(<[u8]>::to_vec).into(),
        })
    }

    /// A text in its typed form: an id, or anything else that reads itself from text.
    pub fn parsed<T: std::str::FromStr>(&self, index: usize) -> StoreResult<T>
    where
        T::Err: std::fmt::Display,
    {
        self.text(index)?.parse().map_err(|e| bug(index, e))
    }

    /// Like [`Self::parsed`], of something that may be missing.
    pub fn parsed_opt<T: std::str::FromStr>(&self, index: usize) -> StoreResult<Option<T>>
    where
        T::Err: std::fmt::Display,
    {
        self.text_opt(index)?.map(|text| text.parse().map_err(|e| bug(index, e))).transpose()
    }
}
