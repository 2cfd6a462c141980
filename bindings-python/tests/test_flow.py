"""Flows in Python are the same data as in a document."""

from __future__ import annotations

from datetime import timedelta

from flowwright import Flow, Steps, draw, validate

DOCUMENT = """
flow: all
title: All of it
labels: {owner: ops}
input: {type: object}
vars: {risk: unknown}
output: {n: "${ vars.risk }"}
on_failure: drain
timeout: PT3600S
pools: {desk: 1}
steps:
  - {id: pull, type: activity, handler: credit.pull, with: "${ input }", retry: {attempts: 3}, timeout: PT30S,
     compensate: {handler: credit.undo}, next: [{to: rest, when: "output > 3"}, {to: table, else: true}]}
  - {id: rest, type: timer, delay: 1h}
  - {id: table, type: decision, rules: [{when: "true", output: 1}], hit: first}
  - {id: ok, type: user_task, role: boss, outcomes: [yes, no], needs: table}
  - {id: paid, type: signal, name: payment, needs: ok}
  - {id: tell, type: emit, event: done, data: {a: 1}, needs: paid}
  - {id: note, type: assign, set: {risk: "'low'"}, needs: tell}
  - {id: child, type: call, flow: other, wait: false, needs: note}
  - {id: both, type: group, needs: child, steps: [{id: a, type: assign, set: {risk: "1"}}, {id: b, type: assign, set: {risk: "2"}}],
     edges: [{from: a, to: b}]}
  - {id: each, type: for_each, items: "[1]", steps: [{id: one, type: assign, set: {risk: "item"}}], concurrency: 2, needs: both}
  - {id: again, type: loop, while: "iteration < 2", steps: [{id: two, type: assign, set: {risk: "3"}}], needs: each}
  - {id: stop, type: end, status: completed, compensate: true}
edges:
  - {from: again, to: stop, when: "true"}
"""


def everything() -> Flow:
    def set_risk(id: str, to: str) -> Steps:
        return Steps().assign(id, set={"risk": to})

    return (
        Flow(
            "all",
            title="All of it",
            labels={"owner": "ops"},
            input={"type": "object"},
            vars={"risk": "unknown"},
            output={"n": "${ vars.risk }"},
            on_failure="drain",
            timeout=timedelta(hours=1),
            pools={"desk": 1},
        )
        .activity(
            "pull",
            "credit.pull",
            with_="${ input }",
            retry={"attempts": 3},
            timeout=timedelta(seconds=30),
            compensate={"handler": "credit.undo"},
            next=[{"to": "rest", "when": "output > 3"}, {"to": "table", "else": True}],
        )
        .timer("rest", delay="1h")
        .decision("table", [{"when": "true", "output": 1}], hit="first")
        .user_task("ok", role="boss", outcomes=["yes", "no"], needs="table")
        .signal("paid", "payment", needs="ok")
        .emit("tell", "done", data={"a": 1}, needs="paid")
        .assign("note", set={"risk": "'low'"}, needs="tell")
        .call("child", "other", wait=False, needs="note")
        .group("both", set_risk("a", "1").assign("b", set={"risk": "2"}).edge("a", "b"), needs="child")
        .for_each("each", "[1]", set_risk("one", "item"), concurrency=2, needs="both")
        .loop("again", set_risk("two", "3"), while_="iteration < 2", needs="each")
        .end("stop", status="completed", compensate_first=True)
        .edge("again", "stop", when="true")
    )


def test_a_flow_in_python_is_the_document() -> None:
    assert [one.message for one in validate(DOCUMENT).diagnostics if one.severity == "error"] == []
    assert validate(everything()).ok
    assert draw(everything()) == draw(DOCUMENT)
    assert validate(everything().to_json()).ok


def test_a_flow_is_only_data() -> None:
    flow = Flow("x").timer("a", delay=timedelta(milliseconds=1500))
    assert flow.to_dict() == {"flow": "x", "steps": [{"id": "a", "type": "timer", "delay": "PT1.5S"}]}
    flow.to_dict()["steps"].clear()
    assert len(flow.to_dict()["steps"]) == 1
    assert Flow("y").step({"id": "z", "type": "timer", "delay": "1s"}).to_dict()["steps"][0]["id"] == "z"
