"""What the engine tells, as the service's models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import flowwright

from .access import STARTED_BY, TEAM
from .models.common import Event, Failure
from .models.process import Process, ProcessDetail, Step, Waiting
from .models.task import Candidates, Task


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def process_fields(row: flowwright.Summary | flowwright.InstanceView) -> dict[str, Any]:
    """The fields that every model of a process has."""
    return {
        "id": row.id,
        "journey": row.flow,
        "version": row.version,
        "key": row.key,
        "status": row.status,
        "started_by": row.labels.get(STARTED_BY),
        "team": row.labels.get(TEAM),
        "started_at": row.started,
        "ended_at": row.ended,
    }


def process(row: flowwright.Summary) -> Process:
    """A row of the list."""
    return Process(**process_fields(row), error_code=row.error_code)


def failure(error: flowwright.Failure | None) -> Failure | None:
    """Why something failed."""
    if error is None:
        return None
    step, attempt = error.step or None, error.attempt or None
    return Failure(code=error.code, message=error.message, step=step, attempt=attempt, details=error.details)


def waiting(found: flowwright.Explanation) -> list[Waiting]:
    """What a process waits for."""
    return [
        Waiting(
            step=one.step,
            kind=one.kind,
            reason=one.reason,
            since=one.since,
            until=one.until,
            assignee=one.assignee,
        )
        for one in found.waiting
    ]


def step(path: str, found: flowwright.StepView) -> Step:
    """What became of a step."""
    return Step(
        path=path,
        status=found.status,
        iteration=found.iteration,
        attempts=found.attempts,
        started_at=found.started,
        ended_at=found.ended,
        output=found.output,
        error=failure(found.error),
        compensated=found.compensated,
    )


def detail(view: flowwright.InstanceView, explained: flowwright.Explanation) -> ProcessDetail:
    """Everything about a process."""
    return ProcessDetail(
        **process_fields(view),
        error_code=view.error.code if view.error else None,
        input=view.input,
        variables=view.vars,
        output=view.output,
        error=failure(view.error),
        explanation=explained.summary,
        waiting=waiting(explained),
        steps=[step(path, found) for path, found in sorted(view.steps.items())],
    )


NAMED = {"seq", "at_ms", "type", "step", "instance", "flow", "position"}


def event(data: dict[str, Any]) -> Event:
    """Something that happened, as the engine tells it: `{seq, at_ms, type, step, …}`."""
    at = datetime.fromtimestamp(data["at_ms"] / 1000, UTC)
    rest = {name: value for name, value in data.items() if name not in NAMED}
    return Event(seq=data["seq"], at=at, type=data["type"], step=data.get("step"), data=rest)


def overdue(found: flowwright.Task, at: datetime) -> bool:
    """Whether a task's due date has passed."""
    return found.due is not None and found.due <= at


def task(found: flowwright.Task, at: datetime) -> Task:
    """An open task."""
    return Task(
        id=found.id,
        process=found.instance,
        journey=found.flow,
        key=found.key,
        step=found.step,
        title=found.title,
        status=found.status,
        assignee=found.assignee,
        candidates=Candidates(
            roles=list(found.candidates.roles),
            groups=list(found.candidates.groups),
            users=list(found.candidates.users),
        ),
        excluded=list(found.excluded),
        priority=found.priority,
        data=found.data,
        form=found.form,
        outcomes=list(found.outcomes),
        created_at=found.created,
        due_at=found.due,
        overdue=overdue(found, at),
        escalated=found.escalated,
    )
