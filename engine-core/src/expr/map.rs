//! Maps that expressions build.

use std::cmp::Ordering;

use super::function::{TWO_63, TWO_64};
use super::{Text, Value};

/// The key of a map.
#[derive(Clone, Debug)]
pub enum Key<'a> {
    /// A truth value.
    Bool(bool),
    /// A whole number. Equal to the same number of the other type.
    Int(i64),
    /// A whole number without sign. Equal to the same number of the other type.
    Uint(u64),
    /// Text.
    String(Text<'a>),
}

impl<'a> Key<'a> {
    /// The key that a value is, if it can be one. A double that is a whole number counts as that.
    pub fn of(value: &Value<'a>) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(Self::Bool(*truth)),
            Value::Int(int) => Some(Self::Int(*int)),
            Value::Uint(uint) => Some(Self::Uint(*uint)),
            Value::String(text) => Some(Self::String(text.clone())),
            Value::Double(double) => whole(*double),
            Value::Json(_) => match value.clone().plain() {
                Value::Json(_) => None,
                scalar => Self::of(&scalar),
            },
            _ => None,
        }
    }

    /// The key as a value.
    pub fn to_value(&self) -> Value<'a> {
        match self {
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Int(int) => Value::Int(*int),
            Self::Uint(uint) => Value::Uint(*uint),
            Self::String(text) => Value::String(text.clone()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) | Self::Uint(_) => 1,
            Self::String(_) => 2,
        }
    }

    fn number(&self) -> i128 {
        match self {
            Self::Int(int) => i128::from(*int),
            Self::Uint(uint) => i128::from(*uint),
            Self::Bool(_) | Self::String(_) => 0,
        }
    }
}

/// The key that a double is, if it is a whole number in the range of one.
fn whole<'a>(double: f64) -> Option<Key<'a>> {
    if double.fract() != 0.0 {
        return None;
    }
    if (-TWO_63..TWO_63).contains(&double) {
        return Some(Key::Int(double as i64));
    }
    (TWO_63..TWO_64).contains(&double).then_some(Key::Uint(double as u64))
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key<'_> {}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key<'_> {
    /// Truth values, then numbers, then text.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            (Self::String(left), Self::String(right)) => (**left).cmp(&**right),
            _ => self.rank().cmp(&other.rank()).then_with(|| self.number().cmp(&other.number())),
        }
    }
}

/// A map with its keys in ascending order.
#[derive(Clone, Debug, Default)]
pub struct Map<'a>(Vec<(Key<'a>, Value<'a>)>);

impl<'a> Map<'a> {
    /// A map of these entries, or the first key that stands there twice.
    pub fn new(mut entries: Vec<(Key<'a>, Value<'a>)>) -> Result<Self, Key<'a>> {
        entries.sort_by(|(left, _), (right, _)| left.cmp(right));
        match entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(pair[1].0.clone()),
            None => Ok(Self(entries)),
        }
    }

    /// The value under a key.
    pub fn get(&self, key: &Key<'_>) -> Option<&Value<'a>> {
        let at = self.0.binary_search_by(|(own, _)| own.cmp(key)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The value under a key that is text.
    pub fn get_str(&self, key: &str) -> Option<&Value<'a>> {
        self.get(&Key::String(Text::Borrowed(key)))
    }

    /// The entries in ascending order of their keys.
    pub fn entries(&self) -> &[(Key<'a>, Value<'a>)] {
        &self.0
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
