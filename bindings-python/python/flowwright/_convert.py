"""Values of Python and JSON: simpler forms of what handlers return, and what annotations ask for."""

from __future__ import annotations

import dataclasses
import enum
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin
from uuid import UUID

Converter = Callable[[Any], Any]

Length: TypeAlias = timedelta | float
"""A length of time: a ``timedelta``, or seconds."""


class Millis:
    """Marks a point in time that is a number of milliseconds since 1970."""


def simpler(value: object) -> tuple[bool, Any]:
    """A simpler form of what JSON has none for: ``(True, form)``, or ``(False, what is wrong)``."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return True, {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    dump = getattr(type(value), "model_dump", None)
    if dump is not None:
        return True, dump(value, mode="json")
    if isinstance(value, enum.Enum):
        return True, value.value
    if isinstance(value, (datetime, date, time)):
        return True, value.isoformat()
    if isinstance(value, timedelta):
        return True, iso_duration(value)
    if isinstance(value, (UUID, Decimal)):
        return True, str(value)
    if isinstance(value, Mapping):
        return True, dict(value)
    kind = type(value).__qualname__
    if isinstance(value, (bytes, bytearray, memoryview)):
        return False, f"is of type {kind}, which JSON has no form for: encode it as a text, for example with base64"
    if isinstance(value, (set, frozenset)):
        return False, f"is of type {kind}, which has no order: make it a list with sorted()"
    return False, f"is of type {kind}, which JSON has no form for"


def iso_duration(length: timedelta) -> str:
    """A length of time as ISO 8601 writes it: ``PT90S``."""
    seconds = length / timedelta(seconds=1)
    return f"PT{seconds:.6f}".rstrip("0").rstrip(".") + "S"


def millis(length: Length) -> int:
    """A length of time in whole milliseconds, rounded up."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if not 0 <= seconds < 1e12:
        from .errors import InvalidArgumentError

        raise InvalidArgumentError(f"{length!r} is no length of time: give a timedelta or seconds, 0 or more")
    return -int(-seconds * 1000 // 1)


def moment(at: int) -> datetime:
    """A number of milliseconds since 1970 as a point in time."""
    return _EPOCH + timedelta(milliseconds=at)


def moment_millis(at: datetime | int) -> int:
    """A point in time as a number of milliseconds since 1970; one without a time zone is in local time."""
    if isinstance(at, datetime):
        return (at.astimezone(timezone.utc) - _EPOCH) // timedelta(milliseconds=1)
    return at


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Mismatch(ValueError):
    """A value is not what an annotation asks for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.place: list[str] = []

    def within(self, part: str) -> Mismatch:
        self.place.insert(0, part)
        return self

    def __str__(self) -> str:
        return f"{''.join(self.place).lstrip('.') or 'it'} {self.why}"


def converter(annotation: Any) -> Converter | None:
    """What makes of JSON data what an annotation asks for; ``None`` where the data can stay as it is."""
    try:
        return _converter(annotation)
    except TypeError:  # an annotation that cannot be a key
        return _make(annotation)


@lru_cache(maxsize=4096)
def _converter(annotation: Any) -> Converter | None:
    return _make(annotation)


def _make(annotation: Any) -> Converter | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        if Millis in arguments[1:]:
            return moment
        return converter(arguments[0])
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin is not None:
        return _generic(origin, arguments)
    if not isinstance(annotation, type):
        return None
    return _of_class(annotation)


def _generic(origin: Any, arguments: tuple[Any, ...]) -> Converter | None:
    if not isinstance(origin, type) or origin is Literal:
        return None
    if _is_model(origin):
        return None
    if issubclass(origin, Mapping):
        return _each_value(converter(arguments[1])) if len(arguments) == 2 else None
    if origin is tuple:
        return _tuple(arguments)
    if origin in (set, frozenset):
        item = converter(arguments[0]) or _same
        make: Callable[[Any], Any] = origin
        return lambda data: make(item(one) for one in _list(data))
    if issubclass(origin, Sequence):
        return _each_item(converter(arguments[0]))
    if dataclasses.is_dataclass(origin):
        return _dataclass(origin)
    return None


def _of_class(kind: type) -> Converter | None:
    simple = _SIMPLE.get(kind)
    if simple is not None:
        return simple
    if _is_model(kind):
        validate: Converter = kind.model_validate  # type: ignore[attr-defined]
        return validate
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    if issubclass(kind, enum.Enum):
        return _parsed(kind, f"one of {[member.value for member in kind]}")
    return None


def _is_model(kind: type) -> bool:
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(kind, pydantic.BaseModel)


def _same(value: Any) -> Any:
    return value


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise Mismatch(f"must be a list, not {data!r:.60}")
    return data


def _each_item(item: Converter | None) -> Converter | None:
    if item is None:
        return None

    def convert(data: Any) -> Any:
        items = []
        for place, one in enumerate(_list(data)):
            try:
                items.append(item(one))
            except Mismatch as mismatch:
                raise mismatch.within(f"[{place}]") from None
        return items

    return convert


def _tuple(arguments: tuple[Any, ...]) -> Converter:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        every = _each_item(converter(arguments[0]) or _same)
        assert every is not None
        return lambda data: tuple(every(data))
    parts = [converter(argument) or _same for argument in arguments]

    def convert(data: Any) -> Any:
        if len(_list(data)) != len(parts):
            raise Mismatch(f"must have {len(parts)} items, not {len(data)}")
        return tuple(part(one) for part, one in zip(parts, data, strict=True))

    return convert


def _each_value(value: Converter | None) -> Converter | None:
    if value is None:
        return None

    def convert(data: Any) -> Any:
        if not isinstance(data, dict):
            raise Mismatch(f"must be an object, not {data!r:.60}")
        fields = {}
        for key, one in data.items():
            try:
                fields[key] = value(one)
            except Mismatch as mismatch:
                raise mismatch.within(f".{key}") from None
        return fields

    return convert


def _union(arguments: tuple[Any, ...]) -> Converter | None:
    """The first alternative that fits; ``None`` only for ``null``."""
    others = [argument for argument in arguments if argument is not type(None)]
    optional = len(others) < len(arguments)
    alternatives = [(other, converter(other)) for other in others]
    if all(convert is None for _, convert in alternatives):
        return None

    def convert(data: Any) -> Any:
        if data is None and optional:
            return None
        why: list[str] = []
        for kind, alternative in alternatives:
            if alternative is None:
                if not isinstance(kind, type) or isinstance(data, kind):
                    return data
                continue
            try:
                return alternative(data)
            except ValueError as error:
                if len(alternatives) == 1:
                    raise
                why.append(str(error))
        raise Mismatch(f"fits none of the alternatives: {'; '.join(why) or repr(data)}")

    return convert


def _dataclass(kind: type) -> Converter:
    """Fields by name. What is missing and has a default takes it; what is not known is left out."""
    plan: list[tuple[str, Converter | None, bool]] | None = None

    def fields() -> list[tuple[str, Converter | None, bool]]:
        hints = typing.get_type_hints(kind, include_extras=True)
        missing = dataclasses.MISSING
        return [
            (
                field.name,
                converter(hints[field.name]),
                field.default is missing and field.default_factory is missing,
            )
            for field in dataclasses.fields(kind)
            if field.init
        ]

    def convert(data: Any) -> Any:
        nonlocal plan
        if plan is None:
            plan = fields()
        if not isinstance(data, dict):
            raise Mismatch(f"must be an object for {kind.__qualname__}, not {data!r:.60}")
        given = {}
        for name, part, required in plan:
            if name not in data:
                if required:
                    raise Mismatch(f"lacks the field {name!r} of {kind.__qualname__}")
                continue
            try:
                given[name] = data[name] if part is None else part(data[name])
            except Mismatch as mismatch:
                raise mismatch.within(f".{name}") from None
        return kind(**given)

    return convert


def _parsed(parse: Callable[[Any], Any], wanted: str) -> Converter:
    def convert(data: Any) -> Any:
        try:
            return parse(data)
        except (ValueError, TypeError, ArithmeticError):
            raise Mismatch(f"must be {wanted}, not {data!r:.60}") from None

    return convert


def _number(data: Any) -> float:
    if isinstance(data, bool) or not isinstance(data, (int, float)):
        raise TypeError
    return float(data)


def _exactly(kind: type) -> Callable[[Any], Any]:
    def check(data: Any) -> Any:
        if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
            raise TypeError
        return data

    return check


def _seconds(data: Any) -> timedelta:
    if isinstance(data, (int, float)):
        return timedelta(seconds=data)
    text = str(data)
    if not (text.startswith("PT") and text.endswith("S")):
        raise ValueError
    return timedelta(seconds=float(text[2:-1]))


_SIMPLE: dict[type, Converter] = {
    str: _parsed(_exactly(str), "a text"),
    int: _parsed(_exactly(int), "a whole number"),
    bool: _parsed(_exactly(bool), "true or false"),
    float: _parsed(_number, "a number"),
    datetime: _parsed(datetime.fromisoformat, "a date and time as ISO 8601 writes it"),
    date: _parsed(date.fromisoformat, "a date as ISO 8601 writes it"),
    time: _parsed(time.fromisoformat, "a time as ISO 8601 writes it"),
    timedelta: _parsed(_seconds, "seconds, or a text like PT90S"),
    UUID: _parsed(UUID, "a UUID"),
    Decimal: _parsed(lambda data: Decimal(str(data)), "a number, as a text"),
}
