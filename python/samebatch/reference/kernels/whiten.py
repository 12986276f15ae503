"""Whiten: a flattened image, less its mean, times a square matrix."""

import numpy as np
from numpy.typing import NDArray

from samebatch.errors import PixelError
from samebatch.reference.params.links import LARGEST, Link

BLOCK = 64

Whitening = tuple[NDArray[np.float32], NDArray[np.float32]]
"""(mean, matrix), of shape (D,) and (D, D)."""


def whiten(whitening: Whitening, v: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a (height, width, channels) image times the matrix, every operation rounded once to float32.

    Number i is the sum of (v_j - mean_j) * matrix[j, i]: block after block of 64 j, each block summed up on its own.
    """
    mean, matrix = whitening
    total = np.zeros(v.size, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        flat = v.reshape(-1) - mean
        for first in range(0, v.size, BLOCK):
            block = np.zeros(v.size, np.float32)
            for value, row in zip(flat[first : first + BLOCK], matrix[first : first + BLOCK], strict=True):
                block = block + value * row
            total = total + block
    return total.reshape(v.shape)


def check_reach(tail: Link, v: NDArray[np.float32]) -> None:
    """Raise if whitened numbers are beyond float32, or would be after the link that follows."""
    largest = float(np.abs(v).max())
    reaches = [largest * abs(float(a)) + abs(float(b)) for a, b in zip(tail.scale, tail.offset, strict=True)]
    if not all(reach <= LARGEST for reach in reaches):
        message = "its whitened numbers are beyond float32: use a matrix of smaller numbers, or a larger epsilon"
        raise PixelError(message)
