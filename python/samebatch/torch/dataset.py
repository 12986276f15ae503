"""The map-style dataset over batches."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.utils import data

from samebatch import indexing, targets
from samebatch.batch.ahead import Ahead
from samebatch.batch.skip import warn_of_new
from samebatch.run import of_rank
from samebatch.torch import tensors
from samebatch.torch.tensors import Tensors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samebatch import Batch, Batches


class BatchKey(NamedTuple):
    """The name of a whole batch: what :class:`Sampler` yields and :class:`Dataset` renders.

    Attributes:
        epoch: the epoch, 0 or more.
        step: the step within it.
        rank: whose rows of the global batch; None: those of the dataset's batches.
        world_size: how many ranks share the global batch; None: as for the dataset's batches.
    """

    epoch: int
    step: int
    rank: int | None = None
    world_size: int | None = None


class AheadKey(BatchKey):
    """A :class:`BatchKey` that knows where its batch may be waiting, rendered ahead; pickled it is a plain one."""

    ahead: Ahead[BatchKey, Tensors]

    @classmethod
    def of(cls, key: BatchKey, ahead: Ahead[BatchKey, Tensors]) -> AheadKey:
        """Return ``key``, to be taken from ``ahead``."""
        made = cls(*key)
        made.ahead = ahead
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without what belongs to this process."""
        return BatchKey, tuple(self)


class Dataset(data.Dataset[Tensors]):
    """A map-style dataset over ``batches``: samples by their number, whole batches by their key.

    - ``dataset[i]`` is sample ``i`` of the source, as augmented in the epoch of :meth:`set_epoch`, without a batch
      axis. ``torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=True)`` asks for these: PyTorch picks the
      order, the pixels are those of (seed, epoch, sample), and each of its batches is rendered by one native call.
    - ``dataset[epoch, step]``, or ``dataset[BatchKey(epoch, step, rank, world_size)]``, is a whole batch, the same as
      ``batches.batch(epoch, step)``. :class:`Sampler` yields such keys, so persistent workers see every epoch.

    In the main process the tensors share the memory of the NumPy arrays. In a worker process whole batches are rendered
    straight into memory that the main process sees too, and so are not copied when they travel. On Linux that memory is
    used again once the last view of a batch is dropped; a batch that is kept never changes.

    Args:
        batches: the batches.

    Raises:
        SpecError: ``batches`` are none, or the source has labels that are no numbers, or weights without labels.
    """

    def __init__(self, batches: Batches) -> None:
        targets.check(batches)
        self.batches = batches
        # The epoch, and how many samples were served before one was set (-1: it was). In shared memory, so that workers
        # see it change, however they were started.
        self._state = torch.zeros(2, dtype=torch.int64)
        self._share()

    @property
    def epoch(self) -> int:
        """The epoch of samples asked for by number; 0 until :meth:`set_epoch` is called."""
        return int(self._state[0])

    def set_epoch(self, epoch: int) -> None:
        """Make samples asked for by number those of ``epoch`` (0 or more) from now on, in running workers too.

        To be called before each epoch if PyTorch's own samplers are used; the keys of :class:`Sampler` do without.
        """
        self._state[0] = indexing.epoch(epoch)
        self._state[1] = -1

    def __len__(self) -> int:
        """Return the number of samples of the source."""
        return len(self.batches.source)

    def __getitem__(self, key: int | tuple[int, int] | BatchKey) -> Tensors:
        """Return the sample of that number, or the whole batch of that key.

        Raises:
            IndexError: there is no such sample, epoch or step.
            SpecError: there is no such rank.
            TypeError: the key is neither a whole number nor (epoch, step) nor a :class:`BatchKey`.
        """
        if not isinstance(key, tuple):
            return self.__getitems__([key])[0]
        if isinstance(key, AheadKey):
            return key.ahead.take(key)
        try:
            whole = BatchKey(*key)
        except TypeError as error:
            raise TypeError(f"a batch's key must be (epoch, step) or a BatchKey, got {key!r}") from error
        return self._batch(whole)

    def ahead(self, depth: int) -> Ahead[BatchKey, Tensors]:
        """Return what renders the whole batches of expected keys ahead, in a thread; ``depth`` of them at most."""
        return Ahead(self._batch, depth)

    def __getitems__(self, indices: Sequence[int]) -> list[Tensors]:
        """Return the samples of these numbers, rendered by one native call.

        Raises:
            IndexError: there is no such sample.
            TypeError: an index is not a whole number.
        """
        if any(isinstance(index, tuple) for index in indices):
            raise TypeError(
                "the keys of samebatch.torch.Sampler are whole batches already: give the DataLoader batch_size=None, "
                "or use samebatch.torch.DataLoader"
            )
        made = tensors.of_batch(self._told(self.batches.samples(self.epoch, indices)))
        self._count(len(indices))
        if isinstance(made, torch.Tensor):
            return list(made.unbind())
        return list(zip(*(part.unbind() for part in made), strict=True))

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy; workers started from it share its epoch, not the original's."""
        self.__dict__.update(state)
        self._share()

    def _share(self) -> None:
        self._state.share_memory_()  # type: ignore[no-untyped-call]  # does nothing if it is shared

    def _batch(self, key: BatchKey) -> Tensors:
        batches = of_rank(self.batches, key.rank, key.world_size)
        rows = len(batches.indices(key.epoch, key.step))
        if rows == 0 or not tensors.in_worker_process():
            return tensors.of_batch(self._told(batches.batch(key.epoch, key.step)))
        x, out = tensors.shared((rows, *batches.output_shape), batches.output_dtype)
        return tensors.of_batch(self._told(batches.batch(key.epoch, key.step, out=out)), x)

    def _told(self, batch: Batch) -> Batch:
        if batch.skipped:
            warn_of_new(self.batches.source)
        return batch

    def _count(self, served: int) -> None:
        """Notice that epochs go by and nobody sets one: each would train on the very images of the first."""
        before = int(self._state[1])
        if before < 0:
            return
        self._state[1] = before + served
        pipeline = self.batches.pipeline
        if before < 2 * len(self) <= before + served and pipeline != pipeline.evaluation():
            warnings.warn(
                "two epochs' worth of samples were served, all of them as augmented in epoch 0: call "
                "dataset.set_epoch(epoch) before each epoch, or use samebatch.torch.DataLoader, which counts epochs",
                stacklevel=3,
            )
