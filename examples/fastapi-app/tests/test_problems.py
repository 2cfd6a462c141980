"""Every error is a problem document, with the status of its code."""

from __future__ import annotations

import logging

import pytest
from flowwright import Diagnostic, Engine
from flowwright.errors import KINDS

from loans import errors
from loans.models.common import EXAMPLE_PROCESS
from team import Team, problem

NOWHERE = f"/api/processes/{EXAMPLE_PROCESS}"


def test_the_table_has_every_code_of_the_engine() -> None:
    assert set(KINDS) <= set(errors.STATUS)


async def test_the_engines_errors_are_told_by_their_codes(
    team: Team, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    for code, kind in KINDS.items():
        finding = Diagnostic("error", "unknown_field", "what is this?", 3, 1, "steps[0].x", "remove it")
        error = kind("as it was told", context={"instance": "i"}, diagnostics=[finding])

        async def fail(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(Engine, "instances", fail)
        answer = await team.ada.get("/api/processes")
        found = problem(answer, errors.STATUS[code][0], code)
        assert (found["detail"], found["context"]) == ("as it was told", {"instance": "i"})
        assert found["retryable"] == kind.retryable
        assert found["diagnostics"][0]["line"] == 3
        assert ("retry-after" in answer.headers) == (answer.status_code == 503)


async def test_a_fault_of_the_service_tells_no_secrets(
    team: Team, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)

    async def fail(*_: object, **__: object) -> None:
        raise KeyError("a secret")

    monkeypatch.setattr(Engine, "instances", fail)
    answer = await team.ada.get("/api/processes")
    problem(answer, 500, "internal")
    assert "secret" not in answer.text


async def test_what_is_not_there(team: Team) -> None:
    for path in (NOWHERE, f"{NOWHERE}/history", f"{NOWHERE}/visualize"):
        problem(await team.ada.get(path), 404, "not_found")
    for act in ("suspend", "resume", "abort"):
        problem(await team.ada.post(f"{NOWHERE}/{act}"), 404, "not_found")
    for act, body in (
        ("start", None),
        ("complete", {}),
        ("reassign", {"to": "uma"}),
        ("escalate", {"to": "admin"}),
    ):
        problem(await team.ada.post(f"/api/tasks/{EXAMPLE_PROCESS}.1/{act}", json=body), 404, "not_found")
    problem(await team.ada.get("/api/nothing"), 404, "not_found")
    problem(await team.ada.delete("/api/processes"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/api/processes", {}, ["body", "application"]),
        ("/api/processes", {"application": {}, "more": 1}, ["body", "more"]),
        (
            "/api/processes",
            {"application": {"application": "A1", "borrower": "b", "loan_amount": "9", "price": 1}},
            None,
        ),
        ("/api/tasks/nonsense/start", None, ["path", "task"]),
        ("/api/simulation/validate-workflow", {"definition": 7}, None),
    ],
)
async def test_what_is_not_as_described(team: Team, path: str, body: object, place: list[str] | None) -> None:
    found = problem(await team.ada.post(path, json=body), 422, "invalid_request")
    assert found["errors"] and (place is None or place in [error["place"] for error in found["errors"]])


async def test_what_is_not_json(team: Team) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await team.ada.post("/api/processes", content=b'{"application": ', headers=headers)
    problem(answer, 422, "invalid_request")


async def test_what_is_too_large(team: Team) -> None:
    process = await team.start("A0008")
    await team.do("otto", process, "application", signed=True)
    task = await team.find("uma", process, "underwrite")
    answer = await team.complete("uma", task["id"], "approved", reason="x" * 3_000_000)
    problem(answer, 413, "too_large")


async def test_the_description_names_every_error(team: Team) -> None:
    document = (await team.nobody.get("/openapi.json")).json()
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) == 20
    tags = {tag["name"] for tag in document["tags"]}
    assert tags == {"processes", "tasks", "monitoring", "simulation"}
    for one in operations:
        assert one["summary"] and one["description"] and set(one["tags"]) <= tags, one["operationId"]
        bad = {status: answer for status, answer in one["responses"].items() if int(status) >= 400}
        assert {"401", "422", "500", "503"} <= set(bad), one["operationId"]
        for answer in bad.values():
            content = answer["content"]["application/problem+json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert all(example["value"]["code"] == code for code, example in content["examples"].items())
    schemas = document["components"]["schemas"]
    assert {"Problem", "LiveEvent"} <= set(schemas) and "HTTPValidationError" not in schemas
