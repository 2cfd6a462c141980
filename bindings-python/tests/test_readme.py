"""The programs of the documentation run, and print what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import run

PACKAGE = Path(__file__).parent.parent
README = (PACKAGE / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("place", range(len(PROGRAMS)))
def test_a_program_prints_what_is_said(place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program, said = PROGRAMS[place]
    assert run(program) == said
    assert run(program) == said, "another run says the same"


def test_every_program_says_what_it_prints() -> None:
    assert len(PROGRAMS) == README.count("```python") == 5


def test_the_ten_lines_of_the_whole_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    flow, program = (re.search(rf"```{word}\n(.*?)```", text, re.DOTALL) for word in ("yaml", "python"))
    assert flow and program
    (tmp_path / "hello.yaml").write_text(flow[1], encoding="utf-8")
    assert run(program[1]) == "Hello, Ada!\n"
