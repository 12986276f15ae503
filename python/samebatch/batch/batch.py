"""One batch: images, labels and weights, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from samebatch.digest import digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from samebatch.checks import Layout
    from samebatch.params import Params
    from samebatch.pipeline import Pipeline


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Batch:
    """What a model sees in one step.

    Attributes:
        x: images, (n, height, width, channels) or (n, channels, height, width), of the pipeline's dtype; bfloat16 as
            uint16 bits.
        y: labels, a copy of the source's rows; of x itself where the source's ``label_mode`` is ``"input"``; None if it
            has none.
        weights: weights, likewise.
        indices: int64, the sample of each row.
        repeats: uint64, which draw of its sample within the epoch each row is; 2**32 more for a row that stands in for
            a file that could not be read.
        epoch: the epoch.
        step: the step; None if the samples were asked for by name.
        layout: where x has its channels.
        seed: the seed.
        channels: of the images.
        pipeline: what made x.
        label_mode: the source's.
        skipped: samples of this step that could not be read, ascending; others stand in their rows.
    """

    x: NDArray[Any]
    y: NDArray[Any] | None
    weights: NDArray[Any] | None
    indices: NDArray[np.int64]
    repeats: NDArray[np.uint64]
    epoch: int
    step: int | None
    layout: Layout
    seed: int
    channels: int
    pipeline: Pipeline
    label_mode: str | None = None
    skipped: tuple[int, ...] = ()

    @property
    def params(self) -> Params:
        """The numbers that were drawn for these samples; drawn again when asked for."""
        return self.pipeline.params(
            seed=self.seed, epoch=self.epoch, indices=self.indices, repeats=self.repeats, channels=self.channels
        )

    def digest(self) -> str:
        """Return the hash of x, y and weights: see :func:`samebatch.digest`."""
        return digest(self.x, self.y, self.weights, layout=self.layout)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.indices)

    def __repr__(self) -> str:
        """Return where it stands, and shapes and types."""
        parts = [f"epoch={self.epoch}", f"step={self.step}"]
        for name in ("x", "y", "weights"):
            array = getattr(self, name)
            if array is not None:
                image = name == "x" or (name == "y" and self.label_mode == "input")
                dtype = self.pipeline.dtype if image else array.dtype
                parts.append(f"{name}={dtype}{list(array.shape)}")
        return f"<Batch: {', '.join(parts)}>"
