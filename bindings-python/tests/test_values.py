"""Values: what goes in comes out, and what JSON has no form for is refused with its place."""

from __future__ import annotations

import math
from collections import OrderedDict
from decimal import Decimal
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowwright import InvalidArgumentError
from flowwright._native import plain

texts = st.text(st.characters(exclude_categories=["Cs"]))
whole = st.integers(min_value=-(2**63), max_value=2**64 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | whole | floats | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=30,
)


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return bool(one == other)


@given(values)
@settings(max_examples=200, deadline=None)
def test_what_goes_in_comes_out(value: Any) -> None:
    assert same(plain(value), value)


class Colour(str, Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Words(str):
    pass


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((1, (2,)), [1, [2]]),
        (Colour.RED, "red"),
        ({Colour.RED: Level.HIGH}, {"red": 3}),
        (Words("x"), "x"),
        (OrderedDict(a=1), {"a": 1}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        (Decimal("1.10"), "1.10"),
        (2**53 + 1, 2**53 + 1),
        (True, True),
    ],
)
def test_what_has_a_form(given: Any, expected: Any) -> None:
    assert same(plain(given), expected)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"a": [1, math.nan]}, r"value\.a\[1\] is NaN"),
        (math.inf, "value is inf"),
        (2**64, "value is a whole number of more than 64 bits"),
        ({"a": b"x"}, r"value\.a is of type bytes.*base64"),
        ([{1}], r"value\[0\] is of type set.*sorted"),
        ({1: 2}, "has a key of type int"),
        ({"a": {"b": "\ud800"}}, r"value\.a\.b is a text with half a surrogate"),
        ({"\ud800": 1}, "surrogate"),
        ([object()], r"value\[0\] is of type object"),
        (print, "value is of type builtin_function_or_method"),
        (int, "value is of type type"),
    ],
)
def test_what_has_none_is_refused(given: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        plain(given)


def test_what_contains_itself_is_refused() -> None:
    around: list[Any] = []
    around.append(around)
    with pytest.raises(InvalidArgumentError, match="contains itself"):
        plain(around)
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    with pytest.raises(InvalidArgumentError, match=r"value(\.a){8}… is nested"):
        plain(deep)


def test_an_exception_of_a_value_passes() -> None:
    class Broken:
        def model_dump(self, mode: str) -> Any:
            raise ZeroDivisionError(mode)

    with pytest.raises(ZeroDivisionError):
        plain([Broken()])
