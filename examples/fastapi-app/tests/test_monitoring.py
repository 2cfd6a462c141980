"""Figures, against what was done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from loans.app import create
from loans.figures import durations
from loans.lengths import seconds
from loans.settings import Settings
from team import Team


async def work(team: Team) -> dict[str, str]:
    """Three approved, one declined, one aborted, one suspended, one with the underwriters; one of another team."""
    processes = {key: await team.start(key) for key in ("A0001", "A0002", "A0003", "A0013", "A0008", "N-1")}
    for key in ("A0001", "A0002", "A0003", "A0013", "A0008"):
        await team.do("otto", processes[key], "application", signed=True)
    for key in ("A0001", "A0002", "A0003", "A0013"):
        await team.ended(processes[key])
    await team.find("uma", processes["A0008"], "underwrite")
    await team.mia.post(f"/api/processes/{processes['N-1']}/suspend")
    processes["N-2"] = await team.start("N-2")
    await team.mia.post(f"/api/processes/{processes['N-2']}/abort")
    await team.ended(processes["N-2"])
    processes["N-3"] = await team.start("N-3", by="olga")
    return processes


@pytest.fixture
async def worked(team: Team) -> Team:
    """A team that has worked."""
    original = team.stated

    def stated(application: str, **changes: object) -> dict[str, object]:
        return {"loan_amount": 10, "price": 20, **original(application, **changes)}

    team.stated = stated  # type: ignore[method-assign]
    await work(team)
    return team


async def test_active_processes(worked: Team) -> None:
    found = (await worked.mia.get("/api/monitoring/active-processes")).json()
    assert (found["total"], found["running"], found["suspended"]) == (2, 1, 1)
    rows = {row["key"]: row for row in found["items"]}
    assert list(rows) == ["N-1", "A0008"]
    assert [one["step"] for one in rows["A0008"]["waiting"]] == ["underwrite"]
    assert rows["A0008"]["explanation"] and rows["A0008"]["age_seconds"] > 0
    everything = (await worked.ada.get("/api/monitoring/active-processes", params={"limit": 1})).json()
    assert everything["total"] == 3 and everything["items"][0]["key"] == "N-3" and everything["next"]


async def test_metrics(worked: Team) -> None:
    found = (await worked.mia.get("/api/monitoring/metrics")).json()
    assert found["started"] == 7
    assert found["by_status"] == {
        "pending": 0, "running": 1, "suspended": 1, "completed": 4, "failed": 0, "aborted": 1
    }  # fmt: skip
    assert found["decisions"] == {"approved by rules": 3, "declined by rules": 1}
    assert (found["sampled"], found["durations"]["count"]) == (5, 5)
    assert 0 <= found["durations"]["p50"] <= found["durations"]["p95"] <= found["durations"]["longest"]
    assert (await worked.ada.get("/api/monitoring/metrics")).json()["started"] == 8
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await worked.ada.get("/api/monitoring/metrics", params={"since": later})).json()["started"] == 0


async def test_bottlenecks(worked: Team) -> None:
    found = (await worked.mia.get("/api/monitoring/bottlenecks")).json()
    steps = {step["step"]: step for step in found["steps"]}
    assert found["sampled"] == 7
    # Six were taken, one of those aborted; one waits.
    assert (steps["application"]["finished"], steps["application"]["waiting"]) == (6, 1)
    assert (steps["underwrite"]["finished"], steps["underwrite"]["waiting"]) == (0, 1)
    assert steps["close/fund"]["finished"] == 3 and steps["close/fund"]["attempts"] == 1
    assert "close" not in steps, "its time is that of the steps inside"
    assert sum(step["share"] for step in found["steps"]) == pytest.approx(1)
    assert [step["share"] for step in found["steps"]] == sorted(
        (s["share"] for s in found["steps"]), reverse=True
    )


async def test_promises_are_kept(worked: Team) -> None:
    found = (await worked.mia.get("/api/monitoring/sla-compliance")).json()
    assert found["processes"] == {
        "target_seconds": 30 * 86_400, "warn_seconds": 20 * 86_400, "ended_in_time": 5, "ended_late": 0,
        "on_time": 2, "at_risk": 0, "late": 0, "compliance": 1.0,
    }  # fmt: skip
    assert found["tasks"] == [
        {"step": "application", "open": 1, "overdue": 0, "due_within_an_hour": 0},
        {"step": "underwrite", "open": 1, "overdue": 0, "due_within_an_hour": 0},
    ]


async def test_promises_are_broken(settings: Settings, tmp_path: Path) -> None:
    text = settings.definition.read_text("utf-8").replace(
        "sla: {target: 30d, warn: 20d}", "sla: {target: 1ms}"
    )
    hasty = tmp_path / "hasty.yaml"
    hasty.write_text(text.replace("due: 8h", "due: 1ms"), "utf-8")
    app = create(replace(settings, definition=hasty))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        team = Team(
            settings,
            lambda headers: httpx.AsyncClient(transport=transport, base_url="http://l", headers=headers),
        )
        process = await team.start("A0001")
        await team.start("A0002")
        await team.do("otto", process, "application", signed=True)
        await team.ended(process)
        found = (await team.ada.get("/api/monitoring/sla-compliance")).json()
        await team.close()
    kept = found["processes"]
    assert (kept["ended_late"], kept["late"], kept["compliance"]) == (1, 1, 0.0)
    assert found["tasks"] == [{"step": "application", "open": 1, "overdue": 1, "due_within_an_hour": 0}]


def test_durations_are_values_that_occurred() -> None:
    found = durations(float(number) for number in range(1, 101))
    assert (found.count, found.mean, found.p50, found.p95, found.longest) == (100, 50.5, 50, 95, 100)
    assert durations([]).p50 is None and durations([7.0]).p95 == 7


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("500ms", 0.5),
        ("30s", 30),
        ("1h30m", 5400),
        ("2d", 172_800),
        ("PT30S", 30),
        ("P1DT2H", 93_600),
        ("P1W", 604_800),
    ],
)
def test_lengths_of_time(text: str, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "P", "soon", "3", "3x"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        seconds(text)
