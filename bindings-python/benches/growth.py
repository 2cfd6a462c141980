"""Whether memory stays where it is over many starts and completions. Prints one line of JSON, and fails if it does not.

As many again warm up before, so that the page cache of SQLite is full; after that the memory may grow by a twentieth, and
by no Python objects.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import tempfile
from pathlib import Path

from flows import FLOW, drive, peak_mib, step

from flowwright import Engine


def resident_mib() -> float:
    """The memory of this process now; where that is not told, the largest so far."""
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_mib()
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def measure(url: str, count: int, in_flight: int) -> dict[str, object]:
    memory: list[float] = []
    objects: list[int] = []
    async with Engine.open(url, activities={"step": step}, resident=5_000, park_after=1) as engine:
        await engine.deploy(FLOW)
        for _ in range(10):
            await drive(engine, count // 5, in_flight)
            gc.collect()
            memory.append(round(resident_mib(), 1))
            objects.append(len(gc.get_objects()))
        left = engine._bridge._native.pending()
    grown = memory[-1] / memory[4] - 1
    flat = grown < 0.05 and objects[-1] < objects[4] + 100 and left == (0, 0)
    return {
        "check": "growth",
        "instances": count,
        "resident_mib": memory,
        "python_objects": objects,
        "grown": round(grown, 4),
        "left": left,
        "flat": flat,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=100_000)
    parser.add_argument("--in-flight", type=int, default=500)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(f"sqlite:{folder}/growth.db", arguments.instances, arguments.in_flight))
    print(json.dumps(found))
    sys.exit(not found["flat"])


if __name__ == "__main__":
    main()
