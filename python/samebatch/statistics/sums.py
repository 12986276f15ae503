"""Exact sums of pixel values, without any rounding."""

from __future__ import annotations

from fractions import Fraction
from math import frexp
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEVELS = 256  # values that a uint8 can have
DOUBLE_BITS = 53  # whole numbers up to 2**53 are exact in float64

Sums = tuple[Fraction, Fraction]
"""The sum of some values, and the sum of their squares."""


def histogram(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how often each value stands in each channel of pixels of shape (n, channels): (channels, 256)."""
    counts = [np.bincount(pixels[:, channel], minlength=LEVELS) for channel in range(pixels.shape[1])]
    return np.stack(counts).astype(np.int64, copy=False)


def weighted(values: Sequence[Fraction], counts: Sequence[int]) -> Sums:
    """Return the sums over values that stand there several times each."""
    return (
        sum((value * count for value, count in zip(values, counts, strict=True)), Fraction(0)),
        sum((value * value * count for value, count in zip(values, counts, strict=True)), Fraction(0)),
    )


def exact(values: NDArray[np.float32]) -> Sums:
    """Return the sums over finite float32 values, which may be none."""
    wide = values.astype(np.float64)
    return _exact_sum(wide), _exact_sum(wide * wide)  # a float32's square has at most 48 bits


def _exact_sum(values: NDArray[np.float64]) -> Fraction:
    """Return the sum of float64 numbers of any size, with no rounding.

    The upper bits of all numbers, cut at one common place, are whole multiples of one unit, few enough that NumPy adds
    them exactly in any order; what was cut off goes round again (Rump, Ogita and Oishi: "Accurate floating-point
    summation").
    """
    total, rest = Fraction(0), values
    while rest.size and (largest := max(float(rest.max()), -float(rest.min()))) > 0.0:
        unit = 2.0 ** (frexp(largest)[1] + rest.size.bit_length() - DOUBLE_BITS + 1)
        upper = np.rint(rest * (1.0 / unit)) * unit
        total += Fraction(float(upper.sum()))
        rest = rest - upper
    return total
