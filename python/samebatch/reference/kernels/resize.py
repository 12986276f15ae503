"""Resize as Pillow does (its Resample.c): antialiased bilinear, or nearest.

Bilinear is a triangle as wide as the reduction, applied along the rows and along the columns, one after the other. For
uint8 its weights are integers with 22 bits after the point and every pass rounds to uint8; for float32 both weights and
sums are float64 and every pass rounds to float32.
"""

import numpy as np
from numpy.typing import NDArray

from samebatch.reference.source import Pixels

PRECISION = 22


def coefficients(size: int, out: int) -> list[tuple[int, NDArray[np.float64]]]:
    """Return, for each of ``out`` pixels, the first source pixel it reads and the weights, which add up to one."""
    scale = size / out
    filter_scale = max(scale, 1.0)
    support = 1.0 * filter_scale
    table = []
    for i in range(out):
        centre = (i + 0.5) * scale
        first = max(int(centre - support + 0.5), 0)
        last = min(int(centre + support + 0.5), size)
        weights = []
        total = 0.0
        for x in range(first, last):
            distance = abs((x - centre + 0.5) * (1.0 / filter_scale))
            weight = 1.0 - distance if distance < 1.0 else 0.0
            weights.append(weight)
            total += weight
        table.append((first, np.array([w / total if total != 0.0 else w for w in weights])))
    return table


def _pass(image: Pixels, out: int) -> Pixels:
    """Resize the first axis to ``out``."""
    result = np.empty((out, *image.shape[1:]), image.dtype)
    for i, (first, weights) in enumerate(coefficients(image.shape[0], out)):
        if image.dtype == np.uint8:
            total = np.full(image.shape[1:], 1 << (PRECISION - 1), np.int64)
            for k, weight in enumerate(weights):
                rounded = int(weight * (1 << PRECISION) + (0.5 if weight >= 0 else -0.5))
                total = total + image[first + k].astype(np.int64) * rounded
            result[i] = np.clip(total >> PRECISION, 0, 255)
        else:
            total_f = np.zeros(image.shape[1:], np.float64)
            for k, weight in enumerate(weights):
                total_f = total_f + image[first + k].astype(np.float64) * weight
            result[i] = total_f
    return result


def _nearest(size: int, out: int) -> list[int]:
    """Return the source pixel of each of ``out`` pixels, stepping in float64 as Pillow does."""
    scale = size / out
    place = scale * 0.5
    table = []
    for _ in range(out):
        table.append(int(place))
        place += scale
    return table


def resize(image: Pixels, size: tuple[int, int], method: str) -> Pixels:
    """Return ``image`` (height, width, channels) at ``size`` (height, width), in its own dtype."""
    height, width = size
    if method == "nearest":
        return image[np.ix_(_nearest(image.shape[0], height), _nearest(image.shape[1], width))]
    passes = [(1, width), (0, height)]
    if rows_first(image.shape[0], image.shape[1], height, width):
        passes.reverse()
    for axis, out in passes:
        if out != image.shape[axis]:
            image = np.moveaxis(_pass(np.moveaxis(image, axis, 0), out), 0, axis)
    return image


def rows_first(height: int, width: int, out_height: int, out_width: int) -> bool:
    """Return whether the rows are reduced before the columns, as Pillow does since version 13.

    It matters, since each pass rounds.
    """
    return height > out_height and height - out_height > 2 * (width - out_width)
