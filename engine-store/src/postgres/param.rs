//! Parameters that know their types, so that a statement can be sent without asking the server for them first.

use tokio_postgres::types::{ToSql, Type};

use super::row::Id;
use crate::sql::filter::Value;

/// A value with its type in SQL.
pub(super) trait Argument: ToSql + Sync + Send {
    /// The type that it is sent as.
    fn sql_type(&self) -> Type;
}

/// A parameter of its own.
pub(super) type Param<'a> = Box<dyn Argument + 'a>;

/// Parameters in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$(Box::new($value) as $crate::postgres::param::Param<'_>),*]
    };
}
pub(super) use params;

/// A value that columns hold.
pub(super) trait Element {
    const TYPE: Type;
    const ARRAY: Type;
}

macro_rules! elements {
    ($($of:ty => $one:ident, $many:ident;)*) => {
        $(impl Element for $of {
            const TYPE: Type = Type::$one;
            const ARRAY: Type = Type::$many;
        })*
    };
}

elements! {
    i32 => INT4, INT4_ARRAY;
    i64 => INT8, INT8_ARRAY;
    &str => TEXT, TEXT_ARRAY;
    String => TEXT, TEXT_ARRAY;
    &[u8] => BYTEA, BYTEA_ARRAY;
    Vec<u8> => BYTEA, BYTEA_ARRAY;
    Id => UUID, UUID_ARRAY;
}

impl<T: Element> Element for Option<T> {
    const TYPE: Type = T::TYPE;
    const ARRAY: Type = T::ARRAY;
}

impl<T: Element + ToSql + Sync + Send> Argument for T {
    fn sql_type(&self) -> Type {
        T::TYPE
    }
}

/// A column of rows.
impl<T: Element + ToSql + Sync + Send> Argument for Vec<T> {
    fn sql_type(&self) -> Type {
        T::ARRAY
    }
}

impl Argument for Value {
    fn sql_type(&self) -> Type {
        match self {
            Self::Int(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
            // Some are ids, and some are not: the server finds out.
            Self::Blob(_) => Type::UNKNOWN,
        }
    }
}
