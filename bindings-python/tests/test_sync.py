"""The engine without ``await``."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings

import pytest
from conftest import LONGEST, one, run

from flowwright import Actor, Flow, InstanceFailed, NotFoundError, ShuttingDownError, WrongLoopError, sync


def test_a_script(file: str) -> None:
    with sync.Engine.open(file, activities={"double": lambda n: n * 2}) as engine:
        assert engine.deploy(one("double")).version == 1
        instance = engine.start("one", 4, key="k")
        assert instance.result(LONGEST) == 8
        assert engine.start("one", 4, key="k").existing
        assert instance.get().output == 8 and instance.summary().status == "completed"
        assert engine.count(flow="one") == 1 and engine.instances().items[0].id == instance.id
        found = engine.find("one", "k")
        assert found is not None and found.id == instance.id
        assert instance.explain().status == "completed"
        assert engine.verify().ok and engine.load().running == 0
        assert engine.draw("one", format="mermaid").startswith("flowchart")
        with pytest.raises(NotFoundError):
            engine.start("none")
    with pytest.raises(ShuttingDownError):
        engine.load()
    engine.close()


def test_async_handlers_and_decorators() -> None:
    with sync.Engine.open("memory:") as engine:

        @engine.activity("slow")
        async def slow(n: int) -> int:
            await asyncio.sleep(0)
            if n < 0:
                raise ValueError("negative")
            return n + 1

        @engine.activity("nested")
        async def nested() -> None:
            engine.load()

        engine.deploy(one("slow"))
        assert [engine.start("one", n).result(LONGEST) for n in range(3)] == [1, 2, 3]
        with pytest.raises(InstanceFailed, match="negative"):
            engine.start("one", -1).result(LONGEST)
        engine.deploy(one("nested"))
        with pytest.raises(InstanceFailed) as caught:
            engine.start("one").result(LONGEST)
        assert caught.value.error is not None and caught.value.error.code == WrongLoopError.__name__


def test_from_several_threads() -> None:
    with sync.Engine.open("memory:", activities={"same": lambda n: n}) as engine:
        engine.deploy(one("same"))
        results: list[int] = []
        threads = [
            threading.Thread(target=lambda n=n: results.append(engine.start("one", n).result(LONGEST)))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONGEST)
        assert sorted(results) == list(range(8))


def test_tasks_signals_and_events() -> None:
    with sync.Engine.open("memory:") as engine:
        engine.deploy(Flow("ask").user_task("a", role="boss", next="b").signal("b", "go"))
        with engine.events() as events:
            instance = engine.start("ask")
            boss = Actor("bo", roles=["boss"])
            task = engine.inbox(boss).items[0]
            engine.claim(task, boss)
            engine.complete(task, boss)
            instance.suspend(by="ada")
            instance.resume(by="ada")
            instance.signal("go", 1)
            assert instance.result(LONGEST) == 1
            for event in events:
                if event.type == "instance_ended":
                    break
            assert events.position is not None


def loops() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "flowwright-loop"}


def test_an_unknown_keyword_is_refused_at_once() -> None:
    before = loops()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
            sync.Engine.open("memory:", colour="red")  # type: ignore[call-arg]
        assert loops() == before
        with sync.Engine.open("memory:") as engine:
            calls = {"start": ["one"], "instances": [], "count": [], "tasks": [], "inbox": ["ada"]}
            for name, arguments in calls.items():
                with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
                    getattr(engine, name)(*arguments, colour="red")
            with pytest.raises(TypeError, match="'visible_to'"):
                engine.inbox("ada", visible_to="bo")  # type: ignore[call-arg]
        gc.collect()
    assert [str(warning.message) for warning in warned] == [], "no coroutine is left over"


def test_the_end_of_a_script_that_closes_nothing(file: str) -> None:
    text = """
        import sys
        from flowwright import sync
        engine = sync.Engine.open(sys.argv[1], activities={"double": lambda n: n * 2})
        engine.deploy("flow: one\\nsteps: [{id: it, type: activity, handler: double, with: 4}]")
        print(engine.start("one").result(30))
    """
    assert run(text, file) == "8\n"
