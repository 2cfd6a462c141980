"""Fan-out: many rows side by side with a bound, retries of one, a failure that does not stop the others."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from flowwright import ActivityContext, ActivityError, Engine


@dataclass
class Row:
    row: int
    index: int


attempts: dict[int, int] = {}


async def load(row: Row, context: ActivityContext) -> str:
    attempts[row.index] = context.attempt
    if row.row < 0:
        raise ActivityError("negative", "a row below zero", retryable=False)
    if row.row == 30 and context.attempt == 1:
        raise ActivityError("locked", "somebody else writes")
    return f"row-{row.row}"


async def main() -> None:
    async with Engine.open("memory:", activities={"load": load}) as engine:
        await engine.deploy(Path(__file__).with_name("definition.yaml"))
        instance = await engine.start("import", {"rows": [10, -1, 30, 40]})
        output = await instance.result()
    print(len(output["rows"]), "rows")
    for index, row in enumerate(output["rows"]):
        print(f"{index}: {row}")
    print("total", output["total"])
    print("attempts:", *(attempts[index] for index in sorted(attempts)))


asyncio.run(main())
