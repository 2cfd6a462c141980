"""Handlers: what they take and give, what they are told, how they fail."""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

import pydantic
import pytest
from conftest import LONGEST, one

from flowwright import Activities, ActivityContext, ActivityError, Engine, InstanceFailed, InvalidArgumentError
from flowwright._convert import Mismatch, converter

AGAIN = {"retry": {"attempts": 3, "initial": "0s"}}


async def outcome(engine: Engine, data: Any = None) -> Any:
    return await (await engine.start("one", data)).result(LONGEST)


async def failure(engine: Engine, data: Any = None) -> Any:
    with pytest.raises(InstanceFailed) as caught:
        await outcome(engine, data)
    return caught.value.error


async def test_an_attempt_that_failed_is_made_again(engine: Engine) -> None:
    seen: list[tuple[int, str]] = []

    @engine.activity("flaky")
    async def flaky(data: Any, context: ActivityContext) -> str:
        seen.append((context.attempt, context.idempotency_key))
        if context.attempt < 3:
            raise ActivityError("busy", "again")
        return "done"

    await engine.deploy(one("flaky", **AGAIN))
    assert await outcome(engine) == "done"
    assert [attempt for attempt, _ in seen] == [1, 2, 3]
    assert len({key for _, key in seen}) == 1


async def test_an_error_that_is_final_is_not_tried_again(engine: Engine) -> None:
    calls = []

    @engine.activity("final")
    async def final() -> None:
        calls.append(1)
        raise ActivityError("declined", "too much", retryable=False, details={"limit": 5})

    await engine.deploy(one("final", **AGAIN))
    error = await failure(engine)
    assert (error.code, error.message, error.details) == ("declined", "too much", {"limit": 5})
    assert (error.step, error.attempt, len(calls)) == ("it", 1, 1)


class TooMuch(ActivityError):
    default_code = "too_much"


@pytest.mark.parametrize("threaded", [False, True])
async def test_other_exceptions_tell_their_type_and_where(engine: Engine, threaded: bool) -> None:
    def broken(n: int) -> None:
        if n == 1:
            raise TooMuch(details=object())
        raise LookupError("no \ud800 such thing")

    async def wrapped(n: int) -> None:
        broken(n)

    engine.activity("broken", broken if threaded else wrapped)
    await engine.deploy(one("broken"))
    error = await failure(engine, 0)
    assert (error.code, error.message) == ("LookupError", "no \\ud800 such thing")
    assert "in broken" in error.details["traceback"]
    error = await failure(engine, 1)
    assert error.code == "too_much" and "object" in error.details


async def test_plain_functions_run_beside_the_loop(engine: Engine) -> None:
    barrier = threading.Barrier(4, timeout=LONGEST)
    threads = set()

    def meet(n: int) -> int:
        threads.add(threading.current_thread().name)
        barrier.wait()
        return n

    engine.activity("meet", meet)
    await engine.deploy(one("meet"))
    assert await asyncio.gather(*(outcome(engine, n) for n in range(4))) == [0, 1, 2, 3]
    assert threading.current_thread().name not in threads and len(threads) == 4


async def test_signatures(engine: Engine) -> None:
    def context_only(context: ActivityContext) -> str:
        return context.step

    def turned(context: ActivityContext, data: int) -> tuple[str, int]:
        return context.step, data

    class Callable:
        async def __call__(self, data: int, context: ActivityContext) -> int:
            return data + context.attempt

    async def keywords(data: int, *, factor: int = 3) -> int:
        return data * factor

    async def added(extra: int, data: int) -> int:
        return extra + data

    def disguised(data: int) -> Any:
        return keywords(data)

    handlers: dict[str, tuple[Any, Any]] = {
        "nothing": (lambda: "x", "x"),
        "context": (context_only, "it"),
        "turned": (turned, ["it", 4]),
        "callable": (Callable(), 5),
        "keywords": (keywords, 12),
        "partial": (functools.partial(added, 1), 5),
        "builtin": (abs, 4),
        "disguised": (disguised, 12),
    }
    for name, (handler, expected) in handlers.items():
        engine.activity(name, handler)
        await engine.deploy(one(name))
        assert await outcome(engine, 4) == expected, name
    with pytest.raises(InvalidArgumentError, match="has to take"):
        engine.activity("three", lambda a, b, c: None)
    with pytest.raises(InvalidArgumentError, match="has to take"):

        @engine.activity("must")
        async def must(data: int, *, factor: int) -> None: ...

    with pytest.raises(InvalidArgumentError, match="no function"):
        engine.activity("none", 7)  # type: ignore[call-overload]


