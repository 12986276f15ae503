"""Checks of what a user wrote: each returns the value in its plain Python type or raises with the whole story.

``what`` names the argument in messages, for example ``"RandomRotation: degrees"``.
"""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from samebatch.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Number = float | np.floating | np.integer
Interval = Number | tuple[Number, Number] | list[Number] | NDArray[np.floating] | NDArray[np.integer]
Interpolation = Literal["bilinear", "nearest"]
Resample = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
Fit = Literal["stretch", "crop", "pad"]
FillMode = Literal["nearest", "constant", "reflect", "wrap"]
DType = Literal["float32", "float16", "bfloat16", "uint8"]
Layout = Literal["channels_last", "channels_first"]
LastBatch = Literal["keep", "drop"]

LARGEST_INDEX = 2**63 - 1
LARGEST_SEED = 2**64 - 1
LARGEST_SIDE = 16384
LARGEST_CHANNELS = 32

T = TypeVar("T", bound=str)


def number(what: str, value: object, low: float = -math.inf, high: float = math.inf, unit: str = "") -> float:
    """Return a finite number between ``low`` and ``high`` (inclusive) as a float; -0.0 becomes 0.0."""
    expected = f"a finite number{_between(low, high)}{unit and ' ' + unit}"
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise SpecError(f"{what} must be {expected}, got {describe(value)}")
    try:
        result = float(value) + 0.0
    except OverflowError:
        result = math.inf
    if not math.isfinite(result) or not low <= result <= high:
        raise SpecError(f"{what} must be {expected}, got {value!r}")
    return result


def probability(what: str, value: object) -> float:
    """Return a probability, 0 to 1, as a float."""
    return number(what, value, 0.0, 1.0, "(a probability: 0 is never, 0.5 every second time, 1 always)")


def integer(what: str, value: object, low: int, high: int) -> int:
    """Return a whole number between ``low`` and ``high`` (inclusive) as an int."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise SpecError(f"{what} must be a whole number{_between(low, high)}, got {describe(value)}")
    if not low <= value <= high:
        raise SpecError(f"{what} must be a whole number{_between(low, high)}, got {value!r}")
    return int(value)


def boolean(what: str, value: object) -> bool:
    """Return True or False."""
    if not isinstance(value, bool | np.bool_):
        raise SpecError(f"{what} must be True or False, got {describe(value)}")
    return bool(value)


def seed(what: str, value: object) -> int:
    """Return a seed, 0 to 2**64 - 1."""
    return integer(what, value, 0, LARGEST_SEED)


def choice(what: str, value: object, choices: Iterable[T]) -> T:
    """Return ``value`` if it is one of ``choices``."""
    known = list(choices)
    for candidate in known:
        if isinstance(value, str) and value == candidate:
            return candidate
    expected = ", ".join(repr(str(name)) for name in known)
    raise SpecError(f"{what} must be one of {expected}; got {describe(value)}{nearest(value, known)}")


def literal(what: str, value: object, names: object) -> str:
    """Return ``value`` if the Literal type ``names`` lists it."""
    known: tuple[str, ...] = get_args(names)
    return choice(what, value, known)


def interval(what: str, value: object, low: float, high: float, unit: str = "") -> tuple[float, float]:
    """Return (low, high) as floats; a number v stands for (-|v|, |v|)."""
    if isinstance(value, tuple | list | np.ndarray):
        if len(value) != 2 or (isinstance(value, np.ndarray) and value.ndim != 1):  # noqa: PLR2004 (two ends)
            raise SpecError(f"{what} must be a number or a pair (low, high), got {describe(value)}")
        return ordered(what, (value[0], value[1]), low, high, unit)
    size = abs(number(what, value, low, high, unit))
    return number(what, -size, low, high, unit), size


def ordered(what: str, ends: tuple[object, object], low: float, high: float, unit: str = "") -> tuple[float, float]:
    """Return the ends of a range as floats, the lower one first."""
    first, last = (
        number(f"{what}, {name}", end, low, high, unit) for name, end in zip(("low", "high"), ends, strict=True)
    )
    if first > last:
        raise SpecError(f"{what} must be a range with low <= high, got ({first}, {last}); write ({last}, {first})")
    return first, last


def numbers(what: str, values: object, low: float, high: float, most: int) -> tuple[float, ...]:
    """Return one number, or 1 to ``most`` of them in a sequence, as a tuple of floats."""
    if not isinstance(values, tuple | list | np.ndarray):
        return (number(what, values, low, high),)
    if not 1 <= len(values) <= most or (isinstance(values, np.ndarray) and values.ndim != 1):
        raise SpecError(f"{what} must have 1 to {most} entries, one for each channel, got {describe(values)}")
    return tuple(number(f"{what}[{i}]", value, low, high) for i, value in enumerate(values))


def nearest(name: object, names: Sequence[str]) -> str:
    """Return " (did you mean ...?)" for the known name that looks most like ``name``, or nothing."""
    found = difflib.get_close_matches(str(name), names, n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""


def describe(value: object) -> str:
    """Return a short text that shows a value and its type."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({type(value).__name__})"  # noqa: PLR2004 (one line)


def _between(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f" of at least {low}"
    return f" from {low} to {high}"
