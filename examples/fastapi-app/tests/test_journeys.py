"""Whole journeys, through HTTP, as people would make them."""

from __future__ import annotations

from pathlib import Path

import pytest

from loans.service import Service
from team import Team, problem, until


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A file, as in earnest."""
    return f"sqlite:{tmp_path}/loans.db"


async def test_within_all_limits_the_rules_approve(team: Team, service: Service) -> None:
    process = await team.start("A0001")
    await team.do("otto", process, "application", signed=True)
    ended = await team.ended(process)
    assert ended["status"] == "completed"
    assert ended["output"] == {
        "decision": "approved",
        "by": "rules",
        "reason": "within all limits",
        "closed": True,
    }
    assert service.books.payments() == [("A0001", 89.0, 1)]
    assert service.books.open_orders("A0001") == [
        f"{what}-A0001" for what in ("appraisal", "credit", "escrow", "title")
    ]


async def test_rules_decline_and_what_was_ordered_is_given_back(team: Team, service: Service) -> None:
    process = await team.start("A0013")
    await team.do("otto", process, "application", signed=True)
    ended = await team.ended(process)
    assert ended["output"]["decision"] == "declined"
    assert ended["output"]["reason"] == "bankruptcy and payments 60 days late"
    assert service.books.payments() == [] and service.books.open_orders("A0013") == []
    undone = {step["path"] for step in ended["steps"] if step["compensated"]}
    assert undone == {"credit", "order_appraisal"}


async def test_a_large_loan_takes_two_people(team: Team, service: Service) -> None:
    process = await team.start("A0008")
    await team.do("otto", process, "application", signed=True)
    await team.do("uma", process, "underwrite", "approved", reason="fine")
    second = await team.find("ugo", process, "second_look")
    assert second["excluded"] == ["otto", "uma"] and second["data"]["approved_by"] == "uma"
    refused = await team.complete("uma", second["id"], "approved", reason="fine again")
    assert "uma" in problem(refused, 403, "forbidden")["detail"]
    await team.do("ugo", process, "second_look", "approved", reason="fine too")
    ended = await team.ended(process)
    assert ended["output"] == {"decision": "approved", "by": "people", "reason": "fine too", "closed": True}
    assert service.books.payments() == [("A0008", 276.0, 1)]


async def test_papers_come_in_rounds(team: Team) -> None:
    process = await team.start("A0042")
    await team.do("otto", process, "application", signed=True)
    await team.do("uma", process, "underwrite", "documents", reason="papers are missing")
    asked = await team.find("borrower-A0042", process, "documents")
    assert asked["data"] == {"missing": ["cosigner_statement"], "round": 1}
    await team.do("borrower-A0042", process, "documents", papers=["cosigner_statement"])
    again = await team.find("ugo", process, "underwrite")
    assert (again["data"]["missing"], again["data"]["received"]) == ([], ["cosigner_statement"])
    await team.do("ugo", process, "underwrite", "approved", reason="complete now")
    assert (await team.ended(process))["output"]["closed"]


async def test_after_three_rounds_the_file_is_declined(team: Team) -> None:
    process = await team.start("A0042")
    await team.do("otto", process, "application", signed=True)
    for _ in range(4):
        await team.do("uma", process, "underwrite", "documents", reason="still missing")
        await team.do("borrower-A0042", process, "documents", papers=[])
    ended = await team.ended(process)
    assert ended["output"]["reason"] == "the file is still incomplete after three rounds"


async def test_overdue_tasks_remind_and_escalate(team: Team, service: Service) -> None:
    process = await team.start("A0042", documents_within="20ms", underwriting_within="20ms")
    await team.do("otto", process, "application", signed=True)
    task = await team.find("mia", process, "underwrite")
    assert task["escalated"] and "underwriting_manager" in task["candidates"]["roles"]
    await team.do("mia", process, "underwrite", "documents", reason="papers are missing")

    async def reminded() -> list[str] | None:
        return service.books.letters("A0042") or None

    assert await until(reminded) == ["reminder"]
    late = await team.find("borrower-A0042", process, "documents")
    assert late["overdue"]


async def test_what_cannot_be_closed_is_unwound(team: Team, service: Service) -> None:
    process = await team.start("A0009")
    await team.do("otto", process, "application", signed=True)
    await team.do("uma", process, "underwrite", "approved", reason="fine")
    ended = await team.ended(process)
    assert (ended["output"]["decision"], ended["output"]["closed"]) == ("approved", False)
    assert "100 to be paid" in ended["output"]["reason"]
    assert service.books.payments() == [] and service.books.open_orders("A0009") == []


async def test_an_application_that_is_not_in_the_file_is_answered_too(team: Team, service: Service) -> None:
    process = await team.start("N-77", loan_amount=100, price=200)
    await team.do("otto", process, "application", signed=True)
    found = await team.get(process)
    assert found["input"]["application"] == "N-77"
    facts = service.services.facts("N-77")
    assert service.services.value("N-77") == round(200 * facts.appraised / facts.price, 3)


async def test_a_busy_bureau_is_asked_again(team: Team) -> None:
    process = await team.start("A0050")
    await team.do("otto", process, "application", signed=True)
    await team.find("uma", process, "underwrite")
    credit = next(step for step in (await team.get(process))["steps"] if step["path"] == "credit")
    assert (credit["status"], credit["attempts"]) == ("completed", 2)


async def test_suspended_it_waits_and_resumed_it_goes_on(team: Team) -> None:
    process = await team.start("A0008")
    task = await team.find("otto", process, "application")
    held = await team.mia.post(f"/api/processes/{process}/suspend", json={"reason": "a question"})
    assert (held.status_code, held.json()["status"]) == (200, "suspended")
    problem(await team.complete("otto", task["id"], signed=True), 409, "instance_suspended")
    problem(await team.otto.post(f"/api/tasks/{task['id']}/start"), 409, "instance_suspended")
    on = await team.mia.post(f"/api/processes/{process}/resume")
    assert on.json()["status"] == "running"
    await team.do("otto", process, "application", signed=True)
    await team.waits(process, "underwrite")
    history = (await team.mia.get(f"/api/processes/{process}/history")).json()["events"]
    by = {event["type"]: event["data"] for event in history if "suspended" in event["type"]}
    assert "mia" in str(by) and "a question" in str(by)


async def test_aborted_it_gives_back_what_was_ordered(team: Team, service: Service) -> None:
    process = await team.start("A0008")
    await team.do("otto", process, "application", signed=True)
    await team.find("uma", process, "underwrite")
    assert service.books.open_orders("A0008") == ["appraisal-A0008", "credit-A0008"]
    answer = await team.mia.post(f"/api/processes/{process}/abort", json={"reason": "withdrawn"})
    assert answer.status_code == 200
    ended = await team.ended(process)
    assert ended["status"] == "aborted" and service.books.open_orders("A0008") == []
    problem(await team.mia.post(f"/api/processes/{process}/resume"), 409, "instance_closed")


async def test_aborted_without_compensation_it_gives_nothing_back(team: Team, service: Service) -> None:
    process = await team.start("A0008")
    await team.do("otto", process, "application", signed=True)
    await team.find("uma", process, "underwrite")
    await team.mia.post(f"/api/processes/{process}/abort", json={"compensate": False})
    assert (await team.ended(process))["status"] == "aborted"
    assert service.books.open_orders("A0008") == ["appraisal-A0008", "credit-A0008"]


async def test_started_twice_it_is_one(team: Team) -> None:
    body = {"application": team.stated("A0001")}
    first = await team.otto.post("/api/processes", json=body)
    second = await team.otto.post("/api/processes", json=body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.json()["existing"], second.json()["existing"]) == (False, True)
    assert first.json()["id"] == second.json()["id"]
    refused = await team.otto.post("/api/processes", json={**body, "if_exists": "refuse"})
    problem(refused, 409, "already_exists")


async def test_the_graph_shows_where_it_stands(team: Team) -> None:
    process = await team.start("A0008")
    await team.do("otto", process, "application", signed=True)
    await team.waits(process, "underwrite")
    drawn = (await team.otto.get(f"/api/processes/{process}/visualize")).json()
    state = {step["path"]: step["state"] for step in drawn["steps"]}
    assert (state["application"], state["underwrite"], state["close/fund"]) == (
        "completed",
        "active",
        "pending",
    )
    assert state["insurance"] == "skipped"
    number = [step["path"] for step in drawn["steps"]].index("underwrite")
    assert drawn["mermaid"].startswith("flowchart TD") and f"class s{number} active" in drawn["mermaid"]
    ends = {
        (drawn["steps"][edge["source"]]["id"], drawn["steps"][edge["target"]]["id"])
        for edge in drawn["edges"]
    }
    assert ("triage", "underwrite") in ends and ("documents", "underwrite") in ends
