"""Files as Keras' ``load_img`` and ``img_to_array`` make images of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import keras
from PIL import Image, UnidentifiedImageError

from samebatch import _native

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLORS: Final = {"rgb": "rgb", "rgba": "rgba", "grayscale": "grey"}


def load(
    path: str, *, color_mode: str, size: tuple[int, int], interpolation: str, keep_aspect_ratio: bool, data_format: str
) -> NDArray[Any]:
    """Return a file's image, of Keras' ``floatx``.

    What the native decoders take is decoded by them, with Pillow's pixels, and resized by Pillow; all else is left to
    Keras' own ``load_img``, errors included.

    Args:
        path: of the file.
        color_mode: "rgb", "rgba" or "grayscale"; the last leaves images of 16 or 32 bits as they are.
        size: (height, width).
        interpolation: Pillow's name of the filter, in lower case.
        keep_aspect_ratio: cut away what has another aspect ratio, evenly on both sides.
        data_format: of the result, "channels_last" or "channels_first".

    Raises:
        OSError: the file cannot be read, or is no image.
    """
    data = Path(path).read_bytes()
    pixels = _native.decode(data, COLORS[color_mode])
    if pixels is None:
        try:
            image: Any = keras.utils.load_img(
                io.BytesIO(data),
                color_mode=color_mode,
                target_size=size,
                interpolation=interpolation,
                keep_aspect_ratio=keep_aspect_ratio,
            )
        except UnidentifiedImageError as error:
            raise UnidentifiedImageError(
                f"{path} is no image that Pillow knows: replace it, or take it away"
            ) from error
        except OSError as error:
            raise OSError(f"{path}: {error}") from error
    else:
        image = pixels[..., 0] if color_mode == "grayscale" else pixels
        if image.shape[:2] != size:
            box = _middle(image.shape[:2], size) if keep_aspect_ratio else None
            resample = Image.Resampling[interpolation.upper()]
            image = Image.fromarray(image).resize((size[1], size[0]), resample, box)
    array: NDArray[Any] = keras.utils.img_to_array(image, data_format=data_format)
    return array


def _middle(size: tuple[int, ...], target: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the largest box of the target's aspect ratio in the middle: (left, upper, right, lower)."""
    height, width = size
    box_height = min(height, width * target[0] // target[1])
    box_width = min(width, height * target[1] // target[0])
    top, left = (height - box_height) // 2, (width - box_width) // 2
    return left, top, left + box_width, top + box_height
