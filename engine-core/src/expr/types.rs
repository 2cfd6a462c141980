//! What is known about the types of data before it is there.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

use super::Value;

/// A static type. Where nothing is known it is [`Type::Dyn`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Type {
    /// Anything.
    #[default]
    Dyn,
    /// `null`
    Null,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `uint`
    Uint,
    /// `double`
    Double,
    /// A number in JSON: `int`, `uint` or `double`.
    Number,
    /// `string`
    String,
    /// One of these texts.
    Enum(Vec<String>),
    /// `bytes`
    Bytes,
    /// A point in time.
    Timestamp,
    /// A length of time.
    Duration,
    /// A type as a value.
    Type,
    /// A list of elements of a type.
    List(Box<Type>),
    /// A map of values of a type.
    Map(Box<Type>),
    /// An object with known fields.
    Object {
        /// The fields that are known.
        fields: BTreeMap<String, Type>,
        /// Whether there may be others.
        open: bool,
    },
    /// One of several types.
    OneOf(Vec<Type>),
}

/// The types of the roots that an expression can name.
pub trait TypeEnv {
    /// The type of a name; `None` if nothing is known, as [`Type::Dyn`].
    fn name(&self, name: &str) -> Option<Type>;
}

/// Nothing is known.
impl TypeEnv for () {
    fn name(&self, _name: &str) -> Option<Type> {
        None
    }
}

impl TypeEnv for BTreeMap<String, Type> {
    fn name(&self, name: &str) -> Option<Type> {
        self.get(name).cloned()
    }
}

/// An operation that, by the types that are declared, can never do what its author meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeFinding {
    /// Where, in characters from the start of the source.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that can be told.
    pub help: Option<String>,
}

/// Schemas nested deeper than this are not looked into.
const MAX_SCHEMA_DEPTH: usize = 32;

impl Type {
    /// The type that a JSON Schema describes; [`Type::Dyn`] where it cannot be told. `properties` describe an object
    /// even where `type` is left out.
    pub fn of_schema(schema: &Json) -> Self {
        of_schema(schema, 0)
    }

    /// The type of a value; [`Self::Dyn`] of what is read in place.
    pub(super) fn of_value(value: &Value<'_>) -> Self {
        match value {
            Value::List(items) => Self::List(Box::new(
                Self::union(items.iter().map(Self::of_value).collect()).unwrap_or_default(),
            )),
            Value::Map(map) => {
                let types = map.entries().iter().map(|(_, value)| Self::of_value(value)).collect();
                Self::Map(Box::new(Self::union(types).unwrap_or_default()))
            }
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Uint(_) => Self::Uint,
            Value::Double(_) => Self::Double,
            Value::String(_) => Self::String,
            Value::Bytes(_) => Self::Bytes,
            Value::Timestamp(_) => Self::Timestamp,
            Value::Duration(_) => Self::Duration,
            Value::Type(_) => Self::Type,
            Value::Json(_) | Value::Cursor(..) => Self::Dyn,
        }
    }

    /// The type of a field, if the value can have one of that name: `None` says that it certainly has not.
    pub fn field(&self, key: &str) -> Option<Self> {
        match self {
            Self::Dyn => Some(Self::Dyn),
            Self::Map(values) => Some((**values).clone()),
            Self::Object { fields, open } => match fields.get(key) {
                Some(field) => Some(field.clone()),
                None => open.then_some(Self::Dyn),
            },
            Self::OneOf(types) => Self::union(types.iter().filter_map(|one| one.field(key)).collect()),
            _ => None,
        }
    }

    /// The type of what is one of several types; `None` for none at all.
    pub fn union(types: Vec<Self>) -> Option<Self> {
        let mut all: Vec<Self> = Vec::new();
        for one in types.into_iter().flat_map(Self::alternatives) {
            if one == Self::Dyn {
                return Some(Self::Dyn);
            }
            if !all.contains(&one) {
                all.push(one);
            }
        }
        if all.len() > 1 { Some(Self::OneOf(all)) } else { all.pop() }
    }

