"""How a Sequence renders ahead: in threads, or in processes that threads wait for.

Keras has worker pools of its own, which are not used: batches that its look for shapes leaves in their queue (on
PyTorch and JAX, at the first fit) are served first in the next epoch, and so on in every epoch after it.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from samebatch.batch.ahead import Ahead
from samebatch.batch.skip import warn_of_new
from samebatch.threads import VARIABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch import Batches

    Key = tuple[int, int]
    Arrays = tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | None]


def ahead(batches: Batches, *, workers: int, processes: bool, queue: int) -> Ahead[Key, Arrays]:
    """Return what makes (x, y, weights) of (epoch, step), a few steps ahead; y and weights may be None.

    Args:
        batches: the batches.
        workers: how many batches are made at the same time; 0: none ahead.
        processes: make them in processes instead of threads.
        queue: how many batches may wait at most.
    """
    depth = min(workers + 1, queue) if workers else 0
    elsewhere = _Processes(batches, workers) if processes and depth else None
    return Ahead(_Here(batches), depth, workers=workers, ahead=elsewhere)


class _Here:
    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    def __call__(self, key: Key) -> Arrays:
        batch = self.batches.batch(*key)
        warn_of_new(self.batches.source)
        return batch.x, batch.y, batch.weights


class _Processes:
    """Makes batches in processes; a thread for each waits for it."""

    def __init__(self, batches: Batches, workers: int) -> None:
        self.batches, self.workers = batches, workers
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def __call__(self, key: Key) -> Arrays:
        with self._lock:
            if self._pool is None:
                self._pool = self._start()
        return self._pool.submit(_in_process, key).result()

    def _start(self) -> ProcessPoolExecutor:
        # Not fork: the framework's threads run already, and a lock that one of them holds stays locked in the child.
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context = multiprocessing.get_context(method)
        return ProcessPoolExecutor(self.workers, context, initializer=_enter_process, initargs=(self.batches,))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without the processes, which are started anew where they are needed."""
        return _Processes, (self.batches, self.workers)


_own: list[_Here] = []  # of a worker process


def _enter_process(batches: Batches) -> None:
    _own.append(_Here(batches))
    os.environ.setdefault(VARIABLE, "1")  # the workers share the machine


def _in_process(key: Key) -> Arrays:
    return _own[0](key)
