"""Somebody who listens to live events through everything, and goes on behind the last position each time."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from loans import tokens


class Listener:
    """Collects all events of all processes, whatever becomes of the connection."""

    def __init__(self, base: str, secret: str) -> None:
        self._address = base.replace("http:", "ws:") + "/api/events"
        self._headers = {"Authorization": f"Bearer {tokens.sign('ada', secret)}"}
        self._position = "0"
        self.connections = 0
        self.seen: dict[str, list[int]] = defaultdict(list)
        """The numbers of the events of each process, as they came."""
        self.ended: set[str] = set()

    async def run(self) -> None:
        """Listens until it is cancelled."""
        while True:
            try:
                address = f"{self._address}?after={self._position}"
                async with connect(address, additional_headers=self._headers, open_timeout=30) as socket:
                    self.connections += 1
                    async for message in socket:
                        self._take(json.loads(message))
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(0.05)

    def _take(self, event: dict[str, Any]) -> None:
        self._position = event["position"]
        self.seen[event["process"]].append(event["seq"])
        if event["type"] == "instance_ended":
            self.ended.add(event["process"])

    async def heard(self, processes: set[str]) -> bool:
        """Whether the end of every process was heard, within a time, and nothing twice or out of order."""
        for _ in range(600):
            if processes <= self.ended:
                break
            await asyncio.sleep(0.05)
        whole = all(seqs == list(range(1, len(seqs) + 1)) for seqs in self.seen.values())
        return processes <= self.ended and whole
