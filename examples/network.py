"""A small network for the examples, in Keras, on PyTorch if that is installed and nothing else is asked for."""

from __future__ import annotations

import os
import random
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

if find_spec("torch") is not None:
    os.environ.setdefault("KERAS_BACKEND", "torch")  # it starts fastest

import keras

if keras.backend.backend() == "torch":
    import torch

    torch.set_num_threads(1)  # layers this small wait for threads longer than they compute

Shape = tuple[int, int, int]
PyDataset: Any = keras.utils.PyDataset
Model: TypeAlias = Any  # Keras ships no types
Images: TypeAlias = Any  # an array, or what ``predict`` takes


def classifier(classes: int, shape: Shape, *, spatial: bool = False, seed: int = 0) -> Model:
    """Return a compiled classifier whose weights follow from ``seed``.

    Args:
        classes: how many; labels are their numbers.
        shape: of an image, (height, width, channels).
        spatial: whether it may use where things are, as for digits; else only whether they are there, as for surfaces.
        seed: of every generator, Keras' own and the global ones.
    """
    _seed(seed)
    layers = keras.layers
    convolutions = [
        layers.Conv2D(16, 3, 2, activation="relu"),
        layers.Conv2D(32, 3, 1 if spatial else 2, activation="relu"),
    ]
    surface = [layers.Conv2D(32, 3, activation="relu"), layers.GlobalAveragePooling2D()]
    end = [layers.Flatten()] if spatial else surface
    made = keras.Sequential([layers.Input(shape), *convolutions, *end, layers.Dense(classes)])
    made.compile(
        optimizer=keras.optimizers.Adam(0.003),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return made


def predicted(model: Model, images: Images) -> NDArray[np.int64]:
    """Return the classes that a model sees in an array of images, or in what ``predict`` takes."""
    return np.asarray(model.predict(images, verbose=0).argmax(axis=1), np.int64)


def accuracy(model: Model, images: Images, labels: NDArray[np.int64]) -> float:
    """Return which part of the images a model gets right."""
    return float((predicted(model, images) == labels).mean())


def _seed(seed: int) -> None:
    """Seed the global generators, from which Keras draws weights and orders."""
    if keras.backend.backend() == "torch":
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - the global one is what Keras uses
        torch.manual_seed(seed)
    else:
        keras.utils.set_random_seed(seed)  # which imports TensorFlow wherever it is installed
