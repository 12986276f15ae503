"""Shifts: all readings that Keras has of ``width_shift_range`` and ``height_shift_range``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from samebatch.checks import describe
from samebatch.errors import SpecError
from samebatch.transforms import RandomShift

if TYPE_CHECKING:
    from samebatch.transforms.geometry import ShiftUnit


WIDTH: Final = "width_shift_range"
HEIGHT: Final = "height_shift_range"


class Reading(NamedTuple):
    """One axis: a range or a list to choose from, and what it counts."""

    unit: ShiftUnit
    span: tuple[float, float] = (0.0, 0.0)
    listed: list[float] | None = None


def shifts(width: object, height: object) -> list[RandomShift]:
    """Return the transform that shifts by both, or two where one counts pixels and the other fractions.

    Raises:
        ValueError: one of them cannot be read.
    """
    across, down = read(WIDTH, width), read(HEIGHT, height)
    if across and down and across.unit == down.unit:
        return [_made(across.unit, across, down)]
    one = [] if across is None else [_made(across.unit, across, None)]
    return one if down is None else [*one, _made(down.unit, None, down)]


def read(name: str, value: Any) -> Reading | None:  # noqa: ANN401 (what a user wrote)
    """Return what Keras takes an argument for, or None if nothing moves.

    - A whole number n: one of 0, 1, ..., n - 1 pixels, either way.
    - Another number: up to that much either way; below 1 a fraction of the size, else pixels.
    - A list: one of its numbers, either way; if all are below 1 fractions, else pixels.

    Raises:
        ValueError: it is none of these.
    """
    if value is None or (np.ndim(value) == 0 and not value) or (np.ndim(value) == 1 and not len(value)):
        return None
    numbers = np.asarray(value)
    if numbers.ndim > 1 or numbers.dtype.kind not in "biuf" or not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be a number or a list of numbers, got {describe(value)}")
    unit: ShiftUnit = "fraction" if numbers.max() < 1 else "pixels"
    if numbers.ndim == 1:
        reading = Reading(unit, listed=_either_way(numbers.astype(float).tolist()))
    elif numbers.dtype.kind != "f" and numbers > 0:
        reading = Reading(unit, listed=_either_way([float(pixels) for pixels in range(int(numbers))]))
    else:
        reading = Reading(unit, (-abs(float(numbers)), abs(float(numbers))))
    try:
        _made(unit, *((reading, None) if name == WIDTH else (None, reading)))
    except SpecError as error:
        raise SpecError(f"{name}={value!r}: {error}") from error
    return reading


def _either_way(values: list[float]) -> list[float]:
    return [-value + 0.0 for value in values] + values


def _made(unit: ShiftUnit, across: Reading | None, down: Reading | None) -> RandomShift:
    still = Reading(unit)
    across, down = across or still, down or still
    return RandomShift(across.span, down.span, unit=unit, widths=across.listed, heights=down.listed)
