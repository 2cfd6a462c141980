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
    rest = []
    async for event in again:
        if event.instance == instances[1].id:
            rest.append(event)
            if event.type == "instance_ended":
                break
    assert len(first) + len(rest) == wanted
    await stream.aclose()
    assert [event async for event in stream] == []


async def test_a_stream_that_is_dropped_is_ended(engine: Engine) -> None:
    stream = engine.events()
    waiting = asyncio.create_task(anext(stream))
    await engine.load()
    await engine.load()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert engine._bridge._native.pending()[0] == 0
    del stream, waiting
    gc.collect()
    assert (await engine.load()).running == 0
