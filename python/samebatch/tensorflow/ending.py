"""The end of Python, while threads of TensorFlow make batches.

An iterator that is still there then is destroyed by the end itself, and waits for its calls; but Python lets no thread
back in by that time, so they never end. Hence no call may be under way any more: those that run are waited for, and
those that come next fail at once, until what waits in the iterators is full and no more come.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET: Final = 0.1
"""Seconds without a call after which none is expected."""

_ending = threading.Event()
_calls: set[object] = set()
_latest = [0.0]


@contextlib.contextmanager
def call() -> Iterator[None]:
    """Be a call by a thread of TensorFlow.

    Raises:
        RuntimeError: Python ends.
    """
    token = object()
    _calls.add(token)
    try:
        if _ending.is_set():
            raise RuntimeError("Python ends, and no more batches are made")
        yield
    finally:
        _latest[0] = time.monotonic()
        _calls.discard(token)


def _end() -> None:
    _ending.set()
    while _calls or time.monotonic() - _latest[0] < QUIET:
        time.sleep(QUIET / 20)


atexit.register(_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_calls.clear)  # the threads that make them are the parent's
