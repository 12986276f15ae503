"""The sampler whose keys carry the epoch, and the data loader made of it and the dataset."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import torch
from torch.utils import data

from samebatch import indexing
from samebatch.batch.ahead import DEEPEST
from samebatch.checks import integer
from samebatch.run import of_rank
from samebatch.torch.dataset import AheadKey, BatchKey, Dataset
from samebatch.torch.tensors import Tensors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samebatch import Batches

DECIDED: Final = ("batch_size", "batch_sampler", "drop_last", "sampler", "shuffle")
"""Arguments of PyTorch's DataLoader that the batches decide."""


class Sampler(data.Sampler[BatchKey]):
    """The keys of an epoch's batches, in order, for ``DataLoader(dataset, sampler=sampler, batch_size=None)``.

    Each iteration is an epoch: the one given to :meth:`set_epoch`, else the one after the last iteration's, from 0 on.
    An iteration counts once its first key is taken, even if it is never finished.

    Args:
        batches: the batches.
        rank: whose rows of each global batch to ask for, 0 to world_size - 1; None: as ``batches``.
        world_size: how many ranks share each global batch; None: as ``batches``.

    Raises:
        SpecError: there is no such rank.
    """

    def __init__(self, batches: Batches, rank: int | None = None, world_size: int | None = None) -> None:
        share = of_rank(batches, rank, world_size)
        self._rank, self._world_size, self._steps = share.rank, share.world_size, share.steps
        self._epoch = self._start = 0

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """Make the next iteration that of ``epoch``, from step ``start`` on; those after it count on, from step 0.

        Args:
            epoch: 0 or more.
            start: 0 to the number of steps; a run that broke off at (epoch 2, step 5) goes on with ``set_epoch(2, 5)``.

        Raises:
            IndexError: one of them is out of range.
            TypeError: one of them is no whole number.
        """
        meaning = f"an epoch has {self._steps} steps, and {self._steps} starts at its end"
        first = indexing.position("start", start, self._steps + 1, meaning)
        self._epoch, self._start = indexing.epoch(epoch), first

    def __iter__(self) -> Iterator[BatchKey]:
        """Yield the keys of the next epoch."""
        # A generator: the epoch is taken with the first key and not by iter(), which PyTorch calls twice for workers.
        epoch, start = self._epoch, self._start
        self._epoch, self._start = epoch + 1, 0
        for step in range(start, self._steps):
            yield BatchKey(epoch, step, self._rank, self._world_size)

    def __len__(self) -> int:
        """Return the number of steps of a whole epoch."""
        return self._steps


class AheadSampler(Sampler):
    """A :class:`Sampler` for this process: from an iteration's first key on, the dataset renders its batches ahead."""

    def __init__(self, dataset: Dataset, prefetch: int, rank: int | None, world_size: int | None) -> None:
        super().__init__(dataset.batches, rank, world_size)
        self._dataset, self._prefetch = dataset, prefetch

    def __iter__(self) -> Iterator[BatchKey]:
        """Yield the keys of the next epoch."""
        ahead = self._dataset.ahead(self._prefetch)
        keys, expected = itertools.tee(super().__iter__())
        ahead.expect(expected)
        for key in keys:
            yield AheadKey.of(key, ahead)


class DataLoader(data.DataLoader[Tensors]):
    """PyTorch's DataLoader over ``batches``: yields an epoch's batches, in order, whatever the workers.

    Each iteration over the loader is an epoch: the one given to :meth:`set_epoch`, else the one after the last
    iteration's, from 0 on, so that a loop which never sets the epoch does not train on the same images for ever. An
    iteration broken off counts too, even ``next(iter(loader))``; a look at ``batches.batch(epoch=0, step=0)`` does not.

    Args:
        batches: the batches; they decide batch size, order, last batch and seed.
        num_workers: how many processes render batches; 0: this one does, on all native threads of ``batches``. A worker
            uses one native thread, unless ``batches`` or the environment's ``SAMEBATCH_THREADS`` say otherwise.
        rank: whose rows of each global batch to yield; None: as ``batches``.
        world_size: how many ranks share each global batch; None: as ``batches``.
        prefetch: how many batches this process renders ahead, in a thread, 0 to 1024; 0: none. Only for
            ``num_workers=0``: for worker processes PyTorch has ``prefetch_factor``.
        **kwargs: anything else that PyTorch's DataLoader takes: persistent_workers, pin_memory, prefetch_factor...

    Raises:
        SpecError: there is no such rank, the labels are no numbers, there are weights without labels, or ``prefetch``
            is out of range.
        TypeError: an argument that ``batches`` decides, such as ``batch_size`` or ``shuffle``.
    """

    def __init__(
        self,
        batches: Batches,
        num_workers: int = 0,
        *,
        rank: int | None = None,
        world_size: int | None = None,
        prefetch: int = 2,
        **kwargs: Any,  # noqa: ANN401 (PyTorch's own)
    ) -> None:
        decided = [name for name in DECIDED if name in kwargs]
        if decided:
            raise TypeError(
                f"samebatch.torch.DataLoader does not take {', '.join(decided)}, which the batches decide: "
                "see samebatch.Batches(batch_size=, shuffle=, last_batch=, balance=)"
            )
        kwargs.setdefault("collate_fn", _as_it_is)
        # PyTorch draws a seed for its workers whenever it iterates: from a generator of our own, not the global one.
        kwargs.setdefault("generator", torch.Generator())
        depth = integer("prefetch", prefetch, 0, DEEPEST)
        dataset = Dataset(batches)
        if num_workers:
            self._keys = Sampler(batches, rank, world_size)
        else:
            self._keys = AheadSampler(dataset, depth, rank, world_size)
        super().__init__(dataset, batch_size=None, sampler=self._keys, num_workers=num_workers, **kwargs)

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """Make the next iteration that of ``epoch``, from step ``start`` on: see :meth:`Sampler.set_epoch`."""
        self._keys.set_epoch(epoch, start)


def _as_it_is(batch: Tensors) -> Tensors:
    return batch
