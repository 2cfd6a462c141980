"""Between an event loop and an engine: calls by number, batches of what came, handlers that run."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from ._activity import Activity, ActivityContext, Handler, hand_over, report
from ._native import Native
from ._pool import ThreadPool
from .errors import FlowwrightError, ShuttingDownError, WrongLoopError, WrongProcessError, error_of

T = TypeVar("T")

_BATCH = 512
"""How many deliveries are taken before the loop gets its turn again."""

_LOOP_ENDS = 1.0
"""How many seconds a loop that ends may take for it."""

_ANSWER, _PROBLEM, _JOB = 0, 1, 2

_OPEN, _CLOSING, _CLOSED, _FORKED = "open", "closing", "closed", "forked"

_live: weakref.WeakSet[Bridge] = weakref.WeakSet()

_left_open: set[str] = set()
"""Files that engines of the parent had open when this process was forked."""


def file_of(url: str) -> str | None:
    """The file of a store, if it has one."""
    scheme, _, path = url.partition(":")
    return os.path.realpath(path) if scheme == "sqlite" else None


class Bridge:
    """An engine, and the event loop that it belongs to."""

    def __init__(self, url: str, native: Native, activities: Mapping[str, Activity], threads: int) -> None:
        self._native = native
        self._file = file_of(url)
        self._loop = asyncio.get_running_loop()
        self._activities = dict(activities)
        self._pool = ThreadPool(threads)
        self._state = _OPEN
        self._last = 0
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._unwanted: set[int] = set()
        self._threaded: dict[int, ActivityContext] = {}
        self._closing: asyncio.Task[None] | None = None
        self._plain_tasks = self._loop.get_task_factory() is None
        descriptor = native.descriptor()
        self._descriptor = descriptor
        if descriptor is not None:
            self._loop.add_reader(descriptor, self._drain)
        else:
            threading.Thread(target=_pump, args=(native, self._loop, self._drain), daemon=True).start()
        _live.add(self)

    @classmethod
    async def open(
        cls, url: str, options: dict[str, Any], activities: Mapping[str, Handler], threads: int
    ) -> Bridge:
        """Opens an engine in a thread, and ties it to the running event loop."""
        if file_of(url) in _left_open:
            raise WrongProcessError(
                "an engine had this file open when this process was forked, and SQLite cannot open it here any more: "
                "close the engine before the fork, or open it in the children alone",
                context={"file": file_of(url)},
            )
        known = {name: Activity(name, function) for name, function in activities.items()}
        native = await _in_thread(lambda: Native.open(url, {**options, "handlers": list(known)}), Native.close)
        return cls(url, native, known, threads)

    # Calls

    def check(self) -> None:
        """Refuses a call that cannot work here."""
        if self._state is not _OPEN:
            self._refuse()
        if asyncio._get_running_loop() is not self._loop:
            raise WrongLoopError(
                "the engine belongs to another event loop: use it in the loop (and thread) that it was opened in, "
                "open one in this loop, or use flowwright.sync"
            )

    def check_process(self) -> None:
        """Refuses a call behind a ``fork``."""
        if self._state is _FORKED:
            self._refuse()

    def _refuse(self) -> None:
        if self._state is _FORKED:
            raise WrongProcessError(
                "the engine was opened before this process was forked; open another one here"
            )
        raise ShuttingDownError("the engine has been closed")

    async def ask(self, request: dict[str, Any]) -> Any:
        """Sends a request and waits for its answer. Cancelled, it ends the wait alone."""
        self.check()
        self._last = number = self._last + 1
        self._native.call(number, request)
        return await self._answer(number)

    async def start(self, flow: str, data: Any, key: str | None) -> Any:
        """Starts an instance, the short way."""
        self.check()
        self._last = number = self._last + 1
        self._native.start(number, flow, data, key)
        return await self._answer(number)

    async def outcome(self, instance: str, timeout_ms: int | None) -> Any:
        """Waits for the end of an instance."""
        self.check()
        self._last = number = self._last + 1
        self._native.outcome(number, instance, timeout_ms)
        return await self._answer(number)

    async def _answer(self, number: int) -> Any:
        future = self._loop.create_future()
        self._calls[number] = future
        try:
            return await future
        finally:
            if self._calls.pop(number, None) is not None and self._state is not _CLOSED:
                self._native.forget(number)

    def register(self, name: str, function: Handler) -> None:
        """Adds a handler, or puts another one in its place."""
        if self._state is not _OPEN:
            self._refuse()
        known = name in self._activities
        self._activities[name] = Activity(name, function)
        if not known:
            self._native.register(name)

    @property
    def is_open(self) -> bool:
        """Whether calls are taken."""
        return self._state is _OPEN

    def let_go_of_stream(self, stream: int, page: asyncio.Task[Any] | None) -> None:
        """Ends a stream that nobody iterates over any more; from whichever thread."""
        if self._state is _OPEN:
            try:
                self._native.call(0, {"unfollow": {"stream": stream}})
                if page is not None:
                    self._loop.call_soon_threadsafe(page.cancel)
            except (FlowwrightError, RuntimeError):  # the engine or the loop is closed
                pass

    # Deliveries

    def _drain(self) -> None:
        if self._state is _FORKED:
            return
        calls = self._calls
        for delivery in self._native.drain(_BATCH):
            kind = delivery[0]
            if kind == _JOB:
                self._begin(delivery)
            elif kind == _ANSWER:
                future = calls.pop(delivery[1], None)
                if future is not None and not future.done():
                    future.set_result(delivery[2])
            elif kind == _PROBLEM:
                future = calls.pop(delivery[1], None)
                if future is not None and not future.done():
                    future.set_exception(error_of(*delivery[2]))
            else:
                self._cancel(delivery[1])

    def _begin(self, delivery: tuple[Any, ...]) -> None:
        job, data = delivery[1], delivery[3]
        activity = self._activities[delivery[2]]
        context = ActivityContext(self._native, job, *delivery[4:])
        if activity.is_async:
            work = self._run(activity, context, job, data)
            if self._plain_tasks:  # what the loop would do, without the way there
                self._tasks[job] = asyncio.Task(work, loop=self._loop, name=activity.name)
            else:
                self._tasks[job] = self._loop.create_task(work, name=activity.name)
        else:
            self._threaded[job] = context
            self._pool.submit(lambda: self._work(activity, context, job, data))

    async def _run(self, activity: Activity, context: ActivityContext, job: int, data: Any) -> None:
        native = self._native
        try:
            output = await activity.call(data, context)
        except asyncio.CancelledError as cancelled:
            self._cancelled(job, cancelled)
        except Exception as raised:
            report(native, job, raised)
        except BaseException as raised:  # the program is told to end: pass it on
            report(self._native, job, raised)
            raise
        else:
            hand_over(native, job, output)
        finally:
            self._tasks.pop(job, None)
            self._unwanted.discard(job)

    def _cancelled(self, job: int, cancelled: asyncio.CancelledError) -> None:
        """A handler whose program ends has not failed: its work is done again by the next one. So nothing is told to an
        engine that closes; and where somebody else than the engine cancelled the task, which may be a loop that ends,
        only when the loop goes on."""
        task = asyncio.current_task()
        if self._state is not _OPEN:
            return
        if job in self._unwanted or task is None or not task.cancelling():
            report(self._native, job, cancelled)
        else:
            self._loop.call_later(_LOOP_ENDS, report, self._native, job, cancelled)

    def _work(self, activity: Activity, context: ActivityContext, job: int, data: Any) -> None:
        """Runs a plain function; in a thread of the pool."""
        try:
            output = activity.call(data, context)
            if asyncio.iscoroutine(output):  # a coroutine function in disguise
                output = asyncio.run_coroutine_threadsafe(output, self._loop).result()
        except BaseException as raised:
            report(self._native, job, raised)
        else:
            hand_over(self._native, job, output)
        finally:
            self._threaded.pop(job, None)

    def _cancel(self, job: int) -> None:
        task = self._tasks.get(job)
        if task is not None:
            self._unwanted.add(job)
            task.cancel("the result is not wanted any more")
        context = self._threaded.get(job)
        if context is not None:
            context._cancel()

    # The end

    async def close(self, grace_ms: int) -> None:
        """Stops in good order; a second call waits for the first one."""
        self.check_process()
        if self._closing is None:
            self.check()
            self._closing = self._loop.create_task(self._close(grace_ms))
        elif asyncio._get_running_loop() is not self._loop:
            return
        await asyncio.shield(self._closing)

    async def _close(self, grace_ms: int) -> None:
        self._last = number = self._last + 1
        self._native.call(number, {"shutdown": {"grace_ms": grace_ms}})
        self._state = _CLOSING
        try:
            await self._answer(number)
        finally:
            self._let_go()
            await _in_thread(self._native.close, lambda _: None)

    def _let_go(self) -> None:
        self._state = _CLOSED
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
        for task in list(self._tasks.values()):
            task.cancel("the engine was closed")
        for context in list(self._threaded.values()):
            context._cancel()
        self._pool.close()
        for future in list(self._calls.values()):
            if not future.done():
                future.set_exception(ShuttingDownError("the engine was closed before the answer came"))
        self._calls.clear()
        _live.discard(self)


async def _in_thread(work: Callable[[], T], undo: Callable[[T], None]) -> T:
    """Does what blocks in a thread. (The loop's own executor has ended when the interpreter exits.) What comes of it when
    nobody waits any more is undone."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, raised: BaseException | None) -> None:
        if future.cancelled():
            if raised is None:
                undo(cast(T, result))
        elif raised is None:
            future.set_result(cast(T, result))
        else:
            future.set_exception(raised)

    def serve() -> None:
        result, raised = None, None
        try:
            result = work()
        except BaseException as error:
            raised = error
        try:
            loop.call_soon_threadsafe(settle, result, raised)
        except RuntimeError:  # the loop is closed
            if raised is None:
                undo(cast(T, result))

    try:
        threading.Thread(target=serve, name="flowwright-open", daemon=True).start()
    except RuntimeError:  # the interpreter ends and begins no more threads (3.12): there is nothing else to be done meanwhile
        serve()
    return await future


def _pump(native: Native, loop: asyncio.AbstractEventLoop, drain: Callable[[], None]) -> None:
    """Wakes an event loop that cannot watch sockets."""
    while native.wait():
        try:
            loop.call_soon_threadsafe(drain)
        except RuntimeError:
            return  # the loop is closed


def _stop_all() -> None:
    """At exit, engines that were not closed let go of what they hold, so that others can take it up at once."""
    for bridge in list(_live):
        if bridge._state is _OPEN:
            bridge._state = _CLOSED
            bridge._native.stop(0, 2_000)


def _mark_forked() -> None:
    for bridge in list(_live):
        bridge._state = _FORKED
        if bridge._file is not None:
            _left_open.add(bridge._file)
    _live.clear()


atexit.register(_stop_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_mark_forked)


