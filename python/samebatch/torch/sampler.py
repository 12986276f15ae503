"""The sampler, whose keys carry the epoch, and which knows how far whoever uses the keys has come."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from torch.utils import data

from samebatch import indexing
from samebatch.batch import state as states
from samebatch.errors import SpecError
from samebatch.torch.dataset import AheadKey, BatchKey, Dataset
from samebatch.torch.ranks import of_process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samebatch import Batches


class Sampler(data.Sampler[BatchKey]):
    """The keys of an epoch's batches, in order, for ``DataLoader(dataset, sampler=sampler, batch_size=None)``.

    Each iteration is an epoch: the one given to :meth:`set_epoch`, else the one after the last iteration's, from 0 on.
    An iteration counts once its first key is taken, even if it is never finished.

    torchdata's ``StatefulDataLoader(dataset, sampler=sampler, batch_size=None)`` saves and loads the sampler's state
    with its own.

    Args:
        batches: the batches.
        rank: whose rows of each global batch to ask for, 0 to world_size - 1; None: as ``batches``.
        world_size: how many ranks share each global batch; None: as ``batches``. If neither is given, ``batches`` are
            not a shard and ``torch.distributed`` is initialised, both are those of this process; ``rank=0,
            world_size=1`` asks for whole batches even then.

    Raises:
        SpecError: there is no such rank.
    """

    def __init__(self, batches: Batches, rank: int | None = None, world_size: int | None = None) -> None:
        self.batches = of_process(batches, rank, world_size)
        self._epoch = self._start = 0
        self._loaded = False
        self._course: Course | None = None

    @property
    def rank(self) -> int:
        """Whose rows of each global batch are asked for."""
        return self.batches.rank

    @property
    def world_size(self) -> int:
        """How many ranks share each global batch."""
        return self.batches.world_size

    @property
    def epoch(self) -> int:
        """The epoch of the next iteration."""
        return self._epoch

    def row_weight(self, step: int) -> float:
        """Return the weight of one row of a step's batch: the number of ranks divided by the rows of all of them.

        DistributedDataParallel averages gradients over ranks, whose rows may differ by one in an epoch's last batch. So
        ``loss = sampler.row_weight(step) * losses.sum()``, of one loss a row, is what gives the gradient of the mean
        over the global batch; and 0, as it should, on a rank that has no row.

        Raises:
            IndexError: there is no such step.
            TypeError: it is no whole number.
        """
        return self.world_size / self.batches.global_rows(step)

    def set_epoch(self, epoch: int, start: int | None = None) -> None:
        """Make the next iteration that of ``epoch``, from step ``start`` on; those after it count on, from step 0.

        Args:
            epoch: 0 or more.
            start: 0 to the number of steps; a run that broke off at (epoch 2, step 5) goes on with ``set_epoch(2, 5)``.
                None: 0, or where a state that was loaded before says, which has to be of this epoch.

        Raises:
            IndexError: one of them is out of range.
            SpecError: a state of another epoch was loaded, and ``start`` is not given.
            TypeError: one of them is no whole number.
        """
        which, steps = indexing.epoch(epoch), len(self)
        if start is None and self._loaded:
            if which != self._epoch:
                raise SpecError(
                    f"set_epoch({which}) after a state of epoch {self._epoch}, step {self._start} was loaded: begin "
                    f"the loop over epochs there, range({self._epoch}, ...); or say set_epoch({which}, start=0) to "
                    "leave the state"
                )
            return
        meaning = f"an epoch has {steps} steps, and {steps} starts at its end"
        self._start = indexing.position("start", 0 if start is None else start, steps + 1, meaning)
        self._epoch, self._loaded = which, False
        if self._course is not None and not self._course.goes_on(steps):
            self._course = None

    def state_dict(self) -> dict[str, Any]:
        """Return where the run is, and what it is known by: see :meth:`samebatch.Batches.state`.

        The next batch is the one after the last whose key was taken, or whose tensors were, where
        :class:`samebatch.torch.DataLoader` asks, whatever is rendered ahead. The shard is not in it: a run of two ranks
        goes on with any number of them.
        """
        course = self._course
        epoch, step = (self._epoch, self._start) if course is None or course.epoch is None else course.place()
        return states.after(self.batches, epoch, step)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Make the next iteration begin where the run of a state was; nothing before it is made again.

        Raises:
            SpecError: it is the state of other batches: of another pipeline, source, seed, ...; it names the change.
        """
        self._epoch, self._start = states.place(self.batches, state_dict)
        self._loaded, self._course = True, None

    def begin(self) -> tuple[int, int]:
        """Return the (epoch, step) that an iteration begins with; the one after it begins with the next epoch."""
        place = self._epoch, self._start
        self._epoch, self._start, self._loaded = place[0] + 1, 0, False
        return place

    @property
    def course(self) -> Course | None:
        """How far the last iteration has come, or None."""
        return self._course

    def __iter__(self) -> Keys:
        """Return the keys of the next epoch."""
        return self._keys(Keys(self))

    def _keys(self, keys: Keys) -> Keys:
        self._course = keys.course
        return keys

    def __len__(self) -> int:
        """Return the number of steps of a whole epoch."""
        return self.batches.steps

    def __getstate__(self) -> dict[str, Any]:
        """Leave out an iteration, which is of this process."""
        return self.__dict__ | {"_course": None}


