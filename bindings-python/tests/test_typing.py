"""What the type checker says: of the package, and of programs that use it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import flowwright
from flowwright import _native

HERE = Path(__file__).parent
PACKAGE = Path(flowwright.__file__).parent
INSTALLED = "site-packages" in PACKAGE.parts
"""What is installed the type checker finds by itself, by `py.typed`."""


def mypy(*paths: Path | str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", *map(str, paths)],
        capture_output=True,
        text=True,
        cwd=HERE.parent,
        env={"PATH": "", **({} if INSTALLED else {"MYPYPATH": str(PACKAGE.parent)})},
    )
    assert ran.stderr == ""
    return ran.stdout.splitlines()


def test_the_package_and_what_surrounds_it_is_typed() -> None:
    around = [path for folder in ("benches", "scripts") for path in sorted((HERE.parent / folder).glob("*.py"))]
    assert mypy("-p", "flowwright") == []
    assert mypy(*sorted(HERE.glob("*.py")), *around) == []


def test_what_programs_are_told() -> None:
    """Of every line of the program that ends in ``# E: …`` this is told: an error, or a type. Of no other line anything."""
    path = HERE / "typed" / "program.py"
    expected = {
        number: line.rpartition("# E: ")[2].strip()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "# E: " in line
    }
    found: dict[int, str] = {}
    for line in mypy(path):
        told = re.search(r":(\d+): (error|note): (.*)", line)
        if told and told[2] == "error":
            found[int(told[1])] = told[3]
        elif told and "Revealed type" in told[3]:
            found[int(told[1])] = told[3]
    assert found.keys() == expected.keys(), found
    for number, words in expected.items():
        assert words in found[number], f"line {number}: {found[number]}"


def members(tree: ast.Module) -> dict[str, list[str] | None]:
    """Functions with their parameters, also of classes, and other names."""
    found: dict[str, list[str] | None] = {}

    def look(body: list[ast.stmt], within: str, method: bool) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = None
                look(node.body, f"{node.name}.", True)
            elif isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args]
                found[within + node.name] = names[1:] if names[:1] == ["self"] else names
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[node.target.id] = None

    look(tree.body, "", False)
    return found


def test_the_stubs_are_those_of_the_native_module() -> None:
    stub = members(ast.parse((PACKAGE / "_native.pyi").read_text(encoding="utf-8")))
    native: dict[str, list[str] | None] = {"__version__": None, "Native": None}
    for within, names in (("", vars(_native)), ("Native.", vars(_native.Native))):
        for name, value in names.items():
            value = getattr(value, "__func__", value)
            signature = getattr(value, "__text_signature__", None)
            if name.startswith("_") or not signature or isinstance(value, type):
                continue
            native[within + name] = re.findall(r"(\w+)(?==|,|\))", signature.replace("$self", ""))
    native = {
        name: None if names is None else [one for one in names if one != "None"] for name, names in native.items()
    }
    assert stub == native
