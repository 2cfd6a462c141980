"""Figures for those who direct."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from .common import Status
from .process import Process, Waiting


class ActiveProcess(Process):
    """A process that has not ended, and what it waits for."""

    age_seconds: float
    explanation: str
    waiting: list[Waiting]


class ActiveProcesses(BaseModel):
    """Processes that have not ended, the newest first."""

    total: int = Field(description="How many there are in all.")
    running: int
    suspended: int
    items: list[ActiveProcess]
    next: str | None = Field(default=None, description="The `page` to ask for next; none on the last one.")


class Durations(BaseModel):
    """How long things took, in seconds."""

    count: int
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    longest: float | None = None


class EngineLoad(BaseModel):
    """The engine of the worker that answered."""

    queued: int
    running: int
    shards: int


class Metrics(BaseModel):
    """Counts and times."""

    journey: str
    since: datetime | None = None
    started: int = Field(description="How many processes were started in the time asked for.")
    by_status: dict[Status, int] = Field(description="Where those stand now.")
    decisions: dict[str, int] = Field(
        description="What those that completed came to, and how: `approved by rules`."
    )
    durations: Durations = Field(description="Of those that ended.")
    sampled: int = Field(description="How many of them, the newest, decisions and durations were read from.")
    load: EngineLoad


class SlaOfProcesses(BaseModel):
    """Processes against the journey's target."""

    target_seconds: float | None = Field(default=None, description="As the definition says.")
    warn_seconds: float | None = None
    ended_in_time: int
    ended_late: int
    on_time: int = Field(description="Not ended, and before the warning.")
    at_risk: int = Field(description="Not ended, and past the warning.")
    late: int = Field(description="Not ended, and past the target.")
    compliance: float | None = Field(
        default=None, ge=0, le=1, description="Share of those not late; none without any."
    )


class SlaOfStep(BaseModel):
    """The tasks of a step against their due date."""

    step: str
    open: int
    overdue: int
    due_within_an_hour: int


class SlaCompliance(BaseModel):
    """Promises, and whether they are kept."""

    journey: str
    processes: SlaOfProcesses
    tasks: list[SlaOfStep]
    sampled: int = Field(description="How many processes, the newest, were looked at.")


class Bottleneck(BaseModel):
    """Where time goes: a step, over the processes that were looked at."""

    step: str
    finished: int
    waiting: int = Field(description="Processes that are in it now.")
    failed: int
    attempts: float = Field(description="Attempts per run, for an activity.")
    durations: Durations
    waiting_seconds: float = Field(description="How long those that are in it have been, together.")
    share: float = Field(ge=0, le=1, description="Of the time of all steps, waiting included.")


class Bottlenecks(BaseModel):
    """Steps, the ones that take the largest share of the time first."""

    journey: str
    steps: list[Bottleneck]
    sampled: int = Field(description="How many processes, the newest, were looked at.")
