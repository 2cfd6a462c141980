"""The scenarios that every language plays print what is expected."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SCENARIOS = sorted(path.parent.name for path in EXAMPLES.glob("*/main.py") if path.with_name("expected.txt").is_file())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: str) -> None:
    folder = EXAMPLES / scenario
    ran = subprocess.run([sys.executable, "main.py"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ((folder / "expected.txt").read_text(encoding="utf-8"), "")


def test_all_are_there() -> None:
    assert SCENARIOS == ["approval", "bulk_import", "order_saga", "payment_signal"]
