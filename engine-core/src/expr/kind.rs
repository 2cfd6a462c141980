//! Sets of run-time types, for checking what can never work.

use std::ops::BitOr;

use super::ast::Operator;
use super::{Type, TypeName};

/// The run-time types that a value may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u16);

impl Kinds {
    pub const NONE: Self = Self(0);
    pub const ANY: Self = Self(u16::MAX);
    pub const NULL: Self = Self::of(TypeName::Null);
    pub const BOOL: Self = Self::of(TypeName::Bool);
    pub const INT: Self = Self::of(TypeName::Int);
    pub const UINT: Self = Self::of(TypeName::Uint);
    pub const DOUBLE: Self = Self::of(TypeName::Double);
    pub const STRING: Self = Self::of(TypeName::String);
    pub const BYTES: Self = Self::of(TypeName::Bytes);
    pub const LIST: Self = Self::of(TypeName::List);
    pub const MAP: Self = Self::of(TypeName::Map);
    pub const TIMESTAMP: Self = Self::of(TypeName::Timestamp);
    pub const DURATION: Self = Self::of(TypeName::Duration);
    pub const TYPE: Self = Self::of(TypeName::Type);
    pub const NUMBER: Self = Self(Self::INT.0 | Self::UINT.0 | Self::DOUBLE.0);

    const fn of(name: TypeName) -> Self {
        Self(1 << name as u16)
    }

    /// The kinds of a static type.
    pub fn of_type(known: &Type) -> Self {
        match known {
            Type::Dyn => Self::ANY,
            Type::Null => Self::NULL,
            Type::Bool => Self::BOOL,
            Type::Int => Self::INT,
            Type::Uint => Self::UINT,
            Type::Double => Self::DOUBLE,
            Type::Number => Self::NUMBER,
            Type::String | Type::Enum(_) => Self::STRING,
            Type::Bytes => Self::BYTES,
            Type::Timestamp => Self::TIMESTAMP,
            Type::Duration => Self::DURATION,
            Type::Type => Self::TYPE,
            Type::List(_) => Self::LIST,
            Type::Map(_) | Type::Object { .. } => Self::MAP,
            Type::OneOf(types) => types.iter().map(Self::of_type).fold(Self::NONE, Self::bitor),
        }
    }

    /// The static type of these kinds.
    pub fn to_type(self) -> Type {
        match self {
            Self::NULL => Type::Null,
            Self::BOOL => Type::Bool,
            Self::INT => Type::Int,
            Self::UINT => Type::Uint,
            Self::DOUBLE => Type::Double,
            Self::STRING => Type::String,
            Self::BYTES => Type::Bytes,
            Self::LIST => Type::List(Box::default()),
            Self::MAP => Type::Map(Box::default()),
            Self::TIMESTAMP => Type::Timestamp,
            Self::DURATION => Type::Duration,
            Self::TYPE => Type::Type,
            Self::NUMBER => Type::Number,
            _ => Type::Dyn,
        }
    }

    /// Whether a value can be of both.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// With one kind of number, all.
    fn with_numbers(self) -> Self {
        if self.meets(Self::NUMBER) { self | Self::NUMBER } else { self }
    }

    /// Whether a value of these kinds can equal one of those.
    pub fn can_equal(self, other: Self) -> bool {
        self.with_numbers().meets(other.with_numbers())
    }

    /// Whether a value of these kinds can come before or after one of those.
    pub fn can_be_ordered(self, other: Self) -> bool {
        let ordered =
            Self::BOOL | Self::NUMBER | Self::STRING | Self::BYTES | Self::TIMESTAMP | Self::DURATION;
        Self(self.with_numbers().0 & ordered.0).meets(other.with_numbers())
    }

    /// What an arithmetic operator can give for these kinds; nothing if it never works.
    pub fn operate(self, operator: Operator, other: Self) -> Self {
        let fitting = ARITHMETIC.iter().filter(|(operators, left, right, _)| {
            operators.contains(operator.symbol()) && self.meets(*left) && other.meets(*right)
        });
        fitting.map(|(.., result)| *result).fold(Self::NONE, Self::bitor)
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Operators, what they take, and what they give.
const ARITHMETIC: [(&str, Kinds, Kinds, Kinds); 10] = [
    ("+-*/%", Kinds::INT, Kinds::INT, Kinds::INT),
    ("+-*/%", Kinds::UINT, Kinds::UINT, Kinds::UINT),
    ("+-*/", Kinds::DOUBLE, Kinds::DOUBLE, Kinds::DOUBLE),
    ("+", Kinds::STRING, Kinds::STRING, Kinds::STRING),
    ("+", Kinds::BYTES, Kinds::BYTES, Kinds::BYTES),
    ("+", Kinds::LIST, Kinds::LIST, Kinds::LIST),
    ("+-", Kinds::TIMESTAMP, Kinds::DURATION, Kinds::TIMESTAMP),
    ("+", Kinds::DURATION, Kinds::TIMESTAMP, Kinds::TIMESTAMP),
    ("-", Kinds::TIMESTAMP, Kinds::TIMESTAMP, Kinds::DURATION),
    ("+-", Kinds::DURATION, Kinds::DURATION, Kinds::DURATION),
];
