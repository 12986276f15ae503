"""A picture with an off-centre mark, once for every transform and its opposite: signs and centres to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import samebatch as sb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch.transforms import Transform

HEIGHT, WIDTH = 84, 112
GREY, INK, DOT = (235, 235, 228), (40, 60, 110), (205, 60, 40)


def picture() -> NDArray[np.uint8]:
    """Return an F left of the centre and a dot at the lower right, uint8 (84, 112, 3): no two symmetries look alike."""
    image = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
    image[18:66, 26:34] = INK
    image[18:26, 26:58] = INK
    image[36:44, 26:50] = INK
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    image[(y - 62) ** 2 + (x - 88) ** 2 < 64] = DOT  # noqa: PLR2004 - a radius of 8 pixels, squared
    image[[0, -1]] = INK
    image[:, [0, -1]] = INK
    return image


def both_ways() -> list[tuple[str, Transform | None]]:
    """Return (label, transform) of every cell, in pairs; the first pair is the picture itself."""
    return [
        ("as it is", None),
        ("half turn", sb.RandomQuarterTurn(turns=(2,))),
        ("flip horizontal", sb.RandomFlip(horizontal=1.0)),
        ("flip vertical", sb.RandomFlip(vertical=1.0, horizontal=0.0)),
        ("rotation +20", sb.RandomRotation((20, 20))),
        ("rotation -20", sb.RandomRotation((-20, -20))),
        ("shift width +0.2", sb.RandomShift(width=(0.2, 0.2))),
        ("shift width -0.2", sb.RandomShift(width=(-0.2, -0.2))),
        ("shift height +0.2", sb.RandomShift(height=(0.2, 0.2))),
        ("shift height -0.2", sb.RandomShift(height=(-0.2, -0.2))),
        ("shear x +15", sb.RandomShear(x=(15, 15))),
        ("shear x -15", sb.RandomShear(x=(-15, -15))),
        ("shear y +15", sb.RandomShear(y=(15, 15))),
        ("shear y -15", sb.RandomShear(y=(-15, -15))),
        ("zoom 1.25", sb.RandomZoom(1.25, 1.25)),
        ("zoom 0.8", sb.RandomZoom(0.8, 0.8)),
        ("brightness 1.4", sb.RandomBrightness(1.4, 1.4)),
        ("brightness 0.6", sb.RandomBrightness(0.6, 0.6)),
        ("channel shift +0.2", sb.RandomChannelShift((0.2, 0.2))),
        ("channel shift -0.2", sb.RandomChannelShift((-0.2, -0.2))),
    ]


def cells() -> list[tuple[NDArray[np.uint8], str]]:
    """Return (image, label) of every cell; what lies outside the picture is black."""
    images = picture()[np.newaxis]
    drawn = []
    for label, transform in both_ways():
        pipeline = sb.Pipeline([] if transform is None else [transform], fill_mode="constant", dtype="uint8")
        drawn.append((np.asarray(pipeline(images, seed=0))[0], label))
    return drawn
