"""What tests share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from flowwright import Engine

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "flowwright-hypothesis")

LONGEST = 20.0
"""After so many seconds a test that waits has failed."""


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    async with Engine.open("memory:", threads=2) as engine:
        yield engine


@pytest.fixture
def file(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path}/test.db"


def one(handler: str, **fields: object) -> dict[str, object]:
    """A flow of one activity, which gives its output."""
    step = {"id": "it", "type": "activity", "handler": handler, "with": "${ input }", **fields}
    return {"flow": "one", "steps": [step], "output": "${ steps.it.output }"}


class Script:
    """A program of its own."""

    def __init__(self, text: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-W", "error", "-c", textwrap.dedent(text), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            # What runs in the background of a shell ignores interrupts, and hands that on.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            out, err = self.process.communicate(timeout=LONGEST)
            raise AssertionError(f"it said nothing more: {out}{err}")
        return line.strip()

    def end(self) -> tuple[int, str, str]:
        """Waits for its end: exit code, output, errors."""
        try:
            out, err = self.process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"it hangs: {out}{err}") from None
        return self.process.returncode, out, err


def run(text: str, *arguments: str) -> str:
    """Runs a program of its own, which must end well and silently but for its output."""
    code, out, err = Script(text, *arguments).end()
    assert (code, err) == (0, ""), f"{code}: {out}{err}"
    return out
