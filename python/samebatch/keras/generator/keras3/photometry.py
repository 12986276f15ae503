"""Channel shift and brightness as Keras 3 computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np
from PIL import Image, ImageEnhance

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST: Final = 255
ALPHA: Final = 4  # the channels of an image of which the last is opacity


def shift_channels(image: NDArray[Any], intensity: float) -> NDArray[Any]:
    """Add one value to all channels, and keep the image's own least and largest value as bounds."""
    low, high = np.min(image), np.max(image)
    shifted = image + intensity
    return np.clip(shifted, low, high, out=shifted)


def brighten(image: NDArray[Any], factor: float) -> NDArray[Any]:
    """Multiply brightness by way of 8 bits, as Pillow does it.

    Values are cut to whole numbers; images with values below 0 or above 255 are stretched to 0..255 and back. The axes
    are read as Keras' global ``image_data_format`` has them, whatever the generator's is.

    Returns:
        An image of Keras' ``floatx``, or of a wider type if it was stretched.

    Raises:
        ValueError: the channels, on the axis where Keras looks for them, are not 1, 3 or 4.
    """
    low, high = np.min(image), np.max(image)
    stretched = bool(low < 0 or high > LARGEST)
    values = np.asarray(image, dtype=keras.config.floatx())
    axis = 0 if keras.config.image_data_format() == "channels_first" else 2
    if values.shape[axis] not in (1, 3, ALPHA):
        raise ValueError(
            f"Unsupported channel number: {values.shape[axis]}. brightness_range goes through Pillow, which looks for "
            f"channels on axis {axis} of an image of shape {values.shape}, as keras.config.image_data_format() says"
        )
    if stretched:
        values = values - np.min(values)
        largest = np.max(values)
        if largest != 0:
            values /= largest
        values *= LARGEST
    pixels = values.astype(np.uint8, order="C")
    bright = _mapped(pixels, factor)
    if pixels.shape[axis] == ALPHA:
        np.moveaxis(bright, axis, 0)[-1] = np.moveaxis(pixels, axis, 0)[-1]
    result: NDArray[Any] = bright.astype(keras.config.floatx())
    return result / LARGEST * (high - low) + low if stretched else result


def _mapped(pixels: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """Return what Pillow makes of each of the 256 values, looked up."""
    values = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    table = ImageEnhance.Brightness(values).enhance(factor).tobytes()
    return np.frombuffer(bytearray(pixels.tobytes().translate(table)), np.uint8).reshape(pixels.shape)
