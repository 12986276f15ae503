"""What fit() finds: the only state of a generator that is not an argument."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.transforms import Whiten

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Fitted:
    """The statistics of the training images, as Keras' class has them; None: not fitted. Replaced, and never changed.

    Attributes:
        mean: mean of each channel, in the units that ``rescale`` leaves; of shape (1, 1, channels), or
            (channels, 1, 1) with channels_first.
        std: standard deviation of each channel, likewise.
        zca_whitening_matrix: of shape (d, d), with d = height * width * channels, in the order of ``data_format``.
    """

    mean: NDArray[Any] | None = None
    std: NDArray[Any] | None = None
    zca_whitening_matrix: NDArray[Any] | None = None

    @cached_property
    def whiten(self) -> Whiten:
        """The matrix as a transform, for channels_last; it is hashed, so it is made once."""
        return Whiten() if self.zca_whitening_matrix is None else Whiten(self.zca_whitening_matrix)

    @cached_property
    def whiten_channels_first(self) -> Whiten:
        """The matrix as a transform, if its numbers are in the order (channel, row, column)."""
        if self.zca_whitening_matrix is None or self.mean is None:
            return Whiten()
        matrix = np.asarray(self.zca_whitening_matrix)
        order = np.arange(len(matrix)).reshape(np.size(self.mean), -1).T.ravel()
        return Whiten(matrix[np.ix_(order, order)])
