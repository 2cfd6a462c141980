"""Services for the tests: each with its own database in its own folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from loans.app import create
from loans.service import Service
from loans.settings import Settings
from served import serve
from team import Team


@pytest.fixture
def database() -> str:
    """Where the engine keeps its instances: in memory. Modules that want a file say so."""
    return "memory:"


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    """An own database, and own books."""
    return Settings(database=database, books=tmp_path / "loans.books", secret="tests")


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application, started."""
    app = create(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def service(app: FastAPI) -> Service:
    """The parts of the application."""
    found: Service = app.state.service
    return found


@pytest.fixture
async def team(app: FastAPI, settings: Settings) -> AsyncIterator[Team]:
    """People who talk to the application without a network."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    team = Team(
        settings,
        lambda headers: httpx.AsyncClient(transport=transport, base_url="http://loans", headers=headers),
    )
    yield team
    await team.close()


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """Where the application listens: `127.0.0.1:PORT`."""
    async with serve(app) as address:
        yield address
