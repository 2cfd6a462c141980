"""The engine, as programs use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, overload

from ._activity import Handler
from ._bridge import Bridge
from ._convert import Length, millis
from ._events import EventStream
from ._instances import Instances
from ._offline import Source, document, some
from ._opening import Opening, for_bridge
from ._tasks import Tasks
from .types import Definition, Deployed, Load, Members, Picture, Verification, decode

H = TypeVar("H", bound=Handler)


class Engine(Instances, Tasks):
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
        options = for_bridge(
            concurrency=concurrency,
            pools=pools,
            queues=queues,
            members=members,
            lease=lease,
            park_after=park_after,
            poll=poll,
            remote_timeout=remote_timeout,
            cancel_grace=cancel_grace,
            shards=shards,
            want_shards=want_shards,
            window=window,
            resident=resident,
            calls=calls,
            payload=payload,
            threads=threads,
        )

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
        return await self._bridge.ask({"draw": some(flow=flow, version=version, format=format)})

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
