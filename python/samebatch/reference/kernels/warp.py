"""Warp: a sample's geometry, sampled once.

Coordinates are rounded to 1/256 of a pixel, so that the weights of uint8 pixels are whole numbers and their sum is
exact. A row is walked in blocks of 16 columns: each block starts anew from 32 bits after the point and steps with 15.
"""

import numpy as np
from numpy.typing import NDArray

from samebatch.reference.params.matrix import FRACTION, Fixed
from samebatch.reference.source import Pixels

BLOCK = 16
STEP_FRACTION = 15
WEIGHT_FRACTION = 8
FAR = 1 << 30  # 32,768 pixels: further out than any block can step back into an image from

Integers = NDArray[np.int64]


def _round_shift(value: Integers, bits: int) -> Integers:
    """Return ``value / 2**bits`` rounded to the nearest integer, a half upwards."""
    return (value + (1 << (bits - 1))) >> bits


def _coordinates(origin: int, along: int, down: int, shape: tuple[int, int], size: int, fill_mode: str) -> Integers:
    """Return the (height, width) source coordinates of one axis of length ``size``, 15 bits after the point."""
    height, width = shape
    rows, columns = np.arange(height, dtype=np.int64)[:, np.newaxis], np.arange(width, dtype=np.int64)
    anchor = origin + rows * down + columns // BLOCK * BLOCK * along
    if fill_mode in ("reflect", "wrap"):
        anchor = anchor % ((2 * size if fill_mode == "reflect" else size) << FRACTION)
    anchor = np.clip(_round_shift(anchor, FRACTION - STEP_FRACTION), -FAR, FAR)
    step = _round_shift(np.array(along, np.int64), FRACTION - STEP_FRACTION)
    coordinates: Integers = anchor + columns % BLOCK * step
    return coordinates


def _fold(coordinate: Integers, size: int, fill_mode: str, fraction: int) -> Integers:
    """Bring coordinates with ``fraction`` bits after the point to where the image is, as the fill mode says."""
    last = (size - 1) << fraction
    if fill_mode == "wrap":
        return coordinate % (size << fraction)
    if fill_mode == "reflect":
        coordinate = coordinate % (2 * size << fraction)
        return np.clip(np.minimum(coordinate, ((2 * size - 1) << fraction) - coordinate), 0, last)
    return np.clip(coordinate, 0, last) if fill_mode == "nearest" else coordinate


def warp(image: Pixels, m: Fixed, interpolation: str, fill_mode: str, fill_value: float) -> NDArray[np.float32]:
    """Return the warped image (height, width, channels) as float32, in the source's units."""
    height, width, _ = image.shape
    fraction = WEIGHT_FRACTION if interpolation == "bilinear" else 0
    x = _coordinates(m.x0, m.xx, m.xy, (height, width), width, fill_mode)
    y = _coordinates(m.y0, m.yx, m.yy, (height, width), height, fill_mode)
    x = _fold(_round_shift(x, STEP_FRACTION - fraction), width, fill_mode, fraction)
    y = _fold(_round_shift(y, STEP_FRACTION - fraction), height, fill_mode, fraction)
    column, row = x >> fraction, y >> fraction
    fx, fy = ((v & ((1 << fraction) - 1))[:, :, np.newaxis] for v in (x, y))

    def pixel(row: Integers, column: Integers) -> Pixels:
        """Return the pixels there; a tap past the end is the first one under wrap, has no weight under the others."""
        outside = (row < 0) | (row >= height) | (column < 0) | (column >= width)
        pixels: Pixels = image[row % height, column % width]
        if fill_mode == "constant":
            pixels = np.where(outside[:, :, np.newaxis], image.dtype.type(fill_value), pixels)
        return pixels

    if interpolation == "nearest":
        chosen: NDArray[np.float32] = pixel(row, column).astype(np.float32) + np.float32(0.0)
        return chosen
    patch = pixel(row, column), pixel(row, column + 1), pixel(row + 1, column), pixel(row + 1, column + 1)
    return (_blend_uint8 if image.dtype == np.uint8 else _blend_float32)(*patch, fx, fy)


def _blend_uint8(p00: Pixels, p01: Pixels, p10: Pixels, p11: Pixels, fx: Integers, fy: Integers) -> NDArray[np.float32]:
    """Blend whole numbers by whole numbers: below 2**24, so exact in float32 as well."""
    top, bottom = p00 * (256 - fx) + p01 * fx, p10 * (256 - fx) + p11 * fx
    blended: NDArray[np.float32] = ((top * (256 - fy) + bottom * fy) / 65536).astype(np.float32)
    return blended


def _blend_float32(
    p00: Pixels, p01: Pixels, p10: Pixels, p11: Pixels, fx: Integers, fy: Integers
) -> NDArray[np.float32]:
    """Blend downwards, then across, each operation rounded once; a last + 0.0 leaves no negative zero."""
    wx, wy = (fx / 256).astype(np.float32), (fy / 256).astype(np.float32)
    left, right = p00 + (p10 - p00) * wy, p01 + (p11 - p01) * wy
    blended: NDArray[np.float32] = (left + (right - left) * wx) + np.float32(0.0)
    return blended
