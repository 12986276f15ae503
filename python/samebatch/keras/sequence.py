"""The PyDataset over batches."""

from __future__ import annotations

import warnings
import weakref
from itertools import repeat
from typing import TYPE_CHECKING, Any

import keras

from samebatch import indexing, targets
from samebatch.batch import state as states
from samebatch.checks import boolean, integer
from samebatch.errors import SpecError
from samebatch.keras import running
from samebatch.keras.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from samebatch import Batches

LARGEST_QUEUE = 1024
TRAINED = {"on_train_batch_begin": 0, "on_train_batch_end": 1}
"""How many steps more than its batch's number a model was trained on when a callback is called."""


class Sequence(keras.utils.PyDataset):  # type: ignore[misc]  # Keras ships no types
    """``batches`` as a Keras 3 PyDataset, for ``fit(..., shuffle=False)``, ``evaluate`` and ``predict``.

    ``sequence[step]`` is ``batches.batch(sequence.epoch, step)``, whoever asks, how often and in whatever order:
    ``(x, y)``, or ``(x, y, weights)`` if the source has weights, or ``(x,)`` if it has no labels; NumPy arrays.

    **Epochs.** In ``fit`` the epoch is the one Keras is at: ``fit(initial_epoch=3)`` goes on with epoch 3, and so does
    a fit that BackupAndRestore resumes; another fit from the start repeats the batches of the first, and warns if the
    model is the same. Only if ``initial_epoch`` is given here, or :meth:`set_epoch` was called, does each fit start
    there. ``evaluate`` and ``predict`` always use the epoch given in one of these ways, else 0. One Sequence serves one
    ``fit`` at a time; making another costs nothing.

    **Going on.** :meth:`state_dict`, asked by a callback, says which batch the model has not seen yet, and
    :meth:`load_state_dict` makes the Sequence go on there: it is as long as what is left of that epoch, until a fit has
    gone through it, and each fit then goes on where the last one ended. Keras counts the steps of an epoch once in a
    fit, so what is left of one is a fit of its own::

        sequence.load_state_dict(state)
        for epoch in range(sequence.epoch, 10):
            model.fit(sequence, initial_epoch=epoch, epochs=epoch + 1, shuffle=False)

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
        SpecError: ``batches`` are none, another argument is out of range, the labels are no numbers, or there are
            weights without labels.
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
        targets.check(batches)
        self.batches = batches
        self._ahead = ahead(
            batches,
            workers=integer("workers", workers, 0, LARGEST_QUEUE),
            processes=boolean("use_multiprocessing", use_multiprocessing),
            queue=integer("max_queue_size", max_queue_size, 0, LARGEST_QUEUE),
        )
        self._epoch = 0
        self._start = 0  # of the present epoch: the step that a state says
        self._whole: tuple[int, int] | None = (0, 0)  # where the run is, between two epochs; None: within one
        self._told: int | None = None  # the epoch that the user said, if any,
        self._at: int | None = None  # and the epoch of Keras that it was said for; None: the next to begin
        self._goes_on = False  # whether the next fit begins where the last one ended
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
        self._tell(indexing.epoch(epoch), 0)

    def state_dict(self) -> dict[str, Any]:
        """Return where the training is, and what it is known by: see :meth:`samebatch.Batches.state`.

        To be called by a callback of ``fit``, in on_train_batch_end or on_epoch_end, where weights are saved, or when
        ``fit`` is done.

        Raises:
            RuntimeError: the training is, or was stopped, within an epoch, and no callback says at which step.
        """
        name, batch = running.callback() or (None, None)
        if batch is not None and name in TRAINED:
            # Several steps an execution: the last may say more than there are.
            step = min(self._start + batch + TRAINED[name], self.batches.steps)
            return states.after(self.batches, self._epoch, step)
        if self._whole is None or name not in (None, "on_epoch_end", "on_train_end"):
            raise RuntimeError(
                f"epoch {self._epoch} has begun or is about to, and how many of its steps the model was trained on is "
                "known in a callback's on_train_batch_end alone, or in on_epoch_end: ask for the state there"
            )
        return states.after(self.batches, *self._whole)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where the training of a state was: the next epoch that ``fit`` begins is what is left of that one.

        Raises:
            SpecError: it is the state of other batches: of another pipeline, source, seed, ...; it names the change.
        """
        epoch, step = states.place(self.batches, state_dict)
        self._tell(*((epoch, step) if step < self.batches.steps else (epoch + 1, 0)))
        self._goes_on = True

    def _tell(self, epoch: int, start: int) -> None:
        self._epoch = self._told = epoch
        self._start, self._whole, self._at, self._goes_on = start, (epoch, start), None, False

    def __len__(self) -> int:
        """Return the number of steps of an epoch; of what is left of it, if a state within one was loaded."""
        return self.batches.steps - self._start

    def __getitem__(self, step: int) -> tuple[NDArray[Any], ...]:
        """Return the batch of that step of the present epoch, or of what is left of it.

        Raises:
            IndexError: there is no such step.
            TypeError: ``step`` is no whole number.
        """
        if self._start:
            step = self._start + indexing.position("step", step, len(self), f"{len(self)} steps are left of the epoch")
        x, y, weights = self._ahead.take((self._epoch, step))
        if self.batches.output_dtype == "bfloat16":
            x = targets.as_bfloat16(x)
            y = targets.as_bfloat16(y) if y is not None and self.batches.source.label_mode == "input" else y
        if y is None:
            return (x,)
        return (x, y) if weights is None else (x, y, weights)

    def on_epoch_begin(self) -> None:
        """Find out which epoch begins; Keras calls this.

        Raises:
            SpecError: ``fit`` was given ``steps_per_epoch``, or starts at another epoch than this Sequence was told;
                or a state within an epoch was loaded, and ``fit`` goes on with more epochs, or it is not ``fit``.
            RuntimeError: which epoch begins cannot be found out, and :meth:`set_epoch` was not called.
        """
        run = running.now()
        if run is None:
            self._begin_unknown()
        elif run.kind == "evaluate":
            if self._start:
                raise SpecError(
                    "a state within an epoch was loaded, of which fit is to see the rest: evaluate another Sequence"
                )
            self._epoch = self._told or 0
        elif run.kind == "fit":
            self._begin(run)
            self._whole = None
        if run is None or run.kind == "evaluate" or (run.kind == "fit" and not run.shuffle):
            self._ahead.expect(zip(repeat(self._epoch), range(self._start, self.batches.steps), strict=False))

    def on_epoch_end(self) -> None:
        """Drop what was rendered ahead; Keras calls this, even before the first epoch."""
        self._ahead.rest()
        run = running.now()
        if self._whole is None and run is not None and run.kind == "fit" and run.data is self:
            self._start, self._whole = 0, (self._epoch + 1, 0)
            if self._goes_on:
                self._told, self._at = self._epoch + 1, None

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
        if self._start and run.epochs > run.epoch + 1:
            raise SpecError(
                f"a state within an epoch was loaded, of which {len(self)} steps are left, and Keras counts the steps "
                f"of an epoch once in a fit. Give it a fit of its own: fit(initial_epoch={run.epoch}, "
                f"epochs={run.epoch + 1}), and go on with fit(initial_epoch={run.epoch + 1}, ...)"
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
            if model() is run.model and self._epoch <= last and not self._start:
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
