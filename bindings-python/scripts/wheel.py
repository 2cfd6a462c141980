"""Builds the wheel, installs it in an empty virtual environment, and runs the quick start of the README there.

``python scripts/wheel.py [--profile dev]``; ``maturin`` must be installed. ``--wheel PATH`` takes a wheel that is there.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent.parent


def quick_start() -> str:
    """The first program of the README."""
    found = re.search(r"```python\n(.*?)```", (HERE / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found, "the README has no program"
    return found[1]


def build(folder: Path, profile: str) -> Path:
    """Builds the wheel."""
    command = [sys.executable, "-m", "maturin", "build", "--profile", profile, "--out", str(folder)]
    subprocess.run(command, cwd=HERE, check=True)
    return next(folder.glob("*.whl"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", default="release")
    parser.add_argument("--wheel", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        wheel = (arguments.wheel or build(folder, arguments.profile)).resolve()
        venv.create(folder / "venv", with_pip=True)
        python = str(folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-index", wheel], check=True)
        program = [python, "-W", "error", "-c", quick_start()]
        for _ in range(2):  # the second time the instance is there already
            ran = subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False)
            assert (ran.returncode, ran.stdout) == (0, "Hello, Ada!\n"), ran.stdout + ran.stderr
    print(f"{wheel.name}: the quick start runs")


if __name__ == "__main__":
    main()
