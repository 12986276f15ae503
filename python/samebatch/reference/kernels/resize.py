"""Resize as Pillow does, ``image.resize(size, resample, box)`` (its Resample.c, since version 13).

A filter as wide as the reduction is applied along the rows and along the columns, one after the other. For uint8 its
weights are integers with 22 bits after the point and every pass rounds to uint8; for float32 both weights and sums are
float64 and every pass rounds to float32.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from samebatch.reference.kernels.filters import SUPPORT, WEIGHT
from samebatch.reference.kernels.region import Span, region
from samebatch.reference.source import Pixels

PRECISION = 22
OVERSHOOTS = ("bicubic", "lanczos")


def coefficients(size: int, span: Span, out: int, method: str) -> list[tuple[int, NDArray[np.float64]]]:
    """Return, for each of ``out`` pixels, the first source pixel it reads and the weights, which add up to one."""
    start, length = span
    scale = length / out
    filter_scale = max(scale, 1.0)
    support = SUPPORT[method] * filter_scale
    table = []
    for i in range(out):
        centre = start + (i + 0.5) * scale
        first = max(int(centre - support + 0.5), 0)
        last = min(int(centre + support + 0.5), size)
        weights = []
        total = 0.0
        for x in range(first, last):
            weight = WEIGHT[method]((x - centre + 0.5) * (1.0 / filter_scale))
            weights.append(weight)
            total += weight
        table.append((first, np.array([w / total if total != 0.0 else w for w in weights])))
    return table


def _pass(image: Pixels, span: Span, out: int, method: str) -> Pixels:
    """Resize a part of the first axis to ``out``; the filter may reach beyond the part."""
    result = np.empty((out, *image.shape[1:]), image.dtype)
    for i, (first, weights) in enumerate(coefficients(image.shape[0], span, out, method)):
        if image.dtype == np.uint8:
            total = np.full(image.shape[1:], 1 << (PRECISION - 1), np.int64)
            for k, weight in enumerate(weights):
                rounded = int(weight * (1 << PRECISION) + (-0.5 if weight < 0 else 0.5))
                total = total + image[first + k].astype(np.int64) * rounded
            result[i] = np.clip(total >> PRECISION, 0, 255)
        else:
            total_f = np.zeros(image.shape[1:], np.float64)
            for k, weight in enumerate(weights):
                total_f = total_f + image[first + k].astype(np.float64) * weight
            result[i] = total_f
    return result


def _nearest(span: Span, out: int) -> list[int]:
    """Return the source pixel of each of ``out`` pixels, stepping in float64 as Pillow does."""
    start, length = span
    scale = length / out
    place = start + scale * 0.5
    table = []
    for _ in range(out):
        table.append(int(place))
        place += scale
    return table


def resize(image: Pixels, size: tuple[int, int], method: str, box: tuple[Span, Span] | None = None) -> Pixels:
    """Return a box (rows, columns; None: all) of ``image`` (height, width, channels) at ``size`` (height, width)."""
    whole = ((0, image.shape[0]), (0, image.shape[1]))
    box = whole if box is None else box
    if method == "nearest":
        return image[np.ix_(_nearest(box[0], size[0]), _nearest(box[1], size[1]))]
    axes = [0, 1] if rows_first(image.shape[0], image.shape[1], *size) else [1, 0]
    for axis in axes:
        if box[axis] != whole[axis] or size[axis] != whole[axis][1]:
            image = np.moveaxis(_pass(np.moveaxis(image, axis, 0), box[axis], size[axis], method), 0, axis)
    return image


def rows_first(height: int, width: int, out_height: int, out_width: int) -> bool:
    """Return whether the rows are reduced before the columns, as Pillow does since version 13.

    It matters, since each pass rounds. What counts is the image's size, whatever the box.
    """
    return height > out_height and height - out_height > 2 * (width - out_width)


def bring_to_size(
    spec: dict[str, Any], pixels: Pixels, values: dict[str, float], value_range: tuple[float, float]
) -> Pixels:
    """Return an image at the spec's size: cut as its first transform says, resized as ``fit`` and ``resample`` say."""
    if spec["size"] is None:
        return pixels
    height, width = spec["size"]
    box, (rows, columns) = region(spec, values, pixels.shape[0], pixels.shape[1])
    inner = resize(pixels, (rows[1], columns[1]), spec["resample"], box)
    if spec["resample"] in OVERSHOOTS:
        inner = _clip(inner, value_range)
    if inner.shape[:2] == (height, width):
        return inner
    framed = np.full((height, width, pixels.shape[2]), spec["fill_value"], pixels.dtype)
    framed[rows[0] : sum(rows), columns[0] : sum(columns)] = inner
    return framed


def _clip(image: Pixels, value_range: tuple[float, float]) -> Pixels:
    low, high = (float(image.dtype.type(end)) for end in value_range)
    if image.dtype == np.uint8:
        low, high = np.ceil(value_range[0]), np.floor(value_range[1])
    clipped: Pixels = image.copy()
    clipped[clipped < low] = low
    clipped[clipped > high] = high
    return clipped
