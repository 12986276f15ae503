"""Links: what happens to a pixel's value after interpolation.

A link is four single float32 operations: multiply, add, clamp from below, clamp from above. Steps of a pipeline that
do not clamp are composed beforehand, in float64.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samebatch.errors import SpecError

LARGEST = 3.4e38  # just short of the end of float32, so that rounding does not reach it


@dataclass(frozen=True)
class Link:
    """``clamp(v * scale + offset, low, high)``, scale and offset one float32 a channel."""

    scale: NDArray[np.float32]
    offset: NDArray[np.float32]
    low: np.float32
    high: np.float32


@dataclass
class Standardize:
    """A sample's own statistics, taken on the values after the links; then ``tail`` (float64, one a channel)."""

    mean: bool
    std: bool
    per_channel: bool
    epsilon: float  # in units of the values at that point
    tail_scale: list[float] = field(default_factory=list)
    tail_offset: list[float] = field(default_factory=list)


@dataclass
class Program:
    """The links of one sample, in order; then its standardisation and its whitening, if it has one."""

    links: list[Link] = field(default_factory=list)
    standardize: Standardize | None = None
    whitened: Link | None = None  # what is done to whitened numbers, if there are any


class _Composer:
    """The affine steps that wait to be rounded, in float64, one pair a channel."""

    def __init__(self, channels: int, value_range: tuple[float, float]) -> None:
        self.channels = channels
        self.largest = max(abs(bound) for bound in value_range)
        self.links: list[Link] = []
        self.reset()

    def reset(self) -> None:
        self.scale = [1.0] * self.channels
        self.offset = [0.0] * self.channels

    @property
    def neutral(self) -> bool:
        return all(a == 1.0 and b == 0.0 for a, b in zip(self.scale, self.offset, strict=True))

    def then(self, scale: list[float], offset: list[float]) -> None:
        for c in range(self.channels):
            self.scale[c] = self.scale[c] * scale[c]
            self.offset[c] = self.offset[c] * scale[c] + offset[c]

    def close(self, low: float, high: float) -> None:
        reaches = [self.largest * abs(a) + abs(b) for a, b in zip(self.scale, self.offset, strict=True)]
        if not all(reach <= LARGEST for reach in reaches):
            message = "its photometry and scaling compose to numbers beyond float32: use smaller factors"
            raise SpecError(message)
        self.largest = max(reaches) if high == np.inf else max(abs(low), abs(high))
        scale, offset = np.array(self.scale, np.float32), np.array(self.offset, np.float32)
        self.links.append(Link(scale, offset, np.float32(low), np.float32(high)))
        self.reset()

    def close_open(self) -> None:
        if not self.links or not self.neutral:
            self.close(-np.inf, np.inf)

    def end(self, standardize: Standardize | None) -> None:
        if standardize is None:
            self.close_open()
        else:
            standardize.tail_scale, standardize.tail_offset = self.scale, self.offset
            self.reset()


def program(spec: dict[str, Any], values: dict[str, float], channels: int, value_range: tuple[float, float]) -> Program:
    """Compile photometry and scaling of one sample to links."""
    low, high = value_range
    composer = _Composer(channels, value_range)
    tail: Standardize | None = None
    whitens = False
    for t in spec["transforms"]:
        match t["kind"]:
            case "RandomBrightness":
                factor = values[f"{t['id']}.factor"]
                composer.then([factor] * channels, [low - low * factor] * channels)
                composer.close(low, high)
            case "RandomChannelShift":
                shifts = [values[f"{t['id']}.shift_{c}"] for c in range(channels)]
                composer.then([1.0] * channels, [shift * (high - low) for shift in shifts])
                composer.close(low, high)
            case "Rescale":
                scale, offset = t["scale"], t["offset"]
                composer.then([scale] * channels, [offset] * channels)
                low, high = sorted((low * scale + offset, high * scale + offset))
            case "Normalize":
                means = t["mean"] * channels if len(t["mean"]) == 1 else t["mean"]
                stds = t["std"] * channels if len(t["std"]) == 1 else t["std"]
                span = high - low
                composer.then(
                    [1.0 / (span * std) for std in stds],
                    [-((low / span + mean) / std) for mean, std in zip(means, stds, strict=True)],
                )
            case "Standardize":
                composer.close_open()
                tail = Standardize(t["mean"], t["std"], t["per_channel"], t["epsilon"] * (high - low))
            case "Whiten":
                composer.end(tail)
                composer.largest = 1.0  # each sample's own is checked when its numbers are there
                whitens = True
    if not whitens:
        composer.end(tail)
        return Program(composer.links, tail)
    composer.close(-np.inf, np.inf)
    return Program(composer.links[:-1], tail, composer.links[-1])
