"""How handlers are told to stop."""

from __future__ import annotations

import asyncio
import threading

from conftest import LONGEST, one

from flowwright import ActivityContext, Engine


async def test_a_handler_is_cancelled_when_its_result_is_not_wanted(engine: Engine) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    @engine.activity("endless")
    async def endless() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await engine.deploy(one("endless"))
    instance = await engine.start("one")
    await began.wait()
    await instance.abort(by="ada", reason="enough")
    async with asyncio.timeout(LONGEST):
        await ended.wait()
    assert (await instance.wait(LONGEST)).status == "aborted"


async def test_a_plain_function_is_told_to_stop(engine: Engine) -> None:
    began, told = threading.Event(), threading.Event()

    def endless(context: ActivityContext) -> None:
        began.set()
        if context.cancelled.wait(LONGEST):
            told.set()

    engine.activity("endless", endless)
    await engine.deploy(one("endless"))
    instance = await engine.start("one")
    assert await asyncio.to_thread(began.wait, LONGEST)
    await instance.abort()
    assert await asyncio.to_thread(told.wait, LONGEST)


async def test_closing_waits_for_handlers_and_then_cancels_them(file: str) -> None:
    began, cancelled = asyncio.Event(), []

    async def slow(seconds: float) -> str:
        began.set()
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            cancelled.append(seconds)
            raise
        return "slept"

    async with Engine.open(file, activities={"slow": slow}) as engine:
        await engine.deploy(one("slow"))
        instance = await engine.start("one", 0.02)
        await began.wait()
        await engine.close(grace=LONGEST)
        assert cancelled == []
    began.clear()
    async with Engine.open(file, activities={"slow": slow}) as engine:
        assert (await engine.instance(instance.id).result(LONGEST)) == "slept"
        await engine.start("one", 3600)
        async with asyncio.timeout(LONGEST):
            while not cancelled:
                await began.wait()
                await engine.close(grace=0)
                await asyncio.sleep(0)
    assert cancelled == [3600]
