"""What frameworks demand of labels and weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samebatch.errors import SpecError

if TYPE_CHECKING:
    from samebatch.source import Source


def check(source: Source) -> None:
    """Check that labels and weights can be given to a model.

    Raises:
        SpecError: the labels are no numbers, or there are weights without labels.
    """
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
