"""The appraisers' office: answers every order by a signal to the instance that ordered.

Orders are in the books, so that what a dead worker was asked for is answered by another one. A report carries its
reference as id: sent twice, it is one report.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time

from flowwright import Engine, FlowwrightError

from .books import Appraisal, Books

LOG = logging.getLogger(__name__)

POLL = 0.5
"""How often it looks, in seconds, when nobody calls."""
FOREIGN = 2.0
"""How long it leaves orders to the worker that took them, in seconds."""
FINAL = {"not_found", "instance_closed"}
"""Nobody waits for the report any more."""


class Office:
    """One worker's part of the office."""

    def __init__(self, engine: Engine, books: Books) -> None:
        self._engine = engine
        self._books = books
        self._called = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def call(self) -> None:
        """Says, from any thread, that something was ordered."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._called.set)

    async def run(self) -> None:
        """Answers orders until it is cancelled."""
        while True:
            called = await self._wait()
            ready = time.time() - (0 if called else FOREIGN)
            try:
                for appraisal in await asyncio.to_thread(self._books.due_appraisals, ready):
                    await self._report(appraisal)
            except sqlite3.Error as error:
                LOG.warning("the books cannot be used at the moment: %s", error)

    async def _wait(self) -> bool:
        try:
            # (`wait_for` of Python 3.11 forgets that it was cancelled when the event comes at the same moment.)
            async with asyncio.timeout(POLL):
                await self._called.wait()
        except TimeoutError:
            return False
        self._called.clear()
        return True

    async def _report(self, appraisal: Appraisal) -> None:
        name, value, reference = "appraisal.completed", {"value": appraisal.value}, appraisal.reference
        try:
            await self._engine.signal(appraisal.instance, name, value, id=reference, correlation=reference)
        except FlowwrightError as error:
            if error.code not in FINAL:
                LOG.warning("the report %s is sent again later: %s", reference, error)
                return
        await asyncio.to_thread(self._books.reported, reference)
