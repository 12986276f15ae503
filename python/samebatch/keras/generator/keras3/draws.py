"""The parameters of one image, drawn in Keras' order."""
# ruff: noqa: ANN401 -- arrays and numbers are whatever Keras and NumPy take

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from samebatch.keras.generator.arguments import Arguments

EVEN: Final = 0.5


def draw(arguments: Arguments, shape: tuple[int, ...], random: np.random.RandomState) -> dict[str, Any]:
    """Draw the parameters of an image of that shape, as ``get_random_transform`` returns them.

    Keras' names are kept, and what they mean there: ``tx`` comes of ``height_shift_range`` and moves an image sideways.

    Args:
        arguments: the generator's.
        shape: of the image, in the generator's data format.
        random: the generator that is drawn from.

    Returns:
        theta and shear in degrees, tx and ty in pixels, zx and zy as factors, flip_horizontal and flip_vertical as
        truth values, and channel_shift_intensity and brightness as numbers or None.
    """
    theta = random.uniform(-arguments.rotation_range, arguments.rotation_range) if arguments.rotation_range else 0
    tx = _shift(arguments.height_shift_range, shape[arguments.row_axis - 1], random)
    ty = _shift(arguments.width_shift_range, shape[arguments.col_axis - 1], random)
    shear = random.uniform(-arguments.shear_range, arguments.shear_range) if arguments.shear_range else 0
    low, high = arguments.zoom_range[0], arguments.zoom_range[1]
    zx, zy = (1, 1) if low == 1 and high == 1 else random.uniform(low, high, 2)
    horizontal = (random.random_sample() < EVEN) * arguments.horizontal_flip
    vertical = (random.random_sample() < EVEN) * arguments.vertical_flip
    channels, brightness = arguments.channel_shift_range, arguments.brightness_range
    return {
        "theta": theta,
        "tx": tx,
        "ty": ty,
        "shear": shear,
        "zx": zx,
        "zy": zy,
        "flip_horizontal": horizontal,
        "flip_vertical": vertical,
        "channel_shift_intensity": random.uniform(-channels, channels) if channels != 0 else None,
        "brightness": None if brightness is None else random.uniform(brightness[0], brightness[1]),
    }


def _shift(reach: Any, side: int, random: np.random.RandomState) -> Any:
    if not reach:
        return 0
    try:  # a list of values, or a whole number n: one of 0..n-1
        shift = random.choice(reach)
        shift *= random.choice([-1, 1])
    except ValueError:  # a fraction, or pixels as a float
        shift = random.uniform(-reach, reach)
    return shift * side if np.max(reach) < 1 else shift
