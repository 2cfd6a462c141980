"""Trying journeys out: nothing is stored, no service is called, and days take milliseconds."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from typing import Any

import flowwright
from fastapi import APIRouter
from flowwright import Diagnostic, FlowwrightError, Report

from .. import views
from ..deps import CurrentUser, TheService
from ..errors import responses
from ..models.simulation import (
    Finding,
    SimulatedStep,
    TestJourney,
    TestJourneyResult,
    ValidateWorkflow,
    ValidateWorkflowResult,
)
from ..rehearsal import draft_script, script, stated

router = APIRouter(prefix="/api/simulation", tags=["simulation"])

REFUSED = {"invalid_argument", "invalid_definition", "invalid_input", "limit_reached", "too_large"}
"""What is wrong with what was to be played, as opposed to the service."""


@router.post(
    "/test-journey",
    operation_id="test_journey",
    summary="Play a journey",
    response_model=TestJourneyResult,
    responses=responses(),
)
async def test_journey(body: TestJourney, service: TheService, user: CurrentUser) -> TestJourneyResult:
    """Plays the mortgage journey for an application, or a draft, under a virtual clock.

    Services and people answer by themselves; `steps` and `signals` say where they do something else. What cannot be
    played is told in `findings`.
    """
    if body.definition is None:
        application = stated(service.services, body)
        source: flowwright.Source = service.definition
        input, play = application.model_dump(), script(service.services, application, body)
    else:
        source, input, play = _source(body.definition), body.input, draft_script(body)
    try:
        report = await asyncio.to_thread(flowwright.simulate, source, input=input, script=play)
    except FlowwrightError as error:
        if error.code not in REFUSED:
            raise
        return TestJourneyResult(valid=False, findings=_findings(error.diagnostics) or [_finding(error)])
    return _result(report)


@router.post(
    "/validate-workflow",
    operation_id="validate_workflow",
    summary="Check a definition",
    response_model=ValidateWorkflowResult,
    responses=responses(),
)
async def validate_workflow(body: ValidateWorkflow, user: CurrentUser) -> ValidateWorkflowResult:
    """Says what is wrong with a definition, where, and how to mend it; and draws it if nothing is."""
    source = _source(body.definition)
    checked = await asyncio.to_thread(flowwright.validate, source)
    findings = _findings(checked.diagnostics)
    if not checked.ok:
        return ValidateWorkflowResult(valid=False, findings=findings)
    drawing = await asyncio.to_thread(flowwright.draw, source, "json")
    chart = await asyncio.to_thread(flowwright.draw, source, "mermaid")
    return ValidateWorkflowResult(
        valid=True, findings=findings, flow=drawing["flow"], steps=len(drawing["steps"]), mermaid=chart
    )


def _source(definition: dict[str, Any] | str) -> dict[str, Any] | str:
    """A definition that came from outside. A text that looks like the name of a file the library refuses as a mistake of
    the program: with a line end it is taken as it stands, and what is wrong with it is found."""
    return f"{definition}\n" if isinstance(definition, str) else definition


def _findings(diagnostics: Iterable[Diagnostic]) -> list[Finding]:
    return [Finding(**dataclasses.asdict(one)) for one in diagnostics]


def _finding(error: FlowwrightError) -> Finding:
    return Finding(severity="error", code=error.code, message=error.message, line=0, column=0, path="")


def _result(report: Report) -> TestJourneyResult:
    steps = [
        SimulatedStep(
            path=path,
            status=found.status,
            iteration=found.iteration,
            attempts=found.attempts,
            started_ms=found.started_ms,
            ended_ms=found.ended_ms,
            output=found.output,
            error=views.failure(found.error),
        )
        for path, found in report.steps.items()
    ]
    return TestJourneyResult(
        valid=True,
        status=report.status,
        output=report.output,
        error=views.failure(report.error),
        duration_ms=report.duration_ms,
        waiting=[one.reason for one in report.waiting.waiting] if report.waiting else [],
        refused=list(report.refused),
        steps=steps,
        events=[views.event(event) for event in report.events],
    )
