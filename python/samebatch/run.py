"""A run: the batches of some epochs as one long row, and which of them a process makes.

Engines that know a row of things and their numbers, and nothing of epochs, get it from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samebatch import indexing
from samebatch.checks import LARGEST_INDEX, describe, integer
from samebatch.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samebatch import Batches


class Run:
    """The batches from ``start`` to the end of the last epoch, numbered from 0 on; 2**63 - 1 of them at most.

    Args:
        batches: the batches.
        epochs: how many epochs the whole run has, at least 1; None: endless.
        start: (epoch, step) of the first batch; a step may be the number of steps, which starts at the epoch's end.
        rank: whose rows of each global batch, 0 to world_size - 1; None: as ``batches``.
        world_size: how many ranks share each global batch; None: as ``batches``.

    Raises:
        IndexError: the start is negative, or its step is too large.
        SpecError: there is no such rank, or the run ends before it starts.
        TypeError: the start is no pair of whole numbers.
    """

    def __init__(
        self,
        batches: Batches,
        epochs: int | None,
        start: Sequence[int] = (0, 0),
        rank: int | None = None,
        world_size: int | None = None,
    ) -> None:
        self.batches = of_rank(batches, rank, world_size)
        if not isinstance(start, tuple | list) or len(start) != 2:  # noqa: PLR2004 (an epoch and a step)
            raise TypeError(f"start must be a pair (epoch, step), got {describe(start)}")
        self.steps = batches.steps
        meaning = f"an epoch has {self.steps} steps, and {self.steps} starts at its end"
        step = indexing.position("start's step", start[1], self.steps + 1, meaning)
        self.first = indexing.epoch(start[0]) * self.steps + step
        self.endless = epochs is None
        self.epochs = LARGEST_INDEX if epochs is None else integer("epochs", epochs, 1, LARGEST_INDEX)
        left = self.epochs * self.steps - self.first
        if left < 0:
            raise SpecError(
                f"start is {tuple(start)}, and a run of {self.epochs} epochs has ended by then: epochs is the number "
                "of all epochs from epoch 0 on, not of those that are left"
            )
        self.length = min(left, LARGEST_INDEX)

    def place(self, number: int) -> tuple[int, int]:
        """Return (epoch, step) of the batch of that number."""
        return divmod(self.first + number, self.steps)


def of_rank(batches: Batches, rank: int | None, world_size: int | None) -> Batches:
    """Return a rank's share of ``batches``; None stands for what they have.

    Raises:
        SpecError: there is no such rank.
    """
    own = batches.rank, batches.world_size
    wanted = own[0] if rank is None else rank, own[1] if world_size is None else world_size
    return batches if wanted == own else batches.shard(*wanted)
