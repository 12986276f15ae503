"""Photometry: transforms that change pixel values and clip them to the value range."""
# ruff: noqa: A002 -- `id` is what a transform's name is called in the spec, in messages and in params

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from samebatch.checks import boolean, interval, ordered
from samebatch.transforms.base import REQUIRED, Transform

if TYPE_CHECKING:
    from samebatch.checks import Interval, Number


@dataclass(frozen=True, slots=True, init=False, repr=False)
class _Photometry(Transform):
    GROUP: ClassVar[Literal["photometry"]] = "photometry"
    RANDOM: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RandomBrightness(_Photometry):
    """Multiply pixels by a factor, counted from the low end of the value range, and clip them to that range.

    Args:
        low: the smallest factor, 0 to 1e6; 1 changes nothing.
        high: the largest factor, ``low`` to 1e6.
        id: name of the random stream; None: ``"brightness"``.

    Raises:
        SpecError: the range is reversed, out of bounds or not of finite numbers.
    """

    low: float
    high: float

    DEFAULT_ID: ClassVar[str] = "brightness"
    KEYS: ClassVar[dict[str, object]] = {"low": REQUIRED, "high": REQUIRED}

    def __init__(self, low: Number, high: Number, *, id: str | None = None) -> None:
        first, last = ordered("RandomBrightness", (low, high), 0.0, 1e6, "(a factor; 1 changes nothing)")
        self._set(id, low=first, high=last)

    def fields(self) -> dict[str, Any]:
        """Return low, high."""
        return {"low": self.low, "high": self.high}

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> RandomBrightness:
        """Make it from low, high."""
        return cls(**values, id=id)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RandomChannelShift(_Photometry):
    """Add a number to each channel and clip it to the value range.

    Args:
        amount: the range of what is added, as a fraction of the value range, -1 to 1, as (low, high); a number v is
            (-|v|, |v|).
        independent: True: every channel draws its own; False: one for all channels.
        id: name of the random stream; None: ``"channel_shift"``.

    Raises:
        SpecError: the range is reversed, out of bounds or not of finite numbers.
    """

    amount: tuple[float, float]
    independent: bool

    DEFAULT_ID: ClassVar[str] = "channel_shift"
    KEYS: ClassVar[dict[str, object]] = {"low": REQUIRED, "high": REQUIRED, "independent": True}

    def __init__(self, amount: Interval, *, independent: bool = True, id: str | None = None) -> None:
        self._set(
            id,
            amount=interval("RandomChannelShift: amount", amount, -1.0, 1.0, "(a fraction of the value range)"),
            independent=boolean("RandomChannelShift: independent", independent),
        )

    def fields(self) -> dict[str, Any]:
        """Return low, high, independent."""
        return {"low": self.amount[0], "high": self.amount[1], "independent": self.independent}

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> RandomChannelShift:
        """Make it from low, high, independent."""
        return cls((values["low"], values["high"]), independent=values["independent"], id=id)