class Course:
    """How far an iteration over a sampler has come.

    Attributes:
        epoch: its epoch; None: its first key was not taken yet.
        first: the step it began with.
        step: the step of the next key.
        seen: how many batches arrived where they are used; None: as many as keys were taken.
    """

    def __init__(self, user: object) -> None:
        self.epoch: int | None = None
        self.first = self.step = 0
        self.seen: int | None = None
        self.user = weakref.ref(user)

    def begin(self, epoch: int, first: int) -> None:
        """Take the first key."""
        self.epoch, self.first, self.step = epoch, first, first

    def place(self) -> tuple[int, int]:
        """Return (epoch, step) of the next batch."""
        return self.epoch or 0, self.step if self.seen is None else self.first + self.seen

    def goes_on(self, steps: int) -> bool:
        """Return whether batches are left and somebody may ask for them."""
        return self.user() is not None and (self.epoch is None or self.place()[1] < steps)


class Keys(Iterator[BatchKey]):
    """The keys of one iteration. Its epoch is taken with the first key, as PyTorch calls iter() twice for workers."""

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler
        self.course = Course(self)

    def __next__(self) -> BatchKey:
        """Return the key of the next batch."""
        course, batches = self.course, self.sampler.batches
        if course.epoch is None:
            course.begin(*self.sampler.begin())
            self._begun()
        if course.step >= batches.steps:
            raise StopIteration
        course.step += 1
        return self._key(course.step - 1)

    def state_dict(self) -> dict[str, Any]:
        """Return the state of this iteration; at its end the step is the number of steps."""
        course = self.course
        if course.epoch is None:
            return self.sampler.state_dict()
        return states.of(self.sampler.batches, course.epoch, course.step)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where another iteration was; raises as :meth:`Sampler.load_state_dict`."""
        self.sampler.load_state_dict(state_dict)
        self.course = Course(self)
        self.course.begin(*self.sampler.begin())
        self._begun()
        self.sampler._keys(self)  # noqa: SLF001 (its own)

    def _begun(self) -> None:
        """Do what is to be done before the first key."""

    def _key(self, step: int) -> BatchKey:
        batches = self.sampler.batches
        return BatchKey(self.course.epoch or 0, step, batches.rank, batches.world_size)


class AheadSampler(Sampler):
    """A :class:`Sampler` for this process: from an iteration's first key on, the dataset renders its batches ahead."""

    def __init__(self, dataset: Dataset, prefetch: int, rank: int | None, world_size: int | None) -> None:
        super().__init__(dataset.batches, rank, world_size)
        self.dataset, self.prefetch = dataset, prefetch

    def __iter__(self) -> Keys:
        """Return the keys of the next epoch."""
        return self._keys(AheadKeys(self))


class AheadKeys(Keys):
    """Keys that know where their batches wait."""

    def __init__(self, sampler: AheadSampler) -> None:
        super().__init__(sampler)
        self._ahead = sampler.dataset.ahead(sampler.prefetch)

    def _begun(self) -> None:
        # Keys of their own, made of no reference to this iterator: a cycle would keep what is rendered ahead.
        (epoch, first), batches = self.course.place(), self.sampler.batches
        rank, world_size = batches.rank, batches.world_size
        self._ahead.expect(BatchKey(epoch, step, rank, world_size) for step in range(first, batches.steps))

    def _key(self, step: int) -> BatchKey:
        return AheadKey.of(super()._key(step), self._ahead)
