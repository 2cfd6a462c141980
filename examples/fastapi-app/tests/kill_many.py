"""Kills workers of `uvicorn --workers 4` again and again while people work, and counts: `python tests/kill_many.py --kills 50`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from crowd import run  # noqa: E402


def main() -> int:
    """Runs, and says what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--people", type=int, default=8, help="how many processes are under way side by side")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two kills, on average")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="loans-") as folder:
        found = asyncio.run(
            run(
                Path(folder),
                workers=given.workers,
                kills=given.kills,
                pause=given.pause,
                side_by_side=given.people,
                seed=given.seed,
            )
        )
    audit, log = asdict(found.pop("audit")), found.pop("log")
    for name, value in (found | audit).items():
        print(f"{name:22} {value}")
    good = (
        audit["sound"]
        and found["heard_all"]
        and audit["processes"] == audit["completed"] == found["started"]
        and audit["paid_twice"] == audit["asked_twice"] == 0
    )
    if not good:
        print(log[-6_000:], file=sys.stderr)
    print("nothing was lost" if good else "SOMETHING WAS LOST")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
