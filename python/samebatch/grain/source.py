"""The random-access data source of batches."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, SupportsIndex

from samebatch import indexing, targets
from samebatch.batch.skip import warn_of_new
from samebatch.checks import LARGEST_INDEX, boolean, integer
from samebatch.run import Run

if TYPE_CHECKING:
    from samebatch import Batches


class BatchSource:
    """A run of batches as Grain's ``RandomAccessDataSource``: made by :func:`source`."""

    def __init__(self, run: Run, *, with_indices: bool) -> None:
        self._run, self._length, self._with_indices = run, run.length, with_indices

    def __len__(self) -> int:
        """Return the number of batches of all epochs."""
        return self._length

    def __getitem__(self, number: SupportsIndex) -> Any:  # noqa: ANN401 (an array, a tuple or a dict)
        """Return the batch of step ``number % steps`` of epoch ``number // steps``; raises as ``batches.batch``.

        Raises:
            IndexError: there is no such batch.
        """
        place = indexing.position(
            "batch", operator.index(number), self._length, f"{self!r} has {self._length}, 0 to {self._length - 1}"
        )
        batch = self._run.batches.batch(*self._run.place(place))
        if batch.skipped:
            warn_of_new(self._run.batches.source)
        return targets.element(batch, with_indices=self._with_indices)

    def __repr__(self) -> str:
        """Return what fixes the batches. Grain keeps it in a checkpoint, and refuses one of another source."""
        of = self._run.batches
        return (
            f"<samebatch.grain: {self._run.epochs} epochs of {of.steps} steps of {of.batch_size}, seed={of.seed}, "
            f"shuffle={of.shuffle}, last_batch={of.last_batch!r}, balance={of.balance!r}, rank {of.rank} of "
            f"{of.world_size}, pipeline {of.pipeline.digest}, source {of.source.digest}>"
        )


def source(
    batches: Batches,
    epochs: int = 1,
    *,
    rank: int | None = None,
    world_size: int | None = None,
    with_indices: bool = False,
) -> BatchSource:
    """Return ``batches`` as a data source for Grain, whose records are whole batches in the order of the run.

    Record i is the batch of step ``i % steps`` of epoch ``i // steps``, as NumPy arrays: ``(x, y)``, or ``(x, y,
    weights)`` if the source has weights, or ``x`` alone if it has no labels; bfloat16 has the dtype of ml_dtypes. For
    ``grain.MapDataset.source`` and for ``grain.DataLoader`` with any number of workers; with
    ``grain.samplers.SequentialSampler`` the records come in order, and as the run is shuffled already, it is what fits.

    **Read ahead.** Grain reads up to 500 records ahead on 16 threads unless told otherwise, and here each is a batch:
    give it ``read_options=grain.ReadOptions(num_threads=2, prefetch_buffer_size=4)``. A batch is rendered on the native
    threads of ``batches`` already; in a worker process on one, unless ``batches`` or ``SAMEBATCH_THREADS`` say
    otherwise.

    **Several machines.** By ``rank`` and ``world_size``: a rank gets its part of each global batch. Grain's own
    sharding would deal whole batches to machines, and its own shuffling would change the order of batches.

    **Resume.** Grain's iterators know where they are, and go on there at no cost.

    Args:
        batches: the batches; they decide batch size, order, last batch and seed.
        epochs: how many epochs, at least 1.
        rank: whose rows of each global batch, 0 to world_size - 1; None: as ``batches``.
        world_size: how many ranks share each global batch; None: as ``batches``.
        with_indices: each record is a dict instead: ``"x"``, ``"y"`` and ``"weights"`` if there are any, ``"indices"``
            (int64, the sample of each row), ``"epoch"`` and ``"step"`` (int64).

    Raises:
        SpecError: ``batches`` are none, there is no such rank, ``epochs`` is out of range, the labels are no numbers,
            or there are weights without labels.
    """
    targets.check(batches)
    run = Run(batches, integer("epochs", epochs, 1, LARGEST_INDEX), rank=rank, world_size=world_size)
    return BatchSource(run, with_indices=boolean("with_indices", with_indices))
