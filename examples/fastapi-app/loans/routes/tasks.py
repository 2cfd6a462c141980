"""Tasks: the inbox, and what people do with a task."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from flowwright import Actor
from flowwright import Task as EngineTask

from .. import inbox as boxes
from .. import views
from ..access import offered, process_of
from ..deps import After, CurrentUser, Limit, TheService
from ..errors import ApiError, responses
from ..models.common import Priority, ProcessId, TaskId, TaskPage
from ..models.task import CompletedTask, CompleteTask, Escalate, Reassign, Task, TaskPageOut, TaskStats
from ..service import Service
from ..users import User

router = APIRouter(prefix="/api/tasks", tags=["tasks"])

ACTS = (
    "not_found",
    "forbidden",
    "conflict",
    "instance_suspended",
    "instance_closed",
    "step_state",
    "lease_lost",
)


@router.get(
    "/inbox",
    operation_id="inbox",
    summary="The caller's inbox",
    response_model=TaskPageOut,
    responses=responses("forbidden"),
)
async def inbox(
    service: TheService,
    user: CurrentUser,
    scope: Annotated[
        Literal["own", "team"],
        Query(
            description="`own`: what the caller has or may take; `team`: all tasks of the team, for those who direct."
        ),
    ] = "own",
    process: Annotated[ProcessId | None, Query(description="Of this process.")] = None,
    priority: Annotated[Priority | None, Query(description="With this priority.")] = None,
    limit: Limit = 50,
    page: After[TaskPage] = None,
) -> TaskPageOut:
    """Open tasks, the most urgent first."""
    if scope == "team" and not (user.is_manager or user.is_admin):
        raise ApiError("forbidden", "the team's tasks are for managers and administrators")
    found = await boxes.page(service, user, scope, process, priority, limit, page)
    at = views.now()
    return TaskPageOut(items=[views.task(task, at) for task in found.items], next=found.next)


@router.get(
    "/stats",
    operation_id="task_stats",
    summary="How much there is to do",
    response_model=TaskStats,
    responses=responses(),
)
async def stats(service: TheService, user: CurrentUser) -> TaskStats:
    """Counts of the open tasks that the caller may see: own ones, of a manager the team's, of an administrator all."""
    return await boxes.stats(service, user)


@router.post(
    "/{task}/start",
    operation_id="start_task",
    summary="Start a task",
    response_model=Task,
    responses=responses(*ACTS),
)
async def start(task: TaskId, service: TheService, user: CurrentUser) -> Task:
    """Takes a task: nobody else can do it from now on. To start a task that the caller has changes nothing."""
    await service.access.task(user, task)
    await service.engine.claim(task, user.actor)
    await service.access.took_part(user, process_of(task))
    return views.task(await service.engine.task(task), views.now())


@router.post(
    "/{task}/complete",
    operation_id="complete_task",
    summary="Complete a task",
    response_model=CompletedTask,
    responses=responses(*ACTS, "invalid_input", "too_large"),
)
async def complete(
    task: TaskId,
    body: CompleteTask,
    service: TheService,
    user: CurrentUser,
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=r"^[!-~]{1,100}$", description="The same request again is answered as the first time."
        ),
    ] = None,
) -> CompletedTask:
    """Answers a task, whether it was started before or not. `data` has to satisfy the task's form."""
    process = process_of(task)
    step = await _step_of(service, user, task, idempotency_key)
    # First, so that it is not lost with this worker, and live events of what follows are seen by who did it.
    await service.access.took_part(user, process)
    await service.engine.complete(
        task, user.actor, outcome=body.outcome, data=body.data, request=idempotency_key
    )
    status = (await service.engine.summary(process)).status
    return CompletedTask(
        id=task, process=process, step=step, by=user.id, outcome=body.outcome, process_status=status
    )


async def _step_of(service: Service, user: User, task: str, request: str | None) -> str:
    """The step of a task that somebody may do. A task that is done is told from one that never was."""
    process = process_of(task)
    try:
        return (await service.access.task(user, task)).step
    except LookupError:
        # Done, perhaps by this very request, whose answer was lost; or never there.
        activation, history = int(task.rpartition(".")[2]), await service.engine.history(process)
        step = boxes.done(history, activation)
        if step is None or not await service.access.sees(user, process):
            raise
        if request is None:
            raise ApiError("conflict", "the task is done", task=task) from None
        return step


@router.post(
    "/{task}/reassign",
    operation_id="reassign_task",
    summary="Give a task to somebody",
    response_model=Task,
    responses=responses(*ACTS, "invalid_input"),
)
async def reassign(task: TaskId, body: Reassign, service: TheService, user: CurrentUser) -> Task:
    """For those to whom the task is offered, the team's manager and administrators. The new person must be one to whom
    it is offered too."""
    found = await service.access.task(user, task)
    other = service.users.get(body.to)
    if other is None:
        raise ApiError("invalid_input", f"nobody is called `{body.to}`", to=body.to)
    if not offered(found, other):
        raise ApiError("invalid_input", f"the task is not offered to {other.id}", to=body.to)
    await service.engine.reassign(task, await _acting(service, user, found), body.to)
    await service.access.took_part(other, process_of(task))
    return views.task(await service.engine.task(task), views.now())


@router.post(
    "/{task}/escalate",
    operation_id="escalate_task",
    summary="Bring a task before a role",
    response_model=Task,
    responses=responses(*ACTS, "invalid_input"),
)
async def escalate(task: TaskId, body: Escalate, service: TheService, user: CurrentUser) -> Task:
    """Offers a task to another role, for instance to a manager."""
    found = await service.access.task(user, task)
    if body.to not in service.users.roles():
        raise ApiError("invalid_input", f"nobody has the role `{body.to}`", to=body.to)
    await service.engine.escalate(task, await _acting(service, user, found), body.to, body.reason)
    await service.access.took_part(user, process_of(task))
    return views.task(await service.engine.task(task), views.now())


async def _acting(service: Service, user: User, task: EngineTask) -> Actor:
    directs = await service.access.directs(user, task.instance)
    return user.director if directs else user.actor
