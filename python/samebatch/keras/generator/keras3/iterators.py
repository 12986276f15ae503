"""The iterators of compat mode: images as in the default mode, batches as Keras counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.keras.generator.arrays import ArrayImages
from samebatch.keras.generator.dataframe import FrameImages
from samebatch.keras.generator.directory import FolderImages
from samebatch.keras.generator.files import BatchFromFilesMixin
from samebatch.keras.generator.keras3.iterator import Stateful
from samebatch.keras.generator.keras3.loading import load

if TYPE_CHECKING:
    from numpy.typing import NDArray


class NumpyArrayIterator(ArrayImages, Stateful):
    """Batches of images in an array: what ``generator.flow`` returns with ``compat="keras3"``.

    Attributes:
        x: the images, of the generator's dtype.
    """

    names_below = 10**4
    weights_are_split = False  # Keras takes the weights of a subset from the first samples of all

    def _keep(self, array: NDArray[Any]) -> None:
        self.x = np.asarray(array, dtype=self.dtype)

    def _shape(self) -> tuple[int, ...]:
        return self.x.shape[1:]

    def _image(self, sample: int) -> NDArray[Any]:
        image: NDArray[Any] = self.x[sample].copy()
        return image


class _Files(BatchFromFilesMixin, Stateful):
    names_below = 10**7

    def _shape(self) -> tuple[int, ...]:
        return self.image_shape

    def _image(self, sample: int) -> NDArray[Any]:
        return load(
            self.filepaths[sample],
            color_mode=self.color_mode,
            size=self.target_size,
            interpolation=self.interpolation,
            keep_aspect_ratio=self.keep_aspect_ratio,
            data_format=self.data_format,
        )


class DirectoryIterator(FolderImages, _Files):
    """Batches of a folder's images: what ``generator.flow_from_directory`` returns with ``compat="keras3"``."""


class DataFrameIterator(FrameImages, _Files):
    """Batches of images that a data frame names: what ``generator.flow_from_dataframe`` returns, likewise."""
