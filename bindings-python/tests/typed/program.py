"""A program that uses the package, with mistakes that the type checker finds: see ``test_typing.py``."""

from dataclasses import dataclass
from typing import reveal_type

from flowwright import Activities, ActivityContext, Actor, Engine, Event, Flow, sync


@dataclass
class Loan:
    amount: int


activities = Activities()


@activities.activity("credit.pull")
async def pull(loan: Loan, context: ActivityContext) -> int:
    context.heartbeat({"amount": loan.amount})
    context.attempt = "first"  # E: Incompatible types in assignment
    return loan.amount


async def main() -> None:
    async with Engine.open("sqlite:app.db", activities=activities, leese=3) as engine:  # E: Unexpected keyword argument "leese"
        reveal_type(engine)  # E: flowwright._engine.Engine
        instance = await engine.start("loan", {"amount": 3}, key=7)  # E: incompatible type "int"
        reveal_type(await instance.result(into=Loan))  # E: Loan
        reveal_type((await instance.get()).started)  # E: datetime.datetime
        reveal_type(await engine.draw("loan", format="mermaid"))  # E: "str"
        reveal_type((await engine.inbox(Actor("bo"))).items)  # E: list[flowwright.types.Task]
        await engine.start("loan", if_exists="ignore")  # E: incompatible type
        await engine.complete("task", "bo", outcom="yes")  # E: Unexpected keyword argument "outcom"
        async for event in engine.events():
            reveal_type(event)  # E: flowwright.types.Event
        for wrong in engine.events():  # E: "EventStream" has no attribute "__iter__"
            print(wrong)
        flow = Flow("loan").activity("pull", "credit.pull", with_="${ input }", retri={"attempts": 3})  # E: Unexpected keyword argument "retri"
        await engine.deploy(flow.timer("rest", delay="1h"))
        await engine.deploy(7)  # E: incompatible type "int"
        reveal_type(await pull(Loan(1), ActivityContext(*[])))  # E: "int"
        started = sync.Engine.open("memory:").start("loan")
        reveal_type(started.result(into=Loan))  # E: Loan
        blocking = sync.Engine.open("memory:", leese=3)  # E: Unexpected keyword argument "leese"
        blocking.start("loan", key=7)  # E: incompatible type "int"
        blocking.count(limit=3)  # E: Unexpected keyword argument "limit"
        reveal_type(blocking.inbox("bo", limit=3).items)  # E: list[flowwright.types.Task]


def told(event: Event) -> str:
    return event.data["input"] or event.position  # E: Incompatible return value type
