"""A crowd that works on while workers are killed, and an audit of what is left."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from flowwright import Engine

from listener import Listener
from loans import tokens
from loans.settings import Settings
from workers import Workers, started

RETRY = {502, 503, 504}
PEOPLE = {"application": ("otto", None, {"signed": True}), "underwrite": ("uma", "approved", {"reason": "fine"}),
          "second_look": ("ugo", "approved", {"reason": "fine too"})}  # fmt: skip
"""Who does a step, and how: everybody approves."""


@dataclass
class Crowd:
    """People who start processes and do tasks, and try again when a worker dies under them."""

    workers: Workers
    requests: int = 0
    repeated: int = 0
    started: dict[str, str] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    waited: list[float] = field(default_factory=list)

    async def ask(self, user: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Sends a request until it is answered. What was answered has happened."""
        token = tokens.sign(user, self.workers.settings.secret)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        end, begun = time.monotonic() + 90, time.monotonic()
        while time.monotonic() < end:
            # A connection of its own, so that requests come to all workers.
            async with httpx.AsyncClient(base_url=self.workers.base, timeout=40) as client:
                with contextlib.suppress(httpx.TransportError):
                    answer = await client.request(method, path, headers=headers, **more)
                    if answer.status_code not in RETRY:
                        self.requests += 1
                        self.waited.append(time.monotonic() - begun)
                        return answer
            self.repeated += 1
            await asyncio.sleep(0.02)
        raise AssertionError(f"{method} {path} was never answered")

    async def journey(self, number: int) -> None:
        """One application from its start to its end."""
        key = f"N-{number}"
        application = {
            "application": key,
            "borrower": "bea",
            "loan_amount": 100 + 200 * (number % 2),
            "price": 600,
        }
        answer = await self.ask("otto", "POST", "/api/processes", json={"application": application})
        assert answer.status_code in (200, 201), answer.text
        process = answer.json()["id"]
        assert self.started.setdefault(key, process) == process
        while True:
            found = (await self.ask("ada", "GET", f"/api/processes/{process}")).json()
            if found["ended_at"]:
                assert found["status"] == "completed", found
                return
            await self.work(process)
            await asyncio.sleep(0.02)

    async def work(self, process: str) -> None:
        """Does the open tasks of a process."""
        params = {"process": process, "scope": "team"}
        for task in (await self.ask("ada", "GET", "/api/tasks/inbox", params=params)).json()["items"]:
            user, outcome, data = PEOPLE.get(
                task["step"], ("bea", None, {"papers": task["data"].get("missing", [])})
            )
            body, key = {"outcome": outcome, "data": data}, {"Idempotency-Key": f"{task['id']}"}
            answer = await self.ask(user, "POST", f"/api/tasks/{task['id']}/complete", json=body, headers=key)
            assert answer.status_code == 200, answer.text
            self.done.add(task["id"])


@dataclass
class Audit:
    """What is in the database and the books when all is over."""

    sound: bool
    processes: int
    completed: int
    payments: int
    paid_twice: int
    asked_twice: int


async def audit(settings: Settings) -> Audit:
    """Opens the database alone, verifies every history, and reads the books."""
    async with Engine.open(settings.database) as engine:
        checked = await engine.verify()
        processes, completed = await engine.count(), await engine.count(status="completed")
    with contextlib.closing(sqlite3.connect(settings.books)) as books:
        rows = books.execute(
            "SELECT application, count(*), sum(asked) FROM payments GROUP BY application"
        ).fetchall()
    return Audit(
        sound=checked.ok,
        processes=processes,
        completed=completed,
        payments=len(rows),
        paid_twice=sum(row[1] > 1 for row in rows),
        asked_twice=sum(row[2] > row[1] for row in rows),
    )


async def run(
    folder: Path, *, workers: int, kills: int, pause: float, side_by_side: int, seed: int = 1
) -> dict[str, Any]:
    """Has a crowd work while workers are killed, and audits what is left."""
    chance = random.Random(seed)
    async with started(folder, workers) as service:
        await service.full(workers)
        crowd, over, numbers = Crowd(service), asyncio.Event(), iter(range(10**9))
        begun = time.monotonic()

        async def person() -> None:
            while not over.is_set():
                await crowd.journey(next(numbers))

        listener = Listener(service.base, service.settings.secret)
        listening = asyncio.create_task(listener.run())
        people = [asyncio.create_task(person()) for _ in range(side_by_side)]
        for _ in range(kills):
            await asyncio.sleep(pause * chance.uniform(0.5, 1.5))
            victim = service.kill_one(chance)
            await service.full(workers, without=victim)
        over.set()
        await asyncio.gather(*people)
        took = time.monotonic() - begun
        heard = await listener.heard(set(crowd.started.values()))
        listening.cancel()
        log = (folder / "log.txt").read_text("utf-8", "replace")
    waited = sorted(crowd.waited)
    return {
        "kills": kills,
        "seconds": round(took, 1),
        "requests": crowd.requests,
        "requests_per_second": round(crowd.requests / took, 1),
        "repeated": crowd.repeated,
        "longest_wait_seconds": round(waited[-1], 1),
        "p95_wait_seconds": round(waited[int(0.95 * len(waited))], 3),
        "started": len(crowd.started),
        "tasks": len(crowd.done),
        "live_events": sum(map(len, listener.seen.values())),
        "live_connections": listener.connections,
        "heard_all": heard,
        "audit": await audit(service.settings),
        "log": log,
    }
