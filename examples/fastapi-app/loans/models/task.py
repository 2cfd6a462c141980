"""Tasks: what people have to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from .common import EXAMPLE_PROCESS, Name, Priority, Request, Status, Text


class Candidates(BaseModel):
    """Who may take a task."""

    roles: list[str] = []
    groups: list[str] = []
    users: list[str] = []


class Task(BaseModel):
    """An open task."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": f"{EXAMPLE_PROCESS}.1",
                "process": EXAMPLE_PROCESS,
                "journey": "loan-origination",
                "key": "A0001",
                "step": "application",
                "title": "Take the application",
                "status": "offered",
                "candidates": {"roles": ["loan_officer"], "groups": [], "users": []},
                "excluded": [],
                "priority": "normal",
                "data": {"application": "A0001", "borrower": "borrower-A0001"},
                "form": {
                    "type": "object",
                    "required": ["signed"],
                    "properties": {"signed": {"type": "boolean"}},
                },
                "outcomes": [],
                "created_at": "2026-03-01T09:00:00Z",
                "due_at": "2026-03-01T17:00:00Z",
                "overdue": False,
                "escalated": False,
            }
        }
    )

    id: str
    process: str
    journey: str
    key: str | None = None
    step: str
    title: str
    status: str = Field(description="Whether somebody has it.")
    assignee: str | None = None
    candidates: Candidates
    excluded: list[str] = Field(description="Who may not take it, having done another step (four eyes).")
    priority: Priority
    data: Any = Field(description="What the person is shown.")
    form: Any = Field(description="JSON Schema of the answer.")
    outcomes: list[str] = Field(description="What to choose from.")
    created_at: datetime
    due_at: datetime | None = None
    overdue: bool
    escalated: bool


class TaskPageOut(BaseModel):
    """A page of tasks, the most urgent first."""

    items: list[Task]
    next: str | None = Field(default=None, description="The `page` to ask for next; none on the last one.")


class CompleteTask(Request):
    """The answer to a task."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"outcome": "approved", "data": {"reason": "a long record of credit"}}}
    )

    outcome: Name | None = Field(default=None, description="One of the task's outcomes, where it has any.")
    data: dict[str, Any] = Field(default_factory=dict, description="What the task's form asks for.")


class CompletedTask(BaseModel):
    """A task that is done."""

    id: str
    process: str
    step: str
    by: str
    outcome: str | None = None
    process_status: Status = Field(description="Where the process stands just after.")


class Reassign(Request):
    """Whom a task is given to."""

    to: Name = Field(description="The id of a user.", examples=["ugo"])
    reason: Text = ""


class Escalate(Request):
    """Whom a task is brought before."""

    to: Name = Field(description="A role.", examples=["underwriting_manager"])
    reason: Text = ""


class StepTasks(BaseModel):
    """The open tasks of a step."""

    step: str
    open: int
    unassigned: int
    overdue: int


class TaskStats(BaseModel):
    """How much there is to do, of what the caller may see."""

    open: int
    mine: int = Field(description="Those that the caller has.")
    available: int = Field(description="Those that the caller may take.")
    unassigned: int
    overdue: int
    escalated: int
    by_priority: dict[str, int]
    by_assignee: dict[str, int]
    by_step: list[StepTasks]
    oldest_at: datetime | None = None
    complete: bool = Field(description="False when there are more open tasks than are counted here.")
