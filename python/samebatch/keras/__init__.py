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

from keras.utils import array_to_img, img_to_array, load_img, save_img

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
]
