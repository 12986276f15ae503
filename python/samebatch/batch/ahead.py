"""Made ahead: what will be asked for next is made by a thread while the present one is used.

The thread is Python's, and nearly all of its time is spent in the native core, without Python's lock. One batch is made
at a time, on all native threads that the batches have: so cores are not asked for twice, the batch that is waited for
comes first and as early as it can, and what lies in memory is bounded by the depth.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from samebatch import _native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

K = TypeVar("K")
T = TypeVar("T")

DEEPEST: Final = 1024
"""The most batches that may be made ahead."""


class Ahead(Generic[K, T]):
    """Makes things a few keys ahead of the one asked for.

    Whatever is expected, :meth:`take` returns the very thing it is asked for: one that is not waiting is made then and
    there. That is what happens in a forked child, where the threads are missing and a lock may be held for ever; when
    the system gives no thread; and once the interpreter ends. A pickled copy starts afresh.

    Args:
        make: makes the thing of a key, in whatever thread.
        depth: how many wait, or are being made, at most; 0: none is made ahead.
        workers: how many threads make them.
        ahead: how the threads make them, if in another way.
    """

    def __init__(
        self, make: Callable[[K], T], depth: int, *, workers: int = 1, ahead: Callable[[K], T] | None = None
    ) -> None:
        self.make = make
        self.ahead = make if ahead is None else ahead
        self.depth = depth
        self.workers = workers
        self._afresh()

    def _afresh(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._tasks: SimpleQueue[_Task[K, T] | None] = SimpleQueue()
        self._threads: list[_Worker] = []
        self._waiting: deque[_Task[K, T]] = deque()
        self._keys: Iterator[K] = iter(())

    def expect(self, keys: Iterable[K]) -> None:
        """Make the things of ``keys`` from now on, in this order, and drop those that wait."""
        if self.depth and self._process == os.getpid():
            with self._lock:
                self._forget()
                self._keys = iter(keys)
                self._fill()

    def rest(self) -> None:
        """Make nothing ahead, and drop what waits."""
        self.expect(())

    def take(self, key: K) -> T:
        """Return what ``make`` gives for ``key``; raises what it raises."""
        task = self._next(key) if self._process == os.getpid() else None
        if task is None or not task.wait():
            return self.make(key)
        return task.result()

    def drop(self) -> None:
        """Do not begin what waits, even if another thread is about to take it: that one then makes it."""
        for task in tuple(self._waiting):
            task.dropped = True

    def close(self) -> None:
        """Drop what waits, and let the threads end; for good, and while nobody else uses it."""
        # It comes from the garbage collector as well, in whatever thread and moment, and so takes no lock.
        self._forget()
        self._tasks.put(None)

    def _next(self, key: K) -> _Task[K, T] | None:
        with self._lock:
            if not self._waiting or self._waiting[0].key != key:
                return None
            task = self._waiting.popleft()
            self._fill()
            return task

    def _fill(self) -> None:
        while len(self._waiting) < self.depth and not _ending.is_set():
            try:
                key = next(self._keys)
            except StopIteration:
                return
            try:
                self._start()
            except RuntimeError:  # no more threads: each is made when it is asked for
                self._forget()
                return
            task = _Task(self.ahead, key)
            self._tasks.put(task)  # first: a Ctrl-C in between must leave nothing to wait for that nobody makes
            self._waiting.append(task)

    def _start(self) -> None:
        while len(self._threads) < self.workers:
            thread = _Worker(self._tasks)
            thread.start()
            self._threads.append(thread)

    def _forget(self) -> None:
        self.drop()
        self._waiting.clear()
        self._keys = iter(())

    def __del__(self) -> None:
        if "_keys" in self.__dict__:
            self.close()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start afresh in this process."""
        self.__dict__.update(state)
        self._afresh()


class _Task(Generic[K, T]):
    """One thing to be made."""

    __slots__ = ("_done", "_error", "_made", "_make", "_result", "dropped", "key")

    _result: T

    def __init__(self, make: Callable[[K], T], key: K) -> None:
        self._make = make
        self.key = key
        self.dropped = False
        self._made: bool | None = None
        self._error: BaseException | None = None
        self._done: SimpleQueue[None] = SimpleQueue()  # it can be waited for, and a Ctrl-C ends the wait

    def run(self) -> None:
        try:
            self._result = self._make(self.key)
        except BaseException as error:  # noqa: BLE001 (it is raised where the result is taken)
            self._error = error
        self._finish(made=True)

    def give_up(self) -> None:
        self._finish(made=False)

    def _finish(self, *, made: bool) -> None:
        self._made = made
        self._done.put(None)

    def wait(self) -> bool:
        """Wait until it is done; return whether it was made."""
        if self._made is None:
            self._done.get()
        return bool(self._made)

    def result(self) -> T:
        """Return what was made, once."""
        error, self._error = self._error, None
        if error is None:
            return self._result
        try:
            raise error
        finally:
            del error  # else it holds this frame, and this frame holds it


class _Worker(threading.Thread):
    """Runs tasks until it finds None. It knows the queue only, so that what put the tasks there can be collected."""

    def __init__(self, tasks: SimpleQueue[_Task[Any, Any] | None]) -> None:
        super().__init__(name="samebatch-ahead", daemon=True)  # ended by _end, as it may wait for ever
        self.tasks = tasks

    def run(self) -> None:
        while (task := self.tasks.get()) is not None:
            if task.dropped or _ending.is_set():
                task.give_up()
            else:
                task.run()
            del task  # or it would keep a batch until the next one comes
        self.tasks.put(None)  # for the next worker


_ending = threading.Event()


def _end() -> None:
    """Let all threads end, and wait for them: Python cuts off what comes back from native code after its own end."""
    _ending.set()
    workers = [thread for thread in threading.enumerate() if isinstance(thread, _Worker)]
    for worker in workers:
        worker.tasks.put(None)
    for worker in workers:
        worker.join()
    _native.end_fallbacks()  # of threads that are not ours: their next call would abort


atexit.register(_end)  # called when all threads but daemons have ended
