"""Errors: one table from stable codes to HTTP statuses, and problem documents (RFC 9457) for all of them."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from flowwright import FlowwrightError, InvalidArgumentError
from starlette.exceptions import HTTPException

from .models.problem import Problem

LOG = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUS: dict[str, tuple[int, str]] = {
    # The engine's codes.
    "invalid_argument": (400, "An argument is not what it must be"),
    "invalid_definition": (422, "The definition has errors"),
    "invalid_input": (422, "The data does not satisfy its schema"),
    "not_found": (404, "There is no such thing"),
    "already_exists": (409, "It exists already"),
    "conflict": (409, "Somebody else was first"),
    "forbidden": (403, "You may not do that"),
    "instance_suspended": (409, "The process is suspended"),
    "instance_closed": (409, "The process has ended"),
    "step_state": (409, "The step is in no state for that"),
    "too_large": (413, "The data is too large"),
    "limit_reached": (409, "A bound was reached"),
    "overloaded": (503, "There is too much to do at the moment"),
    "lease_lost": (503, "Another worker has taken over"),
    "store_unavailable": (503, "The database cannot be reached"),
    "store_newer": (500, "The database is of a newer release"),
    "store_foreign": (500, "The database belongs to something else"),
    "corrupt": (500, "The database holds what does not make sense"),
    "wait_timed_out": (504, "It did not happen in time"),
    "shutting_down": (503, "The service is shutting down"),
    "wrong_process": (500, "The engine belongs to another process"),
    "wrong_loop": (500, "The engine belongs to another event loop"),
    "internal": (500, "A fault of the service"),
    # The service's own.
    "unauthenticated": (401, "Nobody knows who you are"),
    "invalid_request": (422, "The request is not what the description says"),
    "method_not_allowed": (405, "This cannot be done here"),
}

ALWAYS = (
    "unauthenticated",
    "invalid_request",
    "internal",
    "overloaded",
    "store_unavailable",
    "shutting_down",
)
"""What every endpoint may answer."""


class ApiError(Exception):
    """An error of the service's own, with a code of the table."""

    def __init__(self, code: str, detail: str, **context: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.context = context


REFUSED = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 500: "internal", 503: "overloaded"}
"""The codes of the framework's own errors."""


def problem(code: str, detail: str, path: str = "", **more: Any) -> Problem:
    """The problem document of a code."""
    status, title = STATUS.get(code, STATUS["internal"])
    type = f"urn:flowwright:problem:{code}"
    return Problem(type=type, title=title, status=status, detail=detail, instance=path, code=code, **more)


@contextlib.contextmanager
def no_such_page(page: str | None) -> Iterator[None]:
    """A page that begins behind something that is not there is not there either."""
    try:
        yield
    except InvalidArgumentError:
        if page is None:
            raise
        raise ApiError("not_found", f"there is no page `{page}`", page=page) from None


def responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """What an endpoint may answer other than success, for its description."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys((*codes, *ALWAYS)):
        by_status[STATUS[code][0]].append(code)
    return {status: _described(status, found) for status, found in sorted(by_status.items())}


def _described(status: int, codes: list[str]) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    shown = {code: {"value": jsonable_encoder(problem(code, STATUS[code][1]))} for code in codes}
    words = "; ".join(f"`{code}`: {STATUS[code][1].lower()}" for code in codes)
    described: dict[str, Any] = {
        "description": f"{HTTPStatus(status).phrase}. {words}",
        "content": {MEDIA_TYPE: {"schema": schema, "examples": shown}},
    }
    headers = _headers(status)
    if headers:
        described["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
    return described


def _headers(status: int) -> dict[str, str]:
    return {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}.get(status, {})


def answer(found: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem as a response."""
    body = jsonable_encoder(found, exclude_none=True)
    headers = {**_headers(found.status), **(headers or {})}
    return JSONResponse(body, found.status, headers=headers, media_type=MEDIA_TYPE)


def of(error: Exception, path: str = "") -> Problem:
    """The problem that an error is."""
    match error:
        case ApiError():
            return problem(error.code, error.detail, path, context=error.context or None)
        case FlowwrightError():
            diagnostics = [dataclasses.asdict(found) for found in error.diagnostics]
            return problem(
                error.code,
                error.message,
                path,
                retryable=error.retryable,
                context=dict(error.context) or None,
                diagnostics=diagnostics or None,
            )
        case RequestValidationError():
            errors = [{"place": list(one["loc"]), "message": one["msg"]} for one in error.errors()]
            return problem("invalid_request", "; ".join(_words(one) for one in errors), path, errors=errors)
        case HTTPException():
            # What the framework refuses, for instance a body that is no text.
            return problem(REFUSED.get(error.status_code, "invalid_request"), str(error.detail), path)
        case _:
            return problem("internal", "the service has failed; its log says more", path)


def _words(error: dict[str, Any]) -> str:
    return f"{'.'.join(str(part) for part in error['place'])}: {error['message']}"


def install(app: FastAPI, allow: Callable[[Request], str]) -> None:
    """Has every error answered as a problem. `allow` says which methods the path of a request has."""

    async def tell(request: Request, error: Exception) -> JSONResponse:
        found = of(error, request.url.path)
        if found.status >= 500:
            LOG.error("%s %s: %s", request.method, request.url.path, error, exc_info=error)
        return answer(found, {"Allow": allow(request)} if found.status == 405 else None)

    for kind in (ApiError, FlowwrightError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, tell)
