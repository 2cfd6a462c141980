"""Several workers on one SQLite file, killed while people work: nothing is lost, and nothing is paid twice."""

from __future__ import annotations

from pathlib import Path

from crowd import Audit, run


async def test_killed_workers_lose_nothing(tmp_path: Path) -> None:
    result = await run(tmp_path, workers=4, kills=3, pause=0.5, side_by_side=4)
    started = result["started"]
    assert started >= 4
    expected = Audit(
        sound=True,
        processes=started,
        completed=started,
        payments=result["audit"].payments,
        paid_twice=0,
        asked_twice=0,
    )
    assert result["audit"] == expected, result["log"][-4_000:]
    assert result["heard_all"], "a listener misses nothing, and hears nothing twice"
    assert 0 < result["audit"].payments <= started
