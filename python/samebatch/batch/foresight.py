"""Which samples will be read soon, for sources that fetch them from far away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from samebatch.plan import Plan
    from samebatch.source import Source

LONGEST_STRIDE: Final = 64
"""A worker that renders every n-th step is one of n, and no more than so many."""


class Foresight:
    """Tells a source what comes next, from the steps that were asked for: a hint, which changes no batch.

    One process of several renders every n-th step, and fetching what the others render would fetch everything n times:
    so nothing is foreseen until two steps have shown how far they lie apart. It belongs to a process, and takes no
    lock: threads that ask at once may spoil a hint, and nothing else.
    """

    __slots__ = ("_last", "_stride")

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None
        self._stride: int | None = None

    def look(self, source: Source, plan: Plan, epoch: int, step: int) -> None:
        """Name the samples of a step and of those that follow it in its epoch."""
        last, self._last = self._last, (epoch, step)
        if last is not None and last[0] == epoch and 0 < step - last[1] <= LONGEST_STRIDE:
            self._stride = step - last[1]
        wanted = [plan.rows(epoch, step)[0]]
        if self._stride is not None:
            left = source.read_ahead
            for following in range(step + self._stride, plan.steps, self._stride):
                if left <= 0:
                    break
                wanted.append(plan.rows(epoch, following)[0])
                left -= len(wanted[-1])
        source.expect(np.concatenate(wanted))
