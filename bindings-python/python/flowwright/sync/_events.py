"""Following what happens, without ``await``."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .._events import EventStream as AsyncEventStream
from ..types import Event

if TYPE_CHECKING:
    from ._engine import Engine


class EventStream(Iterator[Event]):
    """What happens, event by event; waiting for the next one blocks."""

    def __init__(self, engine: Engine, stream: AsyncEventStream) -> None:
        self._engine = engine
        self._stream = stream
        engine._run(stream.__aenter__())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __next__(self) -> Event:
        try:
            return self._engine._run(self._stream.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    @property
    def position(self) -> int | None:
        """Behind which position a new stream would go on where this one is."""
        return self._stream.position

    def close(self) -> None:
        """Ends the stream."""
        self._engine._run(self._stream.aclose())
