"""Keras' ImageDataGenerator on samebatch: the same arguments, methods and iterators, and batches that are reproducible.

``arguments`` holds what a user says, ``generator`` the class. Without ``compat`` the arguments are translated into a
plain pipeline, with geometry as the arguments' names say it; ``compat="keras3"`` computes what Keras 3 computes.
"""

from samebatch.keras.generator.arrays import NumpyArrayIterator
from samebatch.keras.generator.dataframe import DataFrameIterator
from samebatch.keras.generator.directory import DirectoryIterator
from samebatch.keras.generator.generator import ImageDataGenerator
from samebatch.keras.generator.iterator import Iterator

__all__ = ["DataFrameIterator", "DirectoryIterator", "ImageDataGenerator", "Iterator", "NumpyArrayIterator"]
