"""The data loader made of the sampler and the dataset."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import torch
from torch.utils import data

from samebatch.batch.ahead import DEEPEST
from samebatch.checks import integer
from samebatch.errors import SpecError
from samebatch.torch.dataset import Dataset
from samebatch.torch.sampler import AheadSampler, Course, Sampler
from samebatch.torch.tensors import Tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samebatch import Batches

DECIDED: Final = ("batch_size", "batch_sampler", "drop_last", "sampler", "shuffle")
"""Arguments of PyTorch's DataLoader that the batches decide."""


class Running(Iterator[Tensors]):
    """An iteration over a loader, which counts what arrives: workers' keys are taken long before their batches come."""

    def __init__(self, batches: Iterator[Tensors], course: Course, *, workers: bool) -> None:
        self._batches, self._course, self._counts = batches, course, workers
        self._tried = 0
        course.seen = 0
        course.user = weakref.ref(self)

    def __next__(self) -> Tensors:
        """Return the next batch. One that failed was not seen, unless the next one is asked for all the same."""
        try:
            batch = next(self._batches)
        except StopIteration:
            raise
        except Exception:
            self._tried += 1
            raise
        self._tried += 1
        self._course.seen = self._tried if self._counts else self._course.step - self._course.first
        return batch

    def __len__(self) -> int:
        """Return the number of steps of a whole epoch."""
        return len(self._batches)  # type: ignore[arg-type]  # PyTorch's iterators have it

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever it is)
        """Return what else PyTorch's iterator has."""
        return getattr(self._batches, name)


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
        world_size: how many ranks share each global batch; None: as ``batches``. If neither is given, ``batches`` are
            not a shard and ``torch.distributed`` is initialised, both are those of this process; where it is not yet,
            though the environment has torchrun's ``WORLD_SIZE``, it warns. ``rank=0, world_size=1`` asks for whole
            batches even then. Ranks' batches differ by one row at most in an epoch's last step, and may be empty there:
            see :meth:`row_weight`.
        prefetch: how many batches this process renders ahead, in a thread, 0 to 1024; 0: none. Only for
            ``num_workers=0``: for worker processes PyTorch has ``prefetch_factor``.
        **kwargs: anything else that PyTorch's DataLoader takes: persistent_workers, pin_memory, prefetch_factor...

    Raises:
        SpecError: ``batches`` are none, there is no such rank, the labels are no numbers, there are weights without
            labels, or ``prefetch`` is out of range.
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

    @property
    def epoch(self) -> int:
        """The epoch of the next iteration."""
        return self._keys.epoch

    @property
    def rank(self) -> int:
        """Whose rows of each global batch are yielded."""
        return self._keys.rank

    @property
    def world_size(self) -> int:
        """How many ranks share each global batch."""
        return self._keys.world_size

    def row_weight(self, step: int) -> float:
        """Return the weight of one row of a step's batch in a loss of all ranks: see :meth:`Sampler.row_weight`."""
        return self._keys.row_weight(step)

    def set_epoch(self, epoch: int, start: int | None = None) -> None:
        """Make the next iteration that of ``epoch``, from step ``start`` on: see :meth:`Sampler.set_epoch`."""
        self._keys.set_epoch(epoch, start)

    def state_dict(self) -> dict[str, Any]:
        """Return where the run is: its next batch is the one after the last that the loop was given.

        Whatever workers have rendered ahead. See :meth:`Sampler.state_dict`.

        Raises:
            SpecError: with ``in_order=False`` batches come as they are ready, and two integers do not say which.
        """
        if not getattr(self, "in_order", True):
            raise SpecError("with in_order=False there is no telling which batches were seen; leave in_order out")
        return self._keys.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Make the next iteration begin where the run of a state was: see :meth:`Sampler.load_state_dict`."""
        self._keys.load_state_dict(state_dict)

    def __iter__(self) -> Running:  # type: ignore[override]  # PyTorch's class is private, and this is an iterator too
        """Return an iterator over the batches of the next epoch."""
        batches = super().__iter__()
        return Running(batches, self._keys.course or Course(batches), workers=self.num_workers > 0)


def _as_it_is(batch: Tensors) -> Tensors:
    return batch
