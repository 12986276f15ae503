"""What property tests draw from: specs of legal pipelines and the calls to make.

Specs are plain data, not `samebatch.Pipeline`, so that the core and the reference are compared on what a spec says.
"""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import whitenings
from handwritten import DEFAULT_IDS, canonical, spec_of
from pictures import MEMORY, RANGES, in_memory, pixels

__all__ = ["DEFAULT_IDS", "SETTINGS", "Case", "canonical", "cases", "in_memory", "pixels", "spec_of", "specs"]

# `default` runs the same examples every time; `large` looks further, and elsewhere each time.
_COMMON: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
PROFILES = {
    "default": settings(derandomize=True, database=None, max_examples=100, **_COMMON),
    "large": settings(max_examples=2500, **_COMMON),
}
PROFILE = os.environ.get("SAMEBATCH_HYPOTHESIS", "default")
SETTINGS = PROFILES[PROFILE]
"""Decorate every property test with this: `SAMEBATCH_HYPOTHESIS=large` asks for the other profile."""

BLOCK_EDGES = (1, 2, 3, 4, 5, 7, 11, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 65)


def _ends(draw: Any, low: float, high: float, extremes: tuple[float, ...] = ()) -> tuple[float, float]:
    """Return low <= high of a range: often one number, often an extreme, so that extremes are drawn for certain."""
    # Whole sixteenths keep examples readable and hit coordinates that lie between two weights.
    value = st.floats(low, high) | st.sampled_from([low, high, *extremes])
    value = value | st.integers(int(np.ceil(low * 16)), int(np.floor(high * 16))).map(lambda v: v / 16)
    first, second = draw(value), draw(value)
    if draw(st.booleans()):
        second = first
    return min(first, second) + 0.0, max(first, second) + 0.0


@st.composite
def flips(draw):
    probability = st.sampled_from([0.0, 0.3, 0.5, 1.0])
    return {"kind": "RandomFlip", "horizontal": draw(probability), "vertical": draw(probability)}


@st.composite
def rotations(draw):
    low, high = _ends(
        draw, *draw(st.sampled_from([(-20.0, 20.0), (-180.0, 180.0), (-3600.0, 3600.0)])), (0.0, 45.0, 90.0)
    )
    return {"kind": "RandomRotation", "low": low, "high": high}


@st.composite
def shifts(draw):
    unit = draw(st.sampled_from([{}, {}, {"unit": "pixels"}]))
    reach = draw(st.sampled_from([3.0, 40.0, 262144.0] if unit else [0.2, 1.0, 16.0]))
    ends = {axis: _ends(draw, -reach, reach, (0.0,)) for axis in ("width", "height")}
    listed = {}
    for axis in draw(st.sampled_from([(), (), ("width",), ("height",), ("width", "height")])):
        values = st.floats(-reach, reach) | st.integers(-int(reach), int(reach)).map(float)
        listed[f"{axis}s"] = [value + 0.0 for value in draw(st.lists(values, min_size=1, max_size=6))]
        ends[axis] = (0.0, 0.0)
    keys = {
        f"{axis}_{end}": value for axis, pair in ends.items() for end, value in zip(("low", "high"), pair, strict=True)
    }
    return {"kind": "RandomShift", **keys, **unit, **listed}


@st.composite
def shears(draw):
    reach = draw(st.sampled_from([10.0, 45.0, 80.0]))
    ends = [_ends(draw, -reach, reach, (0.0,)) for _ in range(2)]
    return {
        "kind": "RandomShear",
        **dict(zip(("x_low", "x_high", "y_low", "y_high"), (*ends[0], *ends[1]), strict=True)),
    }


@st.composite
def zooms(draw):
    low, high = _ends(draw, *draw(st.sampled_from([(0.75, 1.25), (0.25, 4.0), (1 / 64, 64.0)])), (1.0,))
    reciprocal = {"reciprocal": True} if draw(st.booleans()) else {}
    return {"kind": "RandomZoom", "low": low, "high": high, "independent": draw(st.booleans()), **reciprocal}


@st.composite
def quarter_turns(draw, square):
    turns = draw(st.lists(st.sampled_from([0, 1, 2, 3] if square else [0, 2]), min_size=1, max_size=5))
    return {"kind": "RandomQuarterTurn", "turns": turns}


RESAMPLES = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")


