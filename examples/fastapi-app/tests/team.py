"""The team of the tests: people who talk to the service as any client does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from loans import tokens
from loans.journey.applications import Applications
from loans.settings import Settings

PATIENCE = 30.0
"""How long something may take that should be there at once, in seconds."""


T = TypeVar("T")


async def until(ask: Callable[[], Awaitable[T | None]], what: str = "it") -> T:
    """Asks again until there is an answer."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = await ask()
        if found is not None:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"{what} did not happen")


class Team:
    """Clients for everybody, and what people do with them."""

    def __init__(self, settings: Settings, make: Callable[[dict[str, str]], httpx.AsyncClient]) -> None:
        self.settings = settings
        self.applications = Applications.read(settings.applications)
        self._make = make
        self._clients: dict[str, httpx.AsyncClient] = {}
        self.nobody = make({})

    def __getattr__(self, user: str) -> httpx.AsyncClient:
        return self.user(user)

    def user(self, user: str) -> httpx.AsyncClient:
        """Somebody's client: `team.otto`."""
        if user not in self._clients:
            token = tokens.sign(user, self.settings.secret)
            self._clients[user] = self._make({"Authorization": f"Bearer {token}"})
        return self._clients[user]

    async def close(self) -> None:
        for client in (self.nobody, *self._clients.values()):
            await client.aclose()

    def stated(self, application: str, **changes: Any) -> dict[str, Any]:
        """What the borrower of an application of the file states."""
        known = self.applications.get(application)
        stated = known.input() if known else {"application": application, "borrower": "bea"}
        return {**stated, **changes}

    async def start(self, application: str, by: str = "otto", **changes: Any) -> str:
        """Starts a process."""
        body = {"application": self.stated(application, **changes)}
        answer = await self.user(by).post("/api/processes", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def find(self, user: str, process: str, step: str) -> dict[str, Any]:
        """Waits for a task in somebody's inbox."""

        async def look() -> dict[str, Any] | None:
            answer = await self.user(user).get("/api/tasks/inbox", params={"process": process})
            assert answer.status_code == 200, answer.text
            return next((task for task in answer.json()["items"] if task["step"] == step), None)

        return await until(look, f"{step} for {user}")

    async def do(
        self, user: str, process: str, step: str, outcome: str | None = None, **data: Any
    ) -> dict[str, Any]:
        """Waits for a task, and completes it."""
        task = await self.find(user, process, step)
        answer = await self.complete(user, task["id"], outcome, **data)
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    async def complete(self, user: str, task: str, outcome: str | None = None, **data: Any) -> httpx.Response:
        """Completes a task, or is refused."""
        body = {"outcome": outcome, "data": data}
        return await self.user(user).post(f"/api/tasks/{task}/complete", json=body)

    async def get(self, process: str, by: str = "ada") -> dict[str, Any]:
        """Everything about a process."""
        answer = await self.user(by).get(f"/api/processes/{process}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ended(self, process: str) -> dict[str, Any]:
        """Waits for the end of a process."""

        async def look() -> dict[str, Any] | None:
            found = await self.get(process)
            return found if found["ended_at"] else None

        return await until(look, "the end")

    async def waits(self, process: str, step: str) -> dict[str, Any]:
        """Waits until a step of a process is active."""

        async def look() -> dict[str, Any] | None:
            found = await self.get(process)
            active = {one["path"] for one in found["steps"] if one["status"] == "active"}
            return found if step in active else None

        return await until(look, f"{step} active")


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer must be."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["status"], found["code"]) == (status, status, code), found
    assert found["type"].endswith(code) and found["title"] and found["detail"]
    assert found["instance"] == answer.request.url.path
    return found
