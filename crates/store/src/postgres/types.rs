//! How values travel to and from PostgreSQL, in its binary format.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use crate::sql::Val;

/// Microseconds from 1970-01-01 to PostgreSQL's own beginning, 2000-01-01.
const EPOCH: i64 = 946_684_800_000_000;

/// An instant as microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Micros(pub i64);

impl<'a> FromSql<'a> for Micros {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let since = i64::from_sql(&Type::INT8, raw)?;
        since.checked_add(EPOCH).map(Self).ok_or_else(|| format!("{ty} is out of range").into())
    }

    accepts!(TIMESTAMPTZ);
}

/// A value as a parameter or as an element of an array; its type is that of its place.
#[derive(Debug)]
pub(super) struct Param<'a>(pub &'a Val<'a>);

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        // A value of another type than its place has would be stored as something else: that is a bug in the
        // statement, and must be told, not guessed.
        match (self.0, ty) {
            (Val::Null, _) => return Ok(IsNull::Yes),
            (Val::Text(text), &Type::TEXT | &Type::VARCHAR) => out.put_slice(text.as_bytes()),
            (Val::Int(number), &Type::INT8) => out.put_i64(*number),
            (Val::Int(number), &Type::INT4) => out.put_i32(i32::try_from(*number)?),
            (Val::Bool(truth), &Type::BOOL) => out.put_u8(u8::from(*truth)),
            (Val::At(micros), &Type::TIMESTAMPTZ) => {
                out.put_i64(micros.checked_sub(EPOCH).ok_or("instant out of range")?);
            }
            (Val::Bytes(bytes), &Type::BYTEA) => out.put_slice(bytes),
            (value, ty) => return Err(format!("{} was given where {ty} is wanted", value.kind()).into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
