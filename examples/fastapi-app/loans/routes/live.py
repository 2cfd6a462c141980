"""Live events over a WebSocket: `/api/events?after=POSITION&process=ID`.

The token comes as `Authorization: Bearer TOKEN`, or as `token=TOKEN` from browsers, which cannot send that header here.
Each message is a `LiveEvent` in JSON; only events of processes that the caller may see are sent.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from flowwright import Event, FlowwrightError

from .. import errors, views
from ..access import Access
from ..deps import TheService, identify
from ..errors import ApiError
from ..models.common import ProcessId
from ..models.live import LiveEvent
from ..service import Service
from ..users import User

router = APIRouter()

GOING_AWAY, TRY_AGAIN = 1001, 1013


@router.websocket("/api/events")
async def live(
    socket: WebSocket,
    service: TheService,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,15}(\.[0-9]{1,15})?$")] = None,
    process: ProcessId | None = None,
    token: str | None = None,
) -> None:
    """Sends what happens, from now on or from behind a position, until the caller goes away."""
    try:
        user = identify(service, _bearer(socket) or token)
        if process is not None:
            await service.access.process(user, process)
    except (ApiError, FlowwrightError) as error:
        await socket.send_denial_response(errors.answer(errors.of(error, socket.url.path)))
        return
    await socket.accept()
    sending = asyncio.create_task(_send(socket, service, user, after, process))
    leaving = asyncio.create_task(_left(socket))
    await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    for task in (sending, leaving):
        task.cancel()
    await asyncio.gather(sending, leaving, return_exceptions=True)


def _bearer(socket: WebSocket) -> str | None:
    kind, _, token = socket.headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else None


async def _left(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()


async def _send(
    socket: WebSocket, service: Service, user: User, after: str | None, process: str | None
) -> None:
    sight = Sight(service.access, user)
    commit, seq = _place(after)
    # Events that were committed together share the engine's position: such a commit is read again from its beginning.
    behind = commit if commit is None or seq is None else max(0, commit - 1)
    try:
        async for event in service.engine.events(after=behind, instance=process):
            if event.position == commit and seq is not None and event.seq <= seq:
                continue
            if await sight.sees(event):
                await socket.send_text(_message(event).model_dump_json())
    except FlowwrightError as error:
        await socket.close(GOING_AWAY if error.code == "shutting_down" else TRY_AGAIN, error.code)


def _place(after: str | None) -> tuple[int | None, int | None]:
    """A position as it was sent: a commit, and an event of it."""
    if after is None:
        return None, None
    commit, _, seq = after.partition(".")
    return int(commit), int(seq) if seq else None


def _message(event: Event) -> LiveEvent:
    told = views.event(event.data)
    position = f"{event.position}.{event.seq}"
    return LiveEvent(**told.model_dump(), position=position, process=event.instance, journey=event.flow or "")


KNOWN = 10_000
"""How many processes out of sight are remembered."""
TASKS = {"step_activated", "task_changed", "task_done"}
"""What may bring a person into a process."""


class Sight:
    """What one listener may see. What was seen once stays in sight; what was not is looked at again when that which
    happens may be a task for this person."""

    def __init__(self, access: Access, user: User) -> None:
        self._access = access
        self._user = user
        self._seen: set[str] = set()
        self._unseen: set[str] = set()

    async def sees(self, event: Event) -> bool:
        """Whether the listener may see an event."""
        if self._user.is_admin or event.instance in self._seen:
            return True
        if event.instance in self._unseen and event.type not in TASKS:
            return False
        if await self._access.sees(self._user, event.instance):
            self._seen.add(event.instance)
            return True
        if len(self._unseen) >= KNOWN:
            self._unseen.clear()
        self._unseen.add(event.instance)
        return False
