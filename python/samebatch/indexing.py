"""Checks of where a user points to: epochs, steps and samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.checks import LARGEST_INDEX, describe
from samebatch.errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def position(what: str, value: object, count: int, meaning: str) -> int:
    """Return ``value`` as an int from 0 to count - 1.

    Raises:
        TypeError: it is no whole number.
        IndexError: it is negative or not below ``count``.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{what} must be a whole number, got {describe(value)}")
    if not 0 <= value < count:
        raise IndexError(f"{what} {value} is out of range: {meaning}; it counts from 0, and never from the end")
    return int(value)


def epoch(value: object) -> int:
    """Return an epoch, 0 to 2**63 - 1, as an int.

    Raises:
        TypeError: it is no whole number.
        IndexError: it is negative or too large.
    """
    return position("epoch", value, LARGEST_INDEX + 1, f"epochs go from 0 to {LARGEST_INDEX}")


def samples(what: str, values: object, count: int = LARGEST_INDEX + 1) -> NDArray[np.int64]:
    """Return sample numbers, each from 0 to count - 1, as a fresh int64 array of rank 1.

    Raises:
        TypeError: they are not whole numbers.
        ShapeError: they are no sequence of rank 1.
        IndexError: one is negative or not below ``count``.
    """
    array: NDArray[Any] = np.asarray(values)
    if array.ndim != 1:
        raise ShapeError(f"{what} must be a sequence of whole numbers (rank 1), got {describe(values)}")
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu":
        fix = "; for a mask: numpy.flatnonzero(mask)" if array.dtype.kind == "b" else ""
        raise TypeError(f"{what} must be whole numbers, got dtype {array.dtype}{fix}")
    outside = np.flatnonzero((array < 0) | (array > count - 1))
    if outside.size:
        first = int(outside[0])
        raise IndexError(f"{what}[{first}] is {array[first]}, out of range: they go from 0 to {count - 1}")
    return array.astype(np.int64)


def repeats(values: object, count: int) -> NDArray[np.uint64]:
    """Return ``count`` repeat numbers as a fresh uint64 array; None stands for zeros.

    Raises:
        TypeError: they are not whole numbers.
        ShapeError: there are not ``count`` of them.
        IndexError: one is negative or too large.
    """
    if values is None:
        return np.zeros(count, np.uint64)
    array = samples("repeats", values)
    if len(array) != count:
        raise ShapeError(f"repeats has length {len(array)}, and there are {count} indices; give one for each")
    return array.astype(np.uint64)
