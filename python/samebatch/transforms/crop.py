"""Crops: which part of an image is read. At most one, before all others; what it leaves is resized to ``size``."""
# ruff: noqa: A002 -- `id` is what a transform's name is called in the spec, in messages and in params

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from samebatch.checks import LARGEST_SIDE, describe, integer, ordered
from samebatch.errors import SpecError
from samebatch.transforms.base import REQUIRED, Transform, ends, pair

if TYPE_CHECKING:
    from samebatch.checks import Number

SMALLEST_AREA = 1e-6
LARGEST_RATIO = 64.0


@dataclass(frozen=True, slots=True, init=False, repr=False)
class _Crop(Transform):
    GROUP: ClassVar[Literal["crop"]] = "crop"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RandomResizedCrop(_Crop):
    """Cut out a part of an image, of any area and aspect within ranges, anywhere; ``size`` of the pipeline is needed.

    A part that would be wider or higher than the image is clipped to it. (torchvision draws ten times, and takes the
    centre then: here a sample has its numbers before anyone has seen the image.)

    Args:
        scale: the range of the part's area, as a fraction of the image's, 1e-6 to 1, as (low, high).
        ratio: the range of the part's width divided by its height, 1/64 to 64, as (low, high); its logarithm is drawn.
        id: name of the random stream; None: ``"resized_crop"``.

    Raises:
        SpecError: a range is reversed, out of bounds or not of finite numbers.
    """

    scale: tuple[float, float]
    ratio: tuple[float, float]

    RANDOM: ClassVar[bool] = True
    DEFAULT_ID: ClassVar[str] = "resized_crop"
    KEYS: ClassVar[dict[str, object]] = {
        "scale_low": 0.08,
        "scale_high": 1.0,
        "ratio_low": 3 / 4,
        "ratio_high": 4 / 3,
    }

    def __init__(
        self,
        scale: tuple[Number, Number] = (0.08, 1.0),
        ratio: tuple[Number, Number] = (3 / 4, 4 / 3),
        *,
        id: str | None = None,
    ) -> None:
        self._set(
            id,
            scale=_range("RandomResizedCrop: scale", scale, SMALLEST_AREA, 1.0, "(a fraction of the area)"),
            ratio=_range("RandomResizedCrop: ratio", ratio, 1 / LARGEST_RATIO, LARGEST_RATIO, "(width by height)"),
        )

    def fields(self) -> dict[str, Any]:
        """Return scale_low, scale_high, ratio_low, ratio_high."""
        return ends("scale", self.scale) | ends("ratio", self.ratio)

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> RandomResizedCrop:
        """Make it from scale_low, scale_high, ratio_low, ratio_high."""
        return cls(pair(values, "scale"), pair(values, "ratio"), id=id)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class CenterCrop(_Crop):
    """Cut out the middle of an image, in pixels of the source; ``size`` of the pipeline is needed.

    Of an image that is smaller, the part that exists. Where the middle lies between two pixels, the part lies half a
    pixel to the left, or up.

    Args:
        size: (height, width) of the part in pixels, 1 to 16384 each; a number is both.
        id: its name; None: ``"center_crop"``.

    Raises:
        SpecError: ``size`` is something else.
    """

    size: tuple[int, int]

    RANDOM: ClassVar[bool] = False
    DEFAULT_ID: ClassVar[str] = "center_crop"
    KEYS: ClassVar[dict[str, object]] = {"height": REQUIRED, "width": REQUIRED}

    def __init__(self, size: int | tuple[int, int], *, id: str | None = None) -> None:
        what = "CenterCrop: size"
        sides = size if isinstance(size, tuple | list | np.ndarray) else (size, size)
        if len(sides) != 2:  # noqa: PLR2004 (height, width)
            raise SpecError(f"{what} must be (height, width) or a number, got {describe(size)}")
        height, width = (
            integer(f"{what}, {name}", side, 1, LARGEST_SIDE)
            for name, side in zip(("height", "width"), sides, strict=True)
        )
        self._set(id, size=(height, width))

    def fields(self) -> dict[str, Any]:
        """Return height, width."""
        return {"height": self.size[0], "width": self.size[1]}

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> CenterCrop:
        """Make it from height, width."""
        return cls((values["height"], values["width"]), id=id)


def _range(what: str, value: object, low: float, high: float, unit: str) -> tuple[float, float]:
    if not isinstance(value, tuple | list | np.ndarray) or len(value) != 2:  # noqa: PLR2004 (two ends)
        raise SpecError(f"{what} must be a pair (low, high), got {describe(value)}")
    return ordered(what, (value[0], value[1]), low, high, unit)
