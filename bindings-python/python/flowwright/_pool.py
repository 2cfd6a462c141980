"""Threads for handlers that are plain functions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[], None]


class ThreadPool:
    """Threads that are started as they are needed, and that never keep the interpreter from exiting.

    (Those of ``concurrent.futures`` are joined at exit, so that one handler that hangs would hang the program.)
    """

    def __init__(self, size: int) -> None:
        self._size = max(1, size)
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0
        self._lock = threading.Lock()

    def submit(self, work: Work) -> None:
        """Runs ``work`` in one of the threads; it must not raise."""
        self._work.put(work)
        if self._idle.acquire(blocking=False):
            return
        with self._lock:
            if self._started == self._size:
                return
            self._started += 1
            name = f"flowwright-handler-{self._started}"
        try:
            threading.Thread(target=self._serve, name=name, daemon=True).start()
        except RuntimeError:  # the interpreter ends: what was not begun is not done here
            with self._lock:
                self._started -= 1

    def close(self) -> None:
        """Lets the threads end once they have done what they are at."""
        with self._lock:
            for _ in range(self._started):
                self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            del work
            self._idle.release()
