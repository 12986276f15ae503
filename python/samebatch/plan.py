"""Plan: (seed, epoch, n, batch size) -> the samples of a step, at the same cost for every step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch import _native, checks, indexing
from samebatch.checks import LastBatch, boolean, choice, integer, literal
from samebatch.errors import SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDER: Final = "samebatch.order"
BALANCE: Final = "samebatch.balance"
LARGEST_BATCH: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The samples of each class, classes in ascending order of their labels.

    Attributes:
        members: int64 of shape (n,): the samples, class by class, ascending within a class.
        starts: int64 of shape (K,): where each class begins in ``members``.
        counts: int64 of shape (K,): how many samples each class has.
    """

    members: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, labels: NDArray[Any] | None) -> Classes:
        """Group samples by their label.

        Raises:
            SpecError: there are no labels, they are not of rank 1, or one is NaN.
        """
        if labels is None:
            raise SpecError('balance="classes" needs labels, and the source has none; give it labels=')
        if labels.ndim != 1:
            raise SpecError(
                f'balance="classes" needs one label for each image (rank 1), and labels have shape {labels.shape}; '
                "for one-hot labels: labels.argmax(axis=1)"
            )
        if labels.dtype.kind in "fc" and np.isnan(labels).any():
            where = int(np.flatnonzero(np.isnan(labels))[0])
            raise SpecError(f'balance="classes" needs a class for each image, and the label of sample {where} is NaN')
        _, of_sample, counts = np.unique(labels, return_inverse=True, return_counts=True)
        members = np.argsort(of_sample, kind="stable").astype(np.int64)
        counts = counts.astype(np.int64)
        return cls(members, np.cumsum(counts) - counts, counts)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Who is in which batch: a function of (epoch, step), with no state between one call and the next.

    Attributes:
        n: samples of the source.
        batch_size: samples of a global batch; the last one of an epoch may have fewer.
        seed: keys the order of every epoch.
        shuffle: whether samples come in a new order every epoch, or in theirs.
        last_batch: "keep" or "drop" a last batch that is not full.
        classes: if given, every class takes the same share of an epoch's n slots.
        rank: which shard of each global batch this is.
        world_size: into how many shards global batches are cut.
    """

    n: int
    batch_size: int
    seed: int
    shuffle: bool
    last_batch: str
    classes: Classes | None = None
    rank: int = 0
    world_size: int = 1

    @classmethod
    def checked(
        cls,
        labels: NDArray[Any] | None,
        n: int,
        *,
        batch_size: object,
        seed: object,
        shuffle: object,
        last_batch: object,
        balance: object,
    ) -> Plan:
        """Make a plan of what a user wrote.

        Raises:
            SpecError: an argument is wrong, or no batch is left.
        """
        if balance is not None:
            choice("balance (None: every sample once an epoch)", balance, ["classes"])
        plan = cls(
            n=n,
            batch_size=integer("batch_size", batch_size, 1, LARGEST_BATCH),
            seed=checks.seed("seed", seed),
            shuffle=boolean("shuffle", shuffle),
            last_batch=literal("last_batch", last_batch, LastBatch),
            classes=None if balance is None else Classes.of(labels),
        )
        if plan.steps == 0:
            raise SpecError(
                f'last_batch="drop" leaves no batch: there are {n} images and batch_size is {plan.batch_size}; '
                'use a smaller batch_size, or last_batch="keep"'
            )
        return plan

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return self.n // self.batch_size if self.last_batch == "drop" else -(-self.n // self.batch_size)

    def shard(self, rank: object, world_size: object) -> Plan:
        """Return the plan of one shard of every global batch, whatever shard this is.

        Raises:
            SpecError: rank or world_size is out of range.
        """
        count = integer("world_size", world_size, 1, LARGEST_BATCH)
        return replace(
            self, rank=integer("rank (counted from 0, below world_size)", rank, 0, count - 1), world_size=count
        )

    def size(self, step: object) -> int:
        """Return how many samples the global batch of a step has.

        Raises:
            IndexError: the step is out of range.
            TypeError: it is no whole number.
        """
        number = indexing.position("step", step, self.steps, f"an epoch has {self.steps} steps, 0 to {self.steps - 1}")
        return min(self.batch_size, self.n - number * self.batch_size)

    def rows(self, epoch: object, step: object) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Return (indices, repeats) of a step.

        Raises:
            IndexError: the epoch or the step is out of range.
            TypeError: one of them is no whole number.
        """
        which = indexing.epoch(epoch)
        size = self.size(step)
        start = int(step) * self.batch_size  # type: ignore[call-overload]  # size() looked at it
        first, last = start + size * self.rank // self.world_size, start + size * (self.rank + 1) // self.world_size
        slots = np.arange(first, last, dtype=np.uint64)
        if self.shuffle:
            slots = _native.permute(self.seed, ORDER, which, 0, self.n, slots)
        if self.classes is None:
            return slots.astype(np.int64), np.zeros(len(slots), np.uint64)
        return self._balanced(which, slots.astype(np.int64), self.classes)

    def _balanced(
        self, epoch: int, slots: NDArray[np.int64], classes: Classes
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Deal slots to classes in turn; a class gives all its members before it gives one again."""
        kinds = len(classes.counts)
        of_class = (slots + epoch % kinds) % kinds
        repeats, places = np.divmod(slots // kinds, classes.counts[of_class])
        if self.shuffle:
            tweaks = of_class + kinds * repeats
            for tweak in np.unique(tweaks):
                chosen = np.flatnonzero(tweaks == tweak)
                size = int(classes.counts[of_class[chosen[0]]])
                order = _native.permute(self.seed, BALANCE, epoch, int(tweak), size, places[chosen].astype(np.uint64))
                places[chosen] = order.astype(np.int64)
        return classes.members[classes.starts[of_class] + places], repeats.astype(np.uint64)
