"""Tasks and their inbox, signals and messages, operators."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import LONGEST, one

from flowwright import (
    ActivityContext,
    Actor,
    ConflictError,
    Engine,
    ForbiddenError,
    InstanceAborted,
    InstanceSuspendedError,
    InvalidInputError,
    Members,
    NotFoundError,
    Operator,
    StepStateError,
)

APPROVE = """
flow: approve
steps:
  - id: ok
    type: user_task
    title: Approve it
    role: boss
    outcomes: [yes, no]
    priority: high
    due: 2d
    data: {amount: "${ input }"}
    form: {type: object, required: [note], properties: {note: {type: string}}}
output: ${ steps.ok.output }
"""

BO = Actor("bo", roles=["boss"])


async def test_a_task_is_found_and_done(engine: Engine) -> None:
    await engine.deploy(APPROVE)
    instance = await engine.start("approve", 7, key="k")
    page = await engine.inbox(BO, limit=1)
    task = page.items[0]
    assert page.next is not None
    assert (await engine.inbox(BO, after=page.next)).items == []
    assert (task.instance, task.key, task.step, task.title) == (instance.id, "k", "ok", "Approve it")
    assert (task.priority, task.outcomes, task.data) == ("high", ["yes", "no"], {"amount": 7})
    assert task.due is not None and task.due > datetime.now(timezone.utc)
    assert task.candidates.roles == ["boss"]
    assert (await engine.inbox("eve")).items == []
    with pytest.raises(ForbiddenError):
        await engine.complete(task, "eve", outcome="yes", data={"note": ""})
    with pytest.raises(InvalidInputError):
        await engine.complete(task, BO, outcome="yes", data={})
    await engine.claim(task, BO)
    assert (await engine.task(task.id)).assignee == "bo"
    with pytest.raises(ConflictError):
        await engine.claim(task, Actor("al", roles=("boss",)))
    await engine.complete(task.id, BO, outcome="yes", data={"note": "fine"}, request="r1")
    await engine.complete(task.id, BO, outcome="yes", data={"note": "fine"}, request="r1")
    assert await instance.result(LONGEST) == {"outcome": "yes", "data": {"note": "fine"}, "by": "bo"}
    with pytest.raises(NotFoundError):
        await engine.task(task.id)


async def test_a_task_goes_from_hand_to_hand() -> None:
    members = Members(roles={"boss": ["bo", "al"], "chief": ["cy"]})
    async with Engine.open("memory:", members=members) as engine:
        await engine.deploy(APPROVE)
        await engine.start("approve", 1)
        task = (await engine.tasks(unassigned=True, flow="approve")).items[0]
        await engine.claim(task, BO)
        await engine.release(task, BO)
        assert (await engine.task(task.id)).status == "offered"
        await engine.claim(task, BO)
        await engine.reassign(task, BO, "al")
        assert [one.id for one in (await engine.tasks(assignee="al")).items] == [task.id]
        await engine.escalate(task, Actor("al", roles=["boss"]), "chief", "too hard")
        assert (await engine.task(task.id)).escalated
        later = datetime.now(timezone.utc) + timedelta(days=3)
        found = await engine.tasks(due_before=later, priority="high", oldest_first=True)
        assert [one.id for one in found.items] == [task.id]


async def test_signals_arrive(engine: Engine) -> None:
    await engine.deploy(
        "flow: wait\nsteps: [{id: paid, type: signal, name: payment}]\noutput: ${ steps.paid.output }"
    )
    instance = await engine.start("wait")
    await instance.signal("other", 1, ttl=timedelta(hours=1))
    assert (await instance.explain()).kept_signals == ["other"]
    await instance.signal("payment", {"cents": 2**60}, id="s1")
    assert await instance.result(LONGEST) == {"cents": 2**60}


async def test_messages_find_who_waits(engine: Engine) -> None:
    await engine.deploy(
        "flow: wait\nsteps: [{id: paid, type: signal, name: payment, correlate: input}]\n"
        "output: ${ steps.paid.output }"
    )
    instance = await engine.start("wait", "order-7")
    assert await engine.message("payment", "order-8", 1) == []
    assert await engine.message("payment", "order-7", 2) == [instance.id]
    assert await instance.result(LONGEST) == 2


async def test_an_instance_is_held_and_let_go(engine: Engine) -> None:
    await engine.deploy(APPROVE)
    instance = await engine.start("approve", 1)
    await instance.suspend(by="ada", reason="look first")
    assert (await instance.summary()).status == "suspended"
    task = (await engine.inbox(BO)).items[0]
    with pytest.raises(InstanceSuspendedError):
        await engine.claim(task, BO)
    await instance.resume(by="ada")
    explained = await instance.explain()
    assert explained.waiting[0].step == "ok" and explained.waiting[0].candidates is not None
    await instance.abort(by="ada", reason="never mind")
    with pytest.raises(InstanceAborted, match="by ada: never mind") as raised:
        await instance.result(LONGEST)
    assert (raised.value.instance, raised.value.operator) == (instance.id, Operator("ada", "never mind"))


async def test_failed_steps_are_taken_up_again(engine: Engine) -> None:
    keys: list[str] = []

    @engine.activity("odd")
    async def odd(data: Any, context: ActivityContext) -> str:
        keys.append(context.idempotency_key)
        if len(keys) < 3:
            raise ValueError("not yet")
        return "done"

    await engine.deploy(one("odd", retry={"attempts": 1}))
    instance = await engine.start("one")
    assert (await instance.wait(LONGEST)).status == "failed"
    with pytest.raises(NotFoundError):
        await instance.retry("nothing")
    await instance.retry("it", by="ada")
    assert (await instance.wait(LONGEST)).status == "failed"
    await instance.retry("it", anew=True, by="ada")
    assert await instance.result(LONGEST) == "done"
    assert keys[0] == keys[1] != keys[2]

    engine.activity("odd", lambda: 1 / 0)
    for act, expected in (("skip", None), ("complete_step", 5)):
        instance = await engine.start("one")
        assert (await instance.wait(LONGEST)).status == "failed"
        if act == "skip":
            await instance.skip("it", reason="never mind")
        else:
            await instance.complete_step("it", 5)
        assert await instance.result(LONGEST) == expected


async def test_what_is_not_failed_cannot_be_taken_up(engine: Engine) -> None:
    await engine.deploy(APPROVE)
    instance = await engine.start("approve", 1)
    with pytest.raises(StepStateError):
        await instance.skip("ok")
