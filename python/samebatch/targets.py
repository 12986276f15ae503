"""What frameworks demand of labels and weights, and what they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch import Batches
from samebatch.checks import describe
from samebatch.errors import SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch import Batch


def check(batches: Batches) -> None:
    """Check that these are batches whose labels and weights can be given to a model.

    Raises:
        SpecError: they are something else, the labels are no numbers, or there are weights without labels.
    """
    check_batches(batches)
    source = batches.source
    if source.label_mode == "input":
        return
    if source.labels is None:
        if source.weights is not None:
            raise SpecError(
                "the source has weights but no labels, and (x, weights) would be taken for (x, y); give it labels="
            )
    elif source.labels.dtype.kind not in "biufc":
        raise SpecError(
            f"labels of dtype {source.labels.dtype} cannot be a tensor; number the classes: "
            "names, labels = numpy.unique(labels, return_inverse=True)"
        )


def check_batches(batches: object) -> None:
    """Check that these are batches.

    Raises:
        SpecError: they are something else.
    """
    if not isinstance(batches, Batches):
        raise SpecError(
            f"batches must be a samebatch.Batches, got {describe(batches)}; of a source and a pipeline: "
            "samebatch.Batches(source, pipeline, batch_size=32)"
        )


def element(batch: Batch, *, with_indices: bool) -> Any:  # noqa: ANN401 (an array, a tuple or a dict)
    """Return a batch as engines carry it: x, (x, y), (x, y, weights), or a dict of all and of where they come from.

    bfloat16 has the dtype of ml_dtypes.
    """
    parts: dict[str, Any] = {"x": batch.x}
    if batch.y is not None:
        parts["y"] = batch.y
    if batch.weights is not None:
        parts["weights"] = batch.weights
    if batch.pipeline.dtype == "bfloat16":
        parts["x"] = as_bfloat16(batch.x)
        if batch.y is not None and batch.label_mode == "input":
            parts["y"] = as_bfloat16(batch.y)
    if with_indices:
        return parts | {"indices": batch.indices, "epoch": np.int64(batch.epoch), "step": np.int64(batch.step or 0)}
    return parts["x"] if len(parts) == 1 else tuple(parts.values())


def as_bfloat16(bits: NDArray[Any]) -> NDArray[Any]:
    """Return uint16 bits as bfloat16.

    Raises:
        ImportError: there is no ml_dtypes.
    """
    import ml_dtypes  # noqa: PLC0415 (Keras, TensorFlow and JAX bring it, and only this dtype needs it)

    return bits.view(ml_dtypes.bfloat16)
