"""The labels of a batch: what stands in y."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch.batch.skip import Rows
    from samebatch.source import Source


def labels_of(source: Source, rows: Rows) -> NDArray[Any] | None:
    """Return the labels of what is really in the rows, as an array of their own; None if the source has none."""
    labels = source.labels
    if source.label_mode == "input":
        labels = rows.x.copy()
    elif labels is not None:
        labels = labels[rows.indices]
    return labels
