"""What needs no engine: checking, simulating and drawing a flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, overload

from . import _native
from .errors import InvalidArgumentError
from .flow import Flow
from .types import Json, Picture, Report, Validation, decode

Source: TypeAlias = str | Path | Mapping[str, Any] | Flow
"""A definition: a text in YAML or JSON, the ``Path`` of a file, a document, or a :class:`Flow`."""

_FILES = (".yaml", ".yml", ".json")


def document(source: Source) -> Any:
    """A definition as it crosses."""
    if isinstance(source, Flow):
        return source.to_dict()
    if isinstance(source, str) and "\n" not in source and source.endswith(_FILES):
        # A text may come from somebody who must not read files here.
        raise InvalidArgumentError(f"`{source}` is no definition; to read a file say Path({source!r})")
    if isinstance(source, Path):
        try:
            return source.read_text(encoding="utf-8")
        except OSError as error:
            raise InvalidArgumentError(f"the definition cannot be read: {error}") from error
    return source


def some(**fields: Any) -> dict[str, Any]:
    """The fields that are given."""
    return {name: value for name, value in fields.items() if value is not None}


def validate(source: Source) -> Validation:
    """Everything that is wrong with a definition, at once."""
    return decode(Validation, _native.validate(document(source)))


def simulate(
    source: Source,
    input: Json = None,
    *,
    script: Mapping[str, Any] | None = None,
    flows: Iterable[Source] = (),
    key: str | None = None,
    workers: int | None = None,
) -> Report:
    """Runs a flow under a virtual clock. No handler is called: ``script`` says what steps give.

    ``{"steps": {"pull": [{"after": "2s", "output": 700}]}, "default": {"output": null}, "signals": […]}``.
    """
    asked = some(input=input, script=script, key=key, workers=workers)
    request = {"source": document(source), "flows": [document(flow) for flow in flows], **asked}
    return decode(Report, _native.simulate(request))


@overload
def draw(source: Source, format: Literal["json"] = ...) -> dict[str, Any]: ...
@overload
def draw(source: Source, format: Literal["mermaid", "dot"]) -> str: ...
def draw(source: Source, format: Picture = "json") -> Any:
    """Draws a flow: as data, as a Mermaid chart or for Graphviz."""
    return _native.draw(document(source), format)


def schema() -> dict[str, Any]:
    """The JSON Schema of definitions, for editors."""
    found: dict[str, Any] = _native.schema()
    return found
