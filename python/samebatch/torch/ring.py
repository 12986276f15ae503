"""Memory that a worker process renders into again and again.

The first touch of fresh memory costs more than computing what is written there. So a worker keeps the segments that it
sends batches in, and takes one again when the receiving process has dropped the last view of its batch: see
:mod:`samebatch.torch.lent`.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import weakref
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch.multiprocessing import reductions

from samebatch.batch.pool import memory as pool
from samebatch.torch import lent

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_FREE: Final = 8
"""How many segments may lie free when a batch is made, as in the pool of output buffers."""

MOST: Final = 64
"""How many segments may be held that are to come back; those held for longest are let go, and end with their batch."""

SMALL: Final = 1 << 14
"""Up to how many bytes a tensor of its own, such as labels, travels by value, which costs less than shared memory."""


def take(nbytes: int) -> NDArray[np.uint8] | None:
    """Return memory that travels to the parent process and comes back; None: this process or system has none."""
    global _ring  # noqa: PLW0603
    if _ring is None:
        if not _possible():
            return None
        _ring = Ring()
        ForkingPickler.register(torch.UntypedStorage, _reduce)
    try:
        return _ring.take(nbytes)
    except OSError:  # no more descriptors or mappings
        return None


class Segment:
    """A file in memory without a name, so that nothing is left of it when the processes that map it are gone."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.size = lent.HEAD + room
        self.name = os.urandom(lent.NAME.stop - lent.NAME.start)
        self.descriptor = os.memfd_create("samebatch")
        try:
            os.ftruncate(self.descriptor, self.size)
            self.memory = lent.map_memory(self.descriptor, self.size)
        except BaseException:
            os.close(self.descriptor)
            raise
        self.memory[lent.NAME] = self.name
        self.stale = False
        self._view: weakref.ref[NDArray[np.uint8]] | None = None
        self.address: int = self.view(room).__array_interface__["data"][0]

    def view(self, nbytes: int) -> NDArray[np.uint8]:
        """Return the memory of a batch; the segment is in use as long as it lives."""
        view = np.frombuffer(self.memory, np.uint8, nbytes, lent.HEAD)
        self._view = weakref.ref(view)
        return view

    def in_use(self) -> bool:
        """Return whether this process still has a view."""
        return self._view is not None and self._view() is not None

    def leases(self) -> bytes:
        """Return what became of the views that were sent."""
        return self.memory[lent.LEASES]

    def lend(self, nbytes: int) -> tuple[Any, ...] | None:
        """Return what :func:`samebatch.torch.lent.receive` is to be called with; None: it is lent too often."""
        lease = self.memory.find(bytes([lent.FREE]), lent.LEASES.start, lent.LEASES.stop)
        if lease < 0:
            return None
        self.memory[lease] = lent.SENT
        return os.getpid(), self.descriptor, self.name, self.size, lease, nbytes

    def let_go(self) -> None:
        """Use it no more; the memory is freed with its last view, here or there."""
        self.memory[lent.LET_GO] = 1
        os.close(self.descriptor)


class Ring:
    """The segments of this process."""

    def __init__(self) -> None:
        self._segments: dict[int, Segment] = {}  # by address; the one taken last comes last
        self._lock = threading.Lock()

    def take(self, nbytes: int) -> NDArray[np.uint8]:
        """Return memory that nobody else sees."""
        with self._lock:
            free = self._sort_out(nbytes)
            segment = free[0] if free else Segment(nbytes)
            view = segment.view(nbytes)
            self._segments.pop(segment.address, None)
            self._segments[segment.address] = segment
            return view

    def find(self, storage: torch.UntypedStorage) -> Segment | None:
        """Return the segment of a storage, if it is one of them."""
        return self._segments.get(storage.data_ptr()) if storage.device.type == "cpu" else None

    def make_stale(self) -> None:
        """Take none of the present ones again."""
        for segment in list(self._segments.values()):
            segment.stale = True

    def _sort_out(self, nbytes: int) -> list[Segment]:
        """Return the free segments for a batch of this size, and let go of those that are not to be taken again."""
        free: list[Segment] = []
        held: list[Segment] = []
        left = pool().limit
        for segment in reversed(list(self._segments.values())):
            # The view first: as long as it lives, more leases may come.
            if segment.in_use() or lent.SENT in (leases := segment.leases()):
                continue
            if segment.stale or lent.KEPT in leases:
                self._let_go(segment)
            elif lent.TAKEN in leases:
                held.append(segment)
            elif segment.room < nbytes or segment.room > left or len(free) == MOST_FREE:
                self._let_go(segment)
            else:
                left -= segment.room
                free.append(segment)
        for segment in held[MOST:]:
            self._let_go(segment)
        return free

    def _let_go(self, segment: Segment) -> None:
        del self._segments[segment.address]
        segment.let_go()


_ring: Ring | None = None


def _possible() -> bool:
    parent = multiprocessing.parent_process()
    if sys.platform != "linux" or not hasattr(os, "memfd_create") or parent is None:
        return False
    try:
        Path(f"/proc/{parent.pid}/exe").readlink()  # allowed to whom its files are open, and so the other way round
    except OSError:
        return False
    return True


def _reduce(storage: torch.UntypedStorage) -> tuple[Any, ...]:
    segment = None if _ring is None else _ring.find(storage)
    lease = None if segment is None else segment.lend(storage.nbytes())
    if lease is not None:
        return lent.receive, lease
    if storage.device.type == "cpu" and 0 < storage.nbytes() <= SMALL and not storage.is_shared():
        return lent.copied, (torch.empty(0, dtype=torch.uint8).set_(storage).numpy().tobytes(),)
    return reductions.reduce_storage(storage)  # type: ignore[no-any-return, no-untyped-call]


def _before_fork() -> None:
    if _ring is not None:
        _ring.make_stale()  # the child sees what is held, and nobody will know when it drops it


def _after_fork_in_child() -> None:
    global _ring  # noqa: PLW0603
    _ring = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
