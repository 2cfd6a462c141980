"""A handle of an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from ._convert import Length
from ._events import EventStream
from .errors import InstanceAborted, InstanceFailed
from .types import Event, Explanation, InstanceView, Json, Outcome, Summary, decode

if TYPE_CHECKING:
    from ._engine import Engine

T = TypeVar("T")


class Instance:
    """An instance of an engine."""

    __slots__ = ("engine", "existing", "id")

    def __init__(self, engine: Engine, id: str, *, existing: bool = True) -> None:
        self.engine = engine
        """The engine that was asked."""
        self.id = id
        """Its id."""
        self.existing = existing
        """Whether it was there already when it was asked for."""

    def __repr__(self) -> str:
        return f"Instance({self.id!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instance) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    @overload
    async def result(self, timeout: Length | None = None) -> Json: ...
    @overload
    async def result(self, timeout: Length | None = None, *, into: type[T]) -> T: ...
    async def result(self, timeout: Length | None = None, *, into: Any = None) -> Any:
        """Waits for its output; ``into`` says what is made of it: a dataclass, a pydantic model.

        :raises InstanceFailed: with its error.
        :raises InstanceAborted: where an operator ended it.
        :raises WaitTimedOutError: after ``timeout``; the instance goes on.
        """
        outcome = await self.wait(timeout)
        if outcome.status == "failed":
            raise InstanceFailed(self.id, outcome.error)
        if outcome.status == "aborted":
            raise InstanceAborted(self.id, outcome.operator)
        return outcome.output if into is None else decode(into, outcome.output)

    async def wait(self, timeout: Length | None = None) -> Outcome:
        """Waits for its end."""
        return await self.engine.wait(self.id, timeout)

    async def outcome(self) -> Outcome | None:
        """How it ended; ``None`` while it goes on."""
        return await self.engine.outcome(self.id)

    async def get(self) -> InstanceView:
        """Everything about it."""
        return await self.engine.get(self.id)

    async def summary(self) -> Summary:
        """Its row."""
        return await self.engine.summary(self.id)

    async def history(self) -> list[Event]:
        """All that has happened to it."""
        return await self.engine.history(self.id)

    async def explain(self) -> Explanation:
        """Why it is where it is."""
        return await self.engine.explain(self.id)

    async def signal(
        self,
        name: str,
        payload: Json = None,
        *,
        id: str | None = None,
        correlation: str | None = None,
        ttl: Length | None = None,
    ) -> None:
        """Sends it a signal: see :meth:`Engine.signal`."""
        await self.engine.signal(self.id, name, payload, id=id, correlation=correlation, ttl=ttl)

    async def suspend(self, *, by: str = "operator", reason: str = "") -> None:
        """Holds it."""
        await self.engine.suspend(self.id, by=by, reason=reason)

    async def resume(self, *, by: str = "operator", reason: str = "") -> None:
        """Lets it go on."""
        await self.engine.resume(self.id, by=by, reason=reason)

    async def abort(
        self, *, compensate: bool = False, force: bool = False, by: str = "operator", reason: str = ""
    ) -> None:
        """Ends it: see :meth:`Engine.abort`."""
        await self.engine.abort(self.id, compensate=compensate, force=force, by=by, reason=reason)

    async def retry(
        self, step: str, *, anew: bool = False, by: str = "operator", reason: str = ""
    ) -> None:
        """Does a failed or indeterminate step again."""
        await self.engine.retry(self.id, step, anew=anew, by=by, reason=reason)

    async def skip(self, step: str, *, by: str = "operator", reason: str = "") -> None:
        """Passes over a failed or indeterminate step."""
        await self.engine.skip(self.id, step, by=by, reason=reason)

    async def complete_step(
        self, step: str, output: Json = None, *, by: str = "operator", reason: str = ""
    ) -> None:
        """Gives a failed or indeterminate step its output."""
        await self.engine.complete_step(self.id, step, output, by=by, reason=reason)

    def events(self, after: int | None = None) -> EventStream:
        """What happens to it, from now on or from behind a position of the engine."""
        return self.engine.events(after, instance=self.id)
