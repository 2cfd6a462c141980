"""What several models share."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
EXAMPLE_PROCESS = "0199aa00-0000-7000-8000-000000000001"

ProcessId = Annotated[str, StringConstraints(pattern=f"^{UUID}$")]
TaskId = Annotated[str, StringConstraints(pattern=rf"^{UUID}\.[0-9]{{1,9}}$")]
# `TASK@URGENCY,DUE,CREATED`; the largest number stands for no due date.
PLACE = rf"{UUID}\.[0-9]{{1,9}}@[0-3],([0-9]{{1,18}}|9223372036854775807),[0-9]{{1,18}}"
TaskPage = Annotated[str, StringConstraints(pattern=f"^{PLACE}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Length = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5}(ms|s|m|h|d)$")]


def _rfc3339(text: object) -> object:
    # Without this, a number would be taken for seconds since 1970.
    if isinstance(text, str) and not RFC3339.match(text):
        raise ValueError("write a time as in 2026-03-01T09:00:00Z")
    return text


RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
Moment = Annotated[AwareDatetime, BeforeValidator(_rfc3339)]


def _whole(number: object) -> object:
    # To JSON Schema 22.0 is an integer.
    return int(number) if isinstance(number, float) and number.is_integer() else number


Whole = Annotated[int, BeforeValidator(_whole)]


Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]

Status = Literal["pending", "running", "suspended", "completed", "failed", "aborted"]
StepStatus = Literal["pending", "active", "indeterminate", "completed", "failed", "skipped", "cancelled"]
Priority = Literal["low", "normal", "high", "urgent"]


class Request(BaseModel):
    """What comes in: unknown fields are refused, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Failure(BaseModel):
    """Why something failed."""

    code: str = Field(description="A service's code, or the engine's: `timeout`, `loop_limit`, `schema`, …")
    message: str
    step: str | None = None
    attempt: int | None = None
    details: Any = None


class Event(BaseModel):
    """Something that happened in a process."""

    seq: int = Field(description="Its number in the process, from 1.")
    at: datetime
    type: str = Field(
        description="What: `step_activated`, `step_completed`, `task_changed`, `instance_ended`, …"
    )
    step: str | None = Field(default=None, description="The path of the step.")
    data: dict[str, Any] = Field(description="Everything else about it.")
