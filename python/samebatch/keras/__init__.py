"""Batches for Keras 3: a PyDataset whose batches are those of the epoch that ``fit`` is at.

::

    model.fit(
        samebatch.keras.Sequence(train),
        validation_data=samebatch.keras.Sequence(train.evaluation()),
        epochs=10,
        shuffle=False,   # they are shuffled already; Keras would shuffle the order of batches once more
    )
"""

from __future__ import annotations

import importlib
from typing import Any

try:
    import keras
except ModuleNotFoundError as error:
    if error.name != "keras":
        raise
    raise ImportError(
        'samebatch.keras needs Keras 3, which is not installed: pip install "samebatch[keras]"'
    ) from error

if keras.__version__.startswith("2."):
    raise ImportError(
        f'samebatch.keras needs Keras 3, and Keras {keras.__version__} is installed: pip install "samebatch[keras]"'
    )

from keras.preprocessing.image import array_to_img, img_to_array, load_img, save_img, smart_resize

from samebatch.keras.generator import (
    DataFrameIterator,
    DirectoryIterator,
    ImageDataGenerator,
    Iterator,
    NumpyArrayIterator,
)
from samebatch.keras.sequence import Sequence

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "Sequence",
    "array_to_img",
    "img_to_array",
    "load_img",
    "save_img",
    "smart_resize",
]

LEGACY = (
    "apply_affine_transform", "apply_brightness_shift", "apply_channel_shift", "random_brightness",
    "random_channel_shift", "random_rotation", "random_shear", "random_shift", "random_zoom",
)  # fmt: skip
"""Keras' own functions on single images, which old code imports from beside ImageDataGenerator. They have its faults:
NumPy's global generator, and rows for columns."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 (a function)
    """Find one of Keras' legacy functions when it is asked for."""
    if name not in LEGACY:
        raise AttributeError(f"module 'samebatch.keras' has no attribute {name!r}")
    try:
        return getattr(importlib.import_module("keras.src.legacy.preprocessing.image"), name)
    except (ImportError, AttributeError) as error:
        raise ImportError(f"Keras {keras.__version__} no longer has {name}, which samebatch.keras hands on") from error
