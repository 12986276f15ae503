"""Tallies: what one reading of the pixels counts and adds up. Parts add up to the whole, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.errors import PixelError
from samebatch.statistics import fingerprint, quantiles, sums
from samebatch.statistics.stream import blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch.statistics.stream import Stream
    from samebatch.statistics.sums import Sums


@dataclass(slots=True)
class Tally:
    """Sums and histograms of some images, one entry a channel each.

    Attributes:
        samples: images.
        count: pixels.
        sums: of float32 pixels; those of uint8 pixels follow from their histogram.
        histogram: of uint8 pixels, (channels, 256).
        upper: of the upper halves of the keys of float32 pixels, (channels, 65536), if quantiles are wanted.
        fingerprint: of the images.
    """

    samples: int
    count: int
    sums: list[Sums]
    histogram: NDArray[np.int64] | None
    upper: NDArray[np.int64] | None
    fingerprint: int

    @classmethod
    def empty(cls, channels: int, dtype: str, *, upper: bool) -> Tally:
        """Return the tally of no image."""
        histogram = np.zeros((channels, sums.LEVELS), np.int64) if dtype == "uint8" else None
        halves = np.zeros((channels, quantiles.HALVES), np.int64) if upper else None
        return cls(0, 0, [(Fraction(0), Fraction(0))] * channels, histogram, halves, 0)

    def add(self, other: Tally) -> None:
        """Add what was counted elsewhere."""
        self.samples += other.samples
        self.count += other.count
        self.sums = [(a + c, b + d) for (a, b), (c, d) in zip(self.sums, other.sums, strict=True)]
        if self.histogram is not None and other.histogram is not None:
            self.histogram += other.histogram
        if self.upper is not None and other.upper is not None:
            self.upper += other.upper
        self.fingerprint = (self.fingerprint + other.fingerprint) % fingerprint.MODULUS


def tally(stream: Stream, *, upper: bool, first: int, images: NDArray[Any]) -> Tally:
    """Return the tally of a chunk of a stream.

    Raises:
        PixelError: a pixel is NaN or outside the value range.
    """
    found = Tally.empty(stream.channels, stream.dtype, upper=upper)
    found.samples, found.fingerprint = len(images), fingerprint.of_images(images)
    for image, row, block in blocks(images):
        if not stream.checked:
            _check(block, stream.value_range, first + image, row)
        pixels = block.reshape(-1, stream.channels)
        found.count += len(pixels)
        if found.histogram is not None:
            found.histogram += sums.histogram(pixels)
            continue
        for channel, (total, squares) in enumerate(found.sums):
            more = sums.exact(pixels[:, channel])
            found.sums[channel] = total + more[0], squares + more[1]
            if found.upper is not None:
                found.upper[channel] += quantiles.upper_halves(pixels[:, channel])
    return found


def _check(block: NDArray[Any], value_range: tuple[float, float], image: int, row: int) -> None:
    low, high = value_range
    inside = (block >= low) & (block <= high)  # false for NaN as well
    if not inside.all():
        where = tuple(int(i) for i in np.argwhere(~inside)[0])
        raise PixelError(
            f"sample {image + where[0]}: pixel at row {row + where[1]}, column {where[2]}, channel {where[3]} is "
            f"{block[where]}, outside the value range ({low}, {high}); give the source the value_range= of its data"
        )
