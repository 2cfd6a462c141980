"""The end of the interpreter, forks, signals, processes that are killed."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from conftest import Script, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and forks are those of Unix")

FLOW = "flow: one\\nsteps: [{id: it, type: activity, handler: it, with: '${ input }'}]\\noutput: ${ steps.it.output }"


def test_a_program_that_closes_nothing_ends() -> None:
    text = f"""
        import asyncio, threading
        from flowwright import Engine

        async def main():
            engine = await Engine.open("memory:")
            began = asyncio.Event()
            async def endless():
                began.set()
                await asyncio.Event().wait()
            def stuck():
                threading.Event().wait()
            engine.activity("it", endless)
            engine.activity("stuck", stuck)
            await engine.deploy("{FLOW}")
            await engine.deploy("{FLOW}".replace("one", "two").replace("handler: it", "handler: stuck"))
            await engine.start("one")
            await engine.start("two")
            await began.wait()
            print("left", flush=True)
            return engine

        engine = asyncio.run(main())
    """
    code, out, err = Script(text).end()
    assert (code, out) == (0, "left\n"), err


def test_leaving_without_close_lets_go_of_the_file(file: str) -> None:
    text = f"""
        import asyncio, sys, time
        from flowwright import Engine

        async def main():
            engine = await Engine.open(sys.argv[1], lease=600, activities={{"it": lambda n: n}})
            await engine.deploy("{FLOW}")
            print(await (await engine.start("one", 3)).result(20))
            return engine

        engine = asyncio.run(main())
    """
    assert run(text, file) == "3\n"
    assert run(text, file) == "3\n", "a lease of ten minutes does not hold the next one up"


@pytest.mark.parametrize("inner", ["engine.load()", "engine.start('one', 1)", "engine.close()", "engine.instance('x').result()"])
def test_a_child_of_a_fork_is_told(inner: str) -> None:
    text = f"""
        import asyncio, os, warnings
        from flowwright import Engine, WrongProcessError

        async def main():
            engine = await Engine.open("memory:")
            await engine.deploy("{FLOW}")
            return engine

        loop = asyncio.new_event_loop()
        engine = loop.run_until_complete(main())
        child = os.fork()
        if child == 0:
            async def use():
                try:
                    await {inner}
                except WrongProcessError as error:
                    print("told:", error, flush=True)
            asyncio.run(use())
            del engine
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        async def after():
            print((await engine.load()).running)
            await engine.close()
        loop.run_until_complete(after())
        loop.close()
    """
    out = run(text).splitlines()
    assert out[0].startswith("told: the engine was opened before this process was forked")
    assert out[1] == "0"


def test_the_synchronous_engine_tells_a_child_too() -> None:
    text = f"""
        import os
        from flowwright import sync, WrongProcessError

        engine = sync.Engine.open("memory:", activities={{"it": lambda n: n}})
        child = os.fork()
        if child == 0:
            for call in (engine.load, lambda: engine.activity("x", print), engine.close):
                try:
                    call()
                except WrongProcessError:
                    print("told", flush=True)
            with sync.Engine.open("memory:", activities={{"it": lambda n: n}}) as own:
                own.deploy("{FLOW}")
                print(own.start("one", 5).result(20), flush=True)
            raise SystemExit(0)
        assert os.waitpid(child, 0)[1] == 0
        engine.deploy("{FLOW}")
        print(engine.start("one", 6).result(20))
    """
    assert run(text).split() == ["told", "told", "told", "5", "6"]


def test_a_child_of_a_fork_leaves_the_engine_alone() -> None:
    text = """
        import os
        from flowwright import sync

        engine = sync.Engine.open("memory:")
        child = os.fork()
        if child == 0:
            raise SystemExit(0)
        print(os.waitpid(child, 0)[1])
        engine.close()
    """
    assert run(text) == "0\n"


def test_a_file_that_was_open_at_a_fork_is_refused(file: str) -> None:
    text = """
        import asyncio, os, sys
        from flowwright import sync, WrongProcessError

        engine = sync.Engine.open(sys.argv[1])
        child = os.fork()
        if child == 0:
            try:
                sync.Engine.open(sys.argv[1])
            except WrongProcessError as error:
                print(error, flush=True)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        engine.close()
    """
    assert "close the engine before the fork" in run(text, file)


def test_multiprocessing_with_fork_opens_its_own(file: str) -> None:
    text = f"""
        import asyncio, multiprocessing, sys
        from flowwright import Engine

        async def main(url):
            async with Engine.open(url, activities={{"it": lambda n: n + 1}}) as engine:
                await engine.deploy("{FLOW}")
                return await (await engine.start("one", 1)).result(20)

        def child(url, queue):
            queue.put(asyncio.run(main(url)))

        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        asyncio.run(main(sys.argv[1]))
        children = [context.Process(target=child, args=(sys.argv[1], queue)) for _ in range(2)]
        for one in children: one.start()
        print([queue.get(timeout=20) for _ in children])
        for one in children: one.join()
    """
    assert run(text, file) == "[2, 2]\n"


RUNNING = f"""
    import asyncio, sys
    from flowwright import Engine

    async def main():
        async with Engine.open(sys.argv[1], activities={{"it": endless}}) as engine:
            await engine.deploy("{FLOW}")
            try:
                instance = await engine.start("one", 1, key="k")
                await instance.result()
            finally:
                await engine.close(grace=0.1)

    async def endless(n):
        print("running", flush=True)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            print("cancelled", flush=True)
            raise
