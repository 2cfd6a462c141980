"""Figures over processes: counted by the store where it can, read from the newest processes where it cannot."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from flowwright import Engine, InstanceView, Summary

from .lengths import seconds
from .models.common import Status
from .models.monitoring import Bottleneck, Durations, SlaOfProcesses, SlaOfStep
from .models.task import Task

AT_ONCE = 8
"""How many processes are read side by side."""

Labels = dict[str, str]


async def newest(
    engine: Engine,
    labels: Labels,
    most: int,
    *,
    flow: str,
    status: list[Status] | None = None,
    since: datetime | None = None,
) -> list[Summary]:
    """The newest processes."""
    rows: list[Summary] = []
    after = None
    while len(rows) < most:
        limit = min(200, most - len(rows))
        page = await engine.instances(
            flow=flow, labels=labels, status=status or [], started_from=since, limit=limit, after=after
        )
        rows.extend(page.items)
        if page.next is None:
            break
        after = page.next
    return rows


async def opened(engine: Engine, rows: Iterable[Summary]) -> AsyncIterator[InstanceView]:
    """Everything about processes, read a few at a time."""
    ids = [row.id for row in rows]
    for first in range(0, len(ids), AT_ONCE):
        for view in await asyncio.gather(*(engine.get(id) for id in ids[first : first + AT_ONCE])):
            yield view


def durations(lengths: Iterable[float]) -> Durations:
    """How long things took."""
    ordered = sorted(lengths)
    if not ordered:
        return Durations(count=0)

    def share(part: float) -> float:
        # The nearest rank: a value that occurred.
        return ordered[max(0, math.ceil(part * len(ordered)) - 1)]

    mean = sum(ordered) / len(ordered)
    return Durations(count=len(ordered), mean=mean, p50=share(0.5), p95=share(0.95), longest=ordered[-1])


def decision(view: InstanceView) -> str:
    """What a completed process came to: `approved by rules`, `declined by people`, `approved, not closed`."""
    output = view.output if isinstance(view.output, dict) else {}
    decided = output.get("decision", "unknown")
    if decided == "approved" and not output.get("closed"):
        return "approved, not closed"
    return f"{decided} by {output.get('by', 'nobody')}"


def sla_of_processes(rows: Iterable[Summary], sla: dict[str, str], at: datetime) -> SlaOfProcesses:
    """Processes against the target of their journey."""
    target = seconds(sla["target"]) if "target" in sla else None
    warn = seconds(sla["warn"]) if "warn" in sla else target
    counts: Counter[str] = Counter()
    for row in rows:
        counts[_kept(row, at, target or math.inf, warn or math.inf)] += 1
    late, total = counts["ended_late"] + counts["late"], sum(counts.values())
    names = ("ended_in_time", "ended_late", "on_time", "at_risk", "late")
    return SlaOfProcesses(
        target_seconds=target,
        warn_seconds=warn,
        compliance=(total - late) / total if total else None,
        **{name: counts[name] for name in names},
    )


def _kept(row: Summary, at: datetime, target: float, warn: float) -> str:
    age = ((row.ended or at) - row.started).total_seconds()
    if row.ended is not None:
        return "ended_in_time" if age <= target else "ended_late"
    if age > target:
        return "late"
    return "at_risk" if age > warn else "on_time"


def sla_of_tasks(tasks: Iterable[Task], at: datetime) -> list[SlaOfStep]:
    """Open tasks against their due dates."""
    by_step: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_step[task.step].append(task)
    return [
        SlaOfStep(
            step=step,
            open=len(found),
            overdue=sum(task.overdue for task in found),
            due_within_an_hour=sum(_soon(task, at) for task in found),
        )
        for step, found in sorted(by_step.items())
    ]


def _soon(task: Task, at: datetime) -> bool:
    return task.due_at is not None and not task.overdue and (task.due_at - at).total_seconds() <= 3_600


@dataclass(slots=True)
class StepTimes:
    """How long a step took, over several processes."""

    lengths: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    failed: int = 0


def step_times(views_of: Iterable[InstanceView], at: datetime) -> dict[str, StepTimes]:
    """How long each step took, and for how long it has been waited for. Steps that enclose others are left out: their
    time is that of the steps inside."""
    found: dict[str, StepTimes] = defaultdict(StepTimes)
    for view in views_of:
        paths = set(view.steps)
        enclosing = {path.rpartition("/")[0] for path in paths if "/" in path}
        for path in paths - enclosing:
            step, times = view.steps[path], found[path]
            if step.started is None:
                continue
            if step.status in ("active", "indeterminate"):
                times.waiting.append((at - step.started).total_seconds())
            elif step.ended is not None:
                times.lengths.append((step.ended - step.started).total_seconds())
            times.failed += step.status == "failed"
            if step.attempts:
                times.attempts.append(step.attempts)
    return found


def bottlenecks(found: dict[str, StepTimes]) -> list[Bottleneck]:
    """Steps, the ones that take the largest share of the time first."""
    spent = {step: sum(times.lengths) + sum(times.waiting) for step, times in found.items()}
    total = sum(spent.values())
    steps = [
        Bottleneck(
            step=step,
            finished=len(times.lengths),
            waiting=len(times.waiting),
            failed=times.failed,
            attempts=sum(times.attempts) / len(times.attempts) if times.attempts else 0,
            durations=durations(times.lengths),
            waiting_seconds=sum(times.waiting),
            share=min(1.0, spent[step] / total) if total > 0 else 0,
        )
        for step, times in found.items()
        if times.lengths or times.waiting
    ]
    return sorted(steps, key=lambda step: (-step.share, step.step))
