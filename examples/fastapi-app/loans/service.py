"""The parts of the service that live as long as a worker: the engine, the services, the users."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import yaml
from flowwright import Engine

from .access import Access
from .journey.applications import Applications
from .journey.books import Books
from .journey.office import Office
from .journey.services import Services
from .settings import Settings
from .users import Users

GRACE = timedelta(seconds=5)
"""How long services may take to finish when a worker stops."""


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that a request may need."""

    settings: Settings
    engine: Engine
    users: Users
    access: Access
    books: Books
    services: Services
    flow: str
    definition: str

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Service]:
        """Opens the engine on its database, deploys the journey, and closes all in good order."""
        users = Users.read(settings.users)
        books = Books(settings.books)
        services = Services(Applications.read(settings.applications), books, settings.appraisal_seconds)
        definition = settings.definition.read_text("utf-8")
        lease = timedelta(seconds=settings.lease_seconds)
        engine = await Engine.open(settings.database, activities=services.handlers(), lease=lease)
        try:
            # The same definition again is the same version, in whichever worker.
            flow = (await engine.deploy(definition)).flow
            office = Office(engine, books)
            services.ordered = office.call
            at_work = asyncio.create_task(office.run())
            try:
                yield cls(settings, engine, users, Access(engine, books), books, services, flow, definition)
            finally:
                at_work.cancel()
                await asyncio.gather(at_work, return_exceptions=True)
        finally:
            await engine.close(GRACE)

    def sla(self) -> dict[str, str]:
        """What the journey's definition promises: `{target, warn}`."""
        found = yaml.safe_load(self.definition).get("sla") or {}
        return {name: str(length) for name, length in found.items()}
