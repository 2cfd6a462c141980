"""Following what happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

from ._bridge import Bridge
from ._convert import moment
from ._offline import some
from .types import Event


class EventStream(AsyncIterator[Event]):
    """What happens, event by event. It ends when it is closed, or with the loop over it."""

    _PAGE = 256

    def __init__(self, bridge: Bridge, after: int | None, instance: str | None) -> None:
        self._bridge = bridge
        self._follow = {"after": -1 if after is None else after, **some(instance=instance)}
        self._stream: int | None = None
        self._ended = False
        self._told: list[Event] = []
        self._page: asyncio.Task[Any] | None = None
        self._read = 0
        self.position = after
        """Behind which position a new stream goes on where this one is (``None`` before anything came). It misses none;
        events that became durable together share a position, and those of them that came already come again: they are
        told apart by ``instance`` and ``seq``."""

    async def __aenter__(self) -> Self:
        await self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if not self._told:
            if self._ended:
                raise StopAsyncIteration
            page = await self._next_page()
            self._told = [event_of(one) for one in reversed(page["events"])]
            self._read = page["position"]
        event = self._told.pop()
        if not self._told or event.position is None:
            self.position = self._read
        else:
            within = self._told[-1].position == event.position
            self.position = event.position - 1 if within else event.position
        return event

    async def _next_page(self) -> Any:
        """What comes next. Who stops waiting for it (``asyncio.timeout``) finds it when they come again."""
        if self._page is None:
            stream = await self._begin()
            self._bridge.check()
            asked = self._bridge.ask({"next": {"stream": stream, "limit": self._PAGE}})
            self._page = asyncio.get_running_loop().create_task(asked)
            self._page.add_done_callback(_seen)
        page = self._page
        try:
            found = await asyncio.shield(page)
        except asyncio.CancelledError:
            if page.cancelled():
                self._page = None
            raise
        except Exception:
            self._page = None
            raise
        self._page = None
        return found

    async def _begin(self) -> int:
        if self._stream is None:
            self._stream = await self._bridge.ask({"follow": self._follow})
        return self._stream

    async def aclose(self) -> None:
        """Ends the stream."""
        self._ended, stream, self._stream = True, self._stream, None
        self._told.clear()
        if self._page is not None:
            self._page.cancel()
        if stream is not None and self._bridge.is_open:
            await self._bridge.ask({"unfollow": {"stream": stream}})

    def __del__(self) -> None:
        if self._stream is not None:
            self._bridge.let_go_of_stream(self._stream, self._page)


def _seen(page: asyncio.Task[Any]) -> None:
    """Nobody has to wait for it."""
    if not page.cancelled():
        page.exception()


def event_of(told: dict[str, Any], instance: str = "") -> Event:
    """An event as it was told."""
    return Event(
        type=told["type"],
        seq=told["seq"],
        at=moment(told["at_ms"]),
        step=told.get("step"),
        instance=told.get("instance", instance),
        flow=told.get("flow"),
        position=told.get("position"),
        data=told,
    )
