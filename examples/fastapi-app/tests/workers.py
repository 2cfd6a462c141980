"""`uvicorn --workers N` as a program of its own, whose workers are killed at will."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from loans.settings import Settings
from served import free_port

APP = Path(__file__).resolve().parent.parent


def children(parent: int) -> list[int]:
    """The worker processes of a supervisor: those that have the database open by now or will."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                line = (entry / "cmdline").read_bytes()
                if int(stat[1]) == parent and stat[0] != "Z" and b"resource_tracker" not in line:
                    found.append(int(entry.name))
    return sorted(found)


@dataclass
class Workers:
    """A supervisor and its workers."""

    settings: Settings
    port: int
    process: subprocess.Popen[bytes]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill_one(self, chance: random.Random) -> int:
        """Kills a worker with SIGKILL."""
        victim = chance.choice(children(self.process.pid))
        os.kill(victim, signal.SIGKILL)
        return victim

    async def full(self, count: int, without: int = 0) -> None:
        """Until there are as many workers as there should be, and one answers."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            pids = children(self.process.pid)
            if len(pids) == count and without not in pids:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the workers did not come back")


@contextlib.asynccontextmanager
async def started(folder: Path, count: int) -> AsyncIterator[Workers]:
    """Starts `uvicorn loans.app:app --workers COUNT` on a database in a folder."""
    database, secret, port = f"sqlite:{folder}/loans.db", "tests", free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "LOANS_SECRET": secret,
        "LOANS_LEASE_SECONDS": "2",
        "PYTHONPATH": os.pathsep.join([str(APP), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-m", "uvicorn", "loans.app:app", "--workers", str(count), "--port", str(port)]
    command += ["--log-level", "warning", "--timeout-worker-healthcheck", "10"]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=APP, env=environment, stdout=log, stderr=log)
    settings = Settings(database=database, books=folder / "loans.books", secret=secret)
    workers = Workers(settings, port, process)
    try:
        await _healthy(workers)
        yield workers
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            for pid in children(process.pid):
                os.kill(pid, signal.SIGKILL)
            process.kill()
            process.wait()


async def _healthy(workers: Workers) -> None:
    end = time.monotonic() + 60
    async with httpx.AsyncClient(base_url=workers.base) as client:
        while time.monotonic() < end:
            assert workers.process.poll() is None, "uvicorn has ended"
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/health")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise AssertionError("the service did not start")
