"""Several processes on one PostgreSQL database. ``cargo xtask test`` starts a server and names it in the environment."""

from __future__ import annotations

import asyncio
import os
import signal
from uuid import uuid4

import pytest
from conftest import LONGEST, Script, one

from flowwright import Engine, StoreUnavailableError

URL = os.environ.get("FLOWWRIGHT_POSTGRES", "")

pytestmark = pytest.mark.skipif(not URL, reason="FLOWWRIGHT_POSTGRES names no server")

WORKER = """
    import asyncio, os, sys
    from flowwright import Engine

    async def work(data):
        if data["hold"] and len(sys.argv) > 2:
            print("holding", flush=True)
            await asyncio.Event().wait()
        return os.getpid()

    async def main():
        async with Engine.open(sys.argv[1], activities={"it": work}, lease=1):
            print("ready", flush=True)
            await asyncio.Event().wait()

    asyncio.run(main())
"""


@pytest.fixture
def flow() -> dict[str, object]:
    """A flow that no other test has."""
    return {**one("it"), "flow": f"shared-{uuid4()}"}


async def test_what_was_killed_is_finished_by_another_process(flow: dict[str, object]) -> None:
    key = str(flow["flow"])
    victim = Script(WORKER, URL, "hold")
    assert victim.line() == "ready"
    async with Engine.open(URL, lease=1) as engine:
        await engine.deploy(flow)
        # Some of the instances are this process's, which has no handler: they are lent to the one that has.
        held = [await engine.start(key, {"hold": True}, key=str(n)) for n in range(8)]
        assert await asyncio.to_thread(victim.line) == "holding"
        os.kill(victim.process.pid, signal.SIGKILL)
        victim.end()
        heir = Script(WORKER, URL)
        try:
            assert await asyncio.to_thread(heir.line) == "ready"
            done = await asyncio.gather(*(instance.result(LONGEST) for instance in held))
        finally:
            heir.process.kill()
            heir.end()
        assert set(done) == {heir.process.pid}
        assert (await engine.verify()).ok


async def test_processes_share_the_work_and_each_sees_it_all(flow: dict[str, object]) -> None:
    key = str(flow["flow"])
    workers = [Script(WORKER, URL), Script(WORKER, URL)]
    try:
        assert [worker.line() for worker in workers] == ["ready", "ready"]
        async with Engine.open(URL, lease=1) as engine:
            await engine.deploy(flow)
            started = await asyncio.gather(*(engine.start(key, {"hold": False}, key=str(n)) for n in range(100)))
            again = await asyncio.gather(*(engine.start(key, {"hold": False}, key=str(n)) for n in range(100)))
            assert [one.id for one in again] == [one.id for one in started]
            assert all(one.existing for one in again)
            done = await asyncio.gather(*(instance.result(LONGEST) for instance in started))
            assert set(done) <= {worker.process.pid for worker in workers}
            assert await engine.count(flow=key, status="completed") == 100
    finally:
        for worker in workers:
            worker.process.kill()
            worker.end()


async def test_a_server_that_is_not_there_is_said_so() -> None:
    with pytest.raises(StoreUnavailableError) as raised:
        await Engine.open("postgres://nobody@localhost:1/none")
    assert raised.value.retryable
