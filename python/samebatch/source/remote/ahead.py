"""What is fetched before it is asked for, by a few threads, and kept as long as there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sized

T = TypeVar("T", bound="Sized")

IDLE: Final = 5.0
"""Seconds after which a thread that has nothing to do ends."""


class Fetched(Generic[T]):
    """What is fetched by number. Whatever is expected, :meth:`take` returns the very thing that it is asked for.

    Args:
        fetch: returns what a number stands for, whose ``len`` is its bytes; in whatever thread.
        concurrency: how many threads fetch ahead.
        memory: how many bytes are kept. Those that nobody has asked for yet are the last to go.
        least: how many that were asked for are kept however large they are.
    """

    def __init__(self, fetch: Callable[[int], T], concurrency: int, memory: int, least: int = 0) -> None:
        self._fetch, self._concurrency, self._memory, self._least = fetch, concurrency, memory, least
        self._change = threading.Condition()
        self._wanted: deque[int] = deque()
        self._running: dict[int, threading.Event] = {}
        self._ready: OrderedDict[int, T] = OrderedDict()  # expected, and not asked for yet
        self._used: OrderedDict[int, T] = OrderedDict()  # the least recently used first
        self._bytes = 0
        self._threads = 0

    def expect(self, indices: Iterable[int]) -> None:
        """Fetch these next, in this order, and nothing else that was expected before."""
        order = dict.fromkeys(indices)
        with self._change:
            for index in [index for index in self._ready if index not in order]:
                self._used[index] = self._ready.pop(index)
            for index in [index for index in order if index in self._used]:
                self._ready[index] = self._used.pop(index)
            self._wanted = deque(index for index in order if index not in self._ready and index not in self._running)
            self._shrink()
            more = min(self._concurrency - self._threads, len(self._wanted))
            self._threads += max(more, 0)
            self._change.notify_all()
        for _ in range(more):
            self._start()

    def take(self, index: int) -> T:
        """Return what a number stands for; raises what ``fetch`` raises. Who asks for it meanwhile waits for it."""
        while True:
            with self._change:
                kept = self._used.get(index) if index not in self._ready else self._ready.pop(index)
                if kept is not None:
                    self._used[index] = kept
                    self._used.move_to_end(index)
                    self._shrink()
                    self._change.notify_all()
                    return kept
                running = self._running.get(index)
                if running is None:
                    if index in self._wanted:
                        self._wanted.remove(index)
                    done = self._running[index] = threading.Event()
                    break
            running.wait()  # it may have failed, or have no room: then it is fetched here, and the error is its own
        return self._run_one(index, done, self._used)

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="samebatch-fetch", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads: each is fetched when it is asked for
            with self._change:
                self._threads -= 1

    def _run(self) -> None:
        while True:
            with self._change:
                if not self._change.wait_for(self._may_begin, IDLE):
                    self._threads -= 1
                    return
                index = self._wanted.popleft()
                done = self._running[index] = threading.Event()
            with suppress(Exception):  # who asks for it fetches it, and is told
                self._run_one(index, done, self._ready)

    def _run_one(self, index: int, done: threading.Event, where: OrderedDict[int, T]) -> T:
        try:
            data = self._fetch(index)
            with self._change:
                self._keep(where, index, data)
            return data
        finally:
            with self._change:
                del self._running[index]
            done.set()

    def _may_begin(self) -> bool:
        return bool(self._wanted) and sum(map(len, self._ready.values())) < max(self._memory, 1)

    def _keep(self, where: OrderedDict[int, T], index: int, data: T) -> None:
        if index not in self._ready and index not in self._used:
            where[index] = data
            self._bytes += len(data)
            self._shrink()

    def _shrink(self) -> None:
        while self._bytes > self._memory and len(self._used) > self._least:
            _, data = self._used.popitem(last=False)
            self._bytes -= len(data)
