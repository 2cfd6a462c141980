"""Processes: starting, looking at, and directing them."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from flowwright import Summary

from .. import views
from ..access import STARTED_BY, TEAM
from ..deps import After, CurrentUser, Limit, TheService
from ..errors import ApiError, no_such_page, responses
from ..graphs import visualize
from ..models.common import ProcessId, Status
from ..models.process import (
    Abort,
    History,
    Process,
    ProcessDetail,
    ProcessPage,
    Reason,
    StartedProcess,
    StartProcess,
    Visualization,
)
from ..service import Service
from ..users import LOAN_OFFICER, User

router = APIRouter(prefix="/api/processes", tags=["processes"])

ACTS = ("not_found", "forbidden", "instance_closed", "step_state", "conflict", "lease_lost")


@router.post(
    "",
    operation_id="start_process",
    summary="Start a process",
    status_code=201,
    response_model=StartedProcess,
    responses={
        200: {"model": StartedProcess, "description": "There is a process with this key: here it is"},
        **responses("forbidden", "already_exists", "invalid_input", "too_large"),
    },
)
async def start(
    body: StartProcess, service: TheService, user: CurrentUser, response: Response
) -> StartedProcess:
    """Starts the mortgage journey for an application, for loan officers, managers and administrators.

    Sent again with the same key it starts nothing: so it may be repeated when the answer was lost.
    """
    if not (user.is_admin or user.is_manager or LOAN_OFFICER in user.roles):
        raise ApiError("forbidden", "only loan officers and managers start processes")
    stated = body.application
    key = body.key or stated.application
    await asyncio.to_thread(service.books.register, stated.application, stated.loan_amount, stated.price)
    started = await service.engine.start(
        service.flow,
        stated.model_dump(),
        key=key,
        if_exists=body.if_exists,
        labels={STARTED_BY: user.id, TEAM: user.team},
    )
    if started.existing:
        response.status_code = 200
        row = await service.access.process(user, started.id)
    else:
        row = await service.engine.summary(started.id)
    return StartedProcess(**views.process(row).model_dump(), existing=started.existing)


@router.get(
    "",
    operation_id="list_processes",
    summary="List processes",
    response_model=ProcessPage,
    responses=responses("not_found"),
)
async def list_processes(
    service: TheService,
    user: CurrentUser,
    status: Annotated[list[Status] | None, Query(description="With one of these statuses.")] = None,
    journey: Annotated[str | None, Query(description="Of this journey.", max_length=100)] = None,
    limit: Limit = 50,
    page: After[ProcessId] = None,
) -> ProcessPage:
    """Those that the caller may see, the newest first."""
    wanted: list[Status] = list(status or [])
    labels = service.access.scope(user)
    if labels is None:
        return await _own(service, user, wanted, journey, limit, page)
    with no_such_page(page):
        found = await service.engine.instances(
            flow=journey, status=wanted, labels=labels, limit=limit, after=page
        )
    return ProcessPage(items=[views.process(row) for row in found.items], next=found.next)


async def _own(
    service: Service, user: User, status: list[Status], journey: str | None, limit: int, page: str | None
) -> ProcessPage:
    rows: list[Summary] = []
    with no_such_page(page):
        async for row in service.access.own(user, page, status):
            if journey is None or row.flow == journey:
                rows.append(row)
            if len(rows) > limit:
                break
    items = [views.process(row) for row in rows[:limit]]
    return ProcessPage(items=items, next=items[-1].id if len(rows) > limit else None)


@router.get(
    "/{process}",
    operation_id="get_process",
    summary="Get a process",
    response_model=ProcessDetail,
    responses=responses("not_found", "forbidden"),
)
async def get(process: ProcessId, service: TheService, user: CurrentUser) -> ProcessDetail:
    """Everything about a process: its steps and variables, what it waits for, and how it ended."""
    await service.access.process(user, process)
    view, explained = await asyncio.gather(service.engine.get(process), service.engine.explain(process))
    return views.detail(view, explained)


@router.get(
    "/{process}/history",
    operation_id="process_history",
    summary="What happened to a process",
    response_model=History,
    responses=responses("not_found", "forbidden"),
)
async def history(
    process: ProcessId,
    service: TheService,
    user: CurrentUser,
    after: Annotated[int, Query(ge=0, le=2**53, description="Only events after this `seq`.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> History:
    """Every event in order: what was decided, by whom, when."""
    await service.access.process(user, process)
    found = [one for one in await service.engine.history(process) if one.seq > after]
    events = [views.event(one.data) for one in islice(found, limit)]
    return History(process=process, events=events, next=events[-1].seq if len(found) > limit else None)


@router.get(
    "/{process}/visualize",
    operation_id="visualize_process",
    summary="The graph of a process",
    response_model=Visualization,
    responses=responses("not_found", "forbidden"),
)
async def graph(process: ProcessId, service: TheService, user: CurrentUser) -> Visualization:
    """The journey's graph with the present state of every step, as data and as a Mermaid chart."""
    await service.access.process(user, process)
    return await visualize(service.engine, process)


@router.post(
    "/{process}/suspend",
    operation_id="suspend_process",
    summary="Suspend a process",
    response_model=Process,
    responses=responses(*ACTS),
)
async def suspend(
    process: ProcessId, service: TheService, user: CurrentUser, body: Reason | None = None
) -> Process:
    """Holds a process: it starts nothing, and its tasks cannot be done, until it is resumed."""
    await service.access.directed(user, process)
    await service.engine.suspend(process, **_why(user, body))
    return views.process(await service.engine.summary(process))


@router.post(
    "/{process}/resume",
    operation_id="resume_process",
    summary="Resume a process",
    response_model=Process,
    responses=responses(*ACTS),
)
async def resume(
    process: ProcessId, service: TheService, user: CurrentUser, body: Reason | None = None
) -> Process:
    """Lets a suspended process go on from where it was."""
    await service.access.directed(user, process)
    await service.engine.resume(process, **_why(user, body))
    return views.process(await service.engine.summary(process))


@router.post(
    "/{process}/abort",
    operation_id="abort_process",
    summary="Abort a process",
    response_model=Process,
    responses=responses(*ACTS),
)
async def abort(
    process: ProcessId, service: TheService, user: CurrentUser, body: Abort | None = None
) -> Process:
    """Ends a process. What was ordered is given back first, unless `compensate` is false."""
    await service.access.directed(user, process)
    how = body or Abort()
    await service.engine.abort(process, compensate=how.compensate, force=how.force, **_why(user, how))
    return views.process(await service.engine.summary(process))


def _why(user: User, body: Reason | None) -> dict[str, Any]:
    return {"by": user.id, "reason": body.reason if body else ""}
