"""The typed answers are those of the published contract: no field is missing, and none is made up."""

from __future__ import annotations

import dataclasses
import inspect
import json
from pathlib import Path
from typing import Any, get_args

import pytest

from flowwright import Engine, types
from flowwright._options import EngineOptions

CONTRACT = json.loads((Path(__file__).parents[2] / "schema" / "embed.schema.json").read_text(encoding="utf-8"))
TOLD, SAID = CONTRACT["told"]["$defs"], CONTRACT["said"]["$defs"]

ANSWERS = {
    types.Candidates: "CandidateSet",
    types.Definition: "DefinitionSummary",
    types.Deployed: "Deployed",
    types.Diagnostic: "Diagnostic",
    types.Explanation: "Explanation",
    types.Failure: "Failure",
    types.InstanceView: "InstanceView",
    types.Load: "Load",
    types.Operator: "Operator",
    types.Outcome: "InstanceOutcome",
    types.PassedOver: "Passed",
    types.Report: "Report",
    types.StepReport: "StepReport",
    types.StepView: "StepRecord",
    types.Summary: "InstanceSummary",
    types.Task: "TaskView",
    types.Validation: "Validation",
    types.Verification: "Verified",
    types.Waiting: "Waiting",
}

UNTOLD = {types.Task: {"at"}}
"""What is told and means nothing outside of the engine."""


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_an_answer_has_the_fields_that_are_told(kind: Any) -> None:
    form = TOLD[ANSWERS[kind]]
    fields = {field.name: field for field in dataclasses.fields(kind)}
    assert set(fields) == set(form["properties"]) - UNTOLD.get(kind, set())
    for name, field in fields.items():
        has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        assert has_default or name in form["required"], f"{name} is not always told: it needs a default"


@pytest.mark.parametrize(
    ("words", "form"),
    [
        (types.Status, TOLD["InstanceStatus"]),
        (types.StepStatus, TOLD["StepStatus"]),
        (types.Priority, TOLD["TaskPriority"]),
        (types.Purpose, TOLD["Purpose"]),
        (types.Picture, SAID["Picture"]),
    ],
)
def test_words_are_those_of_the_engine(words: Any, form: dict[str, Any]) -> None:
    known = form.get("enum") or [one["const"] for one in form["oneOf"]]
    assert set(get_args(words)) == set(known)


def test_every_option_of_the_engine_can_be_given() -> None:
    told = {name.removesuffix("_ms") for name in SAID["Options"]["properties"]} - {"handlers"}
    assert set(inspect.signature(Engine.open).parameters) - {"url"} == set(EngineOptions.__annotations__)
    assert set(EngineOptions.__annotations__) - {"activities", "handler_threads"} == told
