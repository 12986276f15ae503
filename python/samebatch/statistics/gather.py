"""Gathering: one reading of a stream for the sums, one or two more for quantiles and clipped sums of float32 pixels."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from samebatch.errors import PixelError
from samebatch.statistics import fingerprint, quantiles, sums
from samebatch.statistics.progress import Progress
from samebatch.statistics.tally import Tally, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from samebatch.statistics.stream import Stream
    from samebatch.statistics.sums import Sums

T = TypeVar("T")

Ends = tuple[Fraction, Fraction]
"""Two quantiles, the lower one first, between which values are clipped."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of one stream, on some threads, under one progress bar."""

    stream: Stream
    threads: int
    bar: Progress

    def of(self, work: Callable[[int, NDArray[Any]], T]) -> Iterator[T]:
        """Read all images once; yield what ``work`` makes of each chunk, in order."""
        for images, result in self.stream.map(partial(_counted, work), self.threads):
            self.bar.add(images)
            yield result


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found; quantiles and clipped sums, one a channel each, are there for float32 pixels only."""

    tally: Tally
    quantiles: dict[Fraction, tuple[Fraction, ...]]
    clipped: dict[Ends, tuple[Sums, ...]]


def gather(
    stream: Stream, qs: Sequence[Fraction], clips: Sequence[Ends], *, threads: int, show: bool | None
) -> Gathered:
    """Read a stream as often as it takes. uint8 pixels are read once, for their histogram holds everything.

    Raises:
        PixelError: a pixel is NaN or outside the value range, there is no image, or pixels changed between two
            readings.
    """
    wanted = sorted({*qs, *(end for ends in clips for end in ends)})
    several = stream.dtype == "float32" and bool(wanted)
    with Progress(stream.samples * ((2 + bool(clips)) if several else 1), show=show) as bar:
        readings = Readings(stream, threads, bar)
        total = _total(readings, upper=several)
        if not several:
            return Gathered(total, {}, {})
        values = _values(readings, total, quantiles.ranks(wanted, total.count))
        found = {q: tuple(quantiles.quantile(q, total.count, _known(one)) for one in values) for q in wanted}
        clipped = _clipped(readings, total.count, values, found, clips) if clips else {}
        return Gathered(total, found, clipped)


def prints(stream: Stream, *, threads: int, show: bool | None) -> int:
    """Return the fingerprint of a stream's images, and nothing else."""
    with Progress(stream.samples, show=show) as bar:
        parts = Readings(stream, threads, bar).of(lambda _, images: fingerprint.of_images(images))
        total = 0
        for part in parts:
            total += part
        return total % fingerprint.MODULUS


def _counted(work: Callable[[int, NDArray[Any]], T], first: int, images: NDArray[Any]) -> tuple[int, T]:
    return len(images), work(first, images)


def _total(readings: Readings, *, upper: bool) -> Tally:
    stream = readings.stream
    found = Tally.empty(stream.channels, stream.dtype, upper=upper)
    for part in readings.of(lambda first, images: tally(stream, upper=upper, first=first, images=images)):
        found.add(part)
    if not found.count:
        raise PixelError("there is no image to take statistics of: none of the source's could be read")
    if found.histogram is not None:
        levels = [Fraction(value) for value in range(sums.LEVELS)]
        found.sums = [sums.weighted(levels, counts.tolist()) for counts in found.histogram]
    return found


def _values(readings: Readings, total: Tally, ranks: list[int]) -> list[dict[int, float]]:
    """Return each channel's values of some ranks."""
    if total.upper is None:
        return []
    selections = [quantiles.Selection(upper, ranks) for upper in total.upper]

    def count(_: int, images: NDArray[Any]) -> list[quantiles.Counts]:
        return [selection.count(images[..., channel].ravel()) for channel, selection in enumerate(selections)]

    for part in readings.of(count):
        for selection, counts in zip(selections, part, strict=True):
            selection.add(counts)
    return [selection.values() for selection in selections]


def _known(values: dict[int, float]) -> Callable[[int], Fraction]:
    return lambda rank: Fraction(values[rank])


def _clipped(
    readings: Readings,
    count: int,
    values: list[dict[int, float]],
    found: dict[Fraction, tuple[Fraction, ...]],
    clips: Sequence[Ends],
) -> dict[Ends, tuple[Sums, ...]]:
    """Return each channel's sums over values clipped to quantiles.

    A quantile stands between the values of two ranks: what is at most the lower one's is clipped from below, what is at
    least the upper one's from above, and the rest lies strictly between and stays. So float32 values are compared with
    float32 values, and the quantiles themselves enter as fractions.
    """
    bounds: dict[Ends, list[tuple[float, float]]] = {}
    for low, high in clips:
        below, above = quantiles.ranks([low], count)[0], quantiles.ranks([high], count)[-1]
        bounds[low, high] = [(one[below], one[above]) for one in values]

    def add_up(_: int, images: NDArray[Any]) -> dict[Ends, list[tuple[int, int, Sums]]]:
        return {
            ends: [_between(images[..., channel].ravel(), *pair) for channel, pair in enumerate(pairs)]
            for ends, pairs in bounds.items()
        }

    totals = {ends: [(Fraction(0), Fraction(0))] * len(values) for ends in bounds}
    for part in readings.of(add_up):
        for ends, channels in part.items():
            for channel, (under, over, inside) in enumerate(channels):
                low, high = (found[end][channel] for end in ends)
                more = sums.weighted([low, high], [under, over])
                was = totals[ends][channel]
                totals[ends][channel] = was[0] + more[0] + inside[0], was[1] + more[1] + inside[1]
    return {ends: tuple(channels) for ends, channels in totals.items()}


def _between(values: NDArray[np.float32], low: float, high: float) -> tuple[int, int, Sums]:
    """Return how many values are at most ``low``, how many of the others at least ``high``, and the rest's sums."""
    under = values <= np.float32(low)
    over = (values >= np.float32(high)) & ~under
    return int(under.sum()), int(over.sum()), sums.exact(values[~(under | over)])
