"""Draws: (seed, epoch, sample, repeat, transform id) -> the numbers of a sample."""

from collections.abc import Callable
from typing import Any

from samebatch.reference.params.logarithm import exp, log
from samebatch.reference.params.philox import uniform

Uniform = Callable[[int], float]


def columns(spec: dict[str, Any], channels: int) -> list[str]:
    """Return the names of a params table's columns, ``"<id>.<name>"``, in pipeline order."""
    names = {
        "RandomResizedCrop": ["area", "ratio", "x", "y"],
        "RandomFlip": ["horizontal", "vertical"],
        "RandomRotation": ["angle"],
        "RandomShift": ["width", "height"],
        "RandomShear": ["x", "y"],
        "RandomZoom": ["x", "y"],
        "RandomQuarterTurn": ["turns"],
        "RandomBrightness": ["factor"],
        "RandomChannelShift": [f"shift_{channel}" for channel in range(channels)],
    }
    return [f"{t['id']}.{name}" for t in spec["transforms"] for name in names.get(t["kind"], [])]


def draw(spec: dict[str, Any], channels: int, seed: int, epoch: int, sample: int, repeat: int) -> list[float]:
    """Return a sample's row of the params table (one float64 a column)."""
    row: list[float] = []
    for transform in spec["transforms"]:

        def u(number: int, name: str = transform["id"]) -> float:
            return uniform(seed, name, number, sample, epoch, repeat)

        row += _draw_one(transform, channels, u)
    return row


def _between(low: float, high: float, u: float) -> float:
    return low + (high - low) * u


def _pick(values: list[Any], u: float) -> Any:  # noqa: ANN401 (numbers)
    return values[min(int(u * len(values)), len(values) - 1)]


def _shift(t: dict[str, Any], axis: str, u: float) -> float:
    listed = t.get(f"{axis}s")
    return _between(t[f"{axis}_low"], t[f"{axis}_high"], u) if listed is None else float(_pick(listed, u))


def _ratio(low: float, high: float, u: float) -> float:
    return min(max(exp(_between(log(low), log(high), u)), low), high)


def _draw_one(t: dict[str, Any], channels: int, u: Uniform) -> list[float]:
    match t["kind"]:
        case "RandomResizedCrop":
            area, ratio = _between(t["scale_low"], t["scale_high"], u(0)), _ratio(t["ratio_low"], t["ratio_high"], u(1))
            return [area, ratio, u(2), u(3)]
        case "RandomFlip":
            return [float(u(0) < t["horizontal"]), float(u(1) < t["vertical"])]
        case "RandomRotation":
            return [_between(t["low"], t["high"], u(0))]
        case "RandomShift":
            return [_shift(t, "width", u(0)), _shift(t, "height", u(1))]
        case "RandomShear":
            return [_between(t["x_low"], t["x_high"], u(0)), _between(t["y_low"], t["y_high"], u(1))]
        case "RandomZoom":
            return [_between(t["low"], t["high"], u(axis if t["independent"] else 0)) for axis in (0, 1)]
        case "RandomQuarterTurn":
            return [float(_pick(t["turns"], u(0)))]
        case "RandomBrightness":
            return [_between(t["low"], t["high"], u(0))]
        case "RandomChannelShift":
            return [_between(t["low"], t["high"], u(c if t["independent"] else 0)) for c in range(channels)]
        case _:
            return []
