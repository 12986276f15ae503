"""What the tests of ImageDataGenerator in fit share: 23 small images, 6 steps of 4 an epoch, the last one of 3."""

from __future__ import annotations

from typing import Any

import scene

import samebatch as sb
from samebatch.keras import ImageDataGenerator, NumpyArrayIterator

SETTINGS: dict[str, Any] = {
    "rotation_range": 20,
    "width_shift_range": 0.1,
    "height_shift_range": 2,
    "zoom_range": 0.2,
    "horizontal_flip": True,
    "brightness_range": (0.8, 1.2),
    "rescale": 1 / 255,
}


def halved(image: Any) -> Any:
    return image / 2


def iterator(*, preprocessing_function: Any = None, **flow: Any) -> NumpyArrayIterator:
    generator = ImageDataGenerator(**SETTINGS, preprocessing_function=preprocessing_function)
    arguments = {"batch_size": scene.BATCH_SIZE, "seed": 7} | flow
    return generator.flow(scene.images(), scene.source().labels, **arguments)


def digests(made: NumpyArrayIterator, keys: Any) -> list[str]:
    """Return the digests of the batches of these (epoch, step)."""
    batches = [made.batches.batch(*key) for key in keys]
    return [sb.digest(batch.x, made.y[batch.indices]) for batch in batches]
