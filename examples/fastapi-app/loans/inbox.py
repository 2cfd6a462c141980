"""Finding and counting tasks, by what somebody may see."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from flowwright import Event, Task

from . import views
from .access import offered
from .models.common import Priority
from .models.task import StepTasks, TaskStats
from .service import Service
from .users import User

CHUNK = 200
MOST = 5_000
"""How many tasks are counted."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of tasks."""

    items: list[Task]
    next: str | None


async def page(
    service: Service,
    user: User,
    scope: str,
    process: str | None,
    priority: Priority | None,
    limit: int,
    after: str | None,
) -> Found:
    """A page of what somebody has and may take, or of what their team has."""
    engine = service.engine
    if scope == "own":
        found = await engine.inbox(user.actor, instance=process, priority=priority, limit=limit, after=after)
        return Found(list(found.items), found.next)
    if user.is_admin:
        found = await engine.tasks(instance=process, priority=priority, limit=limit, after=after)
        return Found(list(found.items), found.next)
    items: list[Task] = []
    async for task in _directed(service, user, process, priority, after):
        items.append(task)
        if len(items) > limit:
            break
    more = len(items) > limit
    return Found(items[:limit], cursor(items[limit - 1]) if more else None)


def cursor(task: Task) -> str:
    """The place of a task among all, the most urgent first: `ID@URGENCY,DUE,CREATED`."""
    urgency = ("urgent", "high", "normal", "low").index(task.priority)
    due = round(task.due.timestamp() * 1000) if task.due else 2**63 - 1
    return f"{task.id}@{urgency},{due},{round(task.created.timestamp() * 1000)}"


async def _directed(
    service: Service, user: User, process: str | None, priority: Priority | None, after: str | None
) -> AsyncIterator[Task]:
    """Tasks of the processes that somebody directs."""
    while True:
        found = await service.engine.tasks(instance=process, priority=priority, limit=CHUNK, after=after)
        for task in found.items:
            if await service.access.directs(user, task.instance):
                yield task
        if found.next is None:
            return
        after = found.next


async def directed(service: Service, user: User) -> AsyncIterator[Task]:
    """Open tasks that somebody directs, the most urgent first, up to a bound."""
    counted = 0
    async for task in _directed(service, user, None, None, None):
        yield task
        counted += 1
        if counted == MOST:
            return


async def _seen(service: Service, user: User) -> AsyncIterator[Task]:
    """Every open task that somebody may see."""
    if user.is_manager or user.is_admin:
        async for task in _directed(service, user, None, None, None):
            yield task
        if user.is_admin:
            return
    after = None
    while True:
        found = await service.engine.inbox(user.actor, limit=CHUNK, after=after)
        for task in found.items:
            # The team's were counted above.
            if not user.is_manager or not await service.access.directs(user, task.instance):
                yield task
        if found.next is None:
            return
        after = found.next


async def stats(service: Service, user: User) -> TaskStats:
    """Counts what somebody may see."""
    at = views.now()
    tasks: list[Task] = []
    complete = True
    async for task in _seen(service, user):
        if len(tasks) == MOST:
            complete = False
            break
        tasks.append(task)
    by_step: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_step[task.step].append(task)
    mine = [task for task in tasks if task.assignee == user.id]
    takeable = [t for t in tasks if t.assignee is None and offered(t, user) and user.id not in t.excluded]
    return TaskStats(
        open=len(tasks),
        mine=len(mine),
        available=len(takeable),
        unassigned=sum(task.assignee is None for task in tasks),
        overdue=sum(views.overdue(task, at) for task in tasks),
        escalated=sum(task.escalated for task in tasks),
        by_priority=Counter(task.priority for task in tasks),
        by_assignee=Counter(task.assignee for task in tasks if task.assignee),
        by_step=[
            StepTasks(
                step=step,
                open=len(found),
                unassigned=sum(task.assignee is None for task in found),
                overdue=sum(views.overdue(task, at) for task in found),
            )
            for step, found in sorted(by_step.items())
        ],
        oldest_at=min((task.created for task in tasks), default=None),
        complete=complete,
    )


def done(history: Sequence[Event], activation: int) -> str | None:
    """The step of a task that is done; none if it never was."""
    steps = [event.step for event in history if event.type == "task_done"]
    activated = [e for e in history if e.type == "step_activated" and e.data.get("activation") == activation]
    step = activated[0].step if activated else None
    return step if step in steps else None
