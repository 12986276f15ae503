"""Rendering: what a generator makes of a source, as samebatch.Batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from samebatch.batch import Batches
from samebatch.keras.generator import translate
from samebatch.keras.generator.finish import Finish, FinishedBatches, native_dtype
from samebatch.pipeline import Pipeline

if TYPE_CHECKING:
    from samebatch.checks import DType, FillMode, Layout
    from samebatch.keras.generator.arguments import Arguments
    from samebatch.keras.generator.fitted import Fitted
    from samebatch.source import Source

RGB_BYTES = (0.0, 255.0)


@dataclass(frozen=True)
class Rendering:
    """How the images of a source become those of a batch.

    Attributes:
        arguments: what the generator was told.
        fitted: what it found.
        reading: ``size``, ``resample`` and ``fit`` of the pipeline, for files.
        augment: whether random transforms are applied.
    """

    arguments: Arguments
    fitted: Fitted
    reading: dict[str, Any]
    augment: bool = True

    @property
    def dtype(self) -> DType:
        """The type that the native core gives."""
        return native_dtype(np.dtype(self.arguments.dtype).name if self.arguments.dtype != "bfloat16" else "bfloat16")

    def pipeline(self, value_range: tuple[float, float] = RGB_BYTES, *, whole: bool = False) -> Pipeline:
        """Return the plain pipeline for images of a value range.

        Args:
            value_range: of the images.
            whole: with the scaling that follows a ``preprocessing_function``, too, for people to read.
        """
        a = self.arguments
        finish = None if whole else Finish.of(a, self.fitted, self.dtype)
        transforms = translate.augmentation(a, value_range[1] - value_range[0]) if self.augment else []
        if finish is None or finish.first > 0:
            transforms += translate.scaling(a, self.fitted, 0, value_range)
        constant = a.fill_mode == "constant"
        return Pipeline(
            transforms,
            interpolation=translate.INTERPOLATIONS[a.interpolation_order],
            fill_mode=cast("FillMode", a.fill_mode),
            fill_value=float(a.cval) if constant else 0.0,
            dtype=self.dtype if finish is None else "float32",
            layout=cast("Layout", a.data_format),
            **self.reading,
        )

    def batches(self, source: Source, **plan: Any) -> Batches:  # noqa: ANN401 (arguments of Batches)
        """Return all batches of a source.

        Raises:
            ValueError: the source does not fit the arguments, or a statistic is not fitted.
        """
        translate.demand_fitted(self.arguments, self.fitted)
        batches = Batches(source, self.pipeline(source.value_range), **plan)
        finish = Finish.of(self.arguments, self.fitted, self.dtype)
        return batches if finish is None else FinishedBatches.of(batches, finish)
