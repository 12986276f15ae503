"""Real images for the examples, from inside scikit-image and scikit-learn: surfaces, and handwritten digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]

SURFACES = ("brick", "grass", "gravel")
"""Photographs of 512x512 pixels, in grey. The class of a crop is which of them it is of."""

DIGIT_SIDE = 16


def surfaces(per_class: int, size: int, *, test: bool = False) -> Labelled:
    """Return crops of the photographs, class by class, and their labels.

    Args:
        per_class: crops of each photograph.
        size: of a side, at most 170 pixels.
        test: True: crops of the middle third of each photograph; False: of the thirds beside it, so that no pixel of a
            test was trained on.

    Returns:
        uint8 (n, size, size, 3) and int64 (n,).
    """
    from skimage import data  # noqa: PLC0415 - what samebatch itself does not need

    places = np.random.default_rng(int(test))
    images = np.empty((per_class * len(SURFACES), size, size, 3), np.uint8)
    for label, name in enumerate(SURFACES):
        left, middle, right = np.array_split(np.asarray(getattr(data, name)()), 3, axis=1)
        parts = (middle,) if test else (left, right)
        for i in range(per_class):
            part = parts[i % len(parts)]
            top, start = (int(places.integers(length - size + 1)) for length in part.shape)
            images[label * per_class + i] = part[top : top + size, start : start + size, None]
    return images, np.repeat(np.arange(len(SURFACES)), per_class)


def digits(per_class: int) -> tuple[Labelled, Labelled]:
    """Return handwritten digits to train on, digit by digit, and the last 997 of all to test with.

    Args:
        per_class: how many of each digit to train on, at most 70.

    Returns:
        Twice uint8 (n, 16, 16, 1) and int64 (n,).
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415 - what samebatch itself does not need

    loaded = load_digits()
    small = np.round(loaded.images * (255 / 16)).astype(np.uint8)
    resized = [np.asarray(Image.fromarray(digit).resize((DIGIT_SIDE, DIGIT_SIDE))) for digit in small]
    images, labels = np.stack(resized)[..., None], loaded.target.astype(np.int64)
    rows = np.concatenate([np.flatnonzero(labels[:800] == digit)[:per_class] for digit in range(10)])
    return (images[rows], labels[rows]), (images[800:], labels[800:])
