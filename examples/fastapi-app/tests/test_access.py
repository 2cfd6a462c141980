"""Who is who, and who sees what."""

from __future__ import annotations

import base64
import json
import time

import pytest

from loans import tokens
from team import Team, problem


async def listed(team: Team, user: str, **params: object) -> list[str]:
    """The keys of the processes that somebody sees."""
    answer = await team.user(user).get("/api/processes", params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return [row["key"] for row in answer.json()["items"]]


async def test_rows_are_seen_by_those_who_have_a_part_in_them(team: Team) -> None:
    mine = await team.start("A0008", by="otto")
    await team.start("A0001", by="olga")
    assert await listed(team, "otto") == ["A0008"]
    assert await listed(team, "olga") == ["A0001"]
    assert (await listed(team, "mia"), await listed(team, "max")) == (["A0008"], ["A0001"])
    assert await listed(team, "ada") == ["A0001", "A0008"]
    assert await listed(team, "uma") == [] and await listed(team, "bea") == []
    await team.do("otto", mine, "application", signed=True)
    task = await team.find("uma", mine, "underwrite")
    await team.uma.post(f"/api/tasks/{task['id']}/start")
    assert await listed(team, "uma") == ["A0008"]
    await team.do("uma", mine, "underwrite", "approved", reason="fine")
    assert await listed(team, "uma") == ["A0008"], "what was done is still seen"


async def test_one_process_is_seen_as_the_list_is(team: Team) -> None:
    process = await team.start("A0008", by="otto")
    for path in ("", "/history", "/visualize"):
        for user in ("otto", "mia", "ada"):
            assert (await team.user(user).get(f"/api/processes/{process}{path}")).status_code == 200
        for user in ("uma", "max", "bea"):
            problem(await team.user(user).get(f"/api/processes/{process}{path}"), 403, "forbidden")
    assert (await team.olga.get(f"/api/processes/{process}")).status_code == 200, "she may take its task"
    await team.do("otto", process, "application", signed=True)
    problem(await team.olga.get(f"/api/processes/{process}"), 403, "forbidden")


async def test_a_borrower_sees_what_is_asked_of_them(team: Team) -> None:
    process = await team.start("A0042")
    problem(await team.user("borrower-A0042").get(f"/api/processes/{process}"), 403, "forbidden")
    await team.do("otto", process, "application", signed=True)
    await team.do("uma", process, "underwrite", "documents", reason="papers")
    await team.find("borrower-A0042", process, "documents")
    assert await listed(team, "borrower-A0042") == ["A0042"]
    assert (await team.user("borrower-A0042").get(f"/api/processes/{process}")).status_code == 200


@pytest.mark.parametrize("act", ["suspend", "resume", "abort"])
async def test_processes_are_directed_by_the_teams_manager(team: Team, act: str) -> None:
    process = await team.start("A0008")
    for user in ("otto", "uma", "max"):
        problem(await team.user(user).post(f"/api/processes/{process}/{act}"), 403, "forbidden")


async def test_only_the_office_starts_processes(team: Team) -> None:
    body = {"application": team.stated("A0001")}
    for user in ("uma", "bea"):
        problem(await team.user(user).post("/api/processes", json=body), 403, "forbidden")
    for user in ("mia", "ada"):
        assert (await team.user(user).post("/api/processes", json={**body, "key": user})).status_code == 201


async def test_a_key_that_is_taken_tells_nothing_to_others(team: Team) -> None:
    process = await team.start("A0008", by="otto")
    await team.do("otto", process, "application", signed=True)
    refused = await team.olga.post("/api/processes", json={"application": team.stated("A0008")})
    problem(refused, 403, "forbidden")


async def test_monitoring_is_for_those_who_direct(team: Team) -> None:
    for path in ("active-processes", "metrics", "sla-compliance", "bottlenecks"):
        problem(await team.otto.get(f"/api/monitoring/{path}"), 403, "forbidden")
        assert (await team.mia.get(f"/api/monitoring/{path}")).status_code == 200


async def test_lists_are_paged(team: Team) -> None:
    keys = [f"N-{number}" for number in range(7)]
    for key in keys:
        await team.start(key, loan_amount=10, price=20)
    for user in ("otto", "mia", "ada"):
        seen: list[str] = []
        params: dict[str, object] = {"limit": 3}
        while True:
            found = (await team.user(user).get("/api/processes", params=params)).json()  # type: ignore[arg-type]
            seen += [row["key"] for row in found["items"]]
            if found["next"] is None:
                break
            params["page"] = found["next"]
        assert seen == keys[::-1], user


async def test_lists_are_filtered(team: Team) -> None:
    held, _ = (
        await team.start("N-1", loan_amount=10, price=20),
        await team.start("N-2", loan_amount=10, price=20),
    )
    await team.mia.post(f"/api/processes/{held}/suspend")
    for user in ("otto", "mia", "ada"):
        assert await listed(team, user, status="suspended") == ["N-1"]
        assert await listed(team, user, status=["running", "suspended"]) == ["N-2", "N-1"]
        assert await listed(team, user, journey="another") == []
        assert len(await listed(team, user, journey="loan-origination")) == 2


def forged() -> str:
    """A token whose claims were changed after it was signed."""
    header, claims, signature = tokens.sign("otto", "tests").split(".")
    found = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**found, "sub": "ada"}).encode()).decode().rstrip("=")
    return f"{header}.{changed}.{signature}"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        tokens.sign("ada", "another secret"),
        tokens.sign("ada", "tests", now=time.time() - 2 * tokens.DAY),
        tokens.sign("somebody-else", "tests"),
        forged(),
    ],
    ids=["none", "nonsense", "dots", "secret", "expired", "unknown", "forged"],
)
async def test_without_a_good_token_nobody_gets_in(team: Team, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await team.nobody.get("/api/processes", headers=headers)
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
