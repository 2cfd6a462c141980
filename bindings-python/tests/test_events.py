"""Following what happens."""

from __future__ import annotations

import asyncio
import gc

from conftest import LONGEST, one

from flowwright import Engine, Event


async def test_events_from_now_on(engine: Engine) -> None:
    engine.activity("same", lambda n: n)
    await engine.deploy(one("same"))
    await (await engine.start("one", 0)).result(LONGEST)
    async with engine.events() as events:
        instance = await engine.start("one", 1)
        seen: list[Event] = []
        async for event in events:
            seen.append(event)
            if event.type == "instance_ended":
                break
    assert {event.instance for event in seen} == {instance.id}
    assert [event.seq for event in seen] == list(range(1, len(seen) + 1))
    assert {event.flow for event in seen} == {"one"}
    assert {event.step for event in seen} == {None, "it"}
    assert seen[0].data["input"] == 1 and seen[0].at.tzinfo is not None
    history = await instance.history()
    assert [event.type for event in history] == [event.type for event in seen]


async def test_events_from_a_position_and_of_one_instance(engine: Engine) -> None:
    engine.activity("same", lambda n: n)
    await engine.deploy(one("same"))
    instances = [await engine.start("one", n) for n in range(3)]
    for instance in instances:
        await instance.result(LONGEST)
    wanted = len(await instances[1].history())
    stream = instances[1].events(after=0)
    first = [await anext(stream) for _ in range(2)]
    again = engine.events(after=stream.position)
    seen = {event.seq for event in first}
    async for event in again:
        if event.instance == instances[1].id:
            seen.add(event.seq)
            if event.type == "instance_ended":
                break
    assert seen == set(range(1, wanted + 1)), "none is missed, also where the first stream ended within a commit"
    await stream.aclose()
    assert [event async for event in stream] == []


async def test_a_stream_that_is_dropped_is_ended(engine: Engine) -> None:
    async def until_pending(calls: int) -> None:
        async with asyncio.timeout(LONGEST):
            while engine._bridge._native.pending()[0] != calls:
                await asyncio.sleep(0.001)

    stream = engine.events()
    waiting = asyncio.create_task(anext(stream))
    async with asyncio.timeout(LONGEST):
        while stream._page is None:
            await asyncio.sleep(0.001)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await until_pending(1)  # it goes on for who comes again
    del stream, waiting
    gc.collect()
    await until_pending(0)


async def test_who_stops_waiting_misses_nothing(engine: Engine) -> None:
    engine.activity("same", lambda n: n)
    await engine.deploy(one("same"))
    async with engine.events() as events:
        seen: list[str] = []
        instance = await engine.start("one", 1)
        while seen[-1:] != ["instance_ended"]:
            try:
                async with asyncio.timeout(0.0005):
                    seen.append((await anext(events)).type)
            except TimeoutError:
                pass
        assert seen == [event.type for event in await instance.history()]
