"""The service keeps to its own OpenAPI document: schemathesis asks, and checks every answer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings

from loans import tokens
from loans.app import create
from loans.settings import Settings
from served import free_port
from team import Team

SECRET = "tests"
ADMIN = {"Authorization": f"Bearer {tokens.sign('ada', SECRET)}"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service in a thread with an event loop of its own, in which something has happened."""
    folder: Path = tmp_path_factory.mktemp("described")
    settings = Settings(database="memory:", books=folder / "loans.books", secret=SECRET)
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(create(settings), host="127.0.0.1", port=port, log_level="warning")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.005)
    address = f"http://127.0.0.1:{port}"
    asyncio.run(_work(settings, address))
    yield address
    server.should_exit = True
    thread.join(20)


async def _work(settings: Settings, address: str) -> None:
    team = Team(settings, lambda headers: httpx.AsyncClient(base_url=address, headers=headers))
    process = await team.start("A0001")
    await team.do("otto", process, "application", signed=True)
    await team.ended(process)
    await team.start("A0008")
    await team.close()


schema = schemathesis.openapi.from_dict(create(Settings()).openapi())
schema.config.update(headers=ADMIN)


@schema.parametrize()
@hypothesis_settings(
    max_examples=5,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_service_keeps_to_its_description(case: schemathesis.Case, base: str) -> None:
    case.call_and_validate(base_url=base)
