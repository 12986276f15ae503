"""Statistics of the data: exact sums, so that the numbers depend on the pixels and on nothing else.

No order of adding, no number of threads and no machine can change an exact sum, and partial sums merge. Only what comes
out at the end is rounded: the mean once, the standard deviation twice (variance, then root).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import frexp, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.errors import PixelError, SpecError
from samebatch.source import ArraySource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLOCK_VALUES = 2**17
"""Pixel values read at a time; as many float64 as these stay in a core's cache while they are added up."""

DOUBLE_BITS = 53  # whole numbers up to 2**53 are exact in float64


@dataclass(frozen=True, slots=True)
class Moments:
    """Exact sums over pixels, one a channel.

    Attributes:
        count: pixels.
        totals: sum of the values of each channel.
        squares: sum of their squares.
    """

    count: int
    totals: tuple[Fraction, ...]
    squares: tuple[Fraction, ...]

    def __add__(self, other: Moments) -> Moments:
        """Merge with the sums over other pixels."""
        return Moments(
            self.count + other.count,
            tuple(a + b for a, b in zip(self.totals, other.totals, strict=True)),
            tuple(a + b for a, b in zip(self.squares, other.squares, strict=True)),
        )

    def mean(self, value_range: tuple[float, float]) -> tuple[float, ...]:
        """Return each channel's mean in units of the value range: 0 is its low end, 1 its high end."""
        low, high = (Fraction(end) for end in value_range)
        return tuple(float((total / self.count - low) / (high - low)) for total in self.totals)

    def std(self, value_range: tuple[float, float]) -> tuple[float, ...]:
        """Return each channel's standard deviation (of the population) in units of the value range."""
        low, high = (Fraction(end) for end in value_range)
        variances = (
            (square / self.count - (total / self.count) ** 2) / (high - low) ** 2
            for total, square in zip(self.totals, self.squares, strict=True)
        )
        return tuple(sqrt(float(variance)) for variance in variances)


def moments(source: ArraySource) -> Moments:
    """Return the exact sums over all pixels of a source, read once, a block at a time.

    Raises:
        SpecError: ``source`` is not a source.
        PixelError: a pixel is NaN or outside the source's value range.
    """
    if not isinstance(source, ArraySource):
        raise SpecError(f"statistics are taken of a source, got {type(source).__name__}; wrap it: ArraySource(images)")
    sums = _sums_uint8 if source.dtype == "uint8" else _sums_float32
    zeros = (Fraction(0),) * source.channels
    found = Moments(0, zeros, zeros)
    for image, row, block in _blocks(source.images):
        _check(block, source.value_range, image, row)
        pixels = block.reshape(-1, source.channels)
        totals, squares = zip(*(sums(pixels[:, c]) for c in range(source.channels)), strict=True)
        found += Moments(len(pixels), totals, squares)
    return found


def _blocks(images: NDArray[Any]) -> Iterator[tuple[int, int, NDArray[Any]]]:
    """Yield (first image, first row, block) with at most about :data:`BLOCK_VALUES` values each, in index order."""
    n, height, width, channels = images.shape
    rows = max(1, BLOCK_VALUES // (width * channels))
    if rows >= height:
        step = rows // height
        for image in range(0, n, step):
            yield image, 0, images[image : image + step]
    else:
        for image in range(n):
            for row in range(0, height, rows):
                yield image, row, images[image : image + 1, row : row + rows]


def _check(block: NDArray[Any], value_range: tuple[float, float], image: int, row: int) -> None:
    low, high = value_range
    inside = (block >= low) & (block <= high)  # false for NaN as well
    if not inside.all():
        where = tuple(int(i) for i in np.argwhere(~inside)[0])
        raise PixelError(
            f"sample {image + where[0]}: pixel at row {row + where[1]}, column {where[2]}, channel {where[3]} is "
            f"{block[where]}, outside the value range ({low}, {high}); give the source the value_range= of its data"
        )


def _sums_uint8(values: NDArray[np.uint8]) -> tuple[Fraction, Fraction]:
    histogram = [int(count) for count in np.bincount(values, minlength=256)]
    total = sum(count * value for value, count in enumerate(histogram))
    squares = sum(count * value * value for value, count in enumerate(histogram))
    return Fraction(total), Fraction(squares)


def _sums_float32(values: NDArray[np.float32]) -> tuple[Fraction, Fraction]:
    exact = values.astype(np.float64)
    return _exact_sum(exact), _exact_sum(exact * exact)  # a float32's square has at most 48 bits


def _exact_sum(values: NDArray[np.float64]) -> Fraction:
    """Return the sum of float64 numbers of any size, with no rounding.

    The upper bits of all numbers, cut at one common place, are whole multiples of one unit, few enough that NumPy adds
    them exactly in any order; what was cut off goes round again (Rump, Ogita and Oishi: "Accurate floating-point
    summation").
    """
    total, rest = Fraction(0), values
    while (largest := max(float(rest.max()), -float(rest.min()))) > 0.0:
        unit = 2.0 ** (frexp(largest)[1] + rest.size.bit_length() - DOUBLE_BITS + 1)
        upper = np.rint(rest * (1.0 / unit)) * unit
        total += Fraction(float(upper.sum()))
        rest = rest - upper
    return total
