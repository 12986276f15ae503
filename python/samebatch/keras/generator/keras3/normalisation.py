"""What follows the transformations, and the statistics it needs, as Keras 3 computes them."""
# ruff: noqa: ANN401 -- arrays and numbers are whatever Keras and NumPy take

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from samebatch.keras.generator.arguments import Arguments
    from samebatch.keras.generator.fitted import Fitted

BATCH: Final = 4  # the rank of (n, h, w, c)
EPSILON: Final = 1e-6
STACKLEVEL: Final = 4  # a warning points to whoever calls the generator


def standardize(arguments: Arguments, fitted: Fitted, x: NDArray[Any]) -> NDArray[Any]:
    """Return images as ``preprocessing_function``, ``rescale`` and the statistics make them.

    Keras writes into ``x``. Here results go to memory of their own, by the same operations: the dtype stays that of
    ``x``, and what cannot be cast to it is refused.

    Args:
        arguments: the generator's.
        fitted: what was fitted; what is missing is skipped with Keras' warning.
        x: an image, or a batch, whose samplewise statistics are then those of the batch.

    Raises:
        TypeError: the images are whole numbers, and an operation makes fractions of them.
    """
    if arguments.preprocessing_function:
        x = arguments.preprocessing_function(x)
    steps = _InPlace(x)
    if arguments.rescale:
        steps.apply(np.multiply, arguments.rescale)
    if arguments.samplewise_center:
        steps.apply(np.subtract, np.mean(steps.x, keepdims=True))
    if arguments.samplewise_std_normalization:
        steps.apply(np.divide, np.std(steps.x, keepdims=True) + EPSILON)
    if arguments.featurewise_center and _is_there(fitted.mean, "featurewise_center"):
        steps.apply(np.subtract, fitted.mean)
    if arguments.featurewise_std_normalization and _is_there(fitted.std, "featurewise_std_normalization"):
        steps.apply(np.divide, fitted.std + EPSILON)  # type: ignore[operator]  # it is there
    if arguments.zca_whitening and _is_there(fitted.zca_whitening_matrix, "zca_whitening"):
        flat = steps.x.reshape(-1, math.prod(steps.x.shape[-3:]))
        return np.reshape(flat @ fitted.zca_whitening_matrix, steps.x.shape)
    return steps.x


class _InPlace:
    """An array that operations seem to write into, while the one that was given stays as it is."""

    def __init__(self, x: NDArray[Any]) -> None:
        self.x = x
        self._own = False

    def apply(self, operation: np.ufunc, value: Any) -> None:
        out = self.x if self._own else np.empty_like(self.x)
        self.x = operation(self.x, value, out=out)
        self._own = True


def _is_there(statistic: NDArray[Any] | None, option: str) -> bool:
    if statistic is None:
        warnings.warn(
            f"This ImageDataGenerator specifies `{option}`, but it hasn't been fit on any training data. Fit it first "
            "by calling `.fit(numpy_data)`.",
            stacklevel=STACKLEVEL,
        )
    return statistic is not None


def fit(
    arguments: Arguments,
    fitted: Fitted,
    x: Any,
    augmented: Callable[[NDArray[Any]], NDArray[Any]] | None,
    rounds: int,
) -> Fitted:
    """Return the statistics that the options need, of all images at once and in the generator's dtype, as in Keras.

    Args:
        arguments: the generator's.
        fitted: what was found before; what no option needs stays.
        x: images, (n, h, w, c) or (n, c, h, w) as the generator's data format says.
        augmented: makes a randomly transformed image of an image; None: they are taken as they are.
        rounds: how many transformed copies of each image are looked at.

    Raises:
        ValueError: the images do not have rank 4.
    """
    x = np.asarray(x, dtype=arguments.dtype)
    if x.ndim != BATCH:
        raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
    axis = arguments.channel_axis
    if x.shape[axis] not in {1, 3, 4}:
        warnings.warn(
            "Expected input to be images (as Numpy array) following the data format convention "
            f'"{arguments.data_format}" (channels on axis {axis}), i.e. expected either 1, 3 or 4 channels on axis '
            f"{axis}. However, it was passed an array with shape {x.shape} ({x.shape[axis]} channels).",
            stacklevel=STACKLEVEL,
        )
    x = np.copy(x)
    if arguments.rescale:
        x *= arguments.rescale
    if augmented is not None:
        copies = np.zeros((rounds * len(x), *x.shape[1:]), dtype=arguments.dtype)
        for place in range(len(copies)):
            copies[place] = augmented(x[place % len(x)])
        x = copies
    found = replace(fitted)
    axes = (0, arguments.row_axis, arguments.col_axis)
    shape = [1, 1, 1]
    shape[axis - 1] = x.shape[axis]
    if arguments.featurewise_center:
        found.mean = np.reshape(np.mean(x, axis=axes), shape)
        x -= found.mean
    if arguments.featurewise_std_normalization:
        found.std = np.reshape(np.std(x, axis=axes), shape)
        x /= found.std + EPSILON
    if arguments.zca_whitening:
        flat = np.reshape(x, (len(x), -1))
        u, s, _ = np.linalg.svd(flat.T, full_matrices=False)
        inverse = np.sqrt(len(x)) / (s + arguments.zca_epsilon)
        found.zca_whitening_matrix = (u * inverse).dot(u.T)
    return found
