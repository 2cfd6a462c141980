"""The keywords of the engine's methods with many of them, as types: for what hands them on unread.

What they mean is said at the methods of :class:`flowwright.Engine`, which name them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, TypedDict

from ._activity import Handler
from ._convert import Length
from .types import Actor, Members, Priority, Status


class EngineOptions(TypedDict, total=False):
    """The keywords of :meth:`flowwright.Engine.open`."""

    activities: Mapping[str, Handler] | None
    concurrency: int | None
    pools: Mapping[str, int] | None
    queues: Mapping[str, int] | None
    members: Members | Mapping[str, Mapping[str, list[str]]] | None
    lease: Length | None
    park_after: Length | None
    poll: Length | None
    remote_timeout: Length | None
    cancel_grace: Length | None
    shards: int | None
    want_shards: int | None
    window: int | None
    resident: int | None
    calls: int | None
    payload: int | None
    threads: int | None
    handler_threads: int


class StartOptions(TypedDict, total=False):
    """The keywords of :meth:`flowwright.Engine.start`."""

    key: str | None
    if_exists: Literal["return", "refuse"]
    id: str | None
    labels: Mapping[str, str] | None
    version: int | None
    version_label: str | None


class InstanceFilter(TypedDict, total=False):
    """Which instances: the keywords of :meth:`flowwright.Engine.count`."""

    flow: str | None
    status: Status | Iterable[Status] | None
    labels: Mapping[str, str] | None
    parent: str | None
    started_from: datetime | None
    started_before: datetime | None


class InstanceQuery(InstanceFilter, total=False):
    """Which instances, page by page: the keywords of :meth:`flowwright.Engine.instances`."""

    limit: int | None
    after: str | None


class InboxFilter(TypedDict, total=False):
    """Which of somebody's tasks, page by page: the keywords of :meth:`flowwright.Engine.inbox`."""

    unassigned: bool
    flow: str | None
    instance: str | None
    priority: Priority | None
    due_before: datetime | None
    oldest_first: bool
    limit: int | None
    after: str | None


class TaskFilter(InboxFilter, total=False):
    """Which tasks, page by page: the keywords of :meth:`flowwright.Engine.tasks`."""

    visible_to: Actor | str | None
    assignee: str | None
