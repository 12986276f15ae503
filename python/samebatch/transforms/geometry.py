"""Geometry: transforms that move pixels. All of a sample's are composed into one matrix, so a pixel is sampled once."""
# ruff: noqa: A002 -- `id` is what a transform's name is called in the spec, in messages and in params

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from samebatch.checks import boolean, describe, integer, interval, literal, number, ordered, probability
from samebatch.errors import SpecError
from samebatch.transforms.base import REQUIRED, Transform, ends, pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samebatch.checks import Interval, Number

MOST_TURNS = 64
MOST_SHIFTS = 4096

ShiftUnit = Literal["fraction", "pixels"]


@dataclass(frozen=True, slots=True, init=False, repr=False)
class _Geometry(Transform):
    GROUP: ClassVar[Literal["geometry"]] = "geometry"
    RANDOM: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RandomFlip(_Geometry):
    """Mirror an image left to right, top to bottom, or both; each with a probability and a draw of its own.

    Args:
        horizontal: probability of mirroring left to right, 0 to 1.
        vertical: probability of mirroring top to bottom, 0 to 1.
        id: name of the random stream; None: ``"flip"``.

    Raises:
        SpecError: a probability is not a number from 0 to 1.
    """

    horizontal: float
    vertical: float

    DEFAULT_ID: ClassVar[str] = "flip"
    KEYS: ClassVar[dict[str, object]] = {"horizontal": 0.5, "vertical": 0.0}

    def __init__(self, horizontal: Number = 0.5, vertical: Number = 0.0, *, id: str | None = None) -> None:
        self._set(
            id,
            horizontal=probability("RandomFlip: horizontal", horizontal),
            vertical=probability("RandomFlip: vertical", vertical),
        )

    def fields(self) -> dict[str, Any]:
        """Return horizontal, vertical."""
        return {"horizontal": self.horizontal, "vertical": self.vertical}

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> RandomFlip:
        """Make it from horizontal, vertical."""
        return cls(**values, id=id)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RandomRotation(_Geometry):
    """Turn an image about its centre.

    Args:
        degrees: the range of the angle in degrees, -3600 to 3600, as (low, high); a number v is (-|v|, |v|). A positive
            angle turns what is seen counter-clockwise. 90 degrees are exact.
        id: name of the random stream; None: ``"rotation"``.

    Raises:
        SpecError: the range is reversed, out of bounds or not of finite numbers.
    """

    degrees: tuple[float, float]

    DEFAULT_ID: ClassVar[str] = "rotation"
    INTERPOLATES: ClassVar[bool] = True
    KEYS: ClassVar[dict[str, object]] = {"low": REQUIRED, "high": REQUIRED}

    def __init__(self, degrees: Interval, *, id: str | None = None) -> None:
        self._set(id, degrees=interval("RandomRotation: degrees", degrees, -3600.0, 3600.0))

    def fields(self) -> dict[str, Any]:
        """Return low, high."""
        return {"low": self.degrees[0], "high": self.degrees[1]}

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> RandomRotation:
        """Make it from low, high."""
        return cls((values["low"], values["high"]), id=id)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RandomShift(_Geometry):
    """Move an image across and down.

    Args:
        width: the range of the shift across, as a fraction of the width, -16 to 16, as (low, high); a number v is
            (-|v|, |v|). Positive moves what is seen to the right.
        height: likewise down, as a fraction of the height. Positive moves what is seen down.
        unit: ``"fraction"`` of the image's size, or ``"pixels"`` of it (after ``size=``): then -262144 to 262144.
        widths: instead of ``width``: 1 to 4096 shifts to choose from, each place as likely as the others, so a number
            that stands there twice is twice as likely. None: none.
        heights: likewise instead of ``height``.
        id: name of the random stream; None: ``"shift"``.

    Raises:
        SpecError: a range is reversed, out of bounds or not of finite numbers; a list is empty, too long or not alone.
    """

    width: tuple[float, float]
    height: tuple[float, float]
    unit: ShiftUnit
    widths: tuple[float, ...] | None
    heights: tuple[float, ...] | None

    DEFAULT_ID: ClassVar[str] = "shift"
    INTERPOLATES: ClassVar[bool] = True
    LATER: ClassVar[dict[str, object]] = {"unit": "fraction", "widths": None, "heights": None}
    KEYS: ClassVar[dict[str, object]] = {
        **dict.fromkeys(("width_low", "width_high", "height_low", "height_high"), REQUIRED),
        **LATER,
    }

    def __init__(
        self,
        width: Interval = (0.0, 0.0),
        height: Interval = (0.0, 0.0),
        *,
        unit: ShiftUnit = "fraction",
        widths: Sequence[Number] | None = None,
        heights: Sequence[Number] | None = None,
        id: str | None = None,
    ) -> None:
        counted = literal("RandomShift: unit", unit, ShiftUnit)
        limit, words = (16.0, "(a fraction of the size)") if counted == "fraction" else (262144.0, "pixels")
        self._set(
            id,
            width=interval("RandomShift: width", width, -limit, limit, words),
            height=interval("RandomShift: height", height, -limit, limit, words),
            unit=counted,
            widths=_listed("RandomShift: widths", widths, limit, words),
            heights=_listed("RandomShift: heights", heights, limit, words),
        )
        for name in ("width", "height"):
            if getattr(self, f"{name}s") is not None and getattr(self, name) != (0.0, 0.0):
                raise SpecError(f"RandomShift: {name} is a range and {name}s a list to choose from; give one of them")

    def fields(self) -> dict[str, Any]:
        """Return width_low, width_high, height_low, height_high, and unit, widths, heights where they are given."""
        lists = {name: None if (own := getattr(self, name)) is None else list(own) for name in ("widths", "heights")}
        return ends("width", self.width) | ends("height", self.height) | self._later({"unit": self.unit, **lists})

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> RandomShift:
        """Make it from width_low, width_high, height_low, height_high, unit, widths, heights."""
        later = {name: values[name] for name in cls.LATER}
        return cls(pair(values, "width"), pair(values, "height"), **later, id=id)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RandomShear(_Geometry):
    """Slant an image about its centre.

    Args:
        x: the range of the angle in degrees, -80 to 80, as (low, high); a number v is (-|v|, |v|). Positive leans what
            is seen to the right going down: ``x' = x + tan(angle) * (y - centre)``.
        y: likewise down going right: ``y' = y + tan(angle) * (x - centre)``.
        id: name of the random stream; None: ``"shear"``.

    Raises:
        SpecError: a range is reversed, out of bounds or not of finite numbers.
    """

    x: tuple[float, float]
    y: tuple[float, float]

    DEFAULT_ID: ClassVar[str] = "shear"
    INTERPOLATES: ClassVar[bool] = True
    KEYS: ClassVar[dict[str, object]] = dict.fromkeys(("x_low", "x_high", "y_low", "y_high"), REQUIRED)

    def __init__(self, x: Interval = (0.0, 0.0), y: Interval = (0.0, 0.0), *, id: str | None = None) -> None:
        self._set(
            id,
            x=interval("RandomShear: x", x, -80.0, 80.0, "degrees"),
            y=interval("RandomShear: y", y, -80.0, 80.0, "degrees"),
        )

    def fields(self) -> dict[str, Any]:
        """Return x_low, x_high, y_low, y_high."""
        return ends("x", self.x) | ends("y", self.y)

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> RandomShear:
        """Make it from x_low, x_high, y_low, y_high."""
        return cls(pair(values, "x"), pair(values, "y"), id=id)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RandomZoom(_Geometry):
    """Enlarge or shrink what is seen, about the centre.

    Args:
        low: the smallest factor, 1/64 to 64. 0.8: things look 0.8 times as large.
        high: the largest factor, ``low`` to 64.
        independent: False: one factor for both axes; True: one for each, drawn on its own.
        reciprocal: True: ``low`` and ``high`` are how much is seen, as a multiple of the image's size, and that is what
            is drawn: 1.25 shows 1.25 times the image, so things look 0.8 times as large.
        id: name of the random stream; None: ``"zoom"``.

    Raises:
        SpecError: the range is reversed, out of bounds or not of finite numbers.
    """

    low: float
    high: float
    independent: bool
    reciprocal: bool

    DEFAULT_ID: ClassVar[str] = "zoom"
    INTERPOLATES: ClassVar[bool] = True
    LATER: ClassVar[dict[str, object]] = {"reciprocal": False}
    KEYS: ClassVar[dict[str, object]] = {"low": REQUIRED, "high": REQUIRED, "independent": False, **LATER}

    def __init__(
        self,
        low: Number,
        high: Number,
        *,
        independent: bool = False,
        reciprocal: bool = False,
        id: str | None = None,
    ) -> None:
        first, last = ordered("RandomZoom", (low, high), 1 / 64, 64.0, "(a factor; 1 changes nothing)")
        self._set(
            id,
            low=first,
            high=last,
            independent=boolean("RandomZoom: independent", independent),
            reciprocal=boolean("RandomZoom: reciprocal", reciprocal),
        )

    def fields(self) -> dict[str, Any]:
        """Return low, high, independent, and reciprocal where it is True."""
        values = {"low": self.low, "high": self.high, "independent": self.independent}
        return values | self._later({"reciprocal": self.reciprocal})

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> RandomZoom:
        """Make it from low, high, independent, reciprocal."""
        return cls(**values, id=id)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RandomQuarterTurn(_Geometry):
    """Turn an image by quarter turns; pixels stay whole. An odd number of them needs square images.

    Args:
        turns: the counter-clockwise quarter turns to choose from: 1 to 64 whole numbers from 0 to 3, each place as
            likely as the others, so a number that stands there twice is twice as likely.
        id: name of the random stream; None: ``"quarter_turn"``.

    Raises:
        SpecError: ``turns`` is empty or holds something else.
    """

    turns: tuple[int, ...]

    DEFAULT_ID: ClassVar[str] = "quarter_turn"
    KEYS: ClassVar[dict[str, object]] = {"turns": (0, 1, 2, 3)}

    def __init__(self, turns: Sequence[int] = (0, 1, 2, 3), *, id: str | None = None) -> None:
        what = "RandomQuarterTurn: turns"
        if not isinstance(turns, tuple | list | range | np.ndarray) or not 1 <= len(turns) <= MOST_TURNS:
            raise SpecError(f"{what} must be 1 to {MOST_TURNS} whole numbers from 0 to 3, got {describe(turns)}")
        self._set(id, turns=tuple(integer(f"{what}[{i}]", turn, 0, 3) for i, turn in enumerate(turns)))

    def fields(self) -> dict[str, Any]:
        """Return turns."""
        return {"turns": list(self.turns)}

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> RandomQuarterTurn:
        """Make it from turns."""
        return cls(values["turns"], id=id)


def _listed(what: str, values: object, limit: float, unit: str) -> tuple[float, ...] | None:
    """Return shifts to choose from, or None if there are none."""
    if values is None:
        return None
    if not isinstance(values, tuple | list | range | np.ndarray) or not 1 <= len(values) <= MOST_SHIFTS:
        raise SpecError(f"{what} must be 1 to {MOST_SHIFTS} numbers to choose from, got {describe(values)}")
    return tuple(number(f"{what}[{i}]", value, -limit, limit, unit) for i, value in enumerate(values))
