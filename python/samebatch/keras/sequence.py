"""The PyDataset over batches."""

from __future__ import annotations

import warnings
import weakref
from itertools import repeat
from typing import TYPE_CHECKING, Any

import keras

from samebatch import indexing, targets
from samebatch.checks import boolean, integer
from samebatch.errors import SpecError
from samebatch.keras import running
from samebatch.keras.ahead import ahead

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch import Batches

LARGEST_QUEUE = 1024


class Sequence(keras.utils.PyDataset):  # type: ignore[misc]  # Keras ships no types
    """``batches`` as a Keras 3 PyDataset, for ``fit(..., shuffle=False)``, ``evaluate`` and ``predict``.

    ``sequence[step]`` is ``batches.batch(sequence.epoch, step)``, whoever asks, how often and in whatever order:
    ``(x, y)``, or ``(x, y, weights)`` if the source has weights, or ``(x,)`` if it has no labels; NumPy arrays.

    **Epochs.** In ``fit`` the epoch is the one Keras is at: ``fit(initial_epoch=3)`` goes on with epoch 3, and so does
    a fit that BackupAndRestore resumes; another fit from the start repeats the batches of the first, and warns if the
    model is the same. Only if ``initial_epoch`` is given here, or :meth:`set_epoch` was called, does each fit start
    there. ``evaluate`` and ``predict`` always use the epoch given in one of these ways, else 0. One Sequence serves one
    ``fit`` at a time; making another costs nothing.

    **Order.** ``fit`` shuffles the order of batches unless it is told ``shuffle=False``. Each batch is right even then,
    but their order is not the plan's and comes from Python's global generator; a warning says so.

    Args:
        batches: the batches.
        workers: how many batches are rendered at the same time, ahead of the model; 0: none ahead. One will do as a
            rule, as a batch is rendered on all native threads already.
        use_multiprocessing: render them in processes. Not faster, as rendering threads do not hold each other up: the
            source is copied to each process, and each batch back. Scripts need ``if __name__ == "__main__":``.
        max_queue_size: how many rendered batches may wait at most; there are never more than ``workers + 1``, so 2 by
            default.
        initial_epoch: the epoch each ``fit`` starts at; None: the one Keras says.

    Raises:
        IndexError: ``initial_epoch`` is negative.
        SpecError: another argument is out of range, the labels are no numbers, or there are weights without labels.
        TypeError: ``initial_epoch`` is no whole number.
    """

    def __init__(
        self,
        batches: Batches,
        *,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
        initial_epoch: int | None = None,
    ) -> None:
        super().__init__()
        targets.check(batches.source)
        self.batches = batches
        self._ahead = ahead(
            batches,
            workers=integer("workers", workers, 0, LARGEST_QUEUE),
            processes=boolean("use_multiprocessing", use_multiprocessing),
            queue=integer("max_queue_size", max_queue_size, 0, LARGEST_QUEUE),
        )
        self._epoch = 0
        self._told: int | None = None  # the epoch that the user said, if any,
        self._at: int | None = None  # and the epoch of Keras that it was said for; None: the next to begin
        self._trained: tuple[weakref.ref[Any], int] | None = None  # the model of the last fit, and its last epoch
        self._warned = False
        if initial_epoch is not None:
            self.set_epoch(initial_epoch)

    @property
    def workers(self) -> int:
        """What Keras is told; not to be set, as its own workers would serve batches of an epoch before."""
        return 1

    @property
    def use_multiprocessing(self) -> bool:
        """What Keras is told; not to be set, likewise."""
        return False

    @property
    def epoch(self) -> int:
        """The epoch whose batches are served."""
        return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Serve the batches of ``epoch`` from now on; the next epoch that ``fit`` begins is this one, and counts on.

        Raises:
            IndexError: it is negative.
            TypeError: it is no whole number.
        """
        self._epoch = self._told = indexing.epoch(epoch)
        self._at = None

    def __len__(self) -> int:
        """Return the number of steps of an epoch."""
        return self.batches.steps

    def __getitem__(self, step: int) -> tuple[NDArray[Any], ...]:
        """Return the batch of that step of the present epoch.

        Raises:
            IndexError: there is no such step.
            TypeError: ``step`` is no whole number.
        """
        x, y, weights = self._ahead.take((self._epoch, step))
        if self.batches.output_dtype == "bfloat16":
            x = as_bfloat16(x)
            y = as_bfloat16(y) if y is not None and self.batches.source.label_mode == "input" else y
        if y is None:
            return (x,)
        return (x, y) if weights is None else (x, y, weights)

    def on_epoch_begin(self) -> None:
        """Find out which epoch begins; Keras calls this.

        Raises:
            SpecError: ``fit`` was given ``steps_per_epoch``, or starts at another epoch than this Sequence was told.
            RuntimeError: which epoch begins cannot be found out, and :meth:`set_epoch` was not called.
        """
        run = running.now()
        if run is None:
            self._begin_unknown()
        elif run.kind == "evaluate":
            self._epoch = self._told or 0
        elif run.kind == "fit":
            self._begin(run)
        if run is None or run.kind == "evaluate" or (run.kind == "fit" and not run.shuffle):
            self._ahead.expect(zip(repeat(self._epoch), range(len(self)), strict=False))

    def on_epoch_end(self) -> None:
        """Drop what was rendered ahead; Keras calls this, even before the first epoch."""
        self._ahead.rest()

    def _begin_unknown(self) -> None:
        if self._told is None or self._at is not None:
            raise RuntimeError(
                f"an epoch begins, and which one cannot be told (Keras {keras.__version__}, or a training loop of "
                "another kind): call sequence.set_epoch(epoch) before each, for example in a callback's on_epoch_begin"
            )
        self._at = self._epoch = self._told

    def _begin(self, run: running.Run) -> None:
        if run.steps_per_epoch is not None:
            raise SpecError(
                f"fit(steps_per_epoch={run.steps_per_epoch}) with a samebatch.keras.Sequence: Keras then reads on over "
                "the end of an epoch, and chance decides which epoch a batch is of. Leave steps_per_epoch out: Keras "
                f"knows that an epoch has {len(self)} steps"
            )
        self._epoch = run.epoch if self._told is None else self._counted(run, self._told)
        if run.shuffle and len(self) > 1 and not self._warned:
            self._warned = True
            warnings.warn(
                "fit shuffles the order of the batches, by Python's global generator. Each batch is right, but their "
                "order is not the plan's, which shuffles the samples already: give fit shuffle=False",
                stacklevel=running.stacklevel(),
            )
        if run.epoch == run.first and self._trained is not None:
            model, last = self._trained
            if model() is run.model and self._epoch <= last:
                warnings.warn(
                    f"fit starts at epoch {self._epoch}, whose batches this model saw in an earlier fit, the same to "
                    f"the byte. To go on: fit(initial_epoch={last + 1}, epochs=...) or sequence.set_epoch({last + 1}). "
                    "To repeat them on purpose: a new Sequence",
                    stacklevel=running.stacklevel(),
                )
        self._trained = weakref.ref(run.model), self._epoch

    def _counted(self, run: running.Run, told: int) -> int:
        """Return the epoch, counted from the one that the user told."""
        if run.epoch == run.first and run.first not in (0, told):
            raise SpecError(
                f"fit starts at epoch {run.first}, and the Sequence was told to start at epoch {told} (by its "
                "initial_epoch or set_epoch): leave one of the two out, or make them equal"
            )
        if self._at is None or run.epoch == run.first:
            self._at = run.epoch
        return told + run.epoch - self._at

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the model."""
        return self.__dict__ | {"_trained": None}


def as_bfloat16(bits: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers whose bits a batch of bfloat16 comes as."""
    import ml_dtypes  # noqa: PLC0415 (Keras brings it, and only this dtype needs it)

    return bits.view(ml_dtypes.bfloat16)
