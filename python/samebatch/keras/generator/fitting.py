"""Fitting: the statistics of training images, as they reach the featurewise scaling, read in constant memory."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.errors import SpecError
from samebatch.keras.generator.iterator import Iterator
from samebatch.keras.generator.rendering import Rendering
from samebatch.keras.generator import values
from samebatch.source import ArraySource, Source
from samebatch.statistics.gather import gather
from samebatch.statistics.stream import Stream
from samebatch.threads import resolve_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator as Endless

    from numpy.typing import NDArray

    from samebatch.batch import Batches
    from samebatch.keras.generator.arguments import Arguments
    from samebatch.keras.generator.fitted import Fitted
    from samebatch.statistics.stream import Chunk

BATCH = 64


def fit(arguments: Arguments, fitted: Fitted, x: Any, *, augment: bool, rounds: int, seed: int) -> Fitted:  # noqa: ANN401
    """Return the statistics that the arguments ask for, of the images of ``x``.

    Args:
        arguments: what the generator was told.
        fitted: what it had found before; what is not asked for stays.
        x: an array, a source, or an iterator of a generator: a folder's, a data frame's, an array's.
        augment: of augmented images instead of those that are there.
        rounds: how often each is augmented.
        seed: of the augmentation.

    Raises:
        ValueError: ``x`` is no images, or an image cannot be read.
    """
    source, reading = _source(arguments, x)
    before = replace(
        arguments, featurewise_center=False, featurewise_std_normalization=False, zca_whitening=False, dtype="float32"
    )
    batches = Rendering(before, fitted, reading, augment=augment).batches(
        source, batch_size=BATCH, shuffle=False, seed=seed
    )
    found = replace(fitted)
    if arguments.featurewise_center or arguments.featurewise_std_normalization:
        mean, std = _moments(batches, rounds if augment else 1, first=arguments.data_format == "channels_first")
        shape = (len(mean), 1, 1) if arguments.data_format == "channels_first" else (1, 1, len(mean))
        if arguments.featurewise_center:
            found.mean = mean.reshape(shape)
        if arguments.featurewise_std_normalization:
            found.std = std.reshape(shape)
    return found


def _source(arguments: Arguments, x: Any) -> tuple[Source, dict[str, Any]]:  # noqa: ANN401
    if isinstance(x, Iterator):
        return x._source(), x.reading  # noqa: SLF001 (of this package)
    if isinstance(x, Source):
        return x, {}
    array = np.asarray(x)
    if array.ndim != 4:  # noqa: PLR2004 (n, h, w, c)
        raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {array.shape}")
    outside = float(arguments.cval) if arguments.fill_mode == "constant" else None
    images = values.images(array, channels_first=arguments.data_format == "channels_first", outside=outside)
    return ArraySource(images.pixels, value_range=images.value_range), {}


def _moments(batches: Batches, rounds: int, *, first: bool) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return (mean, standard deviation) of each channel, from exact sums of float32 values."""
    threads = resolve_threads(batches.threads)
    stream = Stream(
        samples=len(batches.source) * rounds,
        channels=batches.source.channels,
        dtype="float32",
        value_range=(0.0, 1.0),
        checked=True,
        helpers=1,
        chunks=partial(_chunks, batches, rounds, first=first),
    )
    tally = gather(stream, [], [], threads=threads, show=False).tally
    means = [total / tally.count for total, _ in tally.sums]
    variances = [squares / tally.count - mean**2 for (_, squares), mean in zip(tally.sums, means, strict=True)]
    deviations = [sqrt(float(max(variance, Fraction(0)))) for variance in variances]
    return np.array([float(mean) for mean in means], np.float32), np.array(deviations, np.float32)


def _chunks(batches: Batches, rounds: int, *, first: bool) -> Endless[Callable[[], Chunk]]:
    for epoch in range(rounds):
        for batch in batches.epoch(epoch):
            images = batch.x.transpose(0, 2, 3, 1) if first else batch.x
            yield partial(_loaded, int(batch.indices[0]), images)


def _loaded(first: int, images: NDArray[Any]) -> Chunk:
    return first, images
