"""Live events, through a real WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from loans import tokens
from loans.models.common import EXAMPLE_PROCESS
from loans.service import Service
from team import PATIENCE, Team


def listen(address: str, user: str, **params: object) -> connect:
    """Connects as somebody."""
    query = "&".join(f"{name}={value}" for name, value in params.items())
    headers = {"Authorization": f"Bearer {tokens.sign(user, 'tests')}"}
    # Without a bound, so that closing does not wait for what the test does not read.
    return connect(f"ws://{address}/api/events?{query}", additional_headers=headers, max_queue=None)


async def receive(socket: ClientConnection) -> dict[str, Any]:
    """The next event."""
    found: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
    return found


async def until_end(socket: ClientConnection) -> list[dict[str, Any]]:
    """All events up to the end of a process."""
    events = [await receive(socket)]
    while events[-1]["type"] != "instance_ended":
        events.append(await receive(socket))
    return events


async def test_events_come_as_they_happen(team: Team, address: str) -> None:
    async with listen(address, "otto", after=0) as socket:
        process = await team.start("A0001")
        first = await receive(socket)
        assert (first["type"], first["process"], first["seq"]) == ("instance_started", process, 1)
        assert first["journey"] == "loan-origination" and first["position"].endswith(".1")
        await team.do("otto", process, "application", signed=True)
        events = [first, *await until_end(socket)]
    history = (await team.otto.get(f"/api/processes/{process}/history", params={"limit": 1000})).json()[
        "events"
    ]
    assert [event["seq"] for event in events] == [event["seq"] for event in history]
    assert [event["type"] for event in events] == [event["type"] for event in history]
    assert any(event["step"] == "close/fund" for event in events)


async def test_after_a_lost_connection_it_goes_on_behind_a_position(team: Team, address: str) -> None:
    process = await team.start("A0001")
    async with listen(address, "otto", after=0) as socket:
        seen = [await receive(socket)]
    await team.do("otto", process, "application", signed=True)
    await team.ended(process)
    async with listen(address, "otto", after=seen[-1]["position"]) as socket:
        for _ in range(3):
            seen.append(await receive(socket))
    async with listen(address, "otto", after=seen[-1]["position"]) as socket:
        seen += await until_end(socket)
    assert [event["seq"] for event in seen] == list(range(1, len(seen) + 1))


async def test_from_now_on_tells_nothing_old(team: Team, address: str, service: Service) -> None:
    await team.start("A0002")
    async with listen(address, "ada") as socket:
        await asyncio.wait_for(_followed(service), PATIENCE)
        process = await team.start("A0001")
        assert (await receive(socket))["process"] == process


async def _followed(service: Service) -> None:
    """Until the listener has begun: it asks the engine once it is connected."""
    await asyncio.sleep(0.1)
    await service.engine.load()


async def test_one_process_alone(team: Team, address: str) -> None:
    one, other = await team.start("A0002"), await team.start("A0001")
    async with listen(address, "ada", after=0, process=one) as socket:
        await team.do("otto", other, "application", signed=True)
        await team.ended(other)
        await team.do("otto", one, "application", signed=True)
        assert {event["process"] for event in await until_end(socket)} == {one}


async def test_events_are_for_those_who_see_the_process(team: Team, address: str) -> None:
    first = await team.start("A0001", by="olga")
    await team.do("olga", first, "application", signed=True)
    await team.ended(first)
    mine = await team.start("A0008", by="otto")
    for user in ("mia", "ugo"):
        async with listen(address, user, after=0) as socket:
            if user == "ugo":
                await team.do("otto", mine, "application", signed=True)
                await team.find("ugo", mine, "underwrite")
            event = await receive(socket)
            assert event["process"] == mine
            assert user == "mia" or event["type"] in ("step_activated", "instance_started")


@pytest.mark.parametrize(
    ("user", "process", "status", "code"),
    [
        ("", None, 401, "unauthenticated"),
        ("uma", "theirs", 403, "forbidden"),
        ("ada", EXAMPLE_PROCESS, 404, "not_found"),
    ],
)
async def test_who_may_not_listen_is_told_why(
    team: Team, address: str, user: str, process: str | None, status: int, code: str
) -> None:
    theirs = await team.start("A0001")
    params = {"process": theirs if process == "theirs" else process} if process else {}
    opening = listen(address, user, **params) if user else connect(f"ws://{address}/api/events")
    with pytest.raises(InvalidStatus) as refused:
        await opening
    answer = refused.value.response
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body or b"")["code"] == code


async def test_browsers_send_the_token_in_the_address(team: Team, address: str) -> None:
    process = await team.start("A0001")
    token = tokens.sign("otto", "tests")
    async with connect(f"ws://{address}/api/events?after=0&token={token}") as socket:
        assert (await receive(socket))["process"] == process
