"""Single images: drawing, transforming and standardising what a user holds in hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from samebatch.errors import ShapeError
from samebatch.keras.generator import drawn as dictionary
from samebatch.keras.generator import translate, values
from samebatch.keras.generator.finish import Finish, native_dtype
from samebatch.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from samebatch.checks import FillMode
    from samebatch.keras.generator.arguments import Arguments
    from samebatch.keras.generator.fitted import Fitted

IMAGE, BATCH = 3, 4  # ranks
BYTES = 255.0


@dataclass(frozen=True)
class Drawing:
    """Draws the parameters of single images.

    Attributes:
        pipeline: the augmentation.
        span: the width of the value range that it is for.
        axes: those of the rows and the columns in an image's shape.
    """

    pipeline: Pipeline
    span: float
    axes: tuple[int, int]

    @classmethod
    def of(cls, arguments: Arguments) -> Drawing:
        """Return what draws as the arguments say."""
        span = max(BYTES, abs(arguments.channel_shift_range))
        axes = arguments.row_axis - 1, arguments.col_axis - 1
        return cls(Pipeline(translate.augmentation(arguments, span)), span, axes)

    def __call__(self, shape: tuple[int, ...], *, seed: int, number: int) -> dict[str, Any]:
        """Return Keras' dictionary of parameters for an image of a shape, in ``data_format``."""
        if len(shape) != IMAGE:
            raise ShapeError(f"img_shape must be the shape of one image (rank 3), got {shape}")
        row = self.pipeline.params(seed=seed, indices=[number], channels=1)[0]
        size = shape[self.axes[0]], shape[self.axes[1]]
        return dictionary.to_keras(self.pipeline.transforms, row, size, self.span)


def transformed(arguments: Arguments, x: Any, parameters: Mapping[str, Any]) -> NDArray[Any]:  # noqa: ANN401
    """Return one image as Keras' dictionary says, of its own type and shape.

    Raises:
        ShapeError: it is not one image.
        SpecError: a parameter is out of range.
    """
    array = np.asarray(x)
    if array.ndim != IMAGE:
        raise ShapeError(f"x must be one image (rank 3), got shape {array.shape}")
    constant = arguments.fill_mode == "constant"
    first = arguments.data_format == "channels_first"
    images = values.images(array[None], channels_first=first, outside=float(arguments.cval) if constant else None)
    low, high = images.value_range
    pipeline = Pipeline(
        dictionary.EVERYTHING,
        interpolation=translate.INTERPOLATIONS[arguments.interpolation_order],
        fill_mode=cast("FillMode", arguments.fill_mode),
        fill_value=float(arguments.cval) if constant else 0.0,
        dtype="uint8" if array.dtype == np.uint8 and images.pixels.dtype == np.uint8 else "float32",
        layout="channels_first" if first else "channels_last",
    )
    params = dictionary.from_keras(parameters, images.pixels.shape[3], high - low)
    result: NDArray[Any] = pipeline.apply(images.pixels, params, value_range=images.value_range)[0]
    return result.astype(array.dtype, copy=False)


def standardized(arguments: Arguments, fitted: Fitted, x: Any) -> NDArray[Any]:  # noqa: ANN401
    """Return an image, or a batch of them, as the function and the scaling make them; ``x`` is not changed.

    Raises:
        ShapeError: it is neither an image nor a batch.
        ValueError: a statistic is not fitted.
    """
    translate.demand_fitted(arguments, fitted)
    array = np.array(x, np.float32)  # its own copy: the function may write it
    if array.ndim not in (IMAGE, BATCH):
        raise ShapeError(f"x must be an image or a batch of them (rank 3 or 4), got shape {array.shape}")
    batch = array if array.ndim == BATCH else array[None]
    dtype = "bfloat16" if arguments.dtype == "bfloat16" else native_dtype(np.dtype(arguments.dtype).name)
    result = Finish(arguments, fitted, 0, "float32" if dtype == "bfloat16" else dtype)(batch, range(len(batch)))
    result = result if array.ndim == BATCH else result[0]
    return result if dtype == "bfloat16" else result.astype(arguments.dtype, copy=False)
