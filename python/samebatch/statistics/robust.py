"""What Normalize is given: mean and standard deviation, or what stands for them where data have outliers."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Final, Literal

from samebatch import checks
from samebatch.checks import Number
from samebatch.errors import PixelError, SpecError

if TYPE_CHECKING:
    from samebatch.statistics.value import Statistics

Robust = Literal["iqr"] | tuple[Number, Number]
Method = Literal["iqr"] | tuple[Fraction, Fraction]

QUARTILES: Final = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))

NORMAL_IQR: Final = Fraction(1.3489795003921634)
"""The interquartile range of normal data, in standard deviations: 2 * 0.6744897501960817, twice the 0.75 quantile of
the standard normal distribution, as float64. Dividing by it makes the range of normal data their standard deviation."""

SMALLEST: Final = 1e-30  # the least that Normalize can divide by


def checked(robust: object) -> Method | None:
    """Return ``robust`` with percentiles as exact quantiles.

    Raises:
        SpecError: it is not None, "iqr" or two percentiles, the lower one first.
    """
    if robust is None or (isinstance(robust, str) and robust == "iqr"):
        return None if robust is None else "iqr"
    if not isinstance(robust, tuple | list) or len(robust) != 2:  # noqa: PLR2004 (low, high)
        raise SpecError(f'robust must be None, "iqr" or two percentiles such as (1, 99), got {checks.describe(robust)}')
    low, high = (checks.number(f"robust[{i}]", end, 0.0, 100.0, "(a percentile)") for i, end in enumerate(robust))
    if not low < high:
        raise SpecError(f"robust must be two percentiles (low, high) with low < high, got {robust!r}")
    return Fraction(low) / 100, Fraction(high) / 100


def location_and_scale(
    statistics: Statistics, robust: Robust | None = None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return (mean, std) for Normalize, in units of the value range, each rounded from exact fractions.

    Raises:
        SpecError: ``robust`` is wrong, or the statistics of float32 pixels were taken without it.
        PixelError: a channel has nothing to divide by.
    """
    method = checked(robust)
    if method == "iqr":
        lower, middle, upper = (statistics.exact_quantile(q) for q in QUARTILES)
        ranges = tuple(float((high - low) / NORMAL_IQR) for low, high in zip(lower, upper, strict=True))
        _check(
            ranges, "interquartile range", "at least half of its pixels are equal", "take robust=None or (low, high)"
        )
        return tuple(map(float, middle)), ranges
    if method is None:
        means, variances = statistics.exact_moments()
        what, why = "standard deviation", "every pixel of it is equal"
    else:
        means, variances = statistics.exact_moments(method)
        what, why = "standard deviation", "every pixel of it is equal once it is clipped to these percentiles"
    deviations = tuple(sqrt(float(variance)) for variance in variances)
    _check(deviations, what, why, "give mean and std yourself")
    return tuple(map(float, means)), deviations


def _check(scales: tuple[float, ...], what: str, why: str, fix: str) -> None:
    for channel, scale in enumerate(scales):
        if 0.0 < scale < SMALLEST:
            raise PixelError(
                f"Normalize.fit: the {what} of channel {channel} is {scale} of the value range, and the least to "
                f"divide by is {SMALLEST}; give the source a value_range= of its data's own size"
            )
        if scale == 0.0:
            raise PixelError(
                f"Normalize.fit: the {what} of channel {channel} is 0, {why}: there is nothing to divide by. "
                f"Drop the channel, or {fix}"
            )
