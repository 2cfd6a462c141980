"""What the engine answers: plain, frozen dataclasses. Payloads in them are JSON data as they were given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from ._convert import Millis, converter

T = TypeVar("T")

Json = Any
"""JSON data: ``None``, ``bool``, ``int``, ``float``, ``str``, lists, and dicts with texts as keys."""

Status = Literal["pending", "running", "suspended", "completed", "failed", "aborted"]
"""Where an instance stands."""

StepStatus = Literal["pending", "active", "indeterminate", "completed", "failed", "skipped", "cancelled"]
"""Where a step stands."""

Priority = Literal["low", "normal", "high", "urgent"]
"""How soon people should look at a task."""

Picture = Literal["json", "mermaid", "dot"]
"""How a flow is drawn."""

Purpose = Literal["run", "check", "compensate"]
"""What a handler is run for."""

Moment = Annotated[datetime, Millis]
"""A point in time, in UTC."""


def decode(kind: type[T], data: Any) -> T:
    """Makes a typed object of what the engine answered."""
    convert = converter(kind)
    made: T = data if convert is None else convert(data)
    return made


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts on a task."""

    id: str
    roles: tuple[str, ...] | list[str] = ()
    groups: tuple[str, ...] | list[str] = ()


@dataclass(frozen=True, slots=True)
class Members:
    """Who belongs to which role and group, for tasks that are given to people."""

    roles: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something that is wrong with a definition, or looks wrong."""

    severity: Literal["error", "warning"]
    code: str
    message: str
    line: int = 0
    """From 1; 0 where the definition did not come from a text."""
    column: int = 0
    path: str = ""
    help: str | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """What is wrong with a definition."""

    ok: bool
    diagnostics: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Deployed:
    """A definition that was deployed."""

    flow: str
    version: int
    diagnostics: list[Diagnostic] = field(default_factory=list)
    """Warnings."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A version of a flow."""

    flow: str
    version: int
    deployed: Moment
    labels: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a step or an instance failed."""

    code: str
    message: str = ""
    details: Json = None
    step: str = ""
    """The path of the step that failed first."""
    attempt: int = 0
    """From 1; 0 where there was none."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who operated on an instance."""

    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an instance ended."""

    status: Status
    output: Json = None
    error: Failure | None = None
    """Why, if it failed."""
    operator: Operator | None = None
    """Who aborted it and why, if somebody did."""


@dataclass(frozen=True, slots=True)
class Summary:
    """An instance's row."""

    id: str
    flow: str
    version: int
    status: Status
    started: Moment
    key: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    parent: Json = None
    """The call that started it."""
    ended: Moment | None = None
    error_code: str | None = None
    seq: int = 0
    """How many events it has."""


@dataclass(frozen=True, slots=True)
class StepView:
    """What became of a step."""

    status: StepStatus
    iteration: int = 0
    attempts: int = 0
    started: Moment | None = None
    ended: Moment | None = None
    output: Json = None
    error: Failure | None = None
    compensated: bool = False


@dataclass(frozen=True, slots=True)
class InstanceView:
    """Everything about an instance."""

    id: str
    flow: str
    version: int
    status: Status
    started: Moment
    key: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    parent: Json = None
    """The call that started it."""
    ended: Moment | None = None
    input: Json = None
    vars: dict[str, Json] = field(default_factory=dict)
    output: Json = None
    error: Failure | None = None
    steps: dict[str, StepView] = field(default_factory=dict)
    """Its steps by path."""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may take a task."""

    roles: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that waits."""

    step: str
    kind: str
    reason: str
    since: Moment
    until: Moment | None = None
    candidates: Candidates | None = None
    assignee: str | None = None
    came_by: list[Json] = field(default_factory=list)
    """The edges by which control came here: ``{from, when, values}``."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A step that did not run."""

    step: str
    status: StepStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an instance is where it is."""

    instance: str
    flow: str
    status: Status
    summary: str
    waiting: list[Waiting] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    kept_signals: list[str] = field(default_factory=list)
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A user task as an inbox shows it."""

    id: str
    flow: str
    step: str
    title: str
    status: Literal["offered", "claimed"]
    created: Moment
    key: str | None = None
    """The instance's key."""
    assignee: str | None = None
    candidates: Candidates = field(default_factory=Candidates)
    excluded: list[str] = field(default_factory=list)
    """Who may not take it, because they did another step."""
    priority: Priority = "normal"
    data: Json = None
    form: Json = None
    """JSON Schema of the result."""
    outcomes: list[str] = field(default_factory=list)
    due: Moment | None = None
    escalated: bool = False

    @property
    def instance(self) -> str:
        """The instance that it belongs to."""
        return self.id.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of what was found."""

    items: list[T]
    next: str | None = None
    """What to give as ``after`` for the next page; ``None`` behind the last one."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an instance."""

    type: str
    seq: int
    """Counts the instance's events, from 1."""
    at: datetime
    step: str | None
    """The path of the step that it happened to, if it happened to one."""
    instance: str
    flow: str | None
    """Not told in a history, which is of one instance."""
    position: int | None
    """Counts all events of the database; not told in a history."""
    data: dict[str, Json]
    """The event as it was told: all of the above, with ``at_ms``, and what belongs to its type."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much work there is in this process."""

    queued: int
    running: int
    shards: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verification:
    """What an audit of histories found."""

    ok: bool
    audit: Json = None


@dataclass(frozen=True, slots=True)
class StepReport:
    """What became of a step in a simulation."""

    status: StepStatus
    iteration: int = 0
    attempts: int = 0
    started_ms: int | None = None
    ended_ms: int | None = None
    output: Json = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a simulation."""

    status: Status
    duration_ms: int
    """The virtual time that it took."""
    output: Json = None
    error: Failure | None = None
    steps: dict[str, StepReport] = field(default_factory=dict)
    events: list[dict[str, Json]] = field(default_factory=list)
    waiting: Explanation | None = None
    refused: list[str] = field(default_factory=list)
    """What the script asked for and was refused."""
