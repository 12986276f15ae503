"""Statistics as a value: exact, mergeable, to be kept beside the data."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from samebatch import checks
from samebatch.errors import SpecError
from samebatch.statistics import merge, quantiles, record, sums, take

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from samebatch.checks import Number
    from samebatch.pipeline import Pipeline
    from samebatch.source import Source
    from samebatch.statistics.gather import Ends
    from samebatch.statistics.robust import Robust


@dataclass(frozen=True, slots=True, repr=False)
class Statistics:
    """Exact statistics of images, one entry a channel; made by :meth:`of`, :meth:`load` and ``|``.

    Sums are whole numbers or fractions, so neither the order of the images nor threads nor the machine can change them.
    :attr:`mean`, :attr:`std` and :meth:`quantile` are in units of the value range, as :class:`samebatch.Normalize` has
    them: 0 is its low end, 1 its high end.

    Attributes:
        dtype: of the pixels, ``"uint8"`` or ``"float32"``.
        value_range: the pixel values that the units call 0 and 1: (low, high), or (high, low) where the Rescales of the
            pipeline they were taken with turn the range round.
        samples: images.
        count: pixels; every one has a value in each channel.
        totals: sum of the values of each channel, in pixel values.
        squares: sum of their squares.
        histogram: of uint8 pixels, how often each value stands in each channel, (channels, 256); else None.
        quantiles: of float32 pixels, what was asked for: (part of the pixels below, pixel value of each channel).
        clipped: of float32 pixels, likewise: (the two parts, totals and squares of the values clipped there).
        fingerprint: which images these were, in whatever order: 64 hexadecimal digits, by the rule in COMPATIBILITY.md.
    """

    dtype: str
    value_range: tuple[float, float]
    samples: int
    count: int
    totals: tuple[Fraction, ...]
    squares: tuple[Fraction, ...]
    histogram: tuple[tuple[int, ...], ...] | None
    quantiles: tuple[tuple[Fraction, tuple[Fraction, ...]], ...]
    clipped: tuple[tuple[Ends, tuple[Fraction, ...], tuple[Fraction, ...]], ...]
    fingerprint: str

    @classmethod
    def of(
        cls,
        source: Source,
        *,
        pipeline: Pipeline | None = None,
        quantiles: Sequence[Number] = (),
        robust: Robust | None = None,
        progress: bool | None = None,
        threads: int | None = None,
    ) -> Statistics:
        """Take the statistics of a source's images, in constant memory.

        The source is read once; float32 pixels once more for quantiles, and a third time for ``robust=(low, high)``.

        Args:
            source: the images; of training, not of validation. Files that give no image are left out, with a warning,
                where it says ``on_error="skip"``.
            pipeline: None: the source's own images. A pipeline: the images as ``pipeline.evaluation()`` has them before
                its first Normalize, Standardize or Whiten: resized, and in units of the range as its Rescales leave it.
                Resized pixels have the source's own type, and the statistics are exact for these rounded values.
            quantiles: up to 100 numbers from 0 to 1. Of uint8 pixels all are known anyway; of float32 pixels those that
                are named here, each at the price of up to 1 MiB a channel while it is looked for.
            robust: likewise, what ``Normalize.from_statistics(robust=...)`` will need of float32 pixels.
            progress: True: show a progress bar on stderr; False: do not; None: if it takes longer than a second and
                stderr is a terminal.
            threads: as for :class:`samebatch.Batches`; changes no number.

        Raises:
            SpecError: ``source`` is not a source, the pipeline does not fit it, or another argument is wrong.
            PixelError: a pixel is NaN or outside the value range, or there is no image.
            DecodeError: a file gives no image.
            ShapeError: the pipeline needs square images, and they are not.
        """
        return cls(**take.fields(source, pipeline, quantiles, robust, progress, threads))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Statistics:
        """Return the statistics that :meth:`save` wrote.

        Raises:
            SpecError: the file is none of these, is of a later version, or was changed.
            OSError: it cannot be read.
        """
        return cls(**record.read(Path(path)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all of this to a file, as JSON with a hash of its own; a file that is there is replaced at once.

        Raises:
            OSError: it cannot be written.
        """
        record.write(Path(path), self)

    @property
    def channels(self) -> int:
        """Numbers of a pixel."""
        return len(self.totals)

    @property
    def mean(self) -> tuple[float, ...]:
        """Each channel's mean, in units of the value range; rounded once."""
        return tuple(map(float, self.exact_moments()[0]))

    @property
    def std(self) -> tuple[float, ...]:
        """Each channel's standard deviation (of the population), in units of the value range; rounded twice."""
        return tuple(sqrt(float(variance)) for variance in self.exact_moments()[1])

    def quantile(self, q: Number) -> tuple[float, ...]:
        """Return each channel's quantile, in units of the value range; rounded once.

        Args:
            q: 0 to 1: 0 is the smallest value, 0.5 the median, 1 the largest; between two values it is interpolated, as
                NumPy's method "linear" does.

        Raises:
            SpecError: q is out of range, or the pixels are float32 and it was not asked for.
        """
        return tuple(map(float, self.exact_quantile(Fraction(checks.number("q", q, 0.0, 1.0)))))

    def exact_quantile(self, q: Fraction) -> tuple[Fraction, ...]:
        """Return each channel's quantile as it is before it is rounded; raises as :meth:`quantile`."""
        raw = 1 - q if self._turned else q
        if self.histogram is not None:
            found = tuple(quantiles.quantile(raw, self.count, quantiles.ranked(one)) for one in self.histogram)
        elif raw in dict(self.quantiles):
            found = dict(self.quantiles)[raw]
        else:
            raise SpecError(
                f"quantile {float(q)} of float32 pixels is not known: it takes its own readings, and does not merge; "
                f"ask for it with Statistics.of(source, quantiles=[{float(q)}, ...], robust=...)"
            )
        return tuple(map(self._in_units, found))

    def exact_moments(self, ends: Ends | None = None) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Return each channel's (mean, variance) in units of the value range, before they are rounded.

        Args:
            ends: None: of the values as they are; two quantiles: of the values clipped to these.

        Raises:
            SpecError: the pixels are float32 and these ends were not asked for.
        """
        totals, squares = (self.totals, self.squares) if ends is None else self._clipped(ends)
        span = Fraction(self.value_range[1]) - Fraction(self.value_range[0])
        pairs = [(total / self.count, square / self.count) for total, square in zip(totals, squares, strict=True)]
        means = tuple(self._in_units(mean) for mean, _ in pairs)
        return means, tuple((square - mean**2) / span**2 for mean, square in pairs)

    def matches(
        self,
        source: Source,
        *,
        pipeline: Pipeline | None = None,
        progress: bool | None = None,
        threads: int | None = None,
    ) -> bool:
        """Return whether these are the statistics of a source's images, in any order: the source is read once.

        Args and what is raised are those of :meth:`of`.
        """
        return take.matches(self, source, pipeline, progress, threads)

    def __or__(self, other: object) -> Statistics:
        """Merge with the statistics of other images: the result is that of all of them together.

        Quantiles and clipped sums of float32 pixels do not merge and are left out.

        Raises:
            SpecError: dtype, channels or value range differ, or both are of the same images.
        """
        return Statistics(**merge.fields(self, other)) if isinstance(other, Statistics) else NotImplemented

    def __repr__(self) -> str:
        """Return what they are of, and mean and standard deviation."""
        return (
            f"<Statistics: {self.samples} images, {self.count} pixels of {self.channels} channels, {self.dtype}, "
            f"value_range={self.value_range}, mean={self.mean}, std={self.std}>"
        )

    @property
    def _turned(self) -> bool:
        return self.value_range[0] > self.value_range[1]

    def _in_units(self, value: Fraction) -> Fraction:
        low, high = map(Fraction, self.value_range)
        return (value - low) / (high - low)

    def _clipped(self, ends: Ends) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        raw = (1 - ends[1], 1 - ends[0]) if self._turned else ends
        if self.histogram is not None:
            pairs = [self._clipped_levels(raw, counts) for counts in self.histogram]
            return tuple(total for total, _ in pairs), tuple(square for _, square in pairs)
        for known, totals, squares in self.clipped:
            if known == raw:
                return totals, squares
        low, high = (100 * float(end) for end in ends)
        raise SpecError(
            f"sums of float32 pixels clipped to percentiles ({low}, {high}) are not known: they take readings of their "
            f"own, and do not merge; ask for them with Statistics.of(source, robust=({low}, {high}))"
        )

    def _clipped_levels(self, ends: Ends, counts: tuple[int, ...]) -> sums.Sums:
        low, high = (quantiles.quantile(end, self.count, quantiles.ranked(counts)) for end in ends)
        return sums.weighted([min(max(Fraction(level), low), high) for level in range(sums.LEVELS)], counts)
