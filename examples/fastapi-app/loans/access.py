"""Who may see and do what.

| who | sees |
| --- | --- |
| an administrator | everything |
| a manager | what somebody of the team started, and what anybody sees |
| anybody | what they started, what they have or had a task in, and tasks that they may take |

Whoever may see a process may read all of it. Suspending, resuming and aborting is for the team's manager and
administrators.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import OrderedDict
from collections.abc import AsyncIterator

from flowwright import Engine, NotFoundError, Summary, Task

from .errors import ApiError
from .journey.books import Books
from .models.common import Status
from .users import User

STARTED_BY = "started_by"
TEAM = "team"

KNOWN = 10_000
"""How many processes' labels are remembered; labels never change."""
CHUNK = 200
"""How many rows are read at once."""


def process_of(task: str) -> str:
    """The process that a task belongs to."""
    return task.rpartition(".")[0]


def offered(task: Task, user: User) -> bool:
    """Whether somebody is among those to whom a task is offered."""
    to = task.candidates
    if not (to.roles or to.groups or to.users):
        return True
    return not user.roles.isdisjoint(to.roles) or user.team in to.groups or user.id in to.users


class Access:
    """Answers who may see what."""

    def __init__(self, engine: Engine, books: Books) -> None:
        self._engine = engine
        self._books = books
        self._labels: OrderedDict[str, dict[str, str]] = OrderedDict()

    async def labels(self, process: str) -> dict[str, str]:
        """The labels of a process."""
        known = self._labels.get(process)
        if known is None:
            known = (await self._engine.summary(process)).labels
            self._labels[process] = known
            if len(self._labels) > KNOWN:
                self._labels.popitem(last=False)
        return known

    async def directs(self, user: User, process: str) -> bool:
        """Whether somebody directs the people who work on a process."""
        if user.is_admin:
            return True
        return user.is_manager and (await self.labels(process)).get(TEAM) == user.team

    async def sees(self, user: User, process: str) -> bool:
        """Whether somebody may see a process."""
        if await self.directs(user, process):
            return True
        if (await self.labels(process)).get(STARTED_BY) == user.id:
            return True
        if await asyncio.to_thread(self._books.has_part, user.id, process):
            return True
        return bool((await self._engine.inbox(user.actor, instance=process, limit=1)).items)

    async def sees_task(self, user: User, task: Task) -> bool:
        """Whether somebody may see a task."""
        return task.assignee == user.id or offered(task, user) or await self.directs(user, task.instance)

    async def process(self, user: User, process: str) -> Summary:
        """A process that somebody may see.

        Raises:
            NotFoundError: there is none.
            ApiError: `forbidden`.
        """
        summary = await self._engine.summary(process)
        if not await self.sees(user, process):
            raise ApiError("forbidden", f"{user.id} has no part in this process", process=process)
        return summary

    async def directed(self, user: User, process: str) -> Summary:
        """A process that somebody directs.

        Raises:
            NotFoundError: there is none.
            ApiError: `forbidden`.
        """
        summary = await self._engine.summary(process)
        if not await self.directs(user, process):
            raise ApiError(
                "forbidden", "this is for the team's manager", process=process, team=summary.labels.get(TEAM)
            )
        return summary

    async def task(self, user: User, task: str) -> Task:
        """A task that somebody may see.

        Raises:
            NotFoundError: there is none, or it is done.
            ApiError: `forbidden`.
        """
        found = await self._engine.task(task)
        if not await self.sees_task(user, found):
            raise ApiError("forbidden", f"the task is not offered to {user.id}", task=task)
        return found

    def took_part(self, user: User | str, process: str) -> asyncio.Future[None]:
        """Writes down that somebody has a part in a process."""
        id = user if isinstance(user, str) else user.id
        return asyncio.ensure_future(asyncio.to_thread(self._books.take_part, id, process))

    # -- lists ---------------------------------------------------------------------------------------------------

    def scope(self, user: User) -> dict[str, str] | None:
        """The labels by which the engine can find what somebody sees; none where that is not enough."""
        if user.is_admin:
            return {}
        return {TEAM: user.team} if user.is_manager else None

    async def own(self, user: User, before: str | None, status: list[Status]) -> AsyncIterator[Summary]:
        """What somebody has started or has a part in: the newest first, those before one. Ids ascend with time."""
        last = None
        mine = [row async for row in self._assigned(user, before)]
        sources = (self._started(user, before, status), self._parts(user, before), _each(mine))
        async for id, row in _merged(sources):
            if id == last:
                continue
            last = id
            try:
                found = row or await self._engine.summary(id)
            except NotFoundError:
                continue
            if not status or found.status in status:
                yield found

    async def _started(
        self, user: User, before: str | None, status: list[Status]
    ) -> AsyncIterator[tuple[str, Summary | None]]:
        labels, after = {STARTED_BY: user.id}, before
        while True:
            page = await self._engine.instances(labels=labels, status=status, limit=CHUNK, after=after)
            for row in page.items:
                yield row.id, row
            if page.next is None:
                return
            after = page.next

    async def _parts(self, user: User, before: str | None) -> AsyncIterator[tuple[str, Summary | None]]:
        while True:
            found = await asyncio.to_thread(self._books.parts, user.id, before, CHUNK)
            for id in found:
                yield id, None
            if len(found) < CHUNK:
                return
            before = found[-1]

    async def _assigned(self, user: User, before: str | None) -> AsyncIterator[str]:
        after: str | None = None
        found: set[str] = set()
        while True:
            page = await self._engine.tasks(assignee=user.id, limit=CHUNK, after=after)
            found.update(task.instance for task in page.items)
            if page.next is None:
                break
            after = page.next
        for id in sorted(found, reverse=True):
            if before is None or id < before:
                yield id


async def _each(ids: list[str]) -> AsyncIterator[tuple[str, Summary | None]]:
    for id in ids:
        yield id, None


async def _merged(
    sources: tuple[AsyncIterator[tuple[str, Summary | None]], ...],
) -> AsyncIterator[tuple[str, Summary | None]]:
    """Several descending sequences as one. Of equal ones, one with its row comes first."""

    async def head(number: int) -> None:
        try:
            id, row = await anext(sources[number])
        except StopAsyncIteration:
            return
        # Ids are hexadecimal: the largest first, without comparing rows.
        heapq.heappush(heap, (-int(id.replace("-", ""), 16), row is None, number, (id, row)))

    heap: list[tuple[int, bool, int, tuple[str, Summary | None]]] = []
    for number in range(len(sources)):
        await head(number)
    while heap:
        _, _, number, item = heapq.heappop(heap)
        yield item
        await head(number)
