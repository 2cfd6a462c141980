"""The programs of the documentation run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import run

README = Path(__file__).parent.parent / "README.md"


def test_the_quick_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    programs = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(programs) == 1
    for _ in range(2):
        assert run(programs[0]) == "Hello, Ada!\n"
