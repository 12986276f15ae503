"""Rendering ahead: the batches that will be asked for next are made while the present one is used.

Keras has worker pools of its own, which are not used: batches that its look for shapes leaves in their queue (on
PyTorch and JAX, at the first fit) are served first in the next epoch, and so on in every epoch after it.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from samebatch.threads import VARIABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch import Batches

    Arrays = tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | None]


class Ahead:
    """Makes batches in threads or processes of its own, a few steps ahead of the one asked for.

    Whatever is expected, :meth:`batch` returns the very batch it is asked for. A forked child, in which the threads are
    missing and the lock may be held for ever, makes every batch when it is asked for; a pickled copy starts afresh.

    Args:
        batches: the batches.
        workers: how many batches are made at the same time; 0: none ahead.
        processes: make them in processes instead of threads.
        queue: how many batches may wait at most.
    """

    def __init__(self, batches: Batches, *, workers: int, processes: bool, queue: int) -> None:
        self.batches = batches
        self.workers = workers
        self.processes = processes
        self.depth = min(workers + 1, queue) if workers else 0
        self._afresh()

    def _afresh(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._executor: Executor | None = None
        self._waiting: deque[Future[Arrays]] = deque()  # one batch after the other,
        self._epoch, self._next = -1, 0  # the first of them this one

    def expect(self, epoch: int) -> None:
        """Make the batches of ``epoch`` ahead from now on, from step 0."""
        if self.depth and self._process == os.getpid():
            with self._lock:
                self._drop()
                self._epoch = epoch
                self._fill()

    def rest(self) -> None:
        """Make no batches ahead, and drop those that wait."""
        if self._process == os.getpid():
            with self._lock:
                self._drop()

    def batch(self, epoch: int, step: int) -> Arrays:
        """Return x, y and weights of a batch; the last two may be None.

        Raises:
            IndexError: there is no such step.
            TypeError: ``step`` is no whole number.
        """
        future = self._take(epoch, step) if self._process == os.getpid() else None
        return _arrays(self.batches, epoch, step) if future is None else future.result()

    def _take(self, epoch: int, step: int) -> Future[Arrays] | None:
        with self._lock:
            if not self._waiting or (self._epoch, self._next) != (epoch, step):
                return None
            future = self._waiting.popleft()
            self._next += 1
            self._fill()
            return future

    def _fill(self) -> None:
        while len(self._waiting) < self.depth and self._next + len(self._waiting) < self.batches.steps:
            step = self._next + len(self._waiting)
            if self._executor is None:
                self._executor = self._start()
            if self.processes:
                self._waiting.append(self._executor.submit(_in_process, self._epoch, step))
            else:
                self._waiting.append(self._executor.submit(_arrays, self.batches, self._epoch, step))

    def _drop(self) -> None:
        for future in self._waiting:
            future.cancel()
        self._waiting.clear()
        self._epoch, self._next = -1, 0

    def _start(self) -> Executor:
        if not self.processes:
            return ThreadPoolExecutor(self.workers, thread_name_prefix="samebatch-keras")
        # Not fork: the framework's threads run already, and a lock that one of them holds stays locked in the child.
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context = multiprocessing.get_context(method)
        return ProcessPoolExecutor(self.workers, context, initializer=_enter_process, initargs=(self.batches,))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start afresh in this process."""
        self.__dict__.update(state)
        self._afresh()


def _arrays(batches: Batches, epoch: int, step: int) -> Arrays:
    batch = batches.batch(epoch, step)
    return batch.x, batch.y, batch.weights


_own: list[Batches] = []  # of a worker process


def _enter_process(batches: Batches) -> None:
    _own.append(batches)
    os.environ.setdefault(VARIABLE, "1")  # the workers share the machine


def _in_process(epoch: int, step: int) -> Arrays:
    return _arrays(_own[0], epoch, step)
