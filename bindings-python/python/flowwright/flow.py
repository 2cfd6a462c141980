"""Flows written in Python. They are data, as in a document: nothing of them runs here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, Self, TypeAlias, TypedDict, Unpack


__all__ = ["Flow", "Steps"]

Span: TypeAlias = timedelta | str
"""A length of time: a ``timedelta``, ``"30s"``, ``"P2D"``, or an expression that gives one."""

Condition: TypeAlias = str | bool | Mapping[str, Any]
"""A condition in CEL, or as data."""

Edges: TypeAlias = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]
"""``"a"``, ``["a", "b"]`` or ``[{"step": "a", "when": "…"}]``; in ``next`` ``to`` in place of ``step``."""


class StepFields(TypedDict, total=False):
    """What every step may have."""

    title: str
    description: str
    labels: Mapping[str, str]
    needs: Edges
    next: Edges
    choose: Literal["all", "first", "race"]
    join: Literal["all", "every", "any", "each"] | int
    losers: Literal["detach", "cancel"]
    cancels: Sequence[str]
    set: Mapping[str, str]
    timeout: Span
    sla: Mapping[str, Span]
    compensate: Mapping[str, Any]


class ActivityFields(StepFields, total=False):
    """What an activity may have."""

    with_: Any
    deadline: Span
    heartbeat: Span
    retry: Mapping[str, Any]
    queue: str
    priority: int
    resources: Mapping[str, int]
    cost: float
    idempotent: bool
    check: str | Mapping[str, Any]


class UserTaskFields(StepFields, total=False):
    """What a user task may have."""

    role: str
    candidates: Mapping[str, Sequence[str]]
    assignee: str
    routing: Literal["pull", "least_busy", "round_robin"]
    form: Mapping[str, Any]
    data: Any
    outcomes: Sequence[str]
    priority: Literal["low", "normal", "high", "urgent"]
    due: Span
    escalate: Mapping[str, Any]
    not_by: Sequence[str]
    calendar: Mapping[str, Any]


class TimerFields(StepFields, total=False):
    """What a timer may have."""

    delay: Span
    until: str
    while_suspended: Literal["hold", "run"]


class SignalFields(StepFields, total=False):
    """What a step that waits for a signal may have."""

    correlate: str
    filter: str
    early: Literal["keep", "drop"]


class EmitFields(StepFields, total=False):
    """What a step that publishes may have."""

    data: Any


class DecisionFields(StepFields, total=False):
    """What a decision may have."""

    hit: Literal["first", "unique", "collect"]
    default: Any


class CallFields(StepFields, total=False):
    """What a call may have."""

    version: int
    label: str
    with_: Any
    wait: bool
    on_cancel: Literal["cancel", "abandon"]


class GroupFields(StepFields, total=False):
    """What a group may have."""

    on_failure: Literal["fail_fast", "drain", "compensate"]
    output: Any


class ForEachFields(StepFields, total=False):
    """What a ``for_each`` may have."""

    concurrency: int
    tolerate: Mapping[str, float]
    until: str
    output: Any
    append: str


class LoopFields(StepFields, total=False):
    """What a loop may have."""

    while_: Condition
    until: Condition
    max_iterations: int
    output: Any


class EndFields(StepFields, total=False):
    """What an end may have."""

    status: Literal["completed", "failed"]
    output: Any
    error: Mapping[str, str]


class EdgeFields(TypedDict, total=False):
    """What an edge may have."""

    on: Literal["success", "failure", "any", "escalation", "signal"]
    signal: str
    interrupt: bool
    when: Condition
    else_: bool
    back: bool
    max_iterations: int


class Steps:
    """Steps and edges of a scope: of a flow, a group, a ``for_each``, a loop."""

    def __init__(self) -> None:
        self._steps: list[dict[str, Any]] = []
        self._edges: list[dict[str, Any]] = []

    def step(self, fields: Mapping[str, Any]) -> Self:
        """Adds a step as a document writes it."""
        self._steps.append(dict(fields))
        return self

    def edge(self, from_: str, to: str, **fields: Unpack[EdgeFields]) -> Self:
        """Adds an edge."""
        self._edges.append({"from": from_, "to": to, **_named(fields)})
        return self

    def activity(self, id: str, handler: str, **fields: Unpack[ActivityFields]) -> Self:
        """Adds a step that calls a handler."""
        return self._add(id, "activity", fields, handler=handler)

    def user_task(self, id: str, **fields: Unpack[UserTaskFields]) -> Self:
        """Adds a step that waits for a person."""
        return self._add(id, "user_task", fields)

    def timer(self, id: str, **fields: Unpack[TimerFields]) -> Self:
        """Adds a step that waits for a time."""
        return self._add(id, "timer", fields)

    def signal(self, id: str, name: str, **fields: Unpack[SignalFields]) -> Self:
        """Adds a step that waits for a signal."""
        return self._add(id, "signal", fields, name=name)

    def emit(self, id: str, event: str, **fields: Unpack[EmitFields]) -> Self:
        """Adds a step that publishes an event."""
        return self._add(id, "emit", fields, event=event)

    def decision(
        self, id: str, rules: Sequence[Mapping[str, Any]], **fields: Unpack[DecisionFields]
    ) -> Self:
        """Adds a step that looks a table up: ``[{"when": …, "output": …}]``."""
        return self._add(id, "decision", fields, rules=list(rules))

    def assign(self, id: str, **fields: Unpack[StepFields]) -> Self:
        """Adds a step that sets variables: ``set={"name": "expression"}``."""
        return self._add(id, "assign", fields)

    def call(self, id: str, flow: str, **fields: Unpack[CallFields]) -> Self:
        """Adds a step that runs another flow."""
        return self._add(id, "call", fields, flow=flow)

    def group(self, id: str, steps: Steps, **fields: Unpack[GroupFields]) -> Self:
        """Adds a scope."""
        return self._add(id, "group", fields, **steps._scope())

    def for_each(self, id: str, items: str, steps: Steps, **fields: Unpack[ForEachFields]) -> Self:
        """Adds a scope for each item of a list, which an expression gives."""
        return self._add(id, "for_each", fields, items=items, **steps._scope())

    def loop(self, id: str, steps: Steps, **fields: Unpack[LoopFields]) -> Self:
        """Adds a scope that runs again and again."""
        return self._add(id, "loop", fields, **steps._scope())

    def end(self, id: str, *, compensate_first: bool = False, **fields: Unpack[EndFields]) -> Self:
        """Adds a step that ends the instance."""
        compensate = {"compensate": True} if compensate_first else {}
        return self._add(id, "end", fields, **compensate)

    def _add(self, id: str, type: str, fields: Mapping[str, Any], **own: Any) -> Self:
        return self.step({"id": id, "type": type, **own, **_named(fields)})

    def _scope(self) -> dict[str, Any]:
        edges = {"edges": list(self._edges)} if self._edges else {}
        return {"steps": list(self._steps), **edges}


class Flow(Steps):
    """A flow, step by step::

        flow = (
            Flow("loan", output="${ steps.pull.output }")
            .activity("pull", "credit.pull", with_="${ input }", next="rest")
            .timer("rest", delay=timedelta(hours=1))
        )
        await engine.deploy(flow)

    Names are those of a document; ones that are words of Python end in ``_`` (``with_``, ``while_``, ``else_``).
    """

    def __init__(
        self,
        key: str,
        *,
        title: str | None = None,
        description: str | None = None,
        labels: Mapping[str, str] | None = None,
        input: Mapping[str, Any] | None = None,
        vars: Mapping[str, Any] | None = None,
        output: Any = None,
        on_failure: Literal["fail_fast", "drain", "compensate"] | None = None,
        timeout: Span | None = None,
        sla: Mapping[str, Span] | None = None,
        pools: Mapping[str, int] | None = None,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        fields = {
            "title": title,
            "description": description,
            "labels": labels,
            "input": input,
            "vars": vars,
            "output": output,
            "on_failure": on_failure,
            "timeout": timeout,
            "sla": sla,
            "pools": pools,
            "defaults": defaults,
        }
        self.key = key
        """The flow's key."""
        self._fields = {name: value for name, value in fields.items() if value is not None}

    def to_dict(self) -> dict[str, Any]:
        """The document, as plain data."""
        from ._native import plain

        made: dict[str, Any] = plain({"flow": self.key, **self._fields, **self._scope()})
        return made

    def to_json(self, indent: int | None = 2) -> str:
        """The document, as text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)


def _named(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as a document names them."""
    return {name.removesuffix("_"): value for name, value in fields.items()}
