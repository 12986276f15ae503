"""The batches of an epoch, one after the other."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from samebatch.batch.ahead import Ahead
from samebatch.batch.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable


class Epoch(Iterator[Batch]):
    """An iterator over the batches of an epoch, which renders the next ones while the present one is used.

    An error is raised in the step that it belongs to, and the next call goes on with the step after it; a Ctrl-C loses
    no batch. Threads that share the iterator get each batch once. A forked child goes on where its parent was, and
    renders for itself. The end, :meth:`close` and dropping the iterator end the rendering ahead.
    """

    def __init__(
        self,
        make: Callable[[int], Batch],
        steps: range,
        prefetch: int,
        warn: Callable[[set[int], int], None] | None = None,
    ) -> None:
        self._left = steps
        self._step = steps.start
        self._warn = warn
        self._skipped: set[int] = set()
        self._begun = False
        self._ahead = Ahead(make, prefetch)
        self._afresh()

    def _afresh(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()

    def __iter__(self) -> Epoch:
        """Return itself."""
        return self

    def __next__(self) -> Batch:
        """Return the batch of the next step; raises as ``batches.batch``.

        At the end warns with :class:`samebatch.SkippedFilesWarning`, if files gave no image.
        """
        if self._process != os.getpid():
            self._afresh()  # a thread of the parent may hold the lock
        with self._lock:
            left = self._left
            if not left:
                self._end()
                raise StopIteration
            if not self._begun:
                self._ahead.expect(left)
                self._begun = True
            try:
                batch = self._ahead.take(left[0])
            except Exception:
                self._passed()
                raise
            self._passed()
            self._step = left[0] + 1
            if self._warn is not None:
                self._skipped.update(batch.skipped)
            return batch

    @property
    def step(self) -> int:
        """The step after that of the last batch that was returned: ``batches.state(epoch, running.step)``."""
        return self._step

    def close(self) -> None:
        """End it: there are no more batches."""
        self._left = range(0)
        self._ahead.drop()
        if self._lock.acquire(blocking=False):  # else a thread waits for its batch, and comes to `_passed` with it
            try:
                self._ahead.close()
            finally:
                self._lock.release()

    def _end(self) -> None:
        skipped, self._skipped = self._skipped, set()
        if self._warn is not None:
            self._warn(skipped, 3)  # where the loop is

    def _passed(self) -> None:
        self._left = self._left[1:]
        if not self._left:
            self._ahead.close()

    def __repr__(self) -> str:
        """Return which batches are left."""
        return f"<Epoch: {len(self._left)} batches left>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Refuse: what a run needs to go on is an epoch and a step."""
        raise TypeError("an iterator over an epoch cannot be pickled; go on with batches.epoch(epoch, start=step)")
