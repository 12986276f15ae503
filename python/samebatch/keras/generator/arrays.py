"""The iterator over arrays."""
# ruff: noqa: ANN401, FBT001, FBT002, PLR0917 -- the arguments are Keras' own, in their order, and take what Keras takes

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samebatch.keras.generator import subset as subsets
from samebatch.keras.generator import values
from samebatch.keras.generator.iterator import Iterator
from samebatch.keras.generator.served import Served
from samebatch.source import ArraySource

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch.source import Source

RANK = 4
COLOURS = (1, 3, 4)


class ArrayImages(Served):
    """What belongs to images that are in an array: Keras' arguments and attributes."""

    weights_are_split = True

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: Any = None,
        **queue: Any,
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
        self.image_data_generator = image_data_generator
        subsets.check(subset)
        if subset is not None:
            rows = self._rows(labels, len(array), subset, checked=not ignore_class_split)
            array, misc = array[rows], [part[rows] for part in misc]
            labels = None if labels is None else labels[rows]
            weights = weights[rows] if weights is not None and self.weights_are_split else weights
        self.subset = subset
        self._keep(array)
        self.x_misc, self.y, self.sample_weight = misc, labels, weights
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        super().__init__(len(array), batch_size, shuffle, seed, **queue)

    def _warn_of_channels(self, shape: tuple[int, ...]) -> None:
        axis = 1 if self.data_format == "channels_first" else 3
        if shape[axis] not in COLOURS:
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format convention "{self.data_format}" (channels on axis '
                f"{axis}), i.e. expected either 1, 3, or 4 channels on axis {axis}. However, it was passed an array "
                f"with shape {shape} ({shape[axis]} channels).",
                stacklevel=4,
            )

    def _rows(self, y: NDArray[Any] | None, count: int, subset: str, *, checked: bool) -> NDArray[np.int64]:
        """Return the samples of a subset, in their order."""
        held_out = self._held_out(count, subsets.classes_of(y))
        if checked and y is not None and not np.array_equal(np.unique(y[held_out]), np.unique(y[~held_out])):
            raise ValueError(
                "Training and validation subsets have different number of classes after the split. If your numpy "
                "arrays are sorted by the label, you might want to shuffle them."
            )
        return np.flatnonzero(held_out if subset == "validation" else ~held_out)

    @abstractmethod
    def _keep(self, array: NDArray[Any]) -> None:
        """Take the images, (n, h, w, c) or (n, c, h, w) as ``data_format`` says."""

    def _joined(self, x: NDArray[Any], indices: NDArray[np.int64]) -> Any:
        inputs = [x, *(part[indices] for part in self.x_misc)] if self.x_misc else x
        if self.y is None:
            return inputs
        if self.sample_weight is None:
            return inputs, self.y[indices]
        return inputs, self.y[indices], self.sample_weight[indices]


class NumpyArrayIterator(ArrayImages, Iterator):
    """Batches of images that are in an array: what ``generator.flow`` returns, with Keras' arguments and attributes.

    uint8 arrays stay as they are, and are never copied; other types are converted once, to uint8 if that loses nothing,
    else to float32, whose value range is found from the data: (0, 1) if all pixels lie within, else (0, 255), else
    (smallest, largest). Brightness and channel shifts clip to that range.
    """

    def _keep(self, array: NDArray[Any]) -> None:
        arguments = self.image_data_generator.arguments
        outside = float(arguments.cval) if arguments.fill_mode == "constant" else None
        first = self.data_format == "channels_first"
        self._images = values.images(array, channels_first=first, outside=outside)

    @property
    def x(self) -> NDArray[Any]:
        """The images, in ``data_format``, of uint8 or float32."""
        pixels = self._images.pixels
        return pixels.transpose(0, 3, 1, 2) if self.data_format == "channels_first" else pixels

    def _value_range(self) -> tuple[float, float]:
        return self._images.value_range

    def _source(self, labels: Any = None, weights: Any = None) -> Source:
        return ArraySource(self._images.pixels, labels, weights, value_range=self._images.value_range)

    def _labels(self) -> tuple[Any, Any]:
        if self.x_misc:
            raise ValueError(
                "flow((x, more), ...) gives several inputs, and .torch() gives one; index the others yourself"
            )
        return self.y, None if self.y is None else self.sample_weight


def _check_lengths(x: Any, misc: list[NDArray[Any]], y: Any, weights: Any) -> None:
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
