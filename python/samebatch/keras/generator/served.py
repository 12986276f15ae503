"""What all iterators are, whoever decides which samples are in a batch and what is done to them."""
# ruff: noqa: ANN401, FBT001 -- the arguments are Keras' own, in their order, and take what Keras takes

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Served(keras.utils.PyDataset, ABC):  # type: ignore[misc]  # Keras ships no types
    """Batches of a generator, as Keras asks for them.

    One class says where the images come from and what belongs to them, another one counts batches and renders them; an
    iterator is both.

    Attributes:
        n: samples.
        batch_size: samples of a batch.
        shuffle: whether the order changes every epoch.
        seed: what order and augmentation follow from.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    image_data_generator: Any
    dtype: Any
    data_format: str
    subset: str | None
    save_to_dir: Any
    save_prefix: str
    save_format: str

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None, **queue: Any) -> None:
        super().__init__(**queue)
        self.n = n
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed

    def __len__(self) -> int:
        """Return the number of batches of an epoch; the last one may have fewer samples."""
        return (self.n + self.batch_size - 1) // self.batch_size

    def next(self) -> Any:
        """Return the next batch, as ``next(iterator)``."""
        return self.__next__()

    @abstractmethod
    def __next__(self) -> Any:
        """Return the next batch; there always is one."""

    @abstractmethod
    def _held_out(self, count: int, classes: NDArray[np.int64] | None, group: int = 0) -> NDArray[np.bool_]:
        """Return whether each of some samples is for validation.

        Args:
            count: how many samples.
            classes: the class of each, where they have one each and all are split at once; shape (count,).
            group: of which class they are, if each class is split by itself.
        """

    @abstractmethod
    def _joined(self, x: NDArray[Any], indices: NDArray[np.int64]) -> Any:
        """Return images with what belongs to them, as ``fit`` takes it."""
