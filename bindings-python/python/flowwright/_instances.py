"""What an engine does with instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, Unpack

from ._bridge import Bridge
from ._convert import Length, millis, moment_millis
from ._events import event_of
from ._instance import Instance
from ._offline import some
from ._options import InstanceFilter
from .errors import InvalidArgumentError
from .types import Event, Explanation, InstanceView, Json, Outcome, Page, Status, Summary, decode


class Instances:
    """The part of :class:`flowwright.Engine` that has to do with instances: starting, finding, reading and waiting for
    them, signals and messages, and what operators do."""

    _bridge: Bridge

    # Starting and finding

    async def start(
        self,
        flow: str,
        input: Json = None,
        *,
        key: str | None = None,
        if_exists: Literal["return", "refuse"] = "return",
        id: str | None = None,
        labels: Mapping[str, str] | None = None,
        version: int | None = None,
        version_label: str | None = None,
    ) -> Instance:
        """Starts an instance; when this returns, it is durable.

        :param key: the caller's own key, unique in the flow: a second start with it returns the first instance, or
            raises ``AlreadyExistsError`` with ``if_exists="refuse"``.
        :param id: an id that was drawn before.
        :param labels: words to find it by.
        """
        if if_exists == "return" and id is None and not labels and version is None and version_label is None:
            started = await self._bridge.start(flow, input, key)
        else:
            given = some(key=key, id=id, labels=labels, version=version, version_label=version_label)
            if if_exists not in ("return", "refuse"):
                raise InvalidArgumentError(f"if_exists is 'return' or 'refuse', not {if_exists!r}")
            refuse = if_exists == "refuse"
            request = {"flow": flow, "input": input, "refuse_existing": refuse, **given}
            started = await self._bridge.ask({"start": request})
        return self._handle(started["id"], started["existing"])

    def instance(self, id: str) -> Instance:
        """A handle of an instance, without asking whether there is one."""
        return self._handle(id)

    def _handle(self, id: str, existing: bool = True) -> Instance:
        # All that has this part is an engine.
        return Instance(self, id, existing=existing)  # type: ignore[arg-type]

    async def find(self, flow: str, key: str) -> Instance | None:
        """The instance with this key."""
        found = await self._bridge.ask({"find": {"flow": flow, "key": key}})
        return None if found is None else self._handle(found)

    async def instances(
        self,
        *,
        flow: str | None = None,
        status: Status | Iterable[Status] | None = None,
        labels: Mapping[str, str] | None = None,
        parent: str | None = None,
        started_from: datetime | None = None,
        started_before: datetime | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> Page[Summary]:
        """A page of instances, the one created last first; everything given must hold."""
        query = _query(
            flow=flow,
            status=status,
            labels=labels,
            parent=parent,
            started_from=started_from,
            started_before=started_before,
        )
        found = await self._bridge.ask({"instances": {**query, **some(limit=limit, after=after)}})
        return Page(decode(list[Summary], found["instances"]), found["next"])

    async def count(
        self,
        *,
        flow: str | None = None,
        status: Status | Iterable[Status] | None = None,
        labels: Mapping[str, str] | None = None,
        parent: str | None = None,
        started_from: datetime | None = None,
        started_before: datetime | None = None,
    ) -> int:
        """How many instances match."""
        query = _query(
            flow=flow,
            status=status,
            labels=labels,
            parent=parent,
            started_from=started_from,
            started_before=started_before,
        )
        found: int = await self._bridge.ask({"count": query})
        return found

    # One instance

    async def wait(self, instance: str, timeout: Length | None = None) -> Outcome:
        """Waits for the end of an instance."""
        longest = None if timeout is None else millis(timeout)
        found = await self._bridge.outcome(instance, longest)
        if found["status"] == "completed":
            return Outcome("completed", found["output"])
        return decode(Outcome, found)

    async def outcome(self, instance: str) -> Outcome | None:
        """How an instance ended; ``None`` while it goes on."""
        return decode(Outcome | None, await self._bridge.ask({"outcome": {"instance": instance}}))  # type: ignore[arg-type]

    async def get(self, instance: str) -> InstanceView:
        """Everything about an instance."""
        return decode(InstanceView, await self._bridge.ask({"get": {"instance": instance}}))

    async def summary(self, instance: str) -> Summary:
        """An instance's row."""
        return decode(Summary, await self._bridge.ask({"summary": {"instance": instance}}))

    async def history(self, instance: str) -> list[Event]:
        """All that has happened to an instance."""
        told = await self._bridge.ask({"history": {"instance": instance}})
        return [event_of(one, instance) for one in told]

    async def explain(self, instance: str) -> Explanation:
        """Why an instance is where it is."""
        return decode(Explanation, await self._bridge.ask({"explain": {"instance": instance}}))

    # Signals and messages

    async def signal(
        self,
        instance: str,
        name: str,
        payload: Json = None,
        *,
        id: str | None = None,
        correlation: str | None = None,
        ttl: Length | None = None,
    ) -> None:
        """Sends a signal to an instance. One with an ``id`` that was seen before changes nothing. One for which nobody
        waits yet is kept, for ``ttl`` at most."""
        ttl_ms = None if ttl is None else millis(ttl)
        given = some(id=id, correlation=correlation, ttl_ms=ttl_ms)
        await self._bridge.ask({"signal": {"instance": instance, "name": name, "payload": payload, **given}})

    async def message(self, name: str, correlation: str, payload: Json = None) -> list[str]:
        """Sends a message to whoever waits for it: the instances that have got it."""
        request = {"name": name, "correlation": correlation, "payload": payload}
        found: list[str] = await self._bridge.ask({"message": request})
        return found

    # What operators do

    async def suspend(self, instance: str, *, by: str = "operator", reason: str = "") -> None:
        """Holds an instance."""
        await self._operate(instance, {"suspend": {}}, by, reason)

    async def resume(self, instance: str, *, by: str = "operator", reason: str = "") -> None:
        """Lets an instance go on."""
        await self._operate(instance, {"resume": {}}, by, reason)

    async def abort(
        self,
        instance: str,
        *,
        compensate: bool = False,
        force: bool = False,
        by: str = "operator",
        reason: str = "",
    ) -> None:
        """Ends an instance.

        :param compensate: whether what was completed is compensated first.
        :param force: whether a compensation that is under way is broken off.
        """
        await self._operate(instance, {"abort": {"compensate": compensate, "force": force}}, by, reason)

    async def retry(
        self, instance: str, step: str, *, anew: bool = False, by: str = "operator", reason: str = ""
    ) -> None:
        """Does a failed or indeterminate step again; ``anew``: with another idempotency key."""
        await self._operate(instance, {"retry": {"step": step, "anew": anew}}, by, reason)

    async def skip(self, instance: str, step: str, *, by: str = "operator", reason: str = "") -> None:
        """Passes over a failed or indeterminate step."""
        await self._operate(instance, {"skip": {"step": step}}, by, reason)

    async def complete_step(
        self, instance: str, step: str, output: Json = None, *, by: str = "operator", reason: str = ""
    ) -> None:
        """Gives a failed or indeterminate step its output."""
        await self._operate(instance, {"complete_step": {"step": step, "output": output}}, by, reason)

    async def _operate(self, instance: str, act: dict[str, Any], by: str, reason: str) -> None:
        operator = {"by": by, "reason": reason}
        await self._bridge.ask({"operate": {"instance": instance, "operator": operator, "act": act}})


def _query(**filter: Unpack[InstanceFilter]) -> dict[str, Any]:
    """What is asked for, as it crosses."""
    query = some(**filter)
    if "status" in query:
        status = query["status"]
        query["status"] = [status] if isinstance(status, str) else list(status)
    for name in ("started_from", "started_before"):
        if name in query:
            query[name] = moment_millis(query[name])
    return query
