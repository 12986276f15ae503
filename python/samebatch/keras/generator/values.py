"""Arrays as users have them, brought to what a source takes: uint8 or float32, channels last, and their value range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from samebatch.errors import PixelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BYTE = 255


class Images(NamedTuple):
    """Images for a source: (n, height, width, channels) of uint8 or float32, and their value range."""

    pixels: NDArray[Any]
    value_range: tuple[float, float]


def images(array: NDArray[Any], *, channels_first: bool, outside: float | None = None) -> Images:
    """Return images of any type of numbers as a source takes them.

    Whole numbers from 0 to 255 become uint8, with the value range (0, 255). All others become float32, and their value
    range is found from the data: (0, 1) if they lie within, else (0, 255) if they do, else (smallest, largest).

    Args:
        array: of rank 4, in ``data_format``; not changed, and not copied if it has its type already.
        channels_first: whether it is (n, channels, height, width).
        outside: what stands outside the images, if that can be seen: the value range then holds it too.

    Raises:
        PixelError: they are no numbers, or one is not finite.
    """
    if array.dtype.kind not in "biuf":
        raise PixelError(f"images must be numbers, got dtype {array.dtype}")
    last = array.transpose(0, 2, 3, 1) if channels_first else array
    if outside is None or (float(outside).is_integer() and 0 <= outside <= BYTE):
        if array.dtype == np.uint8:
            return Images(last, (0.0, 255.0))
        if array.dtype.kind in "biu" and (array.size == 0 or (array.min() >= 0 and array.max() <= BYTE)):
            return Images(last.astype(np.uint8), (0.0, 255.0))
    pixels = last.astype(np.float32, copy=False)
    return Images(pixels, value_range(pixels, outside))


def value_range(pixels: NDArray[np.float32], outside: float | None = None) -> tuple[float, float]:
    """Return the value range of float32 pixels: see :func:`images`.

    Raises:
        PixelError: a pixel is not finite.
    """
    if pixels.size == 0:
        return 0.0, 1.0
    low, high = float(pixels.min()), float(pixels.max())  # NaN if there is one
    if not np.isfinite([low, high]).all():
        sample = int(np.flatnonzero(~np.isfinite(pixels).reshape(len(pixels), -1).all(axis=1))[0])
        raise PixelError(f"sample {sample} has a pixel that is not finite; replace it: numpy.nan_to_num(images)")
    if outside is not None:
        low, high = min(low, outside), max(high, outside)
    for bounds in ((0.0, 1.0), (0.0, 255.0)):
        if bounds[0] <= low and high <= bounds[1]:
            return bounds
    # A fill value need not be a float32: the range is rounded to float32, and must still hold it.
    low, high = _rounded(low, -np.inf), _rounded(high, np.inf)
    return (low, high) if low < high else (low, low + max(1.0, abs(low)))


def _rounded(value: float, towards: float) -> float:
    nearest = np.float32(value)
    short = nearest > value if towards < 0 else nearest < value
    return float(np.nextafter(nearest, np.float32(towards)) if short else nearest)
