"""Trying journeys out under a virtual clock: nothing is stored, and no service is called."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .common import Event, Failure, Length, Name, Request, Status, StepStatus, Text
from .process import MortgageApplication

Path = Name


class ScriptedFailure(Request):
    """How an execution fails."""

    code: Name
    message: Text = ""
    retryable: bool = True


class ScriptedRun(Request):
    """The outcome of one execution of a step: what it gives, or how it fails."""

    after: Length = Field(
        default="1s", description="How long it takes. An attempt of the mortgage journey may take 30s."
    )
    output: Any = Field(default=None, description="What an activity gives; for a task `{outcome, data}`.")
    error: ScriptedFailure | None = None
    by: Name | None = Field(default=None, description="Who does it, if it is a task.")


class ScriptedSignal(Request):
    """A signal that arrives."""

    at: Length = Field(description="When, after the start.")
    name: Name
    payload: Any = None
    correlation: Name | None = None


class TestJourney(Request):
    """A journey to play: the deployed one for an application, or a draft with any input."""

    __test__ = False
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "application": {
                    "application": "A0002",
                    "borrower": "borrower-A0002",
                    "loan_amount": 300,
                    "price": 400,
                },
                "steps": {
                    "underwrite": [
                        {
                            "after": "3h",
                            "by": "uma",
                            "output": {"outcome": "approved", "data": {"reason": "fine"}},
                        }
                    ]
                },
            }
        }
    )

    journey: Literal["loan-origination"] = "loan-origination"
    application: MortgageApplication | None = Field(
        default=None, description="Steps without a script answer as the services would for this application."
    )
    definition: dict[str, Any] | str | None = Field(
        default=None,
        description="A draft to play in place of the deployed journey: YAML, or the document itself.",
    )
    input: Any = Field(default=None, description="The input of a draft.")
    steps: dict[str, list[ScriptedRun]] = Field(
        default_factory=dict,
        description="What steps do, by path: an entry for each execution, the last one repeats.",
    )
    signals: list[ScriptedSignal] = []


class Finding(BaseModel):
    """Something about a definition."""

    severity: str
    code: str
    message: str
    line: int = Field(description="From 1; 0 where the definition did not come from a text.")
    column: int
    path: str
    help: str | None = None


class SimulatedStep(BaseModel):
    """What became of a step."""

    path: str
    status: StepStatus
    iteration: int
    attempts: int
    started_ms: int | None = None
    ended_ms: int | None = None
    output: Any = None
    error: Failure | None = None


class TestJourneyResult(BaseModel):
    """What happened, under the virtual clock."""

    __test__ = False

    valid: bool = Field(description="False where a draft cannot be played: see `findings`.")
    findings: list[Finding] = []
    status: Status | None = Field(default=None, description="`running` if nothing more can happen by itself.")
    output: Any = None
    error: Failure | None = None
    duration_ms: int = 0
    waiting: list[str] = Field(default=[], description="What it still waits for.")
    refused: list[str] = Field(default=[], description="What the script asked for and was refused.")
    steps: list[SimulatedStep] = []
    events: list[Event] = []


class ValidateWorkflow(Request):
    """A definition to check."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"definition": "flow: hello\nsteps:\n  - {id: wait, type: timer, delay: 1h}\n"}
        }
    )

    definition: dict[str, Any] | str = Field(description="YAML or JSON as text, or the document itself.")


class ValidateWorkflowResult(BaseModel):
    """What is wrong with a definition, and what it looks like if nothing is."""

    valid: bool
    findings: list[Finding]
    flow: str | None = None
    steps: int = 0
    mermaid: str | None = None
