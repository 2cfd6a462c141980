"""Errors: one class for each code, all of them under :class:`FlowwrightError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .types import Diagnostic, Failure, Operator

__all__ = [
    "ActivityError",
    "AlreadyExistsError",
    "ConflictError",
    "CorruptError",
    "FlowwrightError",
    "ForbiddenError",
    "InstanceAborted",
    "InstanceClosedError",
    "InstanceFailed",
    "InstanceSuspendedError",
    "InternalError",
    "InvalidArgumentError",
    "InvalidDefinitionError",
    "InvalidInputError",
    "LeaseLostError",
    "LimitReachedError",
    "NotFoundError",
    "OverloadedError",
    "ShuttingDownError",
    "StepStateError",
    "StoreForeignError",
    "StoreNewerError",
    "StoreUnavailableError",
    "TooLargeError",
    "WaitTimedOutError",
    "WrongLoopError",
    "WrongProcessError",
]


class FlowwrightError(Exception):
    """What every error of the engine is."""

    code: str = "internal"
    """The stable code, the same in every language."""

    retryable: bool = False
    """Whether the same call may succeed later without a change."""

    def __init__(
        self,
        message: str,
        *,
        context: Mapping[str, Any] | None = None,
        diagnostics: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        """What is wrong, and how to mend it."""
        self.context: dict[str, Any] = dict(context or {})
        """Where or with what it happened."""
        self.diagnostics: list[Diagnostic] = list(diagnostics)
        """What is wrong with a definition, finding by finding."""

    def __str__(self) -> str:
        where = "".join(f" ({name}: {value})" for name, value in self.context.items())
        return f"{self.message}{where}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.message, self.__dict__)


def _again(kind: type[FlowwrightError], message: str, state: dict[str, Any]) -> FlowwrightError:
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class InvalidArgumentError(FlowwrightError, ValueError):
    """An argument is not what it must be. Mend the call."""

    code = "invalid_argument"


class InvalidDefinitionError(FlowwrightError, ValueError):
    """A definition has errors: see ``diagnostics``."""

    code = "invalid_definition"


class InvalidInputError(FlowwrightError, ValueError):
    """The input of an instance, the form of a task or a payload does not satisfy its schema."""

    code = "invalid_input"


class NotFoundError(FlowwrightError, LookupError):
    """No such definition, instance, step or task."""

    code = "not_found"


class AlreadyExistsError(FlowwrightError):
    """It exists already, and the caller asked for a refusal in that case."""

    code = "already_exists"


class ConflictError(FlowwrightError):
    """Somebody else was first: the task is claimed or completed, the step has moved on."""

    code = "conflict"


class ForbiddenError(FlowwrightError, PermissionError):
    """The actor may not do that."""

    code = "forbidden"


class InstanceSuspendedError(FlowwrightError):
    """The instance is suspended; resume it first."""

    code = "instance_suspended"


class InstanceClosedError(FlowwrightError):
    """The instance has ended."""

    code = "instance_closed"


class StepStateError(FlowwrightError):
    """The step is in no state in which that can be done to it."""

    code = "step_state"


class TooLargeError(FlowwrightError):
    """A payload or document is larger than its bound."""

    code = "too_large"


class LimitReachedError(FlowwrightError):
    """A bound other than size was reached: kept signals, steps, depth."""

    code = "limit_reached"


class OverloadedError(FlowwrightError):
    """The queue is full. Try again later."""

    code = "overloaded"
    retryable = True


class LeaseLostError(FlowwrightError):
    """Another process owns the instance now. Try again."""

    code = "lease_lost"
    retryable = True


class StoreUnavailableError(FlowwrightError):
    """The store cannot be reached or is busy. Try again."""

    code = "store_unavailable"
    retryable = True


class StoreNewerError(FlowwrightError):
    """The database was written by a newer release."""

    code = "store_newer"


class StoreForeignError(FlowwrightError):
    """The database belongs to something else."""

    code = "store_foreign"


class CorruptError(FlowwrightError):
    """What the store holds does not make sense."""

    code = "corrupt"


class WaitTimedOutError(FlowwrightError, TimeoutError):
    """The wait ended before what it waited for happened. What was waited for goes on."""

    code = "wait_timed_out"
    retryable = True


class ShuttingDownError(FlowwrightError):
    """The engine is shutting down, or is closed."""

    code = "shutting_down"


class WrongProcessError(FlowwrightError, RuntimeError):
    """The engine was opened in another process, before a ``fork``. Open one here."""

    code = "wrong_process"


class InternalError(FlowwrightError):
    """A fault of the engine's own. Please report it."""

    code = "internal"


class WrongLoopError(FlowwrightError, RuntimeError):
    """The engine belongs to another event loop or thread. Only Python has this error."""

    code = "wrong_loop"


class InstanceFailed(FlowwrightError):
    """The instance whose result was waited for has failed."""

    code = "instance_failed"

    def __init__(self, instance: str, error: Failure | None) -> None:
        what = "no error is known" if error is None else ": ".join(filter(None, (error.code, error.message)))
        at = f" at {error.step}" if error and error.step else ""
        super().__init__(f"the instance failed{at}: {what}", context={"instance": instance})
        self.instance = instance
        """The instance."""
        self.error = error
        """What it failed with."""


class InstanceAborted(FlowwrightError):
    """The instance whose result was waited for was ended by an operator."""

    code = "instance_aborted"

    def __init__(self, instance: str, operator: Operator | None) -> None:
        by = f" by {operator.by}" if operator else ""
        why = f": {operator.reason}" if operator and operator.reason else ""
        super().__init__(f"the instance was aborted{by}{why}", context={"instance": instance})
        self.instance = instance
        """The instance."""
        self.operator = operator
        """Who aborted it, and why."""


class ActivityError(Exception):
    """What a handler raises to fail its attempt with a code of its own.

    Any other exception is a failure that may be retried, with the exception's type as its code.
    """

    #: Set by subclasses that have one code.
    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        code: str | None = None,
        message: str = "",
        *,
        retryable: bool = True,
        details: object = None,
    ) -> None:
        self.code = self.default_code if code is None else code
        """The code, which ``retry.only`` and ``retry.except`` of the step look at."""
        self.message = message
        """What happened, for people."""
        self.retryable = retryable
        """Whether another attempt may help."""
        self.details = details
        """Anything more, as data."""
        super().__init__(f"{self.code}: {message}" if message else self.code)


_OWN = (InstanceFailed, InstanceAborted, WrongLoopError)

KINDS: dict[str, type[FlowwrightError]] = {
    kind.code: kind for kind in FlowwrightError.__subclasses__() if kind not in _OWN
}
"""The class of each code that the engine knows."""


def error_of(
    code: str,
    message: str,
    retryable: bool,
    context: dict[str, Any],
    diagnostics: list[dict[str, Any]],
) -> FlowwrightError:
    """Makes the exception of an error that the engine told."""
    from .types import Diagnostic, decode

    found = [decode(Diagnostic, one) for one in diagnostics]
    error = KINDS.get(code, FlowwrightError)(message, context=context, diagnostics=found)
    error.code, error.retryable = code, retryable
    return error
