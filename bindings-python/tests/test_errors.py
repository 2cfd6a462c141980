"""Errors: a class for each code."""

from __future__ import annotations

import pickle

import pytest

import flowwright
from flowwright import FlowwrightError, errors
from flowwright._native import error_kinds


def test_every_code_has_its_class() -> None:
    assert {code: retryable for code, retryable in error_kinds()} == {
        code: kind.retryable for code, kind in errors.KINDS.items()
    }
    for code, kind in errors.KINDS.items():
        assert kind.__name__ == "".join(word.title() for word in code.split("_")) + "Error"
        assert getattr(flowwright, kind.__name__) is kind
        assert kind.code == code and kind.__doc__


def test_every_error_is_told_to_all() -> None:
    for name in errors.__all__:
        assert name in flowwright.__all__
        assert getattr(flowwright, name) is getattr(errors, name)


def test_an_error_is_made_of_what_the_engine_said() -> None:
    finding = {"severity": "error", "code": "x", "message": "m", "line": 3}
    error = errors.error_of("not_found", "no such thing", False, {"flow": "loan"}, [finding])
    assert isinstance(error, flowwright.NotFoundError) and isinstance(error, LookupError)
    assert str(error) == "no such thing (flow: loan)"
    assert error.diagnostics[0].line == 3
    unknown = errors.error_of("of_tomorrow", "m", True, {}, [])
    assert type(unknown) is FlowwrightError
    assert (unknown.code, unknown.retryable) == ("of_tomorrow", True)


@pytest.mark.parametrize(
    "error",
    [
        errors.error_of("conflict", "m", False, {"a": 1}, []),
        flowwright.InstanceFailed("id", flowwright.Failure("code", "why")),
    ],
)
def test_errors_go_to_other_processes(error: FlowwrightError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.code, again.context) == (str(error), error.code, error.context)
