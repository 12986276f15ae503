"""Keras' preprocessing layers, mapped over batches of a tf.data.Dataset. Each layer resamples for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benches.peers.peer import Peer
from benches.work import MEAN, SEED, STD
from samebatch.cli import packages

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benches.work import Draws, Range
    from samebatch.checks import Layout


def _make(images: NDArray[np.generic], draws: Draws, layout: Layout, batch: int) -> Callable[[], Any]:
    if layout != "channels_last":
        raise ValueError("Keras' layers make channels_last")
    packages.choose_keras_backend("tensorflow")
    import keras  # noqa: PLC0415 - keras and tensorflow are optional
    import tensorflow as tf  # noqa: PLC0415

    layers = keras.layers
    steps: list[Any] = [layers.RandomFlip("horizontal")] if draws.flip not in (0.0, 1.0) else []
    if draws.flip == 1.0:  # it knows no other probability than one half
        steps.append(layers.Lambda(lambda x: x[:, :, ::-1]))
    if draws.move is not None:
        steps += [
            layers.RandomRotation(_scaled(draws.move.rotation, 1 / 360), fill_mode="nearest"),
            layers.RandomZoom(tuple(1 / factor - 1 for factor in reversed(draws.move.zoom)), fill_mode="nearest"),
            layers.RandomTranslation(draws.move.down, draws.move.right, fill_mode="nearest"),
        ]
    if draws.brightness is not None:
        steps.append(layers.RandomBrightness(_scaled(draws.brightness, 1.0, -1.0), value_range=(0, 255)))
    steps.append(layers.Normalization(mean=255 * np.array(MEAN), variance=(255 * np.array(STD)) ** 2))
    model = keras.Sequential(steps)

    dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images), seed=SEED).repeat().batch(batch)
    dataset = dataset.map(lambda x: model(x, training=True))
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    options.threading.max_intra_op_parallelism = 1
    options.experimental_optimization.inject_prefetch = False  # it would work ahead while others are timed
    following = iter(dataset.with_options(options))
    return lambda: next(following)


def _scaled(ends: Range, factor: float, offset: float = 0.0) -> Range:
    return (ends[0] * factor + offset, ends[1] * factor + offset)


PEER = Peer("Keras layers under tf.data", _make, "keras", additive=True)
