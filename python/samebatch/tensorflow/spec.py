"""What the elements of a dataset are, before any is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from samebatch.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samebatch import Batches


def element_spec(shares: Sequence[Batches], *, with_indices: bool) -> Any:  # noqa: ANN401 (a structure of TensorSpecs)
    """Return the TensorSpecs of an element: x, (x, y), (x, y, weights), or a dict of all.

    Args:
        shares: whose batches come in turn.
        with_indices: whether it is a dict with indices, epoch and step.

    Raises:
        SpecError: the labels or weights are of a type that TensorFlow does not have.
    """
    batches = shares[0]
    rows, source = _rows(shares), batches.source
    images = tf.TensorSpec((rows, *batches.output_shape), batches.output_dtype)
    parts = {"x": images}
    if source.label_mode == "input":
        parts["y"] = images
    for name, values in (("y", source.labels), ("weights", source.weights)):
        if values is not None:
            parts[name] = tf.TensorSpec((rows, *values.shape[1:]), _dtype(name, values.dtype))
    if with_indices:
        scalar = tf.TensorSpec((), tf.int64)
        return parts | {"indices": tf.TensorSpec((rows,), tf.int64), "epoch": scalar, "step": scalar}
    return images if len(parts) == 1 else tuple(parts.values())


def _rows(shares: Sequence[Batches]) -> int | None:
    """Return how many rows every batch has, or None if they differ."""
    last = shares[0].steps - 1
    counts = {len(share.indices(0, step)) for share in shares for step in {0, last}}
    return counts.pop() if len(counts) == 1 else None


def _dtype(name: str, dtype: Any) -> tf.DType:  # noqa: ANN401 (NumPy's)
    try:
        return tf.as_dtype(dtype.newbyteorder("="))
    except TypeError as error:
        what = "labels" if name == "y" else name
        raise SpecError(
            f"{what} have dtype {dtype}, which TensorFlow does not have; use float64, for example"
        ) from error
