"""The appraisers' office."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest
from flowwright import Engine

from loans.journey.books import Books
from loans.journey.office import Office


@pytest.mark.parametrize("turns", range(6))
async def test_it_closes_also_when_it_is_called_at_that_moment(turns: int, tmp_path: Path) -> None:
    office = Office(cast(Engine, None), Books(tmp_path / "books"))
    running = asyncio.create_task(office.run())
    for _ in range(5):
        await asyncio.sleep(0)
    office._called.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    ended, _ = await asyncio.wait({running}, timeout=5)
    assert ended and running.cancelled()
