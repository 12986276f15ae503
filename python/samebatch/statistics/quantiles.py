"""Exact quantiles, as NumPy's method "linear" defines them, on all values of a channel.

Quantile q of n values in order stands at place q * (n - 1), counted from 0; between two places it is interpolated. Of
float32 values too many for memory, the value of a rank is found in two readings: its bits, turned so that their order
as whole numbers is that of the values, are counted first by their upper half and then, where a rank lies, by the lower.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from samebatch.errors import PixelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

HALF = 16  # bits of half a key
HALVES = 2**HALF  # values that half a key can have
SIGN = np.uint32(2**31)

Counts = tuple["NDArray[np.uint32]", "NDArray[np.int64]"]
"""Keys in ascending order, and how often each was seen."""


def place(q: Fraction, count: int) -> tuple[int, Fraction]:
    """Return (rank, weight of the next rank) of a quantile of so many values."""
    position = q * (count - 1)
    rank = position.numerator // position.denominator
    return rank, position - rank


def quantile(q: Fraction, count: int, value_of: Callable[[int], Fraction]) -> Fraction:
    """Return a quantile of ``count`` values, of which ``value_of`` knows the one of each rank."""
    rank, weight = place(q, count)
    lower = value_of(rank)
    return lower + (value_of(rank + 1) - lower) * weight if weight else lower


def ranks(qs: Iterable[Fraction], count: int) -> list[int]:
    """Return the ranks whose values these quantiles need, in ascending order."""
    found = set()
    for q in qs:
        rank, weight = place(q, count)
        found |= {rank, rank + 1} if weight else {rank}
    return sorted(found)


def ranked(histogram: Sequence[int]) -> Callable[[int], Fraction]:
    """Return what knows the value of each rank, for whole numbers from 0 that were counted."""
    cumulative = list(accumulate(histogram))
    return lambda rank: Fraction(bisect_right(cumulative, rank))


def keys(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return whole numbers in the order of the values; -0.0 comes before 0.0."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return np.where(bits >= SIGN, ~bits, bits | SIGN)


def value_of_key(key: int) -> float:
    """Return the float32 of a key."""
    bits = key ^ int(SIGN) if key >= SIGN else key ^ 0xFFFFFFFF
    return float(np.uint32(bits).view(np.float32))


def upper_halves(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Count the upper halves of the keys of one channel's values: 65536 counts."""
    return np.bincount(keys(values) >> np.uint32(HALF), minlength=HALVES)


class Selection:
    """Finds the values of some ranks of one channel: fed with all its values once more, in any order.

    Args:
        upper: how often each upper half was seen, from :func:`upper_halves`.
        wanted: ranks, from 0 to the number of values - 1.
    """

    def __init__(self, upper: NDArray[np.int64], wanted: Sequence[int]) -> None:
        before = np.concatenate([[0], np.cumsum(upper)])
        bins = [int(half) for half in np.searchsorted(before, wanted, side="right") - 1]
        self._places = {
            rank: (half, rank - int(before[half])) for rank, half in zip(wanted, bins, strict=True)
        }  # of each rank: its upper half, and its rank among the values that share it
        self._expected = {half: int(upper[half]) for half in bins}
        self._lower = {half: np.zeros(HALVES, np.int64) for half in self._expected}
        self._mask = np.zeros(HALVES, bool)
        self._mask[bins] = True

    def count(self, values: NDArray[np.float32]) -> Counts:
        """Return the keys that matter among some values; changes nothing, so threads may call it."""
        found = keys(values)
        return np.unique(found[self._mask[found >> np.uint32(HALF)]], return_counts=True)

    def add(self, counts: Counts) -> None:
        """Add what :meth:`count` returned."""
        found, often = counts
        uppers = found >> np.uint32(HALF)
        for half, lower in self._lower.items():
            here = uppers == half
            lower[found[here] & np.uint32(HALVES - 1)] += often[here]  # keys are unique, so no place stands there twice

    def values(self) -> dict[int, float]:
        """Return the value of each rank.

        Raises:
            PixelError: what was added is not what was counted first.
        """
        if any(int(lower.sum()) != self._expected[half] for half, lower in self._lower.items()):
            raise changed()
        cumulative = {half: np.cumsum(lower) for half, lower in self._lower.items()}
        return {
            rank: value_of_key(half * HALVES + int(np.searchsorted(cumulative[half], rest, side="right")))
            for rank, (half, rest) in self._places.items()
        }


def changed() -> PixelError:
    """Return the error for a source that is not what it was a moment ago."""
    return PixelError(
        "the source's pixels changed between two readings of them; quantiles of float32 pixels take several, so do "
        "not write the images while statistics are taken"
    )
