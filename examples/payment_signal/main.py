"""Signals: an instance waits for what comes from outside, found by a correlation key; an explanation while it waits."""

import asyncio
from pathlib import Path

from flowwright import Engine


async def main() -> None:
    async with Engine.open("memory:") as engine:

        @engine.activity("thanks")
        async def thanks(paid: int) -> str:
            return f"thanks for {paid}"

        await engine.deploy(Path(__file__).with_name("definition.yaml"))
        invoice = {"number": "R-7", "due": 100}
        one = await engine.start("invoice", invoice)
        two = await engine.start("invoice", invoice)

        waiting = (await one.explain()).waiting
        print("waits for:", ", ".join(step.step for step in waiting))

        # The bank says it twice; what has the same id counts once.
        for _ in range(2):
            await one.signal("payment", {"amount": 60}, correlation="R-7", id="bank-1")
            await two.signal("payment", {"amount": 60}, correlation="R-7", id="bank-1")
        reached = await engine.message("payment", "R-7", {"amount": 40})
        print(len(reached), "instances hear of R-7")
        for instance in (one, two):
            output = await instance.result()
            print(f"paid {output['paid']}: {output['note']}")


asyncio.run(main())
