"""Finish: links, a sample's own statistics, the output's type and layout."""

from collections.abc import Iterable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from samebatch.errors import PixelError, SpecError
from samebatch.reference.kernels.whiten import Whitening, check_reach, whiten
from samebatch.reference.params.links import LARGEST, Link, Program, Standardize

LANES = 16
LARGEST_FLOAT16 = 65504.0


def apply(link: Link, v: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``clamp(v * scale + offset)`` of a (height, width, channels) image, in float32."""
    v = v * link.scale
    v = v + link.offset
    v = np.where(v < link.low, link.low, v)
    return np.where(v > link.high, link.high, v)


def _sum(values: NDArray[np.float64]) -> float:
    """Add up a (height, width) plane in the written order: 16 running sums, column j to sum j mod 16, then those."""
    height, width = values.shape
    sums = np.zeros(LANES, np.float64)
    for row in range(height):
        for first in range(0, width, LANES):
            block = values[row, first : first + LANES]
            sums[: len(block)] += block
    return _total(float(lane) for lane in sums)


def standardize(step: Standardize, v: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the image with its own mean taken off and divided by its own deviation, then the tail of the pipeline."""
    planes = v.astype(np.float64)
    height, width, channels = v.shape
    groups = [[c] for c in range(channels)] if step.per_channel else [list(range(channels))]
    scale, offset = np.empty(channels, np.float32), np.empty(channels, np.float32)
    for group in groups:
        count = float(height * width * len(group))
        mean = _total(_sum(planes[:, :, c]) for c in group) / count
        variance = _total(_sum((planes[:, :, c] - mean) * (planes[:, :, c] - mean)) for c in group) / count
        deviation = sqrt(variance) + step.epsilon
        if step.std and deviation == 0.0:
            message = "all its pixels are equal, so Standardize has no deviation to divide by: give it epsilon > 0"
            raise PixelError(message)
        a = 1.0 / deviation if step.std else 1.0
        b = -(mean * a) if step.mean else 0.0
        for c in group:
            scale_c, offset_c = a * step.tail_scale[c], b * step.tail_scale[c] + step.tail_offset[c]
            if not (abs(scale_c) <= LARGEST and abs(offset_c) <= LARGEST):
                message = (
                    "its deviation is so small that Standardize makes numbers beyond float32: use a larger epsilon"
                )
                raise PixelError(message)
            scale[c], offset[c] = scale_c, offset_c
    return apply(Link(scale, offset, np.float32(-np.inf), np.float32(np.inf)), v)


def _total(values: Iterable[float]) -> float:
    total = 0.0
    for value in values:
        total = total + value
    return total


def finish(v: NDArray[np.float32], program: Program, whitening: Whitening | None = None) -> NDArray[np.float32]:
    """Run a sample's program over its warped pixels."""
    for link in program.links:
        v = apply(link, v)
    if program.standardize is not None:
        v = standardize(program.standardize, v)
    if program.whitened is None:
        return v
    if whitening is None:
        message = "the pipeline whitens, and there is no matrix"
        raise SpecError(message)
    v = whiten(whitening, v)
    check_reach(program.whitened, v)
    return apply(program.whitened, v)


def convert(v: NDArray[np.float32], dtype: str, layout: str) -> NDArray[np.generic]:
    """Return ``v`` in the output's type, to the nearest, a half to even, saturating; bfloat16 as its uint16 bits."""
    if layout == "channels_first":
        v = v.transpose(2, 0, 1)
    match dtype:
        case "float16":
            return np.clip(v, -LARGEST_FLOAT16, LARGEST_FLOAT16).astype(np.float16)
        case "bfloat16":
            bits = np.ascontiguousarray(v).view(np.uint32).astype(np.uint64)
            rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
            sign, magnitude = rounded & 0x8000, rounded & 0x7FFF
            saturated: NDArray[np.uint16] = (sign | np.minimum(magnitude, 0x7F7F)).astype(np.uint16)
            return saturated
        case "uint8":
            return np.clip(np.rint(v), 0, 255).astype(np.uint8)
        case _:
            return v
