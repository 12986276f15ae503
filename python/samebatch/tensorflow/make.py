"""What tf.data calls for each element: a number becomes arrays, in a thread of TensorFlow's."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from samebatch import targets
from samebatch.batch.skip import warn_of_new
from samebatch.tensorflow import ending

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from samebatch import Batches
    from samebatch.run import Run


class Make:
    """Makes the arrays of an element, in the order in which TensorFlow flattens its spec.

    TensorFlow does not copy an array that begins at a multiple of 64 bytes, as x does: it keeps it until the last
    tensor over it is gone, and may write to it. So nothing that is given away is kept here.

    Args:
        run: which batches.
        shares: whose rows of each batch come in turn.
        spec: what an element is.
        ahead: how many elements are made at most before they are asked for.
    """

    def __init__(self, run: Run, shares: Sequence[Batches], spec: Any, ahead: int) -> None:  # noqa: ANN401
        self._run, self._shares = run, shares
        self._keyed = isinstance(spec, dict)
        self._types = [part.dtype.as_numpy_dtype for part in tf.nest.flatten(spec)]
        self._last = run.length * len(shares) - 1
        self._ends = 0
        # Of a short one a look at the first element makes the last, which may also be made before the first.
        self._enough = 1 if self._last > ahead else 3
        self._told = False

    def __call__(self, number: np.int64) -> list[NDArray[Any]]:
        """Return the arrays of the element of that number."""
        with ending.call():
            self._note(int(number))
            place, turn = divmod(int(number), len(self._shares))
            batch = self._shares[turn].batch(*self._run.place(place))
            if batch.skipped:
                warn_of_new(self._run.batches.source)
            parts = tf.nest.flatten(targets.element(batch, with_indices=self._keyed))
            return [part.astype(dtype, copy=False) for part, dtype in zip(parts, self._types, strict=True)]

    def _note(self, number: int) -> None:
        """Notice that the dataset is iterated over again after its end: each time on the very same batches."""
        if number == self._last:
            self._ends += 1
        if number or self._told or self._ends < self._enough:
            return
        self._told = True
        pipeline = self._run.batches.pipeline
        if pipeline != pipeline.evaluation():
            warnings.warn(
                "a dataset that came to its end is iterated over again, and gives the same batches, those from "
                f"(epoch, step) {self._run.place(0)} on. To train on other epochs: "
                "samebatch.tensorflow.dataset(train, epochs=None) and fit(..., steps_per_epoch=len(train))",
                stacklevel=2,
            )