"""


def finish(file: str) -> str:
    text = f"""
        import asyncio, sys
        from flowwright import Engine

        async def main():
            async with Engine.open(sys.argv[1], activities={{"it": lambda n: n + 1}}) as engine:
                instance = await engine.find("one", "k")
                print(await instance.result(20))
                assert (await engine.verify()).ok

        asyncio.run(main())
    """
    return run(text, file)


def test_a_loop_that_ends_under_a_handler_has_not_failed_it(file: str) -> None:
    text = RUNNING + f"""
    async def only_start():
        began = asyncio.Event()
        async def endless(n):
            began.set()
            await asyncio.Event().wait()
        engine = await Engine.open(sys.argv[1], activities={{"it": endless}})
        await engine.deploy("{FLOW}")
        await engine.start("one", 1, key="k")
        await began.wait()
        return engine

    engine = asyncio.run(only_start())
"""
    assert run(text, file) == ""
    assert finish(file) == "2\n"


def test_interrupted(file: str) -> None:
    text = RUNNING + """
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""
    script = Script(text, file)
    assert script.line() == "running"
    script.process.send_signal(signal.SIGINT)
    code, out, err = script.end()
    assert (code, err) == (0, "")
    assert out.split() == ["cancelled", "interrupted"]
    assert finish(file) == "2\n"


def test_told_to_end(file: str) -> None:
    text = RUNNING + """
    import signal

    async def until_told():
        loop, running = asyncio.get_running_loop(), asyncio.current_task()
        loop.add_signal_handler(signal.SIGTERM, running.cancel)
        async with Engine.open(sys.argv[1], activities={"it": endless}) as engine:
            await engine.deploy(FLOW)
            try:
                await engine.start("one", 1, key="k")
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await engine.close(grace=0)
                print("closed", flush=True)

    asyncio.run(until_told())
""".replace("FLOW", f'"{FLOW}"')
    script = Script(text, file)
    assert script.line() == "running"
    script.process.send_signal(signal.SIGTERM)
    code, out, err = script.end()
    assert (code, err) == (0, "")
    assert sorted(out.split()) == ["cancelled", "closed"]
    assert finish(file) == "2\n"


@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM])
def test_killed_in_the_midst_and_gone_on_with_elsewhere(file: str, with_signal: signal.Signals) -> None:
    text = RUNNING.replace("Engine.open(sys.argv[1],", "Engine.open(sys.argv[1], lease=0.5,") + "    asyncio.run(main())\n"
    script = Script(text, file)
    assert script.line() == "running"
    os.kill(script.process.pid, with_signal)
    assert script.end()[0] == -with_signal
    assert finish(file) == "2\n"
