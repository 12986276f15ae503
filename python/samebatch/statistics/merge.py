"""Merging the statistics of two parts of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samebatch.errors import SpecError
from samebatch.statistics import fingerprint

if TYPE_CHECKING:
    from samebatch.statistics.value import Statistics


def fields(one: Statistics, other: Statistics) -> dict[str, Any]:
    """Return the fields of the statistics of all images together.

    Raises:
        SpecError: they count in different units, or are of the same images.
    """
    for name in ("dtype", "channels", "value_range"):
        mine, others = getattr(one, name), getattr(other, name)
        if mine != others:
            raise SpecError(
                f"statistics with {name} {mine} and {others} cannot be merged, as their units differ; take both "
                "with one value_range=, dtype and pipeline="
            )
    if one.fingerprint == other.fingerprint:
        raise SpecError(
            f"both statistics are of the same {one.samples} images (fingerprint {one.fingerprint}), which would count "
            "twice; merge statistics of parts that have no image in common"
        )
    histogram = None
    if one.histogram is not None and other.histogram is not None:
        histogram = tuple(_added(a, b) for a, b in zip(one.histogram, other.histogram, strict=True))
    return {
        "dtype": one.dtype,
        "value_range": one.value_range,
        "samples": one.samples + other.samples,
        "count": one.count + other.count,
        "totals": _added(one.totals, other.totals),
        "squares": _added(one.squares, other.squares),
        "histogram": histogram,
        "quantiles": (),
        "clipped": (),
        "fingerprint": fingerprint.text((int(one.fingerprint, 16) + int(other.fingerprint, 16)) % fingerprint.MODULUS),
    }


def _added(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(x + y for x, y in zip(a, b, strict=True))
