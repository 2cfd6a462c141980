"""How fast flows of three steps run, with handlers in Python, durable on SQLite. Prints one line of JSON.

Steps per second; the time from start to result (p50, p95, p99); the largest memory; what a step costs of a processor: the
whole process, the event loop's thread, and the bridge in it (``--share`` measures that, in a second run, as the clock
costs time itself).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import resource
import sys
import tempfile
from time import perf_counter, process_time, thread_time, thread_time_ns
from typing import Any, cast

from flowwright import Engine, Flow, __version__
from flowwright._native import Native

FLOW = (
    Flow("three", output="${ steps.c.output }")
    .activity("a", "step", with_="${ input }", next="b")
    .activity("b", "step", with_="${ steps.a.output }", next="c")
    .activity("c", "step", with_="${ steps.b.output }")
)


async def step(data: dict[str, Any]) -> dict[str, Any]:
    return {"n": data["n"] + 1, "who": data["who"]}


async def drive(engine: Engine, count: int, in_flight: int) -> list[float]:
    """Runs so many instances, so many of them at once; how long each took, in milliseconds."""
    numbers = iter(range(count))
    took: list[float] = []

    async def one_after_the_other() -> None:
        for n in numbers:
            begun = perf_counter()
            instance = await engine.start("three", {"n": n, "who": "Ada Lovelace"})
            result = await instance.result()
            took.append((perf_counter() - begun) * 1e3)
            assert result["n"] == n + 3

    await asyncio.gather(*(one_after_the_other() for _ in range(in_flight)))
    return took


class Clocked:
    """A bridge whose calls are timed, on the clock of the thread."""

    def __init__(self, native: Native) -> None:
        self._native = native
        self.nanoseconds = 0
        self.calls = 0
        for name in ("call", "start", "outcome", "forget", "done", "fail", "drain"):
            setattr(self, name, self._clocked(getattr(native, name)))

    def _clocked(self, call: Any) -> Any:
        def timed(*arguments: Any) -> Any:
            begun = thread_time_ns()
            try:
                return call(*arguments)
            finally:
                self.nanoseconds += thread_time_ns() - begun
                self.calls += 1

        return timed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)

    def seconds(self) -> float:
        """The time in the bridge, without what reading the clock takes."""
        begun = thread_time_ns()
        for _ in range(10_000):
            thread_time_ns()
        clock = (thread_time_ns() - begun) / 10_000
        return max(0.0, self.nanoseconds - self.calls * clock) / 1e9


def peak_mib() -> float:
    """The largest memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


async def measure(url: str, count: int, in_flight: int, share: bool) -> dict[str, Any]:
    async with Engine.open(url, activities={"step": step}) as engine:
        await engine.deploy(FLOW)
        await drive(engine, min(count, 500), min(in_flight, 100))
        begun, thread, process = perf_counter(), thread_time(), process_time()
        took = sorted(await drive(engine, count, in_flight))
        wall, thread, process = perf_counter() - begun, thread_time() - thread, process_time() - process
        bridge: float | None = None
        if share:
            clocked = Clocked(engine._bridge._native)
            engine._bridge._native = cast(Native, clocked)
            await drive(engine, count, in_flight)
            bridge = clocked.seconds()

    def per_step(seconds: float) -> float:
        return round(seconds / (3 * count) * 1e6, 1)

    def percentile(part: float) -> float:
        return round(took[min(len(took) - 1, int(len(took) * part))], 2)

    return {
        "bench": "python three steps",
        "instances": count,
        "in_flight": in_flight,
        "steps_per_second": round(3 * count / wall),
        "p50_ms": percentile(0.5),
        "p95_ms": percentile(0.95),
        "p99_ms": percentile(0.99),
        "peak_mib": round(peak_mib(), 1),
        "process_us_per_step": per_step(process),
        "loop_us_per_step": per_step(thread),
        "bridge_us_per_step": None if bridge is None else per_step(bridge),
        "bridge_share_of_loop": None if bridge is None else round(bridge / thread, 3),
        "processors_used": round(process / wall, 2),
        "python": platform.python_version(),
        "loop": type(asyncio.get_running_loop()).__module__.split(".")[0],
        "version": __version__,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=10_000)
    parser.add_argument("--in-flight", type=int, default=1_000)
    parser.add_argument("--share", action="store_true", help="measure the time in the bridge as well")
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--url", help="a store, in place of a new SQLite file")
    arguments = parser.parse_args()
    factory = None
    if arguments.uvloop:
        import uvloop

        factory = uvloop.new_event_loop
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=factory) as runner:
        url = arguments.url or f"sqlite:{folder}/bench.db"
        print(json.dumps(runner.run(measure(url, arguments.instances, arguments.in_flight, arguments.share))))


if __name__ == "__main__":
    main()
