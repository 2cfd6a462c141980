"""Tasks: taking, giving, escalating, counting."""

from __future__ import annotations

import httpx

from team import Team, problem


async def underwriting(team: Team, application: str = "A0008", by: str = "otto") -> dict[str, object]:
    """A process that waits for an underwriter."""
    process = await team.start(application, by)
    await team.do(by, process, "application", signed=True)
    return await team.find("uma", process, "underwrite")


async def test_who_starts_a_task_has_it(team: Team) -> None:
    task = await underwriting(team)
    started = await team.uma.post(f"/api/tasks/{task['id']}/start")
    assert started.json()["assignee"] == "uma" and started.json()["status"] == "claimed"
    assert (await team.uma.post(f"/api/tasks/{task['id']}/start")).status_code == 200
    problem(await team.ugo.post(f"/api/tasks/{task['id']}/start"), 409, "conflict")
    refused = await team.complete("ugo", str(task["id"]), "approved", reason="mine")
    assert "uma" in problem(refused, 409, "conflict")["detail"]
    assert (await team.ugo.get("/api/tasks/inbox")).json()["items"] == []


async def test_the_form_and_the_outcomes_are_held(team: Team) -> None:
    task = await underwriting(team)
    for outcome, data in (
        (None, {"reason": "x"}),
        ("perhaps", {"reason": "x"}),
        ("approved", {"reason": ""}),
    ):
        problem(await team.complete("uma", str(task["id"]), outcome, **data), 422, "invalid_input")


async def test_the_same_request_again_is_answered_as_the_first_time(team: Team) -> None:
    task = await underwriting(team)

    async def send(key: str) -> httpx.Response:
        body = {"outcome": "approved", "data": {"reason": "fine"}}
        return await team.uma.post(
            f"/api/tasks/{task['id']}/complete", json=body, headers={"Idempotency-Key": key}
        )

    first, again = await send("one"), await send("one")
    assert first.status_code == again.status_code == 200 and again.json()["step"] == "underwrite"
    refused = await send("two")
    assert refused.status_code == 409, refused.text
    problem(await team.complete("uma", str(task["id"]), "approved", reason="fine"), 409, "conflict")


async def test_tasks_are_given_to_those_who_may_have_them(team: Team) -> None:
    task = await underwriting(team)
    to = f"/api/tasks/{task['id']}/reassign"
    given = await team.uma.post(to, json={"to": "ugo"})
    assert given.json()["assignee"] == "ugo"
    problem(await team.uma.post(to, json={"to": "nobody-here"}), 422, "invalid_input")
    problem(await team.uma.post(to, json={"to": "otto"}), 422, "invalid_input")
    problem(await team.olga.post(to, json={"to": "una"}), 403, "forbidden")
    assert (await team.mia.post(to, json={"to": "una"})).json()["assignee"] == "una"
    problem(await team.max.post(to, json={"to": "uma"}), 403, "forbidden")
    assert (await team.ada.post(to, json={"to": "uma"})).json()["assignee"] == "uma"


async def test_nobody_is_given_what_they_must_not_do(team: Team) -> None:
    task = await underwriting(team)
    await team.complete("uma", str(task["id"]), "approved", reason="fine")
    second = await team.find("ugo", str(task["process"]), "second_look")
    problem(await team.mia.post(f"/api/tasks/{second['id']}/reassign", json={"to": "uma"}), 403, "forbidden")


async def test_escalated_a_task_is_before_the_manager(team: Team) -> None:
    task = await underwriting(team)
    assert (await team.mia.get("/api/tasks/inbox")).json()["items"] == []
    to = f"/api/tasks/{task['id']}/escalate"
    raised = await team.uma.post(to, json={"to": "underwriting_manager", "reason": "too large for me"})
    assert raised.json()["escalated"]
    found = await team.find("mia", str(task["process"]), "underwrite")
    assert found["id"] == task["id"]
    problem(await team.uma.post(to, json={"to": "astronaut"}), 422, "invalid_input")


async def test_the_inbox_is_paged_and_filtered(team: Team) -> None:
    for number in range(5):
        await team.start(f"N-{number}", loan_amount=10, price=20)
    seen: list[str] = []
    page: dict[str, str] = {}
    while True:
        found = (await team.otto.get("/api/tasks/inbox", params={"limit": 2, **page})).json()
        seen += [task["key"] for task in found["items"]]
        if found["next"] is None:
            break
        page = {"page": found["next"]}
    assert sorted(seen) == [f"N-{number}" for number in range(5)]
    assert (await team.otto.get("/api/tasks/inbox", params={"priority": "urgent"})).json()["items"] == []


async def test_a_manager_pages_through_the_team(team: Team) -> None:
    for number in range(5):
        await team.start(f"N-{number}", by="otto" if number % 2 == 0 else "olga", loan_amount=10, price=20)
    seen: list[str] = []
    page: dict[str, str] = {}
    while True:
        params = {"limit": 2, "scope": "team", **page}
        found = (await team.mia.get("/api/tasks/inbox", params=params)).json()
        seen += [task["key"] for task in found["items"]]
        if found["next"] is None:
            break
        page = {"page": found["next"]}
    assert sorted(seen) == ["N-0", "N-2", "N-4"]
    problem(await team.otto.get("/api/tasks/inbox", params={"scope": "team"}), 403, "forbidden")


async def test_what_there_is_to_do_is_counted(team: Team) -> None:
    task = await underwriting(team)
    await team.uma.post(f"/api/tasks/{task['id']}/start")
    await team.start("N-1", by="otto", loan_amount=10, price=20)
    await team.start("N-2", by="olga", loan_amount=10, price=20)
    all = (await team.ada.get("/api/tasks/stats")).json()
    assert (all["open"], all["unassigned"], all["mine"], all["available"]) == (3, 2, 0, 0)
    assert (all["by_priority"], all["by_assignee"]) == ({"high": 1, "normal": 2}, {"uma": 1})
    assert all["by_step"][0] == {"step": "application", "open": 2, "unassigned": 2, "overdue": 0}
    boston = (await team.mia.get("/api/tasks/stats")).json()
    assert (boston["open"], boston["by_assignee"]) == (2, {"uma": 1})
    otto = (await team.otto.get("/api/tasks/stats")).json()
    assert (otto["open"], otto["available"]) == (2, 2)
    uma = (await team.uma.get("/api/tasks/stats")).json()
    assert (uma["open"], uma["mine"], uma["complete"]) == (1, 1, True)
