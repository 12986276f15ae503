"""Source: one image of the data, checked. Knows no randomness."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from samebatch.errors import DecodeError, PixelError

Pixels = NDArray[np.uint8] | NDArray[np.float32]
MODES = {"rgb": "RGB", "rgba": "RGBA", "grey": "L"}


def image(images: Pixels, row: int, value_range: tuple[float, float], name: int | None = None) -> Pixels:
    """Return image ``row`` of ``images`` as a fresh (height, width, channels) array.

    A pixel that is NaN, infinite or outside ``value_range`` raises :class:`samebatch.errors.PixelError` that names the
    first such pixel in (row, column, channel) order.
    """
    pixels = np.array(images[row], order="C")
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    low, high = value_range
    inside = (pixels >= np.float32(low)) & (pixels <= np.float32(high))  # false for NaN as well
    if not inside.all():
        y, x, channel = (int(v) for v in np.argwhere(~inside)[0])
        value = pixels[y, x, channel]
        message = (
            f"sample {row if name is None else name}: pixel at row {y}, column {x}, channel {channel} is {value}, "
            f"outside the value range ({low}, {high})"
        )
        raise PixelError(message)
    return pixels


def file_image(file: str | bytes, color: str, *, upright: bool) -> NDArray[np.uint8]:
    """Return the image in a file (a path, or bytes) as a fresh (height, width, channels) array, as Pillow decodes it.

    Whatever Pillow raises, :class:`samebatch.errors.DecodeError` says that there is no image.
    """
    try:
        with Image.open(file if isinstance(file, str) else BytesIO(file)) as opened:
            turned = ImageOps.exif_transpose(opened) if upright else opened
            pixels = np.array(turned.convert(MODES[color]))
    except Exception as error:
        name = repr(file) if isinstance(file, str) else f"{len(file)} bytes"
        message = f"{name}: {error}"
        raise DecodeError(message) from error
    return pixels[:, :, np.newaxis] if pixels.ndim == 2 else pixels
