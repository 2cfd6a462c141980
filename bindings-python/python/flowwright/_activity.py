"""Handlers: how they are called, and what they are told."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import threading
import traceback
import typing
from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ._convert import Converter, Mismatch, converter, moment
from .errors import ActivityError, FlowwrightError, InvalidArgumentError

if TYPE_CHECKING:
    from ._native import Native
    from .types import Json, Purpose

__all__ = ["Activities", "ActivityContext", "Handler"]

Handler = Callable[..., Any]
"""``async def`` or a plain function, of ``(input, context)``, ``(input)`` or nothing."""

H = TypeVar("H", bound=Handler)

_LONGEST_TRACE = 16_000

_logger = logging.getLogger("flowwright.activity")


class ActivityLogger(logging.LoggerAdapter[logging.Logger]):
    """The logger ``flowwright.activity``; its records have ``instance``, ``step`` and ``attempt``."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


class ActivityContext:
    """What a handler is told about the attempt that it makes."""

    __slots__ = (
        "_cancelled",
        "_deadline_ms",
        "_event",
        "_job",
        "_lock",
        "_native",
        "attempt",
        "idempotency_key",
        "instance",
        "last_heartbeat",
        "purpose",
        "step",
    )

    _creation = threading.Lock()

    def __init__(
        self,
        native: Native,
        job: int,
        instance: str,
        step: str,
        attempt: int,
        purpose: Purpose,
        idempotency_key: str,
        deadline_ms: int | None,
        last_heartbeat: Json,
    ) -> None:
        self._native = native
        self._job = job
        self._deadline_ms = deadline_ms
        self._cancelled = False
        self._event: threading.Event | None = None
        self.instance = instance
        """The instance's id."""
        self.step = step
        """The step's path."""
        self.attempt = attempt
        """Which attempt this is, from 1."""
        self.purpose: Purpose = purpose
        """What the handler is run for: ``run``, ``check`` or ``compensate``."""
        self.idempotency_key = idempotency_key
        """The same in every attempt."""
        self.last_heartbeat = last_heartbeat
        """What the attempt before this one said last."""

    @property
    def deadline(self) -> datetime | None:
        """When all attempts together have to be done."""
        return None if self._deadline_ms is None else moment(self._deadline_ms)

    @property
    def cancelled(self) -> threading.Event:
        """Set when the result is not wanted any more. (An ``async def`` handler is cancelled by ``asyncio`` as well.)"""
        if self._event is None:
            with self._creation:
                if self._event is None:
                    self._event = threading.Event()
            if self._cancelled:
                self._event.set()
        return self._event

    @property
    def logger(self) -> ActivityLogger:
        """A logger whose records have ``instance``, ``step`` and ``attempt``."""
        return ActivityLogger(
            _logger, {"instance": self.instance, "step": self.step, "attempt": self.attempt}
        )

    def heartbeat(self, details: Json = None) -> None:
        """Says that the handler lives, and how far it has come; the next attempt is told as ``last_heartbeat``."""
        self._native.beat(self._job, details)

    def _cancel(self) -> None:
        self._cancelled = True
        if self._event is not None:
            self._event.set()


class Activity:
    """A handler, and how it is called."""

    __slots__ = ("_call", "_convert", "function", "is_async", "name")

    def __init__(self, name: str, function: Handler) -> None:
        if not callable(function):
            raise InvalidArgumentError(f"the handler of {name!r} is no function but {function!r}")
        self.name = name
        self.function = function
        self.is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004
        )
        roles, annotation = _parameters(name, function)
        self._call = _CALLS[roles](function)
        self._convert: Converter | None = converter(annotation)

    def call(self, data: Json, context: ActivityContext) -> Any:
        """Calls the function with its input as it wants it."""
        if self._convert is not None:
            try:
                data = self._convert(data)
            except (Mismatch, ValueError) as mismatch:
                raise ActivityError(
                    "invalid_input",
                    f"the input of {self.name} is not what its handler takes: {mismatch}",
                    retryable=False,
                    details=_findings(mismatch),
                ) from mismatch
        return self._call(data, context)


