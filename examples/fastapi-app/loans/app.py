"""The application: `uvicorn loans.app:app`."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from . import described, errors
from .models.live import LiveEvent
from .models.problem import Problem
from .routes import live, monitoring, processes, simulation, tasks
from .service import Service
from .settings import DEMO_SECRET, Settings

LOG = logging.getLogger(__name__)

DESCRIPTION = """
The process service of a lending team. It runs the mortgage journey of `examples/loan_origination` in process, on
[Flowwright](https://github.com/flowwright/flowwright).

**Who are you?** Send `Authorization: Bearer TOKEN`, with a token from `python -m loans.tokens USER`. Anybody sees what
they started and what they have a task in; a manager what the team started; an administrator everything.

**Errors** are problem documents (RFC 9457). `code` is stable; `retryable` says whether the same request may succeed later.

**Live events**: open a WebSocket at `/api/events?after=POSITION&process=ID`. Each message is a `LiveEvent`. After a lost
connection go on behind the `position` of the last message.
"""

TAGS = [
    {"name": "processes", "description": "Mortgage applications on their way."},
    {"name": "tasks", "description": "What people have to do."},
    {"name": "monitoring", "description": "Figures, for managers and administrators."},
    {"name": "simulation", "description": "Trying journeys out under a virtual clock."},
]


def create(settings: Settings | None = None) -> FastAPI:
    """The application with its settings: those of the environment, if none are given."""
    chosen = settings or Settings.from_environment()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if chosen.secret == DEMO_SECRET:
            LOG.warning("tokens are signed with the demo's secret: set LOANS_SECRET")
        async with Service.open(chosen) as service:
            app.state.service = service
            yield

    app = FastAPI(
        title="Loans",
        version="1.0.0",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
        redoc_url=None,
        dependencies=[Depends(described.no_unknown_query)],
    )
    for group in (processes, tasks, monitoring, simulation, live):
        app.include_router(group.router)
    app.add_api_route("/health", _health, include_in_schema=False)
    errors.install(app, lambda request: described.allowed(described.read_once(request), request.url.path))
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]
    return app


async def _health() -> dict[str, str]:
    return {"status": "ok"}


def _describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the models that no endpoint names: of errors and of live events."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        _, models = models_json_schema(
            [(Problem, "serialization"), (LiveEvent, "serialization")],
            ref_template="#/components/schemas/{model}",
        )
        document["components"]["schemas"] |= models["$defs"]
        app.openapi_schema = document
    return app.openapi_schema


app = create()