    /// The types that a value of this type may be of: more than one only for [`Type::OneOf`].
    pub fn alternatives(self) -> Vec<Self> {
        match self {
            Self::OneOf(types) => types,
            one => vec![one],
        }
    }
}

fn of_schema(schema: &Json, depth: usize) -> Type {
    let Some(object) = schema.as_object() else { return Type::Dyn };
    if depth > MAX_SCHEMA_DEPTH || object.contains_key("$ref") || object.contains_key("$dynamicRef") {
        return Type::Dyn;
    }
    if let Some(constant) = object.get("const") {
        return of_values(std::slice::from_ref(constant));
    }
    if let Some(values) = object.get("enum").and_then(Json::as_array) {
        return of_values(values);
    }
    for word in ["anyOf", "oneOf"] {
        if let (Some(schemas), None) = (object.get(word).and_then(Json::as_array), object.get("type")) {
            let types = schemas.iter().map(|one| of_schema(one, depth + 1)).collect();
            return Type::union(types).unwrap_or_default();
        }
    }
    match object.get("type") {
        Some(Json::String(name)) => of_type(name, schema, depth),
        Some(Json::Array(names)) => {
            let types = names.iter().map(|name| of_type(name.as_str().unwrap_or_default(), schema, depth));
            Type::union(types.collect()).unwrap_or_default()
        }
        _ if object.contains_key("properties") => of_type("object", schema, depth),
        _ => Type::Dyn,
    }
}

fn of_type(name: &str, schema: &Json, depth: usize) -> Type {
    match name {
        "null" => Type::Null,
        "boolean" => Type::Bool,
        "integer" => Type::Int,
        "number" => Type::Number,
        "string" => Type::String,
        "array" if schema.get("prefixItems").is_none() => {
            Type::List(Box::new(schema.get("items").map_or(Type::Dyn, |items| of_schema(items, depth + 1))))
        }
        "array" => Type::List(Box::default()),
        "object" => of_object(schema, depth),
        _ => Type::Dyn,
    }
}

fn of_object(schema: &Json, depth: usize) -> Type {
    let properties = schema.get("properties").and_then(Json::as_object);
    let others = schema.get("additionalProperties");
    let patterns = schema.get("patternProperties").is_some();
    if let (None, Some(values @ Json::Object(_)), false) = (properties, others, patterns) {
        return Type::Map(Box::new(of_schema(values, depth + 1)));
    }
    let fields = properties.into_iter().flatten();
    let fields = fields.map(|(name, field)| (name.clone(), of_schema(field, depth + 1))).collect();
    let open = patterns || others != Some(&Json::Bool(false));
    Type::Object { fields, open }
}

/// The type of what is one of these constants.
fn of_values(values: &[Json]) -> Type {
    let mut words = Vec::new();
    let mut types = Vec::new();
    for value in values {
        match value {
            Json::String(word) => words.push(word.clone()),
            Json::Null => types.push(Type::Null),
            Json::Bool(_) => types.push(Type::Bool),
            Json::Number(_) => types.push(Type::Number),
            Json::Array(_) => types.push(Type::List(Box::default())),
            Json::Object(_) => types.push(Type::Object { fields: BTreeMap::new(), open: true }),
        }
    }
    if !words.is_empty() {
        types.push(Type::Enum(words));
    }
    Type::union(types).unwrap_or_default()
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => f.write_str("anything"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::Number => f.write_str("number"),
            Self::String | Self::Enum(_) => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::Type => f.write_str("type"),
            Self::List(_) => f.write_str("list"),
            Self::Map(_) | Self::Object { .. } => f.write_str("map"),
            Self::OneOf(types) => {
                for (at, one) in types.iter().enumerate() {
                    write!(f, "{}{one}", if at == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
        }
    }
}
