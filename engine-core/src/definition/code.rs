//! The stable codes of what a document alone can get wrong.

/// Declares each code as a constant, and the list of them all.
macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal;)+) => {
        $($(#[doc = $meaning])+ pub const $name: &str = $code;)+

        /// Every code with its meaning.
        pub const ALL: &[(&str, &str)] = &[$(($code, concat!($($meaning),+))),+];
    };
}

codes! {
    /// The text is not well-formed YAML or JSON.
    SYNTAX = "syntax";
    /// There is nothing in the document.
    EMPTY_DOCUMENT = "empty_document";
    /// A second document follows in the same text.
    SEVERAL_DOCUMENTS = "several_documents";
    /// A YAML tag such as `!!str`; the language has none.
    TAG = "tag";
    /// A YAML merge key (`<<`); the language has none.
    MERGE_KEY = "merge_key";
    /// A YAML alias that names no anchor before it, or the value it stands in.
    INVALID_ALIAS = "invalid_alias";
    /// A key that is not a string.
    INVALID_KEY = "invalid_key";
    /// The same key twice in one mapping.
    DUPLICATE_KEY = "duplicate_key";
    /// A plain number that starts with zeros, which are lost.
    LEADING_ZERO = "leading_zero";
    /// The document, a text in it, or what its aliases unfold to is larger than allowed.
    TOO_LARGE = "too_large";
    /// Data, conditions or scopes are nested deeper than allowed.
    TOO_DEEP = "too_deep";
    /// The document has more steps than allowed.
    TOO_MANY_STEPS = "too_many_steps";
    /// There are more findings than are listed.
    TOO_MANY_DIAGNOSTICS = "too_many_diagnostics";
    /// A field that does not exist here.
    UNKNOWN_FIELD = "unknown_field";
    /// A field that must be given.
    MISSING_FIELD = "missing_field";
    /// Fields that exclude one another.
    CONFLICTING_FIELDS = "conflicting_fields";
    /// A field that has no effect beside the others.
    UNUSED_FIELD = "unused_field";
    /// A value of another kind than the field takes: a number where a text must stand.
    WRONG_TYPE = "wrong_type";
    /// A value of the right kind that is not allowed.
    INVALID_VALUE = "invalid_value";
    /// A step type that does not exist.
    UNKNOWN_TYPE = "unknown_type";
    /// An id or key with characters or a length that is not allowed.
    INVALID_ID = "invalid_id";
    /// The same id twice in one scope.
    DUPLICATE_ID = "duplicate_id";
    /// A duration in neither of the two forms.
    INVALID_DURATION = "invalid_duration";
    /// A point in time that is not RFC 3339.
    INVALID_TIMESTAMP = "invalid_timestamp";
    /// An `input` or `form` that is not a JSON Schema.
    INVALID_SCHEMA = "invalid_schema";
}
