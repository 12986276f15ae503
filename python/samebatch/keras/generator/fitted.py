"""What fit() finds: the only state of a generator that is not an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Fitted:
    """The statistics of the training images, as Keras' class has them; None: not fitted.

    Attributes:
        mean: mean of each channel, in the units that ``rescale`` leaves; of shape (1, 1, channels), or
            (channels, 1, 1) with channels_first.
        std: standard deviation of each channel, likewise.
        zca_whitening_matrix: of shape (d, d), with d = height * width * channels.
    """

    mean: NDArray[Any] | None = None
    std: NDArray[Any] | None = None
    zca_whitening_matrix: NDArray[Any] | None = None
