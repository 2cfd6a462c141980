"""Opening, deploying, starting, finding, closing."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import LONGEST, one

import flowwright
from flowwright import (
    AlreadyExistsError,
    Engine,
    InstanceFailed,
    InvalidArgumentError,
    InvalidDefinitionError,
    InvalidInputError,
    NotFoundError,
    ShuttingDownError,
    WaitTimedOutError,
    WrongLoopError,
)

PAUSE = "flow: pause\nsteps: [{id: rest, type: timer, delay: 30d}]\n"
QUICK = "flow: quick\nsteps: [{id: set, type: assign, set: {n: input.n + 1}}]\noutput: ${ vars.n }\n"


async def test_a_flow_runs_to_its_result(engine: Engine) -> None:
    engine.activity("double", lambda n: n * 2)
    deployed = await engine.deploy(one("double"))
    assert (deployed.flow, deployed.version, deployed.diagnostics) == ("one", 1, [])
    instance = await engine.start("one", 21)
    assert not instance.existing
    assert await instance.result(LONGEST) == 42
    outcome = await instance.outcome()
    assert outcome is not None and (outcome.status, outcome.output, outcome.error) == ("completed", 42, None)
    view = await instance.get()
    assert (view.flow, view.input, view.output) == ("one", 21, 42)
    assert view.steps["it"].attempts == 1
    assert view.started.tzinfo is timezone.utc
    assert [event.type for event in await instance.history()][0] == "instance_started"


async def test_awaited_or_as_a_context(file: str) -> None:
    engine = await Engine.open(file)
    async with engine:
        await engine.deploy(QUICK)
    async with Engine.open(file) as again:
        assert await (await again.start("quick", {"n": 1})).result(LONGEST) == 2


async def test_definitions_come_as_text_file_document_and_flow(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "quick.yaml"
    path.write_text(QUICK, encoding="utf-8")
    flow = flowwright.Flow("quick", output="${ vars.n }").assign("set", set={"n": "input.n + 1"})
    for source in (QUICK, path, flow, flow.to_dict(), json.dumps(flow.to_dict())):
        assert (await engine.deploy(source)).version == 1
    with pytest.raises(InvalidArgumentError, match="nowhere"):
        await engine.deploy(tmp_path / "nowhere.yaml")
    with pytest.raises(InvalidArgumentError, match=r"Path\("):
        await engine.deploy(str(path))
    assert [(one.flow, one.version) for one in await engine.definitions()] == [("quick", 1)]
    assert (await engine.draw("quick", format="mermaid")).startswith("flowchart")
    assert (await engine.draw("quick"))["flow"] == "quick"


async def test_a_definition_with_mistakes_tells_all_of_them(engine: Engine) -> None:
    with pytest.raises(InvalidDefinitionError) as caught:
        await engine.deploy("flow: x\nsteps: [{id: a, type: timer}, {id: b, typ: timer}]")
    assert {one.line for one in caught.value.diagnostics} == {2}
    assert len(caught.value.diagnostics) >= 2
    assert caught.value.code == "invalid_definition"


async def test_a_key_starts_once(engine: Engine) -> None:
    await engine.deploy(PAUSE)
    first = await engine.start("pause", key="k")
    second = await engine.start("pause", key="k")
    assert (second.id, second.existing) == (first.id, True)
    with pytest.raises(AlreadyExistsError):
        await engine.start("pause", key="k", if_exists="refuse")
    with pytest.raises(InvalidArgumentError):
        await engine.start("pause", key="k", if_exists="ignore")  # type: ignore[arg-type]
    found = await engine.find("pause", "k")
    assert found == first
    assert await engine.find("pause", "other") is None


async def test_instances_are_found_page_by_page(engine: Engine) -> None:
    await engine.deploy(PAUSE)
    begun = datetime.now(timezone.utc) - timedelta(minutes=1)
    ids = {(await engine.start("pause", labels={"n": str(n % 2)})).id for n in range(5)}
    assert await engine.count(flow="pause", status="running") == 5
    assert await engine.count(labels={"n": "1"}, started_from=begun) == 2
    assert await engine.count(started_before=begun) == 0
    page = await engine.instances(limit=3, status=["running", "pending"])
    assert page.next is not None
    rest = await engine.instances(limit=3, after=page.next)
    assert ({one.id for one in page.items + rest.items}, rest.next) == (ids, None)
    assert (await engine.summary(page.items[0].id)).labels == page.items[0].labels


async def test_versions_and_labels(engine: Engine) -> None:
    await engine.deploy(QUICK)
    await engine.deploy(QUICK.replace("+ 1", "+ 2"))
    await engine.set_label("quick", 1, "stable")
    assert await (await engine.start("quick", {"n": 0}, version_label="stable")).result(LONGEST) == 1
    assert await (await engine.start("quick", {"n": 0}, version=1)).result(LONGEST) == 1
    assert await (await engine.start("quick", {"n": 0})).result(LONGEST) == 2


async def test_errors_carry_class_code_and_context(engine: Engine) -> None:
    await engine.deploy({**one("x"), "input": {"type": "object", "required": ["n"]}})
    with pytest.raises(InvalidInputError):
        await engine.start("one", {})
    with pytest.raises(NotFoundError):
        await engine.start("nothing")
    with pytest.raises(NotFoundError):
        await engine.get("01a1ffdc-f3c9-70f3-b62d-f3788fad8c4e")
    with pytest.raises(InvalidArgumentError):
        await engine.get("no id")
    with pytest.raises(InvalidArgumentError):
        await engine.wait("no id")
    with pytest.raises(InvalidArgumentError, match="nowhere"):
        await Engine.open("nowhere:")
    with pytest.raises(InvalidArgumentError, match="length of time"):
        Engine.open("memory:", lease=-1)


async def test_a_wait_that_is_too_long_is_ended_and_the_instance_goes_on(engine: Engine) -> None:
    await engine.deploy(PAUSE)
    instance = await engine.start("pause")
    with pytest.raises(WaitTimedOutError) as caught:
        await instance.result(timeout=timedelta(milliseconds=10))
    assert caught.value.retryable and isinstance(caught.value, TimeoutError)
    waiting = asyncio.create_task(instance.result())
    await asyncio.sleep(0)
    assert engine._bridge._native.pending()[0] == 1
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert engine._bridge._native.pending()[0] == 0
    assert (await instance.summary()).status == "running"


async def test_a_failed_instance_raises_with_its_error(engine: Engine) -> None:
    await engine.deploy(
        "flow: no\nsteps: [{id: stop, type: end, status: failed, error: {code: declined, message: too much}}]"
    )
    with pytest.raises(InstanceFailed, match="too much") as caught:
        await (await engine.start("no")).result(LONGEST)
    assert caught.value.error is not None and caught.value.error.code == "declined"


async def test_several_engines_side_by_side(tmp_path: Path) -> None:
    async with (
        Engine.open(f"sqlite:{tmp_path}/a.db", activities={"who": lambda: "a"}) as a,
        Engine.open(f"sqlite:{tmp_path}/b.db", activities={"who": lambda: "b"}) as b,
    ):
        for engine in (a, b):
            await engine.deploy(one("who"))
        started = [await engine.start("one") for engine in (a, b) for _ in range(20)]
        results = await asyncio.gather(*(instance.result(LONGEST) for instance in started))
        assert results == ["a"] * 20 + ["b"] * 20


async def test_after_the_end_everything_says_so(engine: Engine) -> None:
    await engine.deploy(PAUSE)
    instance = await engine.start("pause")
    waiting = asyncio.create_task(instance.wait())
    events = engine.events()
    next_event = asyncio.create_task(anext(events))
    await asyncio.sleep(0)
    await asyncio.gather(engine.close(), engine.close())
    await engine.close()
    for pending in (waiting, next_event):
        with pytest.raises(ShuttingDownError):
            await pending
    with pytest.raises(ShuttingDownError):
        await engine.start("pause")
    with pytest.raises(ShuttingDownError):
        await instance.get()
    with pytest.raises(ShuttingDownError):
        engine.activity("late", print)
    await events.aclose()


async def test_another_loop_is_told_apart(engine: Engine) -> None:
    caught: list[BaseException] = []

    def elsewhere() -> None:
        try:
            asyncio.run(engine.load())
        except WrongLoopError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    await asyncio.to_thread(thread.join)
    assert "flowwright.sync" in str(caught[0])
    assert (await engine.load()).running == 0


async def test_many_at_once(file: str) -> None:
    async def slow(n: int) -> int:
        await asyncio.sleep(0.01)
        return n

    async with Engine.open(file, activities={"slow": slow}, concurrency=100) as engine:
        await engine.deploy(one("slow"))
        started = await asyncio.gather(*(engine.start("one", n) for n in range(1_000)))
        results = await asyncio.gather(*(instance.result(LONGEST) for instance in started))
        assert results == list(range(1_000))
        assert engine._bridge._native.pending() == (0, 0)
        assert not engine._bridge._tasks


async def test_what_is_durable_goes_on_in_the_next_engine(file: str) -> None:
    async with Engine.open(file) as engine:
        await engine.deploy(one("later"))
        instance = await engine.start("one", 5, key="k")
    async with Engine.open(file) as engine:
        engine.activity("later", lambda n: n + 1)
        assert await engine.instance(instance.id).result(LONGEST) == 6
        assert (await engine.verify()).ok


def test_what_needs_no_engine() -> None:
    assert flowwright.validate(QUICK).ok
    wrong = flowwright.validate("flow: x\nsteps: [{id: a, type: timer}]")
    assert not wrong.ok and wrong.diagnostics[0].line == 2
    report = flowwright.simulate(QUICK, {"n": 4})
    assert (report.status, report.output, report.steps["set"].status) == ("completed", 5, "completed")
    scripted = flowwright.simulate(one("x"), 1, script={"default": {"after": "2s", "output": 9}})
    assert (scripted.output, scripted.duration_ms) == (9, 2_000)
    assert flowwright.draw(QUICK, "dot").startswith("digraph")
    assert flowwright.draw(QUICK)["flow"] == "quick"
    assert "steps" in flowwright.schema()["properties"]
    with pytest.raises(InvalidDefinitionError):
        flowwright.simulate("flow: x\nsteps: []")
    assert flowwright.version == flowwright.__version__