_CALLS: dict[str, Callable[[Handler], Callable[[Any, ActivityContext], Any]]] = {
    "": lambda function: lambda _data, _context: function(),
    "i": lambda function: lambda data, _context: function(data),
    "c": lambda function: lambda _data, context: function(context),
    "ic": lambda function: function,
    "ci": lambda function: lambda data, context: function(context, data),
}


def _parameters(name: str, function: Handler) -> tuple[str, Any]:
    """Which parameter takes what, and the annotation of the input."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return "i", None
    hints = _hints(name, function)
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    roles, annotation = "", None
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL and not roles:
            return "ic", None
        if parameter.kind not in positional:
            if parameter.default is parameter.empty and parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                roles = "too many"
            continue
        hint = hints.get(parameter.name)
        if hint is ActivityContext or "i" in roles:
            if "c" in roles and parameter.default is not parameter.empty:
                continue
            roles += "c"
        else:
            roles, annotation = roles + "i", hint
    if roles not in _CALLS:
        raise InvalidArgumentError(
            f"the handler of {name!r} has to take (input, context), (input) or nothing, not {signature}"
        )
    return roles, annotation


def _hints(name: str, function: Handler) -> dict[str, Any]:
    target: Any = function
    while hasattr(target, "func"):  # functools.partial
        target = target.func
    if not inspect.isroutine(target) and not inspect.isclass(target):
        target = type(target).__call__
    try:
        return typing.get_type_hints(target, include_extras=True)
    except NameError as unknown:
        raise InvalidArgumentError(
            f"the annotations of the handler of {name!r} cannot be read: {unknown}; "
            "define the types where the module can see them"
        ) from None
    except TypeError:
        return {}


def _findings(mismatch: Exception) -> Json:
    """What pydantic says about a model that does not fit."""
    listed = getattr(mismatch, "json", None)
    return json.loads(listed(include_url=False)) if callable(listed) else None


def report(native: Native, job: int, raised: BaseException) -> None:
    """Tells the engine how a handler failed. Details that JSON has no form for are told as text."""
    code, message, retryable, details = failure(raised)
    code, message = _text(str(code)), _text(str(message))
    try:
        native.fail(job, code, message, retryable, details)
    except Exception as unfit:
        if isinstance(unfit, FlowwrightError) and unfit.code != "invalid_argument":
            return  # the engine is gone: the work is done again by another one
        native.fail(job, code, message, retryable, _text(object.__repr__(details)))


def failure(raised: BaseException) -> tuple[str, str, bool, Json]:
    """``(code, message, retryable, details)``."""
    if isinstance(raised, ActivityError):
        return raised.code, raised.message, raised.retryable, raised.details
    if isinstance(raised, asyncio.CancelledError):
        return "cancelled", "the handler was cancelled", True, None
    trace = "".join(traceback.format_exception(raised))
    if len(trace) > _LONGEST_TRACE:
        trace = f"{trace[: _LONGEST_TRACE // 2]}\n…\n{trace[-_LONGEST_TRACE // 2 :]}"
    message = _text(str(raised)) or type(raised).__qualname__
    return type(raised).__qualname__, message, True, {"traceback": _text(trace)}


def _text(text: str) -> str:
    """A text without halves of surrogate pairs."""
    return text.encode(errors="backslashreplace").decode()


def hand_over(native: Native, job: int, output: Any) -> None:
    """Gives the engine what a handler returned."""
    try:
        native.done(job, output)
    except FlowwrightError as unfit:
        if unfit.code != "invalid_argument":
            return  # the engine is gone: the work is done again by another one
        native.fail(job, "invalid_output", unfit.message, False, None)
    except Exception as raised:  # of a model's own code
        report(native, job, raised)


class Activities(dict[str, Handler]):
    """Handlers by name, gathered before there is an engine::

        activities = Activities()

        @activities.activity("credit.pull")
        async def pull(application: Application) -> Score: ...

        engine = await Engine.open("sqlite:app.db", activities=activities)
    """

    @overload
    def activity(self, name: str) -> Callable[[H], H]: ...
    @overload
    def activity(self, name: str, function: H) -> H: ...
    def activity(self, name: str, function: Any = None) -> Any:
        """Adds a handler; as a decorator where only the name is given."""

        def add(function: H) -> H:
            Activity(name, function)
            self[name] = function
            return function

        return add if function is None else add(function)
