"""How fast flows of three steps run, with handlers in Python, durable on SQLite. Prints one line of JSON.

Steps per second; the time from start to result (p50, p95, p99); the largest memory; the share of the wall clock that the
event loop spends in the bridge (fetching batches and dispatching them) and in all of Python.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import sys
import tempfile
from time import perf_counter, process_time, thread_time
from typing import Any

os.environ.setdefault("FLOWWRIGHT_TIME_BRIDGE", "1")

from flowwright import Engine, Flow, __version__

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


def peak_mib() -> float:
    """The largest memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


async def measure(url: str, count: int, in_flight: int) -> dict[str, Any]:
    async with Engine.open(url, activities={"step": step}) as engine:
        await engine.deploy(FLOW)
        await drive(engine, min(count, 500), min(in_flight, 100))
        bridge, before = engine._bridge, engine._bridge.nanoseconds
        begun, thread, process = perf_counter(), thread_time(), process_time()
        took = sorted(await drive(engine, count, in_flight))
        wall, thread, process = perf_counter() - begun, thread_time() - thread, process_time() - process
        in_bridge = (bridge.nanoseconds - before) / 1e9

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
        "loop_cpu_share": round(thread / wall, 3),
        "bridge_share": round(in_bridge / wall, 3),
        "process_cpus": round(process / wall, 2),
        "python": platform.python_version(),
        "loop": type(asyncio.get_running_loop()).__module__.split(".")[0],
        "version": __version__,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=10_000)
    parser.add_argument("--in-flight", type=int, default=1_000)
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--url", help="a store, in place of a new SQLite file")
    arguments = parser.parse_args()
    factory = None
    if arguments.uvloop:
        import uvloop

        factory = uvloop.new_event_loop
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=factory) as runner:
        url = arguments.url or f"sqlite:{folder}/bench.db"
        print(json.dumps(runner.run(measure(url, arguments.instances, arguments.in_flight))))


if __name__ == "__main__":
    main()
