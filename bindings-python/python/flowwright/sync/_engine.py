"""The engine, as programs without an event loop use it."""

from __future__ import annotations

import asyncio
import atexit
import weakref
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack, overload

from .._activity import Handler
from .._convert import Length
from .._engine import Engine as AsyncEngine
from .._offline import Source
from .._options import EngineOptions, InboxFilter, InstanceFilter, InstanceQuery, StartOptions, TaskFilter
from ..types import (
    Actor,
    Definition,
    Deployed,
    Event,
    Explanation,
    InstanceView,
    Json,
    Load,
    Outcome,
    Page,
    Picture,
    Summary,
    Task,
    Verification,
)
from ._events import EventStream
from ._instance import Instance
from ._loop import Loop

T = TypeVar("T")
H = TypeVar("H", bound=Handler)

_live: weakref.WeakSet[Engine] = weakref.WeakSet()


class Engine:
    """An engine in this process, for programs without an event loop: see :class:`flowwright.Engine`."""

    def __init__(self, loop: Loop, engine: AsyncEngine) -> None:
        self._loop = loop
        self._engine = engine
        _live.add(self)

    @classmethod
    def open(cls, url: str, **options: Unpack[EngineOptions]) -> Self:
        """Opens a store and an engine on it: see :meth:`flowwright.Engine.open`, also for the options."""
        opening = AsyncEngine.open(url, **options)

        async def opened() -> AsyncEngine:
            return await opening

        loop = Loop()
        try:
            return cls(loop, loop.run(opened()))
        except BaseException:
            loop.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            self._engine._bridge.check_process()
        except BaseException:
            work.close()
            raise
        return self._loop.run(work)

    def close(self, grace: Length = 10.0) -> None:
        """Stops in good order: see :meth:`flowwright.Engine.close`."""
        _live.discard(self)
        self._engine._bridge.check_process()
        if self._loop.thread.is_alive():
            try:
                self._run(self._engine.close(grace))
            finally:
                self._loop.stop()

    @overload
    def activity(self, name: str) -> Callable[[H], H]: ...
    @overload
    def activity(self, name: str, function: H) -> H: ...
    def activity(self, name: str, function: Any = None) -> Any:
        """Adds a handler, or puts another one in its place; as a decorator where only the name is given."""

        def add(function: H) -> H:
            async def register() -> None:
                self._engine.activity(name, function)

            self._run(register())
            return function

        return add if function is None else add(function)

    def deploy(self, source: Source) -> Deployed:
        """Deploys a definition."""
        return self._run(self._engine.deploy(source))

    def definitions(self) -> list[Definition]:
        """All definitions, by flow and version."""
        return self._run(self._engine.definitions())

    def set_label(self, flow: str, version: int, label: str) -> None:
        """Gives a version a label, to start it by."""
        self._run(self._engine.set_label(flow, version, label))

    def draw(self, flow: str, version: int | None = None, format: Picture = "json") -> Any:
        """Draws a version of a flow, the newest otherwise."""
        return self._run(self._engine.draw(flow, version, format=format))

    def start(self, flow: str, input: Json = None, **options: Unpack[StartOptions]) -> Instance:
        """Starts an instance; when this returns, it is durable. See :meth:`flowwright.Engine.start`, also for the
        options."""
        return Instance(self, self._run(self._engine.start(flow, input, **options)))

    def instance(self, id: str) -> Instance:
        """A handle of an instance, without asking whether there is one."""
        return Instance(self, self._engine.instance(id))

    def find(self, flow: str, key: str) -> Instance | None:
        """The instance with this key."""
        found = self._run(self._engine.find(flow, key))
        return None if found is None else Instance(self, found)

    def instances(self, **filter: Unpack[InstanceQuery]) -> Page[Summary]:
        """A page of instances, the one created last first; everything given must hold: see
        :meth:`flowwright.Engine.instances`."""
        return self._run(self._engine.instances(**filter))

    def count(self, **filter: Unpack[InstanceFilter]) -> int:
        """How many instances match: see :meth:`flowwright.Engine.count`."""
        return self._run(self._engine.count(**filter))

    def wait(self, instance: str, timeout: Length | None = None) -> Outcome:
        """Waits for the end of an instance."""
        return self._run(self._engine.wait(instance, timeout))

    def outcome(self, instance: str) -> Outcome | None:
        """How an instance ended; ``None`` while it goes on."""
        return self._run(self._engine.outcome(instance))

    def get(self, instance: str) -> InstanceView:
        """Everything about an instance."""
        return self._run(self._engine.get(instance))

    def summary(self, instance: str) -> Summary:
        """An instance's row."""
        return self._run(self._engine.summary(instance))

    def history(self, instance: str) -> list[Event]:
        """All that has happened to an instance."""
        return self._run(self._engine.history(instance))

    def explain(self, instance: str) -> Explanation:
        """Why an instance is where it is."""
        return self._run(self._engine.explain(instance))

    def signal(
        self,
        instance: str,
        name: str,
        payload: Json = None,
        *,
        id: str | None = None,
        correlation: str | None = None,
        ttl: Length | None = None,
    ) -> None:
        """Sends a signal to an instance."""
        self._run(self._engine.signal(instance, name, payload, id=id, correlation=correlation, ttl=ttl))

    def message(self, name: str, correlation: str, payload: Json = None) -> list[str]:
        """Sends a message to whoever waits for it: the instances that have got it."""
        return self._run(self._engine.message(name, correlation, payload))

    def suspend(self, instance: str, *, by: str = "operator", reason: str = "") -> None:
        """Holds an instance."""
        self._run(self._engine.suspend(instance, by=by, reason=reason))

    def resume(self, instance: str, *, by: str = "operator", reason: str = "") -> None:
        """Lets an instance go on."""
        self._run(self._engine.resume(instance, by=by, reason=reason))

    def abort(
        self,
        instance: str,
        *,
        compensate: bool = False,
        force: bool = False,
        by: str = "operator",
        reason: str = "",
    ) -> None:
        """Ends an instance."""
        self._run(self._engine.abort(instance, compensate=compensate, force=force, by=by, reason=reason))

    def retry(
        self, instance: str, step: str, *, anew: bool = False, by: str = "operator", reason: str = ""
    ) -> None:
        """Does a failed or indeterminate step again."""
        self._run(self._engine.retry(instance, step, anew=anew, by=by, reason=reason))

    def skip(self, instance: str, step: str, *, by: str = "operator", reason: str = "") -> None:
        """Passes over a failed or indeterminate step."""
        self._run(self._engine.skip(instance, step, by=by, reason=reason))

    def complete_step(
        self, instance: str, step: str, output: Json = None, *, by: str = "operator", reason: str = ""
    ) -> None:
        """Gives a failed or indeterminate step its output."""
        self._run(self._engine.complete_step(instance, step, output, by=by, reason=reason))

    def tasks(self, **filter: Unpack[TaskFilter]) -> Page[Task]:
        """A page of open tasks, the most urgent first; everything given must hold: see
        :meth:`flowwright.Engine.tasks`."""
        return self._run(self._engine.tasks(**filter))

    def inbox(self, actor: Actor | str, **filter: Unpack[InboxFilter]) -> Page[Task]:
        """A page of the tasks that somebody has or may take, the most urgent first: see
        :meth:`flowwright.Engine.inbox`."""
        return self._run(self._engine.inbox(actor, **filter))

    def task(self, task: str) -> Task:
        """An open task."""
        return self._run(self._engine.task(task))

    def claim(self, task: Task | str, actor: Actor | str, *, request: str | None = None) -> None:
        """Takes a task."""
        self._run(self._engine.claim(task, actor, request=request))

    def release(self, task: Task | str, actor: Actor | str, *, request: str | None = None) -> None:
        """Puts a task back."""
        self._run(self._engine.release(task, actor, request=request))

    def complete(
        self,
        task: Task | str,
        actor: Actor | str,
        *,
        outcome: str | None = None,
        data: Json = None,
        request: str | None = None,
    ) -> None:
        """Does a task."""
        self._run(self._engine.complete(task, actor, outcome=outcome, data=data, request=request))

    def reassign(self, task: Task | str, actor: Actor | str, to: str, *, request: str | None = None) -> None:
        """Gives a task to somebody else."""
        self._run(self._engine.reassign(task, actor, to, request=request))

    def escalate(
        self, task: Task | str, actor: Actor | str, to: str, reason: str = "", *, request: str | None = None
    ) -> None:
        """Brings a task before another role."""
        self._run(self._engine.escalate(task, actor, to, reason, request=request))

    def events(self, after: int | None = None, *, instance: str | None = None) -> EventStream:
        """What happens, event by event, from now on or from behind a position; "now" is when this is called."""
        return EventStream(self, self._engine.events(after, instance=instance))

    def verify(self, instance: str | None = None) -> Verification:
        """Checks that histories are whole and unchanged, of one instance or of all."""
        return self._run(self._engine.verify(instance))

    def load(self) -> Load:
        """How much work there is in this process."""
        return self._run(self._engine.load())


def _close_all() -> None:
    for engine in list(_live):
        # In the child of a fork the threads are gone: the engine is the parent's to close.
        if engine._loop.thread.is_alive():
            engine._loop.run(asyncio.wait_for(engine._engine.close(0), 5))
            engine._loop.stop()


atexit.register(_close_all)
