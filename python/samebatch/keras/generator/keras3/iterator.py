"""The iterators' base in compat mode: Keras' own state, counted and seeded as Keras does it.

A batch depends on how many were asked for before it, and on how often an epoch ended; so it is in Keras. All that is
drawn for a batch is drawn at once, under a lock, before the first image is rendered: threads cannot draw between each
other, and with a seed every batch is one that Keras' iterator gives.
"""
# ruff: noqa: ANN401, FBT001 -- the arguments are Keras' own, in their order, and take what Keras takes

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from samebatch.keras.generator.keras3 import randomness
from samebatch.keras.generator.saving import Saving
from samebatch.keras.generator.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator as Endless
    from collections.abc import Mapping
    from threading import RLock

    from numpy.typing import NDArray


class Drawn(NamedTuple):
    """What was drawn for a batch.

    Attributes:
        params: of each image, as ``get_random_transform`` returns them.
        names: a number for the name of each file that is saved; none if nothing is.
    """

    params: list[Mapping[str, Any]]
    names: list[int]


class Stateful(Served):
    """Batches in Keras' order, for ``fit``, for ``next`` and for indexing.

    Args:
        n: samples.
        batch_size: samples of a batch.
        shuffle: whether the order is drawn anew every epoch.
        seed: what a batch's draws are seeded with, after adding the number of batches before it; None: draws go on from
            a copy of the state that NumPy's global generator has now.
        **queue: workers, use_multiprocessing and max_queue_size of a PyDataset.

    Attributes:
        n: samples.
        batch_size: samples of a batch.
        seed: as given.
        shuffle: whether the order changes.
        batch_index: the step that ``next()`` takes next.
        total_batches_seen: batches that were asked for.
        index_array: the samples in the order of the present epoch; None: none has begun.
        index_generator: the samples of one batch after the other.
    """

    names_below: int

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None, **queue: Any) -> None:
        super().__init__(n, batch_size, shuffle, seed, **queue)
        self.batch_index = 0
        self.total_batches_seen = 0
        self.index_array: NDArray[np.int64] | None = None
        if seed is None:
            randomness.stand_in.follow()
        self.index_generator = self._flow_index()

    @property
    def lock(self) -> RLock:
        """Held while a batch is drawn, by whichever iterator."""
        return randomness.stand_in.lock

    def __getitem__(self, idx: int) -> Any:
        """Return a batch of the present order, drawn anew from the seed; the first call draws the order.

        Raises:
            ValueError: there is no such batch.
        """
        count = len(self)
        if not -count <= idx < count:
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {count}")
        first = idx % count * self.batch_size
        with self.lock:
            self._seed()
            self.total_batches_seen += 1
            if self.index_array is None:
                self._set_index_array()
            samples = self._order()[first : first + self.batch_size]
            drawn = self._draw(samples)
        return self._get_batches_of_transformed_samples(samples, drawn)

    def __iter__(self) -> Stateful:
        """Return itself: it never ends."""
        return self

    def __next__(self) -> Any:
        """Return the next batch; the order is drawn anew with the first one of every epoch."""
        with self.lock:
            samples = next(self.index_generator)
            drawn = self._draw(samples)
        return self._get_batches_of_transformed_samples(samples, drawn)

    def reset(self) -> None:
        """Make the next ``next()`` the first batch of an epoch."""
        self.batch_index = 0

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch, from where the draws of the last batch ended; Keras calls this."""
        with self.lock:
            self._set_index_array()

    def _order(self) -> NDArray[np.int64]:
        if self.index_array is None:
            raise RuntimeError("no epoch has begun")
        return self.index_array

    def _set_index_array(self) -> None:
        self.index_array = randomness.stand_in.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _seed(self) -> None:
        if self.seed is not None:
            randomness.stand_in.random.seed(self.seed + self.total_batches_seen)

    def _flow_index(self) -> Endless[NDArray[np.int64]]:
        while True:
            with self.lock:
                self._seed()
                if self.batch_index == 0:
                    self._set_index_array()
                first = self.batch_index * self.batch_size % self.n if self.n else 0
                self.batch_index = self.batch_index + 1 if self.n > first + self.batch_size else 0
                self.total_batches_seen += 1
                samples = self._order()[first : first + self.batch_size]
            yield samples

    def _draw(self, samples: NDArray[np.int64]) -> Drawn:
        """Draw all that a batch needs, in Keras' order: first its images' parameters, then the names of its files."""
        shape = self._shape()
        params = [self.image_data_generator.get_random_transform(shape) for _ in samples]
        random = randomness.stand_in.random
        return Drawn(params, [int(random.randint(self.names_below)) for _ in samples] if self.save_to_dir else [])

    def _get_batches_of_transformed_samples(self, index_array: NDArray[Any], drawn: Drawn | None = None) -> Any:
        """Return any samples, transformed."""
        if drawn is None:
            with self.lock:
                drawn = self._draw(index_array)
        generator = self.image_data_generator
        batch = np.zeros((len(index_array), *self._shape()), dtype=self.dtype)
        for place, (sample, params) in enumerate(zip(index_array, drawn.params, strict=True)):
            image = generator.apply_transform(self._image(int(sample)), params)
            batch[place] = generator.standardize(image)
        if self.save_to_dir:
            save = Saving(self.save_to_dir, self.save_prefix, self.save_format, self.data_format)
            save(batch, index_array.tolist(), drawn.names)
        return self._joined(batch, index_array)

    def _held_out(self, count: int, classes: NDArray[np.int64] | None, group: int = 0) -> NDArray[np.bool_]:  # noqa: ARG002 (the first ones)
        share = self.image_data_generator.arguments.validation_split or 0.0
        first: NDArray[np.bool_] = np.arange(count) < int(share * count)
        return first

    @abstractmethod
    def _shape(self) -> tuple[int, ...]:
        """Return the shape of an image, in the generator's data format."""

    @abstractmethod
    def _image(self, sample: int) -> NDArray[Any]:
        """Return an image as it is before anything is done to it, in memory that is nobody else's."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        return self.__dict__ | {"index_generator": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Go on in this process."""
        self.__dict__.update(state)
        self.index_generator = self._flow_index()