class Kind(Enum):
    HOUSE = "house"
    BOAT = "boat"


@dataclass
class Part:
    name: str
    worth: Decimal = Decimal(0)


@dataclass(frozen=True)
class Application:
    id: UUID
    kind: Kind
    day: date
    at: datetime
    parts: list[Part] = field(default_factory=list)
    by_name: dict[str, Part] = field(default_factory=dict)
    note: str | None = None
    rate: float = 1
    pause: timedelta | None = None
    pair: tuple[int, str] = (0, "")
    word: Literal["a", "b"] = "a"


GIVEN = {
    "id": "7b1e9c2e-5d3a-4bb0-9a57-0b7a3f6f1f10",
    "kind": "boat",
    "day": "2026-02-03",
    "at": "2026-02-03T04:05:06+00:00",
    "parts": [{"name": "hull", "worth": "1.10"}],
    "by_name": {"mast": {"name": "mast", "worth": "2"}},
    "note": None,
    "rate": 2.5,
    "pause": "PT90S",
    "pair": [1, "x"],
    "word": "b",
}


async def test_dataclasses_come_and_go(engine: Engine) -> None:
    @engine.activity("typed")
    async def typed(application: Application) -> Application:
        assert application.kind is Kind.BOAT and application.day == date(2026, 2, 3)
        assert application.at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
        assert application.parts == [Part("hull", Decimal("1.10"))]
        assert application.by_name["mast"].worth == 2
        assert application.pause == timedelta(seconds=90) and application.pair == (1, "x")
        return application

    await engine.deploy(one("typed"))
    assert await outcome(engine, GIVEN) == GIVEN
    instance = await engine.start("one", converter(Application)(GIVEN))  # type: ignore[misc]
    made = await instance.result(LONGEST, into=Application)
    assert made.parts[0].worth == Decimal("1.10")


async def test_an_input_of_another_form_fails_for_good(engine: Engine) -> None:
    @engine.activity("typed")
    async def typed(application: Application) -> None:
        raise AssertionError("it is not called")

    await engine.deploy(one("typed", **AGAIN))
    error = await failure(engine, {**GIVEN, "parts": [{"name": "hull"}, {"worth": "x"}]})
    assert (error.code, error.attempt) == ("invalid_input", 1)
    assert "parts[1] lacks the field 'name'" in error.message
    error = await failure(engine, {**GIVEN, "kind": "car"})
    assert "kind must be one of ['house', 'boat'], not 'car'" in error.message


class Loan(pydantic.BaseModel):
    amount: Annotated[int, pydantic.Field(gt=0)]
    due: date
    price: Decimal = Decimal("0.5")


async def test_models_come_and_go(engine: Engine) -> None:
    @engine.activity("model")
    async def model(loans: list[Loan]) -> dict[str, Any]:
        return {"loans": loans, "sum": sum(loan.amount for loan in loans)}

    await engine.deploy(one("model"))
    loan = {"amount": 3, "due": "2026-01-01"}
    assert await outcome(engine, [loan]) == {"loans": [{**loan, "price": "0.5"}], "sum": 3}
    made = await (await engine.start("one", [Loan(amount=1, due=date(2026, 1, 1))])).get()
    assert made.input == [{"amount": 1, "due": "2026-01-01", "price": "0.5"}]
    error = await failure(engine, [{"amount": 0, "due": "2026-01-01"}])
    assert error.code == "invalid_input" and error.details[0]["loc"] == ["amount"]


