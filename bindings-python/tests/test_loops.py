"""Other event loops than that of asyncio."""

from __future__ import annotations

import asyncio
import sys

import pytest
from conftest import LONGEST, one

from flowwright import Engine, InstanceFailed

uvloop = pytest.importorskip("uvloop", reason="there is none for this platform")


def test_uvloop(file: str) -> None:
    async def main() -> list[int]:
        assert type(asyncio.get_running_loop()).__module__.startswith("uvloop")
        async with Engine.open(file) as engine:
            engine.activity("plain", lambda n: n + 1)

            @engine.activity("broken")
            async def broken() -> None:
                raise ValueError

            await engine.deploy(one("broken"))
            with pytest.raises(InstanceFailed):
                await (await engine.start("one")).result(LONGEST)
            await engine.deploy(one("plain"))
            started = await asyncio.gather(*(engine.start("one", n) for n in range(100)))
            return list(await asyncio.gather(*(instance.result(LONGEST) for instance in started)))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == list(range(1, 101))


def test_one_loop_after_the_other(file: str) -> None:
    async def main() -> int:
        async with Engine.open(file) as engine:
            await engine.deploy(one("x"))
            return await engine.count()

    assert [asyncio.run(main()) for _ in range(3)] == [0, 0, 0]
    assert "uvloop" in sys.modules
