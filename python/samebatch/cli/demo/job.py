"""What both frameworks are given: the same batches, the same model, the same first weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import samebatch as sb

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLASSES = 10
FILTERS = (16, 32)
LEARNING_RATE = 0.05
MOMENTUM = 0.9
BATCH_SIZE = 32
HELD_OUT = 0.2


@dataclass(frozen=True)
class Job:
    """A training to be done.

    Attributes:
        train: the batches to learn from: uint8 digits (n, 8, 8, 1), augmented.
        valid: the batches to measure the accuracy on: other digits, not augmented.
        epochs: how many epochs.
        weights: the first weights, in the order and the shapes of Keras: kernel and bias of every layer.
    """

    train: sb.Batches
    valid: sb.Batches
    epochs: int
    weights: tuple[NDArray[np.float32], ...]


def job(*, epochs: int, seed: int, count: int | None = None) -> Job:
    """Return the training of the demo: scikit-learn's digits, ``count`` of them (default: all 1,797)."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - scikit-learn is optional

    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[:count, :, :, np.newaxis]  # they come as 0 to 16
    labels = np.asarray(digits.target, np.int64)[:count]
    cut = int(len(images) * (1 - HELD_OUT))
    source = sb.ArraySource(images[:cut], labels[:cut])
    pipeline = sb.Pipeline(
        [
            sb.RandomRotation(12),
            sb.RandomShift(width=0.08, height=0.08),
            sb.RandomZoom(0.9, 1.1),
            sb.RandomBrightness(0.8, 1.2),
            sb.Normalize.fit(source),
        ]
    )
    train = sb.Batches(source, pipeline, batch_size=BATCH_SIZE, seed=seed)
    held_out = sb.ArraySource(images[cut:], labels[cut:])
    valid = sb.Batches(held_out, pipeline.evaluation(), batch_size=BATCH_SIZE, seed=seed, shuffle=False)
    return Job(train, valid, epochs, first_weights(seed))


def first_weights(seed: int) -> tuple[NDArray[np.float32], ...]:
    """Return the weights that both models start from: He's normal kernels, biases of zero."""
    generator = np.random.Generator(np.random.Philox(seed))
    one, two = FILTERS
    shapes: tuple[tuple[int, ...], ...] = ((3, 3, 1, one), (3, 3, one, two), (4 * 4 * two, CLASSES))
    weights: list[NDArray[np.float32]] = []
    for shape in shapes:
        deviation = np.sqrt(2 / np.prod(shape[:-1]))
        weights.append((generator.standard_normal(shape) * deviation).astype(np.float32))
        weights.append(np.zeros(shape[-1], np.float32))
    return tuple(weights)
