"""The iterator over arrays."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samebatch.keras.generator import subset as subsets
from samebatch.keras.generator import values
from samebatch.keras.generator.iterator import Iterator
from samebatch.keras.generator.saving import Saving
from samebatch.source import ArraySource

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch.source import Source

RANK = 4
COLOURS = (1, 3, 4)


class NumpyArrayIterator(Iterator):
    """Batches of images that are in an array: what ``generator.flow`` returns, with Keras' arguments and attributes.

    uint8 arrays stay as they are, and are never copied; other types are converted once, to uint8 if that loses nothing,
    else to float32, whose value range is found from the data: (0, 1) if all pixels lie within, else (0, 255), else
    (smallest, largest). Brightness and channel shifts clip to that range.
    """

    def __init__(
        self,
        x: Any,  # noqa: ANN401 (arrays, or images and more)
        y: Any,  # noqa: ANN401
        image_data_generator: Any,  # noqa: ANN401 (an ImageDataGenerator)
        batch_size: int = 32,
        shuffle: bool = False,  # noqa: FBT001, FBT002 (Keras' signature)
        sample_weight: Any = None,  # noqa: ANN401
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,  # noqa: ANN401 (a path)
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,  # noqa: FBT001, FBT002
        dtype: Any = None,  # noqa: ANN401
        **queue: Any,  # noqa: ANN401 (workers, use_multiprocessing, max_queue_size)
    ) -> None:
        self.dtype = keras.backend.floatx() if dtype is None else dtype
        self.data_format = keras.backend.image_data_format() if data_format is None else data_format
        misc: list[NDArray[Any]] = []
        if isinstance(x, tuple | list):
            misc = [np.asarray(part) for part in (x[1] if isinstance(x[1], list) else [x[1]])]
            x = x[0]
        _check_lengths(x, misc, y, sample_weight)
        array = np.asarray(x)
        if array.ndim != RANK:
            raise ValueError(
                f"Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape {array.shape}"
            )
        self._warn_of_channels(array.shape)
        labels = None if y is None else np.asarray(y)
        weights = None if sample_weight is None else np.asarray(sample_weight)
        subsets.check(subset)
        if subset is not None:
            rows = _rows(labels, len(array), image_data_generator, subset, checked=not ignore_class_split)
            array, misc = array[rows], [part[rows] for part in misc]
            labels, weights = (None if part is None else part[rows] for part in (labels, weights))
        self.subset = subset
        self.image_data_generator, self.reading = image_data_generator, {}
        self.augmented = subset != "validation"
        arguments = image_data_generator.arguments
        outside = float(arguments.cval) if arguments.fill_mode == "constant" else None
        first = self.data_format == "channels_first"
        self._images = values.images(array, channels_first=first, outside=outside)
        self.x_misc, self.y, self.sample_weight = misc, labels, weights
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        super().__init__(len(array), batch_size, shuffle, seed, **queue)

    @property
    def x(self) -> NDArray[Any]:
        """The images, in ``data_format``, of uint8 or float32."""
        pixels = self._images.pixels
        return pixels.transpose(0, 3, 1, 2) if self.data_format == "channels_first" else pixels

    def _warn_of_channels(self, shape: tuple[int, ...]) -> None:
        axis = 1 if self.data_format == "channels_first" else 3
        if shape[axis] not in COLOURS:
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format convention "{self.data_format}" (channels on axis '
                f"{axis}), i.e. expected either 1, 3, or 4 channels on axis {axis}. However, it was passed an array "
                f"with shape {shape} ({shape[axis]} channels).",
                stacklevel=4,
            )

    def _value_range(self) -> tuple[float, float]:
        return self._images.value_range

    def _source(self, labels: Any = None, weights: Any = None) -> Source:  # noqa: ANN401
        return ArraySource(self._images.pixels, labels, weights, value_range=self._images.value_range)

    def _labels(self) -> tuple[Any, Any]:
        if self.x_misc:
            raise ValueError(
                "flow((x, more), ...) gives several inputs, and .torch() gives one; index the others yourself"
            )
        return self.y, None if self.y is None else self.sample_weight

    def _assembled(self, x: NDArray[Any], indices: NDArray[np.int64], epoch: int) -> Any:  # noqa: ANN401
        x = self._typed(x)
        if self.save_to_dir:
            save = Saving(self.save_to_dir, self.save_prefix, self.save_format, self.data_format)
            save(x, indices.tolist(), self.seed, epoch)
        inputs = [x, *(part[indices] for part in self.x_misc)] if self.x_misc else x
        if self.y is None:
            return inputs
        if self.sample_weight is None:
            return inputs, self.y[indices]
        return inputs, self.y[indices], self.sample_weight[indices]


def _check_lengths(x: Any, misc: list[NDArray[Any]], y: Any, weights: Any) -> None:  # noqa: ANN401
    for part in misc:
        if len(x) != len(part):
            raise ValueError(
                "All of the arrays in `x` should have the same length. Found a pair with: "
                f"len(x[0]) = {len(x)}, len(x[?]) = {len(part)}"
            )
    if y is not None and len(x) != len(y):
        raise ValueError(
            "`x` (images tensor) and `y` (labels) should have the same length. Found: "
            f"x.shape = {np.asarray(x).shape}, y.shape = {np.asarray(y).shape}"
        )
    if weights is not None and len(x) != len(weights):
        raise ValueError(
            "`x` (images tensor) and `sample_weight` should have the same length. Found: "
            f"x.shape = {np.asarray(x).shape}, sample_weight.shape = {np.asarray(weights).shape}"
        )


def _rows(
    y: NDArray[Any] | None,
    count: int,
    generator: Any,
    subset: str,
    *,
    checked: bool,  # noqa: ANN401
) -> NDArray[np.int64]:
    """Return the samples of a subset, in their order."""
    share = generator.arguments.validation_split or 0.0
    classes = subsets.classes_of(y)
    chosen = subsets.validation(count, share) if classes is None else subsets.stratified(classes, share)
    if checked and y is not None and not np.array_equal(np.unique(y[chosen]), np.unique(y[~chosen])):
        raise ValueError(
            "Training and validation subsets have different number of classes after the split. If your numpy arrays "
            "are sorted by the label, you might want to shuffle them."
        )
    return np.flatnonzero(chosen if subset == "validation" else ~chosen)
