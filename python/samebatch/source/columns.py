"""What comes with images, one entry for each: labels and weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.checks import describe
from samebatch.errors import ShapeError, SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def labels(values: object, n: int) -> NDArray[Any]:
    """Return labels as an array of first length n: numbers, booleans or strings.

    Raises:
        ShapeError: they have another length, or none.
        SpecError: they are of another type.
    """
    array = _array("labels", values, n)
    if array.dtype == object:
        if not all(isinstance(label, str) for label in array.flat):
            raise SpecError("labels must be numbers, booleans or strings, got an array of objects (dtype object)")
        array = array.astype(str)
    return array


def weights(values: object, n: int) -> NDArray[Any]:
    """Return weights as an array of first length n, of finite numbers.

    Raises:
        ShapeError: they have another length, or none.
        SpecError: they are no numbers, or one is not finite.
    """
    array = _array("weights", values, n)
    if array.dtype.kind not in "fiu":
        raise SpecError(f"weights must be numbers, got dtype {array.dtype}")
    finite = np.isfinite(array)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise SpecError(f"weights must be finite, got {array[where]} at sample {where[0]}")
    return array


def _array(what: str, values: object, n: int) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except (ValueError, TypeError) as error:
        raise ShapeError(f"{what} cannot be made an array: {error}") from error
    if array.ndim == 0:
        raise ShapeError(f"{what} must be an array of length {n}, one entry for each image; got {describe(values)}")
    if len(array) != n:
        raise ShapeError(f"{what} have length {len(array)}, and there are {n} images; give one entry for each image")
    return array.astype(array.dtype.newbyteorder("="), copy=False)  # PyTorch refuses others, Arrow misreads them
