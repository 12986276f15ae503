"""Keras' dictionary of drawn parameters, from and to a row of a params table.

The names are Keras', and so are the units: degrees, pixels, factors of how much is seen, pixel values. ``tx`` is what
``height_shift_range`` drew and moves what is seen up, ``ty`` is what ``width_shift_range`` drew and moves it left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.params import Params
from samebatch.transforms import (
    RandomBrightness,
    RandomChannelShift,
    RandomFlip,
    RandomRotation,
    RandomShear,
    RandomShift,
    RandomZoom,
    Transform,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EVERYTHING: Final = (
    RandomRotation(0),
    RandomShift(unit="pixels"),
    RandomShear(),
    RandomZoom(1, 1, independent=True, reciprocal=True),
    RandomChannelShift(0, independent=False),
    RandomFlip(0.0),
    RandomBrightness(1, 1),
)
"""What a dictionary can ask for. The ranges do not matter, as nothing is drawn."""


def to_keras(
    transforms: Sequence[Transform], row: Mapping[str, float], size: tuple[int, int], span: float
) -> dict[str, Any]:
    """Return Keras' dictionary.

    Args:
        transforms: of the pipeline that drew the row.
        row: the numbers by their columns' names.
        size: (height, width) of the image.
        span: the width of the value range.
    """
    found: dict[str, Any] = {
        "theta": 0,
        "tx": 0,
        "ty": 0,
        "shear": 0,
        "zx": 1,
        "zy": 1,
        "flip_horizontal": 0,
        "flip_vertical": 0,
        "channel_shift_intensity": None,
        "brightness": None,
    }
    for t in transforms:
        match t:
            case RandomRotation():
                found["theta"] = row[f"{t.id}.angle"]
            case RandomShift():
                height, width = size if t.unit == "fraction" else (1, 1)
                found["tx"] += 0.0 - row[f"{t.id}.height"] * height
                found["ty"] += 0.0 - row[f"{t.id}.width"] * width
            case RandomShear():
                found["shear"] = row[f"{t.id}.x"]
            case RandomZoom():
                found["zx"], found["zy"] = row[f"{t.id}.x"], row[f"{t.id}.y"]
            case RandomFlip():
                found["flip_horizontal"] = int(row[f"{t.id}.horizontal"])
                found["flip_vertical"] = int(row[f"{t.id}.vertical"])
            case RandomChannelShift():
                found["channel_shift_intensity"] = row[f"{t.id}.shift_0"] * span
            case RandomBrightness():
                found["brightness"] = row[f"{t.id}.factor"]
    return found


def from_keras(given: Mapping[str, Any], channels: int, span: float) -> Params:
    """Return the row of a pipeline of :data:`EVERYTHING` that does what Keras' dictionary says.

    What is missing changes nothing. A channel shift beyond the value range leaves one end of it.
    """

    def value(name: str, neutral: float) -> float:
        found = given.get(name)
        return neutral if found is None else float(found)

    shift = float(np.clip(value("channel_shift_intensity", 0.0) / span, -1.0, 1.0))
    columns = {
        "rotation.angle": value("theta", 0.0),
        "shift.width": -value("ty", 0.0),
        "shift.height": -value("tx", 0.0),
        "shear.x": value("shear", 0.0),
        "shear.y": 0.0,
        "zoom.x": value("zx", 1.0),
        "zoom.y": value("zy", 1.0),
        **{f"channel_shift.shift_{channel}": shift for channel in range(channels)},
        "flip.horizontal": float(bool(given.get("flip_horizontal", False))),
        "flip.vertical": float(bool(given.get("flip_vertical", False))),
        "brightness.factor": value("brightness", 1.0),
    }
    return Params(tuple(columns), [list(columns.values())], [0], seed=0)
