"""Compensation: what was completed is undone, newest first, when a later step fails for good."""

import asyncio
from pathlib import Path

from flowwright import ActivityContext, ActivityError, Engine


async def reserve(item: str) -> str:
    print(f"reserve {item}")
    return f"shelf-{item}"


async def charge(price: int, context: ActivityContext) -> str:
    if context.attempt == 1:
        print(f"charge {price}, attempt 1: the bank is busy")
        raise ActivityError("busy", "try again")
    print(f"charge {price}, attempt {context.attempt}")
    return f"charge-{price}"


async def ship(item: str) -> str:
    if item == "piano":
        print(f"ship {item}: too heavy")
        raise ActivityError("too_heavy", "nobody can carry it", retryable=False)
    print(f"ship {item}")
    return f"parcel-{item}"


async def main() -> None:
    async with Engine.open("memory:") as engine:
        engine.activity("reserve", reserve)
        engine.activity("charge", charge)
        engine.activity("ship", ship)

        @engine.activity("refund")
        def refund(of: str) -> None:
            print(f"refund {of}")

        @engine.activity("unreserve")
        def unreserve(of: str) -> None:
            print(f"unreserve {of}")

        await engine.deploy(Path(__file__).with_name("definition.yaml"))
        for item, price in [("lamp", 30), ("piano", 900)]:
            outcome = await (await engine.start("order", {"item": item, "price": price})).wait()
            print(f"{outcome.status}: {outcome.error.code if outcome.error else outcome.output}")


asyncio.run(main())
