"""The clock of an iterator: which (epoch, step) of its batches is meant by a step of Keras, by ``next``, by an index.

All steps of all epochs are numbered through: step s of epoch e is number ``e * steps + s``.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samebatch.keras.running import Run

Key = tuple[int, int]


class Clock:
    """Where ``fit``, indexing and ``next`` are; none of the three moves another.

    Args:
        steps: batches of an epoch, 0 or more.
    """

    def __init__(self, steps: int) -> None:
        self.steps = max(1, steps)
        self._origin = 0  # the number of step 0 of what Keras is at
        self._told: int | None = None  # the epoch that the user said
        self._offset = 0  # what is added to the numbers of the running fit
        self._fitted: tuple[weakref.ref[Any], int] | None = None  # the model of the last fit, and the number after it
        self._next = 0  # the number that next() takes

    @property
    def epoch(self) -> int:
        """The epoch of step 0 of what Keras is at, or of the user's own loop."""
        return self._origin // self.steps

    @property
    def step(self) -> int:
        """The step that ``next`` takes next."""
        return self._next % self.steps

    def place(self, step: int) -> Key:
        """Return the (epoch, step) of a step of what Keras is at."""
        return divmod(self._origin + step, self.steps)

    def tell(self, epoch: int) -> None:
        """Go to an epoch that the user says; the next fit begins there, and so does ``next``."""
        self._told = epoch
        self._origin = self._next = epoch * self.steps

    def advance(self) -> None:
        """Go to the next epoch, in a loop of the user's own."""
        self._origin = (self.epoch + 1) * self.steps

    def begin(self, run: Run, steps: int) -> None:
        """Go to the epoch that Keras begins.

        Args:
            run: what Keras does.
            steps: how many steps it will ask for.
        """
        if run.kind != "fit":
            self._origin = (self._told or 0) * self.steps
            return
        if run.epoch == run.first:
            self._offset = self._begin_fit(run, steps)
        self._origin = run.epoch * steps + self._offset
        self._fitted = weakref.ref(run.model), self._origin + steps

    def _begin_fit(self, run: Run, steps: int) -> int:
        if self._told is not None:
            told, self._told = self._told, None
            return told * self.steps - run.first * steps
        if self._fitted is not None and run.first == 0 and self._fitted[0]() is run.model:
            return -(-self._fitted[1] // self.steps) * self.steps
        return 0

    def next(self) -> Key:
        """Return the (epoch, step) that ``next`` takes, and go on."""
        number, self._next = self._next, self._next + 1
        return divmod(number, self.steps)

    def after(self, key: Key) -> Key:
        """Return the (epoch, step) that follows another."""
        return divmod(key[0] * self.steps + key[1] + 1, self.steps)

    def onwards(self, key: Key) -> Iterator[Key]:
        """Yield a (epoch, step) and all that follow."""
        while True:
            yield key
            key = self.after(key)

    def reset(self) -> None:
        """Let ``next`` begin an epoch: the one after, if it is within one."""
        self._next = -(-self._next // self.steps) * self.steps

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the model."""
        return self.__dict__ | {"_fitted": None}
