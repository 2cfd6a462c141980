"""An engine that is being opened."""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any

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
