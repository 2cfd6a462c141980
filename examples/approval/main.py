"""People: inboxes by role, four eyes, a form that is checked, an outcome that decides the way."""

import asyncio
from pathlib import Path

from flowwright import Actor, Engine, FlowwrightError, Task


async def first_task(engine: Engine, actor: Actor) -> Task:
    return (await engine.inbox(actor)).items[0]


async def main() -> None:
    async with Engine.open("memory:") as engine:

        @engine.activity("pay")
        async def pay(expense: dict) -> None:
            print(f"pays {expense['amount']} to {expense['to']}")

        await engine.deploy(Path(__file__).with_name("definition.yaml"))
        instance = await engine.start("approval", {"by": "ada", "amount": 40})

        ada, max = Actor("ada", roles=["manager"]), Actor("max", roles=["manager"])
        task = await first_task(engine, ada)
        print(f"inbox of ada: {task.title}, {task.data['amount']}")
        await engine.complete(task, ada, data={})

        task = await first_task(engine, max)
        print(f"inbox of max: {task.title}")
        good = {"reason": "a receipt is there"}
        for who, actor, data in [("ada decides", ada, good), ("max without a reason", max, {})]:
            try:
                await engine.complete(task, actor, outcome="approved", data=data)
            except FlowwrightError as error:
                print(f"{who}: {error.code}")
        await engine.complete(task, max, outcome="approved", data=good)

        outcome = await instance.wait()
        print(f"{outcome.status}: {outcome.output['decision']} by {outcome.output['by']}")


asyncio.run(main())