@st.composite
def crops(draw):
    if draw(st.booleans()):
        side = st.sampled_from(BLOCK_EDGES) | st.integers(1, 16384)
        return {"kind": "CenterCrop", "height": draw(side), "width": draw(side)}
    scale = _ends(draw, *draw(st.sampled_from([(0.08, 1.0), (1e-6, 1.0), (0.5, 1.0)])), (1.0,))
    ratio = _ends(draw, *draw(st.sampled_from([(0.75, 4 / 3), (1 / 64, 64.0)])), (1.0,))
    keys = ("scale_low", "scale_high", "ratio_low", "ratio_high")
    return {"kind": "RandomResizedCrop", **dict(zip(keys, (*scale, *ratio), strict=True))}


@st.composite
def brightnesses(draw):
    low, high = _ends(draw, *draw(st.sampled_from([(0.5, 1.5), (0.0, 8.0), (0.0, 1e6)])), (0.0, 1.0))
    return {"kind": "RandomBrightness", "low": low, "high": high}


@st.composite
def channel_shifts(draw):
    low, high = _ends(draw, -1.0, 1.0, (0.0,))
    return {"kind": "RandomChannelShift", "low": low, "high": high, "independent": draw(st.booleans())}


@st.composite
def rescales(draw):
    scale = draw(st.sampled_from([1.0 / 255.0, 2.0, -0.5, 1.0, 127.5, 0.1]))
    return {"kind": "Rescale", "scale": scale, "offset": draw(st.sampled_from([0.0, 1.0, -0.7, 127.5]))}


@st.composite
def normalizes(draw, channels):
    count = draw(st.sampled_from([1, channels]))
    mean = draw(st.lists(st.floats(-1.0, 2.0), min_size=count, max_size=count))
    std = draw(st.lists(st.floats(0.0625, 4.0), min_size=count, max_size=count))
    return {"kind": "Normalize", "mean": [v + 0.0 for v in mean], "std": std}


@st.composite
def standardizes(draw):
    flags = {name: draw(st.booleans()) for name in ("mean", "std", "per_channel")}
    return {"kind": "Standardize", **flags, "epsilon": draw(st.sampled_from([1e-6, 1e-3, 1.0]))}


MOST_WHITENED = 300  # numbers of an image: the reference takes time with more


@st.composite
def whitens(draw, features):
    return whitenings.transform(features, draw(st.sampled_from(whitenings.STYLES)))


@st.composite
def specs(draw, height, width, channels, dtype, value_range):
    """Draw a spec that may be bound to such images."""
    resized = draw(st.sampled_from([None, None, None, "any", "square"]))
    size = None
    if resized is not None:
        side = st.sampled_from(BLOCK_EDGES) | st.integers(1, 80)
        rows = draw(side)
        size = [rows, rows if resized == "square" else draw(side)]
    rows, columns = size or (height, width)
    exact = flips() | quarter_turns(rows == columns)
    geometry = rotations() | shifts() | shears() | zooms() | exact
    transforms = [draw(crops())] if size and draw(st.booleans()) else []
    transforms += draw(st.lists(geometry, max_size=4))
    transforms += draw(st.lists(brightnesses() | channel_shifts() | rescales() | exact, max_size=3))
    transforms = _without_collapse(transforms, value_range)
    output = draw(st.sampled_from(["float32", "float32", "float16", "bfloat16", "uint8"]))
    if output == "uint8":
        wanted = draw(st.sampled_from([(0.0, 255.0), (16.0, 235.0), (7.0, 8.5)]))
        transforms.append(_into_uint8(range_after(transforms, value_range), wanted))
        low, high = range_after(transforms, value_range)
        output = "uint8" if low >= 0.0 and high <= 255.0 and high - low > 1.0 else "float32"
    else:
        ending = draw(st.sampled_from(["", "Normalize", "Standardize"]))
        if ending == "Normalize":
            transforms += [draw(normalizes(channels)), *draw(st.lists(rescales() | exact, max_size=2))]
        elif ending == "Standardize":
            transforms += [draw(standardizes()), *draw(st.lists(rescales(), max_size=2))]
        if rows * columns * channels <= MOST_WHITENED and draw(st.booleans()):
            transforms += [draw(whitens(rows * columns * channels)), *draw(st.lists(rescales(), max_size=2))]
        transforms = _without_collapse(transforms, value_range)
    low, high = value_range
    fill = draw(st.sampled_from([low, high]) | st.floats(low, high))
    if dtype == "uint8":
        fill = min(max(float(round(fill)), float(np.ceil(low))), float(np.floor(high)))
    fit = draw(st.sampled_from(["stretch", "crop", "pad"])) if size else "stretch"
    return spec_of(
        *transforms,
        **({} if fit == "stretch" else {"fit": fit}),
        size=size,
        resample=draw(st.sampled_from(RESAMPLES)),
        interpolation=draw(st.sampled_from(["bilinear", "bilinear", "nearest"])),
        fill_mode=draw(st.sampled_from(["nearest", "constant", "reflect", "wrap"])),
        fill_value=fill + 0.0,
        dtype=output,
        layout=draw(st.sampled_from(["channels_last", "channels_first"])),
    )


