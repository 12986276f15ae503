"""The iterators' base: a Keras PyDataset, and an endless iterator, over the batches of a generator."""
# ruff: noqa: ANN401, FBT001 -- the arguments are Keras' own, in their order, and take what Keras takes

from __future__ import annotations

import secrets
import threading
import warnings
import weakref
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch import indexing
from samebatch.checks import describe
from samebatch.keras import running
from samebatch.keras.generator.clock import Clock
from samebatch.keras.generator.rendered import Rendered

if TYPE_CHECKING:
    from collections.abc import Iterator as Endless

    from numpy.typing import NDArray

    from samebatch.keras.ahead import Key

SEED_BITS: Final = 31


class Iterator(Rendered):
    """Batches of a generator: for ``fit``, ``evaluate`` and ``predict``, for ``next`` and for indexing.

    ``iterator[step]`` is the batch of that step of :attr:`epoch`: a function of the data, the generator, :attr:`seed`
    and (epoch, step), whoever asks, in whatever order.

    **Epochs.** In ``fit`` the epoch is the one Keras is at; a second ``fit`` of the same model goes on where the first
    one ended, and ``fit(initial_epoch=k)`` starts with epoch k. With ``steps_per_epoch`` the steps of all epochs are
    counted on, and an epoch of the plan ends where it ends. ``evaluate`` and ``predict`` use epoch 0. ``next()`` counts
    its own steps, endlessly. In a loop of your own over ``iterator[step]``, :meth:`on_epoch_end` or :meth:`set_epoch`
    says when an epoch is over.

    Args:
        n: samples.
        batch_size: samples of a batch.
        shuffle: another order every epoch, or always that of the samples.
        seed: fixes order and augmentation, 0 to 2**64 - 1; None: one of its own is drawn.
        workers: how many batches are rendered at the same time, ahead of the model; 0: none ahead.
        use_multiprocessing: render them in processes: only of use if a ``preprocessing_function`` takes long.
        max_queue_size: how many rendered batches may wait at most.

    Attributes:
        n: samples.
        batch_size: samples of a batch.
        seed: the seed in use.
        shuffle: whether the order changes every epoch.
        batch_index: the step that ``next()`` takes next.
        total_batches_seen: batches that were served.
        lock: held while ``next()`` counts.
    """

    def __init__(
        self,
        n: int,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
        *,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        super().__init__(n, batch_size, shuffle, secrets.randbits(SEED_BITS) if seed is None else seed)
        self._queue = {"workers": workers, "processes": use_multiprocessing, "queue": max_queue_size}
        self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_generator = self._flow_index()
        self._clock = Clock(len(self))
        self._served: Key | None = None  # whose order index_array is
        self._direct = 0  # batches of the present epoch that were asked for by their step, and not by Keras
        self._steps: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    @property
    def epoch(self) -> int:
        """The epoch that ``iterator[step]`` is of."""
        return self._clock.epoch

    def set_epoch(self, epoch: int) -> None:
        """Serve the batches of ``epoch`` from now on; the next ``fit`` starts there.

        Raises:
            IndexError: it is negative.
            TypeError: it is no whole number.
        """
        self._clock.tell(indexing.epoch(epoch))
        self._direct = 0

    @property
    def index_array(self) -> NDArray[np.int64] | None:
        """The samples in the order of the epoch of the batch that was served last; None: none was."""
        if self._served is None:
            return None
        batches = self.batches
        return np.concatenate([batches.indices(self._served[0], step) for step in range(len(batches))])

    @property
    def num_batches(self) -> int:
        """The steps that Keras may ask for: what ``fit``, ``evaluate`` or ``predict`` was told, else ``len()``."""
        asking = running.adapter_of(self)
        if asking is None:
            return len(self)
        if asking.steps is not None:
            self._steps[asking.adapter] = asking.steps
        return self._steps.get(asking.adapter, len(self))

    def __getitem__(self, idx: int) -> Any:
        """Return the batch of a step of the present epoch; a negative step counts from the end.

        Raises:
            ValueError: there is no such step.
            TypeError: it is no whole number.
        """
        if isinstance(idx, bool) or not isinstance(idx, int | np.integer):
            raise TypeError(f"iterator[step] takes a whole number, got {describe(idx)}")
        count = len(self)
        step = int(idx) + count if -count <= idx < 0 else int(idx)
        asking = running.adapter_of(self)
        limit = count if asking is None else self._steps.get(asking.adapter, count)
        if not 0 <= step < limit:
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {count}")
        if asking is not None:
            return self._serve(self._clock.place(step))
        self._count(step)
        return self._serve((self.epoch, step))

    def __iter__(self) -> Iterator:
        """Return itself: it never ends."""
        return self

    def __next__(self) -> Any:
        """Return the next batch; after the last one of an epoch comes the first one of the next."""
        with self.lock:
            key = self._clock.next()
            if self._following != key:
                self._current()[1].expect(self._clock.onwards(key))
            self._following = self._clock.after(key)
        return self._serve(key)

    @property
    def batch_index(self) -> int:
        """The step that ``next()`` takes next."""
        return self._clock.step

    def reset(self) -> None:
        """Make the next ``next()`` the first batch of an epoch: of the one after, if this one has begun."""
        with self.lock:
            self._clock.reset()

    def on_epoch_begin(self) -> None:
        """Find out which epoch begins; Keras calls this."""
        run, asking = running.now(), running.adapter_of(self)
        if run is None or run.kind == "look":
            return
        steps = len(self) if asking is None else self._steps.get(asking.adapter, len(self))
        ordered = not run.shuffle
        if asking is not None and hasattr(asking.adapter, "shuffle"):
            asking.adapter.shuffle = False  # Keras would shuffle the order of batches, by a global generator
            ordered = True
        self._clock.begin(run, steps)
        self._direct = 0
        if ordered:
            self._following = None
            self._current()[1].expect(map(self._clock.place, range(steps)))

    def on_epoch_end(self) -> None:
        """End an epoch: in a loop of your own the next one begins, and ``fit`` counts itself."""
        if self._made is not None:
            self._made[2].rest()
        self._following = None
        if running.now() is None:
            self._clock.advance()
            self._direct = 0

    def _flow_index(self) -> Endless[NDArray[np.int64]]:
        while True:
            with self.lock:
                key = self._clock.next()
            self._served = key
            yield self.batches.indices(*key)

    def _get_batches_of_transformed_samples(self, index_array: NDArray[Any]) -> Any:
        """Return any samples, as they are in the epoch of the batch that was served last."""
        epoch = self.epoch if self._served is None else self._served[0]
        batch = self.batches.samples(epoch, index_array)
        return self._assembled(batch.x, batch.indices, epoch)

    def _serve(self, key: Key) -> Any:
        batches, made = self._current()
        x, _, _ = made.take(key)
        with self.lock:
            self.total_batches_seen += 1
            self._served = key
        return self._assembled(x, batches.indices(*key), key[0])

    def _count(self, step: int) -> None:
        """Notice that epochs go by in a loop of the user's own, and nobody says so."""
        self._direct += 1
        if step == 0 and len(self) > 1 and self._direct > 2 * len(self) and self.pipeline != self.pipeline.evaluation():
            warnings.warn(
                "two epochs' worth of batches were asked for by their step, all of them as augmented in epoch "
                f"{self.epoch}: call iterator.on_epoch_end() after each epoch, or take next(iterator)",
                stacklevel=3,
            )
            self._direct = -(2**62)  # once

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        left_out = {"lock": None, "index_generator": None, "_made": None, "_steps": None, "_following": None}
        return self.__dict__ | left_out

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start afresh in this process."""
        self.__dict__.update(state)
        self.lock = threading.Lock()
        self.index_generator = self._flow_index()
        self._steps = weakref.WeakKeyDictionary()

    def __repr__(self) -> str:
        """Return how many there are, and the seed that gives the same batches again."""
        return f"<{type(self).__name__}: {self.n} images, {len(self)} batches of {self.batch_size}, seed={self.seed}>"
