"""A handle of an instance, without ``await``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from .._convert import Length
from .._instance import Instance as AsyncInstance
from ..types import Event, Explanation, InstanceView, Json, Outcome, Summary
from ._events import EventStream

if TYPE_CHECKING:
    from ._engine import Engine

T = TypeVar("T")


class Instance:
    """An instance of an engine: see :class:`flowwright.Instance`."""

    __slots__ = ("_instance", "engine")

    def __init__(self, engine: Engine, instance: AsyncInstance) -> None:
        self.engine = engine
        self._instance = instance

    def __repr__(self) -> str:
        return f"Instance({self.id!r})"

    @property
    def id(self) -> str:
        """Its id."""
        return self._instance.id

    @property
    def existing(self) -> bool:
        """Whether it was there already when it was asked for."""
        return self._instance.existing

    @overload
    def result(self, timeout: Length | None = None) -> Json: ...
    @overload
    def result(self, timeout: Length | None = None, *, into: type[T]) -> T: ...
    def result(self, timeout: Length | None = None, *, into: Any = None) -> Any:
        """Waits for its output: see :meth:`flowwright.Instance.result`."""
        found: Any = self.engine._run(self._instance.result(timeout, into=into))
        return found

    def wait(self, timeout: Length | None = None) -> Outcome:
        """Waits for its end."""
        return self.engine.wait(self.id, timeout)

    def outcome(self) -> Outcome | None:
        """How it ended; ``None`` while it goes on."""
        return self.engine.outcome(self.id)

    def get(self) -> InstanceView:
        """Everything about it."""
        return self.engine.get(self.id)

    def summary(self) -> Summary:
        """Its row."""
        return self.engine.summary(self.id)

    def history(self) -> list[Event]:
        """All that has happened to it."""
        return self.engine.history(self.id)

    def explain(self) -> Explanation:
        """Why it is where it is."""
        return self.engine.explain(self.id)

    def signal(
        self,
        name: str,
        payload: Json = None,
        *,
        id: str | None = None,
        correlation: str | None = None,
        ttl: Length | None = None,
    ) -> None:
        """Sends it a signal."""
        self.engine.signal(self.id, name, payload, id=id, correlation=correlation, ttl=ttl)

    def suspend(self, *, by: str = "operator", reason: str = "") -> None:
        """Holds it."""
        self.engine.suspend(self.id, by=by, reason=reason)

    def resume(self, *, by: str = "operator", reason: str = "") -> None:
        """Lets it go on."""
        self.engine.resume(self.id, by=by, reason=reason)

    def abort(
        self, *, compensate: bool = False, force: bool = False, by: str = "operator", reason: str = ""
    ) -> None:
        """Ends it."""
        self.engine.abort(self.id, compensate=compensate, force=force, by=by, reason=reason)

    def retry(self, step: str, *, anew: bool = False, by: str = "operator", reason: str = "") -> None:
        """Does a failed or indeterminate step again."""
        self.engine.retry(self.id, step, anew=anew, by=by, reason=reason)

    def skip(self, step: str, *, by: str = "operator", reason: str = "") -> None:
        """Passes over a failed or indeterminate step."""
        self.engine.skip(self.id, step, by=by, reason=reason)

    def complete_step(
        self, step: str, output: Json = None, *, by: str = "operator", reason: str = ""
    ) -> None:
        """Gives a failed or indeterminate step its output."""
        self.engine.complete_step(self.id, step, output, by=by, reason=reason)

    def events(self, after: int | None = None) -> EventStream:
        """What happens to it, from now on or from behind a position of the engine."""
        return self.engine.events(after, instance=self.id)
