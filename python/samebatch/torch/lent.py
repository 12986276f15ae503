"""Memory that a worker process lends, as the process that receives it sees it.

A segment is a file in memory without a name: a head of flags, then the bytes of a batch. The worker keeps it and
renders into it again once it has been given back. Here it is mapped once, and a batch over it holds one lease, a byte
of the head: the worker sets it when it sends the batch, and it is cleared when the last view of the batch is dropped.
Each step of a lease is one store by the one process whose turn it is, so that nothing is locked between processes, and
nobody waits for one that is gone.
"""

from __future__ import annotations

import mmap
import multiprocessing
import os
import sys
import threading
import weakref
from itertools import count
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

HEAD: Final = 4096
"""Bytes before those of a batch, which so begin on a page of their own."""

LET_GO: Final = 0
"""Where the head says that the worker uses the segment no more."""

LEASES: Final = slice(1, 256)
"""Where the leases are: a batch has one for each of its tensors that was sent."""

NAME: Final = slice(256, 272)
"""Where the segment's name is, which no other segment has."""

FREE: Final = 0
SENT: Final = 1
TAKEN: Final = 2
KEPT: Final = 3
"""What a lease is: KEPT is never given back."""

GRACE: Final = 5.0
"""Seconds to wait for a worker whose files are closed to be dead."""


def map_memory(descriptor: int, size: int) -> mmap.mmap:
    """Return the segment of this file, mapped."""
    if sys.version_info >= (3, 13):
        return mmap.mmap(descriptor, size, trackfd=False)
    return mmap.mmap(descriptor, size)


def receive(pid: int, descriptor: int, name: bytes, size: int, lease: int, nbytes: int) -> torch.UntypedStorage:
    """Return the storage of a batch that a worker sent; it gives the lease back when its last view is dropped.

    Args:
        pid: the worker.
        descriptor: the worker's, of the segment.
        name: the segment's.
        size: bytes of the segment.
        lease: where in the head it is.
        nbytes: bytes of the batch.

    Raises:
        RuntimeError: the worker is gone, and the segment with it.
    """
    memory = _find(pid, descriptor, name, size)
    memory[lease] = TAKEN
    view = np.frombuffer(memory, np.uint8, nbytes, HEAD)
    number = next(_numbers)
    _held[number] = memory, lease
    weakref.finalize(view, _give_back, number).atexit = False  # at exit views may still be read
    return torch.from_numpy(view).untyped_storage()


def copied(content: bytes) -> torch.UntypedStorage:
    """Return a storage with this content, for what is too small to be lent."""
    return torch.frombuffer(bytearray(content), dtype=torch.uint8).untyped_storage()


_mapped: dict[int, dict[bytes, mmap.mmap]] = {}  # of each worker, by name
_mapping = threading.Lock()
_held: dict[int, tuple[mmap.mmap, int]] = {}
_numbers = count()


def _find(pid: int, descriptor: int, name: bytes, size: int) -> mmap.mmap:
    with _mapping:
        known = _mapped.get(pid, {})
        for other in [other for other, memory in known.items() if memory[LET_GO]]:
            del known[other]
        if name not in known:
            known = _of_worker(pid)
            known[name] = _open(pid, descriptor, name, size)
        return known[name]


def _of_worker(pid: int) -> dict[bytes, mmap.mmap]:
    """Return what is mapped of a worker's segments, to be kept as long as the worker; of a stranger's none is kept."""
    for other in list(_mapped):
        if not _runs(other):
            _mapped.pop(other, None)
    known = _mapped.get(pid)
    if known is not None:
        return known
    process = _child(pid)
    if process is None:
        return {}
    weakref.finalize(process, _mapped.pop, pid, None)
    return _mapped.setdefault(pid, {})


def _child(pid: int) -> BaseProcess | None:
    return next((child for child in multiprocessing.active_children() if child.pid == pid), None)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _open(pid: int, descriptor: int, name: bytes, size: int) -> mmap.mmap:
    try:
        own = os.open(f"/proc/{pid}/fd/{descriptor}", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            memory = map_memory(own, size)
        finally:
            os.close(own)
    except (FileNotFoundError, ValueError) as error:  # ValueError: by now it is another file, and too short
        raise _gone(pid) from error
    if memory[NAME] != name:
        raise _gone(pid)
    return memory


def _gone(pid: int) -> RuntimeError:
    """Return an error, once the worker is seen to be dead: its files close first, and PyTorch looks for the dead."""
    process = _child(pid)
    if process is not None:
        process.join(GRACE)
    return RuntimeError(f"the worker process {pid} sent a batch and ended before it was received")


def _give_back(number: int) -> None:
    # It comes from the garbage collector as well, in whatever thread and moment, and so takes no lock.
    memory, lease = _held.pop(number, (None, 0))
    if memory is not None:
        memory[lease] = FREE


def _before_fork() -> None:
    """Keep what is held for ever: the child will see it, and nobody will know when it drops it."""
    for number in _held.copy():
        memory, lease = _held.pop(number, (None, 0))
        if memory is not None:
            memory[lease] = KEPT
    _mapped.clear()  # else the child would keep the memory; what comes next is mapped anew


def _after_fork_in_child() -> None:
    global _mapping  # noqa: PLW0603 (a thread of the parent may hold it)
    _mapping = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
