"""The engine, as programs use it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, TypeVar, overload

from ._activity import Handler
from ._bridge import Bridge
from ._convert import millis, moment_millis
from ._events import EventStream, event_of
from ._offline import Source, document, some
from .errors import InstanceAborted, InstanceFailed, InvalidArgumentError
from .types import (
    Actor,
    Definition,
    Deployed,
    Event,
    Explanation,
    Failure,
    InstanceView,
    Json,
    Load,
    Members,
    Outcome,
    Page,
    Picture,
    Priority,
    Status,
    Summary,
    Task,
    Verification,
    decode,
)

__all__ = ["Engine", "Instance", "Length"]

T = TypeVar("T")
H = TypeVar("H", bound=Handler)

Length: TypeAlias = timedelta | float
"""A length of time: a ``timedelta``, or seconds."""


class Opening:
    """An engine that is being opened: ``await`` it, or use it with ``async with``."""

    def __init__(self, open: Callable[[], Any]) -> None:
        self._open = open
        self._engine: Engine | None = None

    def __await__(self) -> Generator[Any, None, Engine]:
        opened: Generator[Any, None, Engine] = self._open().__await__()
        return opened

    async def __aenter__(self) -> Engine:
        self._engine = await self
        return self._engine

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._engine is not None:
            await self._engine.close()


class Engine:
    """An engine in this process. It belongs to the event loop that it was opened in::

        async with Engine.open("sqlite:app.db") as engine:
            @engine.activity("greet")
            async def greet(name: str) -> str:
                return f"Hello, {name}!"

            await engine.deploy(Path("hello.yaml"))
            instance = await engine.start("hello", {"name": "Ada"}, key="first")
            print(await instance.result())
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    @staticmethod
    def open(
        url: str,
        *,
        activities: Mapping[str, Handler] | None = None,
        concurrency: int | None = None,
        pools: Mapping[str, int] | None = None,
        queues: Mapping[str, int] | None = None,
        members: Members | Mapping[str, Mapping[str, list[str]]] | None = None,
        lease: Length | None = None,
        park_after: Length | None = None,
        poll: Length | None = None,
        remote_timeout: Length | None = None,
        cancel_grace: Length | None = None,
        shards: int | None = None,
        want_shards: int | None = None,
        window: int | None = None,
        resident: int | None = None,
        calls: int | None = None,
        payload: int | None = None,
        threads: int | None = None,
        handler_threads: int = 32,
    ) -> Opening:
        """Opens a store and an engine on it: ``await Engine.open(…)`` or ``async with Engine.open(…) as engine``.

        :param url: ``memory:``, ``sqlite:PATH`` or ``postgres://USER:PASSWORD@HOST/DATABASE``.
        :param activities: handlers that are there from the start, by name.
        :param concurrency: how many handlers run side by side (4,096).
        :param pools: resources that activities share, and how much of each there is in this process.
        :param queues: how many activities of a queue run side by side in this process.
        :param members: who belongs to which role and group, for tasks that are given to people.
        :param lease: for how long this process holds its share of the instances when it dies (3 s).
        :param park_after: how long an instance with nothing running stays in memory (10 s).
        :param poll: how often the store is asked for work of which no word came (1 s).
        :param remote_timeout: how long a call waits for the process that owns the instance (30 s).
        :param cancel_grace: how long a handler may go on after it was told to stop (30 s).
        :param shards: into how many shares a new database is divided (16).
        :param want_shards: how many of them this process would like to own.
        :param window: how many results of handlers may wait to become durable (512).
        :param resident: how many instances stay in memory (100,000).
        :param calls: how many calls may wait to be decided (100,000).
        :param payload: how large an input, a payload or a result may be, in bytes (2 MiB).
        :param threads: how many threads the engine has (one per core, at most 4).
        :param handler_threads: how many plain functions run side by side.
        """
        spans = some(
            lease_ms=lease,
            park_after_ms=park_after,
            poll_ms=poll,
            remote_timeout_ms=remote_timeout,
            cancel_grace_ms=cancel_grace,
        )
        options = some(
            concurrency=concurrency,
            pools=pools,
            queues=queues,
            members=members,
            shards=shards,
            want_shards=want_shards,
            window=window,
            resident=resident,
            calls=calls,
            payload=payload,
            threads=threads,
        )
        options.update({name: millis(length) for name, length in spans.items()})

        async def opened() -> Engine:
            return Engine(await Bridge.open(url, options, activities or {}, handler_threads))

        return Opening(opened)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self, grace: Length = 10.0) -> None:
        """Stops in good order: handlers have ``grace`` to finish and are cancelled then. What is durable goes on when
        the store is opened again, or in another process at once. After this every call raises ``ShuttingDownError``."""
        await self._bridge.close(millis(grace))

    # Handlers and definitions

    @overload
    def activity(self, name: str) -> Callable[[H], H]: ...
    @overload
    def activity(self, name: str, function: H) -> H: ...
    def activity(self, name: str, function: Any = None) -> Any:
        """Adds a handler, or puts another one in its place; as a decorator where only the name is given.

        ``async def`` functions are tasks of the event loop, plain functions run in threads. They take
        ``(input, context)``, ``(input)`` or nothing. What the input is annotated with (dataclasses, pydantic models,
        and lists or dicts of them) is made of the data.
        """

        def add(function: H) -> H:
            self._bridge.register(name, function)
            return function

        return add if function is None else add(function)

    async def deploy(self, source: Source) -> Deployed:
        """Deploys a definition. Instances that run keep the version that they began with."""
        return decode(Deployed, await self._bridge.ask({"deploy": {"source": document(source)}}))

    async def definitions(self) -> list[Definition]:
        """All definitions, by flow and version."""
        return decode(list[Definition], await self._bridge.ask({"definitions": {}}))

    async def set_label(self, flow: str, version: int, label: str) -> None:
        """Gives a version a label, to start it by."""
        await self._bridge.ask({"label": {"flow": flow, "version": version, "label": label}})

    @overload
    async def draw(
        self, flow: str, version: int | None = None, format: Literal["json"] = ...
    ) -> dict[str, Any]: ...
    @overload
    async def draw(
        self, flow: str, version: int | None = None, *, format: Literal["mermaid", "dot"]
    ) -> str: ...
    async def draw(self, flow: str, version: int | None = None, format: Picture = "json") -> Any:
        """Draws a version of a flow, the newest otherwise."""
        return await self._draw(flow, version, format)

    async def _draw(self, flow: str, version: int | None, format: Picture) -> Any:
        return await self._bridge.ask({"draw": some(flow=flow, version=version, format=format)})

    # Instances

    async def start(
        self,
        flow: str,
        input: Json = None,
        *,
        key: str | None = None,
        if_exists: Literal["return", "refuse"] = "return",
        id: str | None = None,
        labels: Mapping[str, str] | None = None,
        version: int | None = None,
        version_label: str | None = None,
    ) -> Instance:
        """Starts an instance; when this returns, it is durable.

        :param key: the caller's own key, unique in the flow: a second start with it returns the first instance, or
            raises ``AlreadyExistsError`` with ``if_exists="refuse"``.
        :param id: an id that was drawn before.
        :param labels: words to find it by.
        """
        if if_exists == "return" and id is None and not labels and version is None and version_label is None:
            started = await self._bridge.start(flow, input, key)
        else:
            given = some(key=key, id=id, labels=labels, version=version, version_label=version_label)
            if if_exists not in ("return", "refuse"):
                raise InvalidArgumentError(f"if_exists is 'return' or 'refuse', not {if_exists!r}")
            refuse = if_exists == "refuse"
            request = {"flow": flow, "input": input, "refuse_existing": refuse, **given}
            started = await self._bridge.ask({"start": request})
        return Instance(self, started["id"], existing=started["existing"])

    def instance(self, id: str) -> Instance:
        """A handle of an instance, without asking whether there is one."""
        return Instance(self, id)

    async def find(self, flow: str, key: str) -> Instance | None:
        """The instance with this key."""
        found = await self._bridge.ask({"find": {"flow": flow, "key": key}})
        return None if found is None else Instance(self, found)

    async def instances(
        self,
        *,
        flow: str | None = None,
        status: Status | Iterable[Status] | None = None,
        labels: Mapping[str, str] | None = None,
        parent: str | None = None,
        started_from: datetime | None = None,
        started_before: datetime | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> Page[Summary]:
        """A page of instances, the one created last first; everything given must hold."""
        query = _instances(flow, status, labels, parent, started_from, started_before)
        found = await self._bridge.ask({"instances": {**query, **some(limit=limit, after=after)}})
        return Page(decode(list[Summary], found["instances"]), found["next"])

    async def count(
        self,
        *,
        flow: str | None = None,
        status: Status | Iterable[Status] | None = None,
        labels: Mapping[str, str] | None = None,
        parent: str | None = None,
        started_from: datetime | None = None,
        started_before: datetime | None = None,
    ) -> int:
        """How many instances match."""
        query = _instances(flow, status, labels, parent, started_from, started_before)
        found: int = await self._bridge.ask({"count": query})
        return found

    async def wait(self, instance: str, timeout: Length | None = None) -> Outcome:
        """Waits for the end of an instance."""
        longest = None if timeout is None else millis(timeout)
        found = await self._bridge.outcome(instance, longest)
        error = None if found["error"] is None else decode(Failure, found["error"])
        return Outcome(found["status"], found["output"], error)

    async def outcome(self, instance: str) -> Outcome | None:
        """How an instance ended; ``None`` while it goes on."""
        return decode(Outcome | None, await self._bridge.ask({"outcome": {"instance": instance}}))  # type: ignore[arg-type]

    async def get(self, instance: str) -> InstanceView:
        """Everything about an instance."""
        return decode(InstanceView, await self._bridge.ask({"get": {"instance": instance}}))

    async def summary(self, instance: str) -> Summary:
        """An instance's row."""
        return decode(Summary, await self._bridge.ask({"summary": {"instance": instance}}))

    async def history(self, instance: str) -> list[Event]:
        """All that has happened to an instance."""
        told = await self._bridge.ask({"history": {"instance": instance}})
        return [event_of(one, instance) for one in told]

    async def explain(self, instance: str) -> Explanation:
        """Why an instance is where it is."""
        return decode(Explanation, await self._bridge.ask({"explain": {"instance": instance}}))

    async def signal(
        self,
        instance: str,
        name: str,
        payload: Json = None,
        *,
        id: str | None = None,
        correlation: str | None = None,
        ttl: Length | None = None,
    ) -> None:
        """Sends a signal to an instance. One with an ``id`` that was seen before changes nothing. One for which nobody
        waits yet is kept, for ``ttl`` at most."""
        ttl_ms = None if ttl is None else millis(ttl)
        given = some(id=id, correlation=correlation, ttl_ms=ttl_ms)
        await self._bridge.ask({"signal": {"instance": instance, "name": name, "payload": payload, **given}})

    async def message(self, name: str, correlation: str, payload: Json = None) -> list[str]:
        """Sends a message to whoever waits for it: the instances that have got it."""
        request = {"name": name, "correlation": correlation, "payload": payload}
        found: list[str] = await self._bridge.ask({"message": request})
        return found

    async def suspend(self, instance: str, *, by: str = "operator", reason: str = "") -> None:
        """Holds an instance."""
        await self._operate(instance, {"suspend": {}}, by, reason)

    async def resume(self, instance: str, *, by: str = "operator", reason: str = "") -> None:
        """Lets an instance go on."""
        await self._operate(instance, {"resume": {}}, by, reason)

    async def abort(
        self,
        instance: str,
        *,
        compensate: bool = False,
        force: bool = False,
        by: str = "operator",
        reason: str = "",
    ) -> None:
        """Ends an instance.

        :param compensate: whether what was completed is compensated first.
        :param force: whether a compensation that is under way is broken off.
        """
        await self._operate(instance, {"abort": {"compensate": compensate, "force": force}}, by, reason)

    async def retry(
        self, instance: str, step: str, *, anew: bool = False, by: str = "operator", reason: str = ""
    ) -> None:
        """Does a failed or indeterminate step again; ``anew``: with another idempotency key."""
        await self._operate(instance, {"retry": {"step": step, "anew": anew}}, by, reason)

    async def skip(self, instance: str, step: str, *, by: str = "operator", reason: str = "") -> None:
        """Passes over a failed or indeterminate step."""
        await self._operate(instance, {"skip": {"step": step}}, by, reason)

    async def complete_step(
        self, instance: str, step: str, output: Json = None, *, by: str = "operator", reason: str = ""
    ) -> None:
        """Gives a failed or indeterminate step its output."""
        await self._operate(instance, {"complete_step": {"step": step, "output": output}}, by, reason)

    async def _operate(self, instance: str, act: dict[str, Any], by: str, reason: str) -> None:
        operator = {"by": by, "reason": reason}
        await self._bridge.ask({"operate": {"instance": instance, "operator": operator, "act": act}})

    # Tasks

    async def tasks(
        self,
        *,
        visible_to: Actor | str | None = None,
        assignee: str | None = None,
        unassigned: bool = False,
        flow: str | None = None,
        instance: str | None = None,
        priority: Priority | None = None,
        due_before: datetime | None = None,
        oldest_first: bool = False,
        limit: int | None = None,
        after: str | None = None,
    ) -> Page[Task]:
        """A page of open tasks, the most urgent first; everything given must hold."""
        query = some(
            visible_to=None if visible_to is None else _actor(visible_to),
            assignee=assignee,
            flow=flow,
            instance=instance,
            priority=priority,
            due_before=None if due_before is None else moment_millis(due_before),
            limit=limit,
            after=after,
        )
        request = {"unassigned": unassigned, "oldest_first": oldest_first, **query}
        found = await self._bridge.ask({"tasks": request})
        return Page(decode(list[Task], found["tasks"]), found["next"])

    async def inbox(
        self,
        actor: Actor | str,
        *,
        unassigned: bool = False,
        flow: str | None = None,
        instance: str | None = None,
        priority: Priority | None = None,
        due_before: datetime | None = None,
        oldest_first: bool = False,
        limit: int | None = None,
        after: str | None = None,
    ) -> Page[Task]:
        """A page of the tasks that somebody has or may take, the most urgent first."""
        return await self.tasks(
            visible_to=actor,
            unassigned=unassigned,
            flow=flow,
            instance=instance,
            priority=priority,
            due_before=due_before,
            oldest_first=oldest_first,
            limit=limit,
            after=after,
        )

    async def task(self, task: str) -> Task:
        """An open task."""
        return decode(Task, await self._bridge.ask({"task": {"task": task}}))

    async def claim(self, task: Task | str, actor: Actor | str, *, request: str | None = None) -> None:
        """Takes a task."""
        await self._act(task, actor, {"claim": {}}, request)

    async def release(self, task: Task | str, actor: Actor | str, *, request: str | None = None) -> None:
        """Puts a task back."""
        await self._act(task, actor, {"release": {}}, request)

    async def complete(
        self,
        task: Task | str,
        actor: Actor | str,
        *,
        outcome: str | None = None,
        data: Json = None,
        request: str | None = None,
    ) -> None:
        """Does a task.

        :param outcome: which outcome, where there are outcomes.
        :param data: what its form asks for.
        :param request: the caller's id for the request: the same one again is answered as the first time.
        """
        done = {"data": data, **some(outcome=outcome)}
        await self._act(task, actor, {"complete": done}, request)

    async def reassign(
        self, task: Task | str, actor: Actor | str, to: str, *, request: str | None = None
    ) -> None:
        """Gives a task to somebody else."""
        await self._act(task, actor, {"reassign": {"to": to}}, request)

    async def escalate(
        self, task: Task | str, actor: Actor | str, to: str, reason: str = "", *, request: str | None = None
    ) -> None:
        """Brings a task before another role."""
        await self._act(task, actor, {"escalate": {"to": to, "reason": reason}}, request)

    async def _act(
        self, task: Task | str, actor: Actor | str, act: dict[str, Any], request: str | None
    ) -> None:
        id = task.id if isinstance(task, Task) else task
        asked = {"task": id, "actor": _actor(actor), "act": act, **some(request=request)}
        await self._bridge.ask({"act": asked})

    # The whole engine

    def events(self, after: int | None = None, *, instance: str | None = None) -> EventStream:
        """What happens, event by event, from now on or from behind a position::

            async for event in engine.events(): ...

        "Now" is when the loop begins, or ``async with engine.events() as events`` is entered.
        """
        return EventStream(self._bridge, after, instance)

    async def verify(self, instance: str | None = None) -> Verification:
        """Checks that histories are whole and unchanged, of one instance or of all."""
        return decode(Verification, await self._bridge.ask({"verify": some(instance=instance)}))

    async def load(self) -> Load:
        """How much work there is in this process."""
        return decode(Load, await self._bridge.ask({"load": {}}))


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
            raise InstanceAborted(self.id, outcome.error)
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


def _actor(actor: Actor | str) -> dict[str, Any]:
    return {"id": actor} if isinstance(actor, str) else dataclasses.asdict(actor)


def _instances(
    flow: str | None,
    status: Status | Iterable[Status] | None,
    labels: Mapping[str, str] | None,
    parent: str | None,
    started_from: datetime | None,
    started_before: datetime | None,
) -> dict[str, Any]:
    statuses = [status] if isinstance(status, str) else None if status is None else list(status)
    return some(
        flow=flow,
        status=statuses,
        labels=labels,
        parent=parent,
        started_from=None if started_from is None else moment_millis(started_from),
        started_before=None if started_before is None else moment_millis(started_before),
    )
