"""What an engine does with tasks."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from ._bridge import Bridge
from ._convert import moment_millis
from ._offline import some
from .types import Actor, Json, Page, Priority, Task, decode


class Tasks:
    """The part of :class:`flowwright.Engine` that has to do with the tasks of people: finding and doing them."""

    _bridge: Bridge

    async def tasks(
        self,
        *,
        visible_to: Actor | str | None = None,
        assignee: str | None = None,
        unassigned: bool = False,
        flow: str | None = None,
        instance: str | None = None,
        priority: Priority | None = None,
        due_before: datetime | None = None,
        oldest_first: bool = False,
        limit: int | None = None,
        after: str | None = None,
    ) -> Page[Task]:
        """A page of open tasks, the most urgent first; everything given must hold."""
        query = some(
            visible_to=None if visible_to is None else _actor(visible_to),
            assignee=assignee,
            flow=flow,
            instance=instance,
            priority=priority,
            due_before=None if due_before is None else moment_millis(due_before),
            limit=limit,
            after=after,
        )
        request = {"unassigned": unassigned, "oldest_first": oldest_first, **query}
        found = await self._bridge.ask({"tasks": request})
        return Page(decode(list[Task], found["tasks"]), found["next"])

    async def inbox(
        self,
        actor: Actor | str,
        *,
        unassigned: bool = False,
        flow: str | None = None,
        instance: str | None = None,
        priority: Priority | None = None,
        due_before: datetime | None = None,
        oldest_first: bool = False,
        limit: int | None = None,
        after: str | None = None,
    ) -> Page[Task]:
        """A page of the tasks that somebody has or may take, the most urgent first."""
        return await self.tasks(
            visible_to=actor,
            unassigned=unassigned,
            flow=flow,
            instance=instance,
            priority=priority,
            due_before=due_before,
            oldest_first=oldest_first,
            limit=limit,
            after=after,
        )

    async def task(self, task: str) -> Task:
        """An open task."""
        return decode(Task, await self._bridge.ask({"task": {"task": task}}))

    async def claim(self, task: Task | str, actor: Actor | str, *, request: str | None = None) -> None:
        """Takes a task."""
        await self._act(task, actor, {"claim": {}}, request)

    async def release(self, task: Task | str, actor: Actor | str, *, request: str | None = None) -> None:
        """Puts a task back."""
        await self._act(task, actor, {"release": {}}, request)

    async def complete(
        self,
        task: Task | str,
        actor: Actor | str,
        *,
        outcome: str | None = None,
        data: Json = None,
        request: str | None = None,
    ) -> None:
        """Does a task.

        :param outcome: which outcome, where there are outcomes.
        :param data: what its form asks for.
        :param request: the caller's id for the request: the same one again is answered as the first time.
        """
        done = {"data": data, **some(outcome=outcome)}
        await self._act(task, actor, {"complete": done}, request)

    async def reassign(
        self, task: Task | str, actor: Actor | str, to: str, *, request: str | None = None
    ) -> None:
        """Gives a task to somebody else."""
        await self._act(task, actor, {"reassign": {"to": to}}, request)

    async def escalate(
        self, task: Task | str, actor: Actor | str, to: str, reason: str = "", *, request: str | None = None
    ) -> None:
        """Brings a task before another role."""
        await self._act(task, actor, {"escalate": {"to": to, "reason": reason}}, request)

    async def _act(
        self, task: Task | str, actor: Actor | str, act: dict[str, Any], request: str | None
    ) -> None:
        id = task.id if isinstance(task, Task) else task
        asked = {"task": id, "actor": _actor(actor), "act": act, **some(request=request)}
        await self._bridge.ask({"act": asked})


def _actor(actor: Actor | str) -> dict[str, Any]:
    return {"id": actor} if isinstance(actor, str) else dataclasses.asdict(actor)
