"""How many native threads to use. No byte of a batch depends on it."""

from __future__ import annotations

import multiprocessing
import os

from samebatch import _native
from samebatch.checks import integer
from samebatch.errors import SpecError

VARIABLE = "SAMEBATCH_THREADS"
MOST = 1024


def check_threads(threads: object) -> int | None:
    """Return ``threads`` as an int from 1 to 1024, or None.

    Raises:
        SpecError: it is something else.
    """
    return None if threads is None else integer("threads (None: all cores)", threads, 1, MOST)


def resolve_threads(threads: int | None) -> int:
    """Return how many threads to use here and now.

    What the user said; else the environment's ``SAMEBATCH_THREADS``; else 1 in a daemonic child of multiprocessing,
    such as a worker of a DataLoader or a Pool, which shares the machine with its siblings; else every core this process
    may use.

    Raises:
        SpecError: ``SAMEBATCH_THREADS`` is not a whole number from 1 to 1024.
    """
    if threads is not None:
        return threads
    told = os.environ.get(VARIABLE)
    if told:
        if not (told.isascii() and told.isdigit() and 1 <= int(told) <= MOST):
            raise SpecError(f"the environment's {VARIABLE} must be a whole number from 1 to {MOST}, got {told!r}")
        return int(told)
    if multiprocessing.current_process().daemon:
        return 1
    return _native.available_threads()
