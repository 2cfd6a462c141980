//! One error type: what kind it is, what to do about it, and where it happened.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The result of a call of the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as a word for programs. [`ErrorKind::ALL`] lists every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is not what it must be. Mend the call.
    InvalidArgument,
    /// A definition has errors. Mend the definition; the message lists them.
    InvalidDefinition,
    /// The input of an instance, the form of a task or a payload does not satisfy its schema.
    InvalidInput,
    /// No such definition, instance, step or task.
    NotFound,
    /// It exists already, and the caller asked for a refusal in that case.
    AlreadyExists,
    /// Somebody else was first: the task is claimed or completed, the step has moved on.
    Conflict,
    /// The actor may not do that.
    Forbidden,
    /// The instance is suspended; resume it first.
    InstanceSuspended,
    /// The instance has ended.
    InstanceClosed,
    /// The step is in no state in which that can be done to it.
    StepState,
    /// A payload or document is larger than its bound.
    TooLarge,
    /// A bound other than size was reached: kept signals, steps, depth.
    LimitReached,
    /// The queue is full. Try again later.
    Overloaded,
    /// The lease on a shard was lost: another process owns the instance now. Try again.
    LeaseLost,
    /// The store cannot be reached or is busy. Try again.
    StoreUnavailable,
    /// The database was written by a newer release.
    StoreNewer,
    /// The database belongs to something else.
    StoreForeign,
    /// What the store holds does not make sense.
    Corrupt,
    /// The wait ended before what it waited for happened. What was waited for goes on.
    WaitTimedOut,
    /// The engine is shutting down.
    ShuttingDown,
    /// The engine was opened in another process, before a `fork`. Open one here.
    WrongProcess,
    /// A fault of the engine's own. Please report it.
    Internal,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::InvalidArgument,
        Self::InvalidDefinition,
        Self::InvalidInput,
        Self::NotFound,
        Self::AlreadyExists,
        Self::Conflict,
        Self::Forbidden,
        Self::InstanceSuspended,
        Self::InstanceClosed,
        Self::StepState,
        Self::TooLarge,
        Self::LimitReached,
        Self::Overloaded,
        Self::LeaseLost,
        Self::StoreUnavailable,
        Self::StoreNewer,
        Self::StoreForeign,
        Self::Corrupt,
        Self::WaitTimedOut,
        Self::ShuttingDown,
        Self::WrongProcess,
        Self::Internal,
    ];

    /// The stable code: the kind's name in snake case, the same in every language.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::InvalidDefinition => "invalid_definition",
            Self::InvalidInput => "invalid_input",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::Conflict => "conflict",
            Self::Forbidden => "forbidden",
            Self::InstanceSuspended => "instance_suspended",
            Self::InstanceClosed => "instance_closed",
            Self::StepState => "step_state",
            Self::TooLarge => "too_large",
            Self::LimitReached => "limit_reached",
            Self::Overloaded => "overloaded",
            Self::LeaseLost => "lease_lost",
            Self::StoreUnavailable => "store_unavailable",
            Self::StoreNewer => "store_newer",
            Self::StoreForeign => "store_foreign",
            Self::Corrupt => "corrupt",
            Self::WaitTimedOut => "wait_timed_out",
            Self::ShuttingDown => "shutting_down",
            Self::WrongProcess => "wrong_process",
            Self::Internal => "internal",
        }
    }

    /// Whether the same call may succeed later without a change.
    pub const fn retryable(self) -> bool {
        matches!(self, Self::Overloaded | Self::LeaseLost | Self::StoreUnavailable | Self::WaitTimedOut)
    }
}

/// An error of the library: a kind with a stable code, a message for people, and the context in which it happened.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind, with a message that says what is wrong and how to mend it.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), context: Vec::new(), source: None }))
    }

    /// Adds where or with what it happened.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((key, value.to_string()));
        self
    }

    /// Adds the error underneath.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable code of the kind.
    pub fn code(&self) -> &'static str {
        self.0.kind.code()
    }

    /// The message, without context.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Pairs of name and value that say where it happened.
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.0.context
    }

    /// Whether the same call may succeed later without a change.
    pub fn retryable(&self) -> bool {
        self.0.kind.retryable()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.0.message)?;
        for (key, value) in &self.0.context {
            write!(f, " ({key}: {value})")?;
        }
        match &self.0.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
