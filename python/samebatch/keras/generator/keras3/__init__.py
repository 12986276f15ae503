"""``compat="keras3"``: what Keras 3's class computes, draw by draw and operation by operation.

``randomness`` stands in for NumPy's global generator, ``draws`` draws in Keras' order, ``geometry`` and ``photometry``
are its transformations, ``normalisation`` its statistics and what is done with them, ``engine`` puts them together,
``iterator`` counts batches and epochs as Keras' iterators do, ``loading`` makes images of files, and ``iterators`` are
the classes that ``flow`` and the like return.
"""

from samebatch.keras.generator.keras3.engine import apply_transform, fit, get_random_transform
from samebatch.keras.generator.keras3.iterators import DataFrameIterator, DirectoryIterator, NumpyArrayIterator
from samebatch.keras.generator.keras3.normalisation import standardize

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "NumpyArrayIterator",
    "apply_transform",
    "fit",
    "get_random_transform",
    "standardize",
]
