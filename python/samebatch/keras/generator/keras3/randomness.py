"""Where draws come from: legacy generators of our own that take the part NumPy's global generator has in Keras.

NumPy's global generator is never advanced and never seeded here. An iterator with a seed has a generator to itself,
since Keras seeds the global one anew for every batch. Whatever has no seed shares one stand-in, which starts from a
copy of the global generator's state: what ``np.random.seed`` said at the top of a script holds.
"""
# ruff: noqa: NPY002 -- it is the legacy generator that Keras draws from

from __future__ import annotations

import contextlib
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    State = tuple[str, NDArray[Any], int, int, float]

STATE_WORDS: Final = 624
"""Words of the Mersenne Twister; its position, right after it was seeded."""


class Randomness:
    """A legacy generator, and the lock that is held while a batch draws from it.

    Attributes:
        lock: held by whoever seeds and draws, so that threads do not draw between each other.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._random: np.random.RandomState | None = None
        self._seen: bytes | None = None

    @property
    def random(self) -> np.random.RandomState:
        """The generator; made of a copy of the global one's state when it is first asked for."""
        with self.lock:
            if self._random is None:
                self._random = np.random.RandomState()
                self._start(_global_state())
            return self._random

    def follow(self) -> None:
        """Start anew from the global generator's state if that was seeded since the last look, and not drawn from."""
        with self.lock:
            found = _global_state()
            if found[2] == STATE_WORDS and found[1].tobytes() != self._seen:
                self._start(found)

    def _start(self, state: State) -> None:
        self._seen = state[1].tobytes()
        self.random.set_state(state)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the lock; a copy in another process draws on from the same state."""
        return self.__dict__ | {"lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take a lock of one's own."""
        self.__dict__.update(state)
        self.lock = threading.RLock()


def _global_state() -> State:
    """Return the state of NumPy's global generator, which is read and never changed."""
    name, words, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return str(name), np.asarray(words), int(position), int(has_gauss), float(gauss)


stand_in: Final = Randomness()

_active: ContextVar[Randomness | None] = ContextVar("samebatch.keras.keras3", default=None)


def current() -> Randomness:
    """Return what the running call draws from: an iterator's own, else the stand-in."""
    return _active.get() or stand_in


@contextlib.contextmanager
def drawing(randomness: Randomness) -> Iterator[np.random.RandomState]:
    """Hold the lock, and let all draws of this thread come from there."""
    with randomness.lock:
        token = _active.set(randomness)
        try:
            yield randomness.random
        finally:
            _active.reset(token)
