"""Opening an engine."""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack

from ._convert import millis
from ._offline import some
from ._options import EngineOptions

if TYPE_CHECKING:
    from ._engine import Engine


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


_LENGTHS = ("lease", "park_after", "poll", "remote_timeout", "cancel_grace")


def for_bridge(**options: Unpack[EngineOptions]) -> dict[str, Any]:
    """The options that are given, with lengths of time in milliseconds."""
    given = some(**options)
    lengths = {f"{name}_ms": millis(given.pop(name)) for name in _LENGTHS if name in given}
    return {**given, **lengths}
