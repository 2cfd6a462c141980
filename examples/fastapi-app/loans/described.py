"""What the OpenAPI document says about a request: which methods a path has, and which query parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from .errors import ApiError


@dataclass(frozen=True, slots=True)
class Described:
    """A path of the document."""

    pattern: re.Pattern[str]
    operations: dict[str, set[str]]
    """The query parameters of each method."""


def read(document: dict[str, Any]) -> list[Described]:
    """The paths of a document; those without parameters first, because they are more exact."""
    paths = sorted(document["paths"].items(), key=lambda item: item[0].count("{"))
    return [Described(_pattern(path), _operations(found)) for path, found in paths]


def _pattern(path: str) -> re.Pattern[str]:
    literal = re.split(r"\{[^}]+\}", path)
    return re.compile("[^/]+".join(re.escape(part) for part in literal))


def _operations(found: dict[str, Any]) -> dict[str, set[str]]:
    return {
        method.upper(): {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
        for method, operation in found.items()
    }


def allowed(described: list[Described], path: str) -> str:
    """The methods of a path, for the header `Allow`."""
    methods = {method for one in described if one.pattern.fullmatch(path) for method in one.operations}
    return ", ".join(sorted(methods))


def no_unknown_query(connection: HTTPConnection) -> None:
    """Refuses query parameters that the description does not name: they are mistakes, and would go unseen.

    Raises:
        ApiError: `invalid_request`, with the names that there are.
    """
    if connection.scope["type"] != "http":
        return
    method = connection.scope["method"]
    for one in read_once(connection):
        names = one.operations.get(method)
        if names is not None and one.pattern.fullmatch(connection.url.path):
            unknown = sorted(set(connection.query_params) - names)
            if unknown:
                known = f"there are {', '.join(sorted(names))}" if names else "there are none here"
                raise ApiError("invalid_request", f"unknown query parameters: {', '.join(unknown)}; {known}")
            return


def read_once(connection: HTTPConnection) -> list[Described]:
    """The paths of the application's document."""
    state = connection.app.state
    if not hasattr(state, "described"):
        state.described = read(connection.app.openapi())
    found: list[Described] = state.described
    return found
