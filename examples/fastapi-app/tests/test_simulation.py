"""Playing journeys, and checking definitions."""

from __future__ import annotations

from typing import Any

from team import Team


async def play(team: Team, **body: Any) -> dict[str, Any]:
    """Plays a journey."""
    answer = await team.otto.post("/api/simulation/test-journey", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_deployed_journey_is_played_as_it_would_run(team: Team) -> None:
    for key, decision, reason in (
        ("A0001", "approved", "within all limits"),
        ("A0013", "declined", "declined"),
        ("A0008", "approved", "played"),
    ):
        found = await play(team, application=team.stated(key))
        assert (found["valid"], found["status"]) == (True, "completed"), found
        assert (found["output"]["decision"], found["output"]["reason"]) == (decision, reason)
    steps = {step["path"]: step for step in found["steps"]}
    assert steps["second_look"]["output"]["by"] == "ugo"
    assert found["duration_ms"] > 3 * 86_400_000, "the appraiser takes three days, of virtual time"
    assert (await team.ada.get("/api/processes")).json()["items"] == [], "nothing is stored"


async def test_nothing_given_it_plays_the_first_application(team: Team) -> None:
    found = await play(team)
    assert found["output"]["decision"] == "approved" and found["events"][0]["type"] == "instance_started"


async def test_a_script_says_what_people_and_services_do(team: Team) -> None:
    declined = {"after": "2h", "by": "una", "output": {"outcome": "declined", "data": {"reason": "too much"}}}
    busy = {"error": {"code": "busy"}}
    good = {
        "output": {
            "reference": "r",
            "guidelines": "unknown",
            "bankruptcy": False,
            "delinquent": False,
            "lines": 1,
        }
    }
    found = await play(
        team, application=team.stated("A0008"), steps={"underwrite": [declined], "credit": [busy, busy, good]}
    )
    steps = {step["path"]: step for step in found["steps"]}
    assert found["output"]["decision"] == "declined" and steps["credit"]["attempts"] == 3
    assert steps["underwrite"]["output"]["by"] == "una" and steps["second_look"]["status"] == "skipped"


async def test_four_eyes_hold_in_a_rehearsal(team: Team) -> None:
    same = {"by": "uma", "output": {"outcome": "approved", "data": {"reason": "again"}}}
    found = await play(team, application=team.stated("A0008"), steps={"second_look": [same]})
    assert found["status"] != "completed" and any("uma" in refusal for refusal in found["refused"])


async def test_a_draft_is_played(team: Team) -> None:
    draft = "flow: draft\nsteps:\n  - {id: rest, type: timer, delay: 2d}\n  - {id: ask, type: activity, handler: x, needs: rest}"
    found = await play(team, definition=draft, steps={"ask": [{"after": "5s", "output": 7}]})
    assert (found["status"], found["duration_ms"]) == ("completed", 2 * 86_400_000 + 5_000)


async def test_what_cannot_be_played_is_told(team: Team) -> None:
    found = await play(team, definition="flow: draft\nsteps: [{id: a, type: timer}]")
    assert (found["valid"], found["findings"][0]["line"]) == (False, 2)
    strict = {
        "flow": "strict",
        "input": {"type": "object", "required": ["n"]},
        "steps": [{"id": "a", "type": "assign"}],
    }
    found = await play(team, definition=strict, input={})
    assert not found["valid"] and found["findings"][0]["code"] == "invalid_input"


async def test_definitions_are_checked(team: Team, settings: Any) -> None:
    async def check(definition: object) -> dict[str, Any]:
        answer = await team.uma.post("/api/simulation/validate-workflow", json={"definition": definition})
        found: dict[str, Any] = answer.json()
        return found

    good = await check(settings.definition.read_text("utf-8"))
    assert (good["valid"], good["flow"], good["steps"]) == (True, "loan-origination", 18)
    assert good["mermaid"].startswith("flowchart")
    bad = await check("flow: x\nsteps:\n  - {id: a, type: timr, delay: 1h}")
    assert not bad["valid"] and bad["findings"][0]["line"] == 3 and bad["mermaid"] is None
    assert (await check({"flow": "x", "steps": [{"id": "a", "type": "assign"}]}))["valid"]
    assert not (await check("}{"))["valid"] and not (await check({}))["valid"]
    assert not (await check("loans.yaml"))["valid"], "a text is a definition, never the name of a file"
