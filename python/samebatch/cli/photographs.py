"""Real images that come inside an installed package, scikit-learn: two photographs, and crops of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samebatch.cli.machine import MEBIBYTE, cache_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES = ("china.jpg", "flower.jpg")
LARGEST = 2048 * MEBIBYTE


def load() -> tuple[NDArray[np.uint8], ...]:
    """Return the photographs :data:`NAMES`, uint8 (427, 640, 3)."""
    from sklearn.datasets import load_sample_image  # noqa: PLC0415 - scikit-learn is optional

    return tuple(np.asarray(load_sample_image(name), np.uint8) for name in NAMES)


def crops(count: int, size: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return ``count`` crops of the photographs in turn, each a copy of its own, uint8 (count, size, size, 3)."""
    photographs = load()
    places = np.random.Generator(np.random.Philox(seed))
    images = np.empty((count, size, size, 3), np.uint8)
    for i in range(count):
        photograph = photographs[i % len(photographs)]
        top = int(places.integers(photograph.shape[0] - size + 1))
        left = int(places.integers(photograph.shape[1] - size + 1))
        images[i] = photograph[top : top + size, left : left + size]
    return images


def enough(size: int, least: int) -> int:
    """Return how many uint8 crops fill the last-level cache four times over, at least ``least``, at most 2 GiB."""
    one = size * size * 3
    return max(least, min(4 * cache_bytes()[0], LARGEST) // one)