def range_after(transforms: list[dict[str, Any]], value_range: tuple[float, float]) -> tuple[float, float]:
    low, high = value_range
    for transform in transforms:
        if transform["kind"] == "Rescale":
            low, high = sorted(end * transform["scale"] + transform["offset"] for end in (low, high))
    return low, high


def _without_collapse(transforms: list[dict[str, Any]], value_range: tuple[float, float]) -> list[dict[str, Any]]:
    """Leave out a Rescale after which both ends of the range would be one number: it is refused, with reason."""
    kept: list[dict[str, Any]] = []
    for transform in transforms:
        low, high = range_after([*kept, transform], value_range)
        if low < high:
            kept.append(transform)
    return kept


def _into_uint8(value_range: tuple[float, float], wanted: tuple[float, float]) -> dict[str, Any]:
    """Return the Rescale that ends in what uint8 can hold; a hair inside, for its own rounding."""
    (low, high), span = value_range, wanted[1] - wanted[0]
    scale = span * (1 - 2.0**-20) / (high - low)
    return {"kind": "Rescale", "scale": scale, "offset": wanted[0] + span * 2.0**-21 - low * scale}


@dataclass(frozen=True)
class Case:
    """A call: a pipeline, its images, and the rows that are asked for."""

    spec: dict[str, Any]
    shape: tuple[int, int, int, int]
    dtype: str
    value_range: tuple[float, float]
    style: str
    memory: str
    rows: tuple[int, ...]
    repeats: tuple[int, ...]
    seed: int
    epoch: int
    threads: int

    @property
    def images(self) -> np.ndarray:
        return in_memory(pixels(self.shape, self.dtype, self.value_range, self.style, self.seed % 997), self.memory)


@st.composite
def shapes(draw):
    edge = st.sampled_from(BLOCK_EDGES)
    kind = draw(st.sampled_from(["small", "small", "small", "line", "line", "large"]))
    if kind == "line":
        length = draw(edge | st.integers(1, 300))
        return draw(st.sampled_from([(1, length), (length, 1)]))
    if kind == "large":
        return draw(st.integers(50, 230)), draw(st.integers(50, 230))
    return draw(st.tuples(edge, edge) | edge.map(lambda side: (side, side)))


@st.composite
def cases(draw):
    height, width = draw(shapes())
    channels = draw(st.sampled_from([1, 2, 3, 3, 4, 5, 32] if height * width <= 5000 else [1, 3, 3, 4]))
    dtype = draw(st.sampled_from(["uint8", "uint8", "float32"]))
    value_range = draw(st.sampled_from(RANGES[dtype]))
    count = draw(st.integers(1, 3))
    asked = draw(st.integers(1, 4))
    number = st.sampled_from([0, 1, 2, 2**31, 2**63 - 1]) | st.integers(0, 2**63 - 1)
    return Case(
        spec=draw(specs(height, width, channels, dtype, value_range)),
        shape=(count, height, width, channels),
        dtype=dtype,
        value_range=value_range,
        style=draw(st.sampled_from(["noise", "noise", "ends", "flat", "slope", "odd"])),
        memory=draw(st.sampled_from(MEMORY)),
        rows=tuple(draw(st.lists(st.integers(0, count - 1), min_size=asked, max_size=asked))),
        repeats=tuple(draw(st.lists(number, min_size=asked, max_size=asked))),
        seed=draw(number | st.just(2**64 - 1)),
        epoch=draw(number),
        threads=draw(st.sampled_from([1, 2, 7])),
    )
