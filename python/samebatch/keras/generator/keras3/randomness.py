"""Where draws come from: a legacy generator of our own, in the place that NumPy's global one has in Keras.

NumPy's global generator is never advanced and never seeded. All iterators and generators of compat mode draw from one
stand-in instead: an iterator with a seed seeds it for every batch, whatever has no seed draws on from where it is, and
so does an order that is drawn at the end of an epoch. It starts as a copy of the global generator, so that what
``np.random.seed`` said at the top of a script holds. What a user draws between batches does not reach it.
"""
# ruff: noqa: NPY002 -- it is the legacy generator that Keras draws from

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    State = tuple[str, NDArray[Any], int, int, float]

STATE_WORDS: Final = 624
"""Words of the Mersenne Twister; its position, right after it was seeded."""


class StandIn:
    """A legacy generator that starts as a copy of the global one.

    Attributes:
        lock: held by whoever seeds and draws, so that threads do not draw between each other.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._random: np.random.RandomState | None = None
        self._copied = b""

    @property
    def random(self) -> np.random.RandomState:
        """The generator; copied when it is first asked for."""
        with self.lock:
            return self._copy(_global_state()) if self._random is None else self._random

    def follow(self) -> None:
        """Copy the global generator anew if it was seeded since, and nothing was drawn from it yet."""
        with self.lock:
            found = _global_state()
            if found[2] == STATE_WORDS and found[1].tobytes() != self._copied:
                self._copy(found)

    def _copy(self, state: State) -> np.random.RandomState:
        self._copied = state[1].tobytes()
        self._random = np.random.RandomState()
        self._random.set_state(state)
        return self._random


def _global_state() -> State:
    """Return the state of NumPy's global generator, which is read and never changed."""
    name, words, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return str(name), np.asarray(words), int(position), int(has_gauss), float(gauss)


stand_in: Final = StandIn()


def _after_fork() -> None:
    """Take a lock that no thread of the parent holds."""
    stand_in.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