class Typed(TypedDict):
    n: int


def test_annotations_that_change_nothing() -> None:
    for annotation in (Any, object, dict[str, Any], Typed, list, None, Literal[1], dict, "text"):
        assert converter(annotation) is None, annotation


def test_unions_take_what_fits() -> None:
    either = converter(int | Part | None)
    assert either is not None
    assert (either(None), either(3), either({"name": "x"})) == (None, 3, Part("x"))
    with pytest.raises(Mismatch, match="fits none"):
        either("text")


async def test_what_cannot_be_given_back_fails_for_good(engine: Engine) -> None:
    engine.activity("odd", lambda: {"a": [1, {2}]})
    await engine.deploy(one("odd", **AGAIN))
    error = await failure(engine)
    assert (error.code, error.attempt) == ("invalid_output", 1)
    assert "output.a[1] is of type set" in error.message


async def test_handlers_are_gathered_before_there_is_an_engine() -> None:
    activities = Activities()

    @activities.activity("twice")
    async def twice(n: int) -> int:
        return n * 2

    async with Engine.open("memory:", activities=activities) as engine:
        await engine.deploy(one("twice"))
        assert await outcome(engine, 4) == 8
        engine.activity("twice", lambda n: n * 3)
        assert await outcome(engine, 4) == 12
    assert await twice(1) == 2


async def test_a_sign_of_life_reaches_the_next_attempt(engine: Engine) -> None:
    @engine.activity("long")
    async def long(context: ActivityContext) -> Any:
        if context.attempt == 1:
            context.heartbeat({"done": 5})
            raise ActivityError("broken")
        return context.last_heartbeat

    await engine.deploy(one("long", **AGAIN))
    assert await outcome(engine) == {"done": 5}


async def test_a_handler_knows_what_it_is_run_for(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    @engine.activity("look")
    async def look(context: ActivityContext) -> list[str]:
        context.logger.info("looking", extra={"more": 1})
        assert context.deadline is not None and context.deadline > datetime.now(timezone.utc)
        return [context.instance, context.step, context.purpose]

    await engine.deploy(one("look", deadline="1h"))
    with caplog.at_level(logging.INFO, "flowwright.activity"):
        instance = await engine.start("one")
        assert await instance.result(LONGEST) == [instance.id, "it", "run"]
    record = next(record for record in caplog.records if record.name == "flowwright.activity")
    assert record.__dict__["instance"] == instance.id
    assert (record.__dict__["step"], record.__dict__["attempt"], record.__dict__["more"]) == ("it", 1, 1)


async def test_compensation_has_its_purpose(engine: Engine) -> None:
    seen: list[tuple[str, Any]] = []
    engine.activity("book", lambda: "booked")

    @engine.activity("undo")
    async def undo(data: Any, context: ActivityContext) -> None:
        seen.append((context.purpose, data))

    undoing = {"handler": "undo", "with": "${ steps.a.output }"}
    book = {"id": "a", "type": "activity", "handler": "book", "compensate": undoing, "next": "b"}
    stop = {"id": "b", "type": "end", "status": "failed", "error": {"code": "x", "message": "x"}, "compensate": True}
    await engine.deploy({"flow": "one", "steps": [book, stop]})
    await failure(engine)
    assert seen == [("compensate", "booked")]


async def test_handlers_may_use_the_engine(engine: Engine) -> None:
    engine.activity("inner", lambda n: n + 1)

    @engine.activity("outer")
    async def outer(n: int) -> int:
        found: int = await (await engine.start("inner", n)).result(LONGEST)
        return found * 10

    await engine.deploy({**one("inner"), "flow": "inner"})
    await engine.deploy(one("outer"))
    assert await outcome(engine, 1) == 20
