"""Monitoring, for managers (their team's processes) and administrators (all)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from flowwright import Explanation, Summary

from .. import figures, inbox, views
from ..deps import After, Director, Limit, TheService
from ..errors import no_such_page, responses
from ..models.common import Moment, ProcessId, Status
from ..models.monitoring import (
    ActiveProcess,
    ActiveProcesses,
    Bottlenecks,
    EngineLoad,
    Metrics,
    SlaCompliance,
)
from ..service import Service

router = APIRouter(prefix="/api/monitoring", tags=["monitoring"])

STATUSES: tuple[Status, ...] = ("pending", "running", "suspended", "completed", "failed", "aborted")
ACTIVE: list[Status] = ["pending", "running", "suspended"]
ENDED: list[Status] = ["completed", "failed", "aborted"]

Sample = Annotated[int, Query(ge=1, le=1000, description="How many processes, the newest, are read.")]


@router.get(
    "/active-processes",
    operation_id="active_processes",
    summary="Processes that have not ended",
    response_model=ActiveProcesses,
    responses=responses("forbidden", "not_found"),
)
async def active_processes(
    service: TheService,
    user: Director,
    limit: Limit = 50,
    page: After[ProcessId] = None,
) -> ActiveProcesses:
    """What each of them waits for, since when, and who could act."""
    engine, labels = service.engine, service.access.scope(user) or {}
    with no_such_page(page):
        found = await engine.instances(status=ACTIVE, labels=labels, limit=limit, after=page)
    pending, running, suspended = await asyncio.gather(
        *(engine.count(status=status, labels=labels) for status in ACTIVE)
    )
    explained = await asyncio.gather(*(engine.explain(row.id) for row in found.items))
    at = views.now()
    items = [_active(row, why, at) for row, why in zip(found.items, explained, strict=True)]
    total = pending + running + suspended
    return ActiveProcesses(total=total, running=running, suspended=suspended, items=items, next=found.next)


def _active(row: Summary, explained: Explanation, at: datetime) -> ActiveProcess:
    return ActiveProcess(
        **views.process(row).model_dump(),
        age_seconds=max(0.0, (at - row.started).total_seconds()),
        explanation=explained.summary,
        waiting=views.waiting(explained),
    )


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Counts and times",
    response_model=Metrics,
    responses=responses("forbidden"),
)
async def metrics(
    service: TheService,
    user: Director,
    since: Annotated[Moment | None, Query(description="Only processes started at or after this.")] = None,
    sample: Sample = 200,
) -> Metrics:
    """How many processes there are by status, what they were decided to, and how long they took."""
    engine, flow, labels = service.engine, service.flow, service.access.scope(user) or {}
    started_from = _storable(since)
    counts = await asyncio.gather(
        *(engine.count(flow=flow, status=[one], labels=labels, started_from=started_from) for one in STATUSES)
    )
    ended = await figures.newest(engine, labels, sample, flow=flow, status=ENDED, since=started_from)
    completed = [row for row in ended if row.status == "completed"]
    decisions = Counter([figures.decision(view) async for view in figures.opened(engine, completed)])
    lengths = [(row.ended - row.started).total_seconds() for row in ended if row.ended]
    return Metrics(
        journey=flow,
        since=since,
        started=sum(counts),
        by_status=dict(zip(STATUSES, counts, strict=True)),
        decisions=decisions,
        durations=figures.durations(lengths),
        sampled=len(ended),
        load=await _load(service),
    )


def _storable(since: datetime | None) -> datetime | None:
    """Processes are not older than the engine: an earlier time is as good as none."""
    return since if since is None or since.year > 1970 else None


async def _load(service: Service) -> EngineLoad:
    load = await service.engine.load()
    return EngineLoad(queued=load.queued, running=load.running, shards=len(load.shards))


@router.get(
    "/sla-compliance",
    operation_id="sla_compliance",
    summary="Promises, and whether they are kept",
    response_model=SlaCompliance,
    responses=responses("forbidden"),
)
async def sla_compliance(service: TheService, user: Director, sample: Sample = 1000) -> SlaCompliance:
    """Processes against the journey's target, and tasks against their due dates."""
    labels, at = service.access.scope(user) or {}, views.now()
    rows = await figures.newest(service.engine, labels, sample, flow=service.flow)
    tasks = [views.task(task, at) async for task in inbox.directed(service, user)]
    return SlaCompliance(
        journey=service.flow,
        processes=figures.sla_of_processes(rows, service.sla(), at),
        tasks=figures.sla_of_tasks(tasks, at),
        sampled=len(rows),
    )


@router.get(
    "/bottlenecks",
    operation_id="bottlenecks",
    summary="Where time goes",
    response_model=Bottlenecks,
    responses=responses("forbidden"),
)
async def bottlenecks(service: TheService, user: Director, sample: Sample = 200) -> Bottlenecks:
    """The journey's steps by the share of time that they take: work and waiting."""
    labels = service.access.scope(user) or {}
    rows = await figures.newest(service.engine, labels, sample, flow=service.flow)
    opened = [view async for view in figures.opened(service.engine, rows)]
    steps = figures.bottlenecks(figures.step_times(opened, views.now()))
    return Bottlenecks(journey=service.flow, steps=steps, sampled=len(rows))
