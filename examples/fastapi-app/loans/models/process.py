"""Processes: one mortgage application on its way."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .common import EXAMPLE_PROCESS, Event, Failure, Length, Name, Request, Status, StepStatus, Text, Whole


class MortgageApplication(Request):
    """What the borrower states. Amounts are in thousands of dollars."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "application": "A0001",
                "borrower": "borrower-A0001",
                "loan_amount": 89,
                "price": 118,
                "units": 1,
                "occupied_by_owner": True,
            }
        }
    )

    application: Name = Field(
        description="Its number: the services know A0001 to A1989, and make up the others."
    )
    borrower: Name
    loan_amount: float = Field(gt=0, le=100_000)
    price: float = Field(gt=0, le=100_000)
    units: Whole = Field(default=1, ge=1, le=1_000)
    self_employed: bool = False
    insurance_sought: bool = False
    occupied_by_owner: bool = True
    underwriting_within: Length = Field(default="1d", description="When the manager is called in.")
    documents_within: Length = Field(default="5d", description="When the borrower is reminded.")


class StartProcess(Request):
    """A process to start."""

    journey: Literal["loan-origination"] = "loan-origination"
    application: MortgageApplication
    key: Name | None = Field(
        default=None, description="Unique in the journey; the application's number if not given."
    )
    if_exists: Literal["return", "refuse"] = Field(
        default="return",
        description="What to do when the key is taken: return that process (200), or refuse (409).",
    )


class Process(BaseModel):
    """A row of the list."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": EXAMPLE_PROCESS,
                "journey": "loan-origination",
                "version": 1,
                "key": "A0001",
                "status": "running",
                "started_by": "otto",
                "team": "boston",
                "started_at": "2026-03-01T09:00:00Z",
            }
        }
    )

    id: str
    journey: str
    version: int = Field(description="The version of the journey that it is pinned to.")
    key: str | None = None
    status: Status
    started_by: str | None = None
    team: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error_code: str | None = None


class StartedProcess(Process):
    """A process that was asked for."""

    existing: bool = Field(description="Whether it was there before.")


class ProcessPage(BaseModel):
    """A page of processes, the newest first."""

    items: list[Process]
    next: str | None = Field(default=None, description="The `page` to ask for next; none on the last one.")


class Step(BaseModel):
    """What became of a step."""

    path: str
    status: StepStatus
    iteration: int = Field(description="How often its loop had begun again.")
    attempts: int
    started_at: datetime | None = None
    ended_at: datetime | None = None
    output: Any = None
    error: Failure | None = None
    compensated: bool = False


class Waiting(BaseModel):
    """A step that waits, and for what."""

    step: str
    kind: str
    reason: str
    since: datetime
    until: datetime | None = None
    assignee: str | None = None


class ProcessDetail(Process):
    """Everything about a process."""

    input: Any
    variables: dict[str, Any]
    output: Any = None
    error: Failure | None = None
    explanation: str = Field(description="One sentence that says where it stands.")
    waiting: list[Waiting]
    steps: list[Step] = Field(description="The steps that were reached, by path.")


class Reason(Request):
    """Why somebody interferes."""

    reason: Text = ""


class Abort(Reason):
    """How a process is ended."""

    compensate: bool = Field(default=True, description="Whether what was ordered is given back first.")
    force: bool = Field(default=False, description="Whether a compensation that is under way is broken off.")


class History(BaseModel):
    """What happened to a process, in order."""

    process: str
    events: list[Event]
    next: int | None = Field(default=None, description="The `after` to ask for next; none at the end.")


class GraphStep(BaseModel):
    """A step as it is drawn."""

    id: str
    path: str
    title: str
    type: str
    level: int
    scope: int
    state: StepStatus
    iteration: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None


class GraphEdge(BaseModel):
    """An edge, by the places of its steps in the list."""

    source: int
    target: int
    on: str
    label: str
    back: bool


class Visualization(BaseModel):
    """The graph of a process with the present state of its steps."""

    process: str
    journey: str
    version: int
    status: Status
    steps: list[GraphStep]
    edges: list[GraphEdge]
    mermaid: str = Field(description="The same as a Mermaid chart, each step in the colour of its state.")
