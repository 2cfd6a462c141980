//! The stable codes of what a flow can get wrong beyond its document.

/// Declares each code as a constant, and the list of them all.
macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal;)+) => {
        $($(#[doc = $meaning])+ pub const $name: &str = $code;)+

        /// Every code with its meaning.
        pub const ALL: &[(&str, &str)] = &[$(($code, concat!($($meaning),+))),+];
    };
}

codes! {
    /// An edge, `cancels` or `not_by` names a step that is not in the scope.
    UNKNOWN_STEP = "unknown_step";
    /// The same id twice in one scope.
    DUPLICATE_ID = "duplicate_id";
    /// The same edge is written twice: same ends, same outcome, same signal.
    DUPLICATE_EDGE = "duplicate_edge";
    /// No start of the scope reaches the step.
    UNREACHABLE_STEP = "unreachable_step";
    /// A cycle has several entries and no edge inside it is marked `back`.
    CYCLE_ENTRIES = "cycle_entries";
    /// An edge is marked `back`, but is in no cycle or leads to none of its entries.
    INVALID_BACK = "invalid_back";
    /// `max_iterations` on an edge that does not go back.
    INVALID_MAX_ITERATIONS = "invalid_max_iterations";
    /// Cycles, or what `losers: cancel` covers, go beyond what is allowed.
    TOO_COMPLEX = "too_complex";
    /// A join that can never be met.
    JOIN_UNREACHABLE = "join_unreachable";
    /// A step has more than one `else` edge.
    SEVERAL_ELSE = "several_else";
    /// An `else` edge that listens to another outcome than success, or has a condition of its own.
    INVALID_ELSE = "invalid_else";
    /// An `else` edge without another success edge beside it: it is always taken.
    ELSE_WITHOUT_SIBLING = "else_without_sibling";
    /// A signal edge without the name of its signal, or a signal's fields on another edge.
    INVALID_SIGNAL_EDGE = "invalid_signal_edge";
    /// A step asks for more of a resource than its pool has.
    POOL_TOO_SMALL = "pool_too_small";
    /// An expression that does not compile.
    EXPRESSION = "expression";
    /// An expression reads something that does not exist where it stands.
    UNKNOWN_NAME = "unknown_name";
    /// An `input` or `form` that is not a JSON Schema.
    INVALID_SCHEMA = "invalid_schema";
    /// An edge that no run can take.
    EDGE_NEVER_TAKEN = "edge_never_taken";
    /// An expression reads the output of a step that cannot have run by then.
    STEP_NOT_BEFORE = "step_not_before";
    /// An operation on types that can never do what was meant.
    TYPE_MISMATCH = "type_mismatch";
    /// A condition that gives no truth value.
    CONDITION_NOT_BOOL = "condition_not_bool";
    /// An edge that other edges imply.
    REDUNDANT_EDGE = "redundant_edge";
    /// `not_by` names a step that no person does.
    NOT_BY_WITHOUT_PERSON = "not_by_without_person";
}
