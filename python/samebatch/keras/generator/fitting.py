"""Fitting: the statistics of training images, as they reach the featurewise scaling, read in constant memory."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.keras.generator import translate, values
from samebatch.keras.generator.fitted import Fitted
from samebatch.keras.generator.iterator import Iterator
from samebatch.keras.generator.rendering import Rendering
from samebatch.pipeline import Pipeline
from samebatch.source import ArraySource, Source
from samebatch.statistics import Statistics, whitening
from samebatch.statistics.gather import gather
from samebatch.statistics.stream import Stream
from samebatch.threads import resolve_threads

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator as Endless

    from numpy.typing import NDArray

    from samebatch.batch import Batches
    from samebatch.keras.generator.arguments import Arguments
    from samebatch.statistics.stream import Chunk

BATCH = 64

Moments = tuple[list[Fraction], list[Fraction]]


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
    times = rounds if augment else 1
    channels_first = arguments.data_format == "channels_first"
    found = replace(fitted)
    if arguments.featurewise_center or arguments.featurewise_std_normalization:
        if augment or translate.reshapes_values(arguments):
            mean, variance = _moments(_batches(arguments, source, reading, augment=augment, seed=seed), times)
        else:
            mean, variance = _plain_moments(source, reading, Fraction(arguments.rescale or 1))
        shape = (-1, 1, 1) if channels_first else (1, 1, -1)
        if arguments.featurewise_center:
            found.mean = np.array([float(one) for one in mean], np.float32).reshape(shape)
        if arguments.featurewise_std_normalization:
            found.std = np.array([sqrt(float(one)) for one in variance], np.float32).reshape(shape)
    if arguments.zca_whitening:
        batches = _batches(arguments, source, reading, augment=augment, seed=seed)
        found.zca_whitening_matrix = _whitening(batches, times, found.mean, arguments.zca_epsilon)
    return found


def _batches(arguments: Arguments, source: Source, reading: dict[str, Any], *, augment: bool, seed: int) -> Batches:
    """Return images as they reach the featurewise scaling, float32, in order."""
    before = replace(
        arguments, featurewise_center=False, featurewise_std_normalization=False, zca_whitening=False, dtype="float32"
    )
    rendering = Rendering(before, Fitted(), reading, augment=augment)
    return rendering.batches(source, batch_size=BATCH, shuffle=False, seed=seed)


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


def _plain_moments(source: Source, reading: dict[str, Any], scale: Fraction) -> Moments:
    """Return (mean, variance) of each channel of a source's images, resized and scaled, exactly."""
    statistics = Statistics.of(source, pipeline=Pipeline(**reading) if reading else None, progress=False)
    low, high = map(Fraction, statistics.value_range)
    means, variances = statistics.exact_moments()
    span = high - low
    return [(low + mean * span) * scale for mean in means], [variance * (span * scale) ** 2 for variance in variances]


def _moments(batches: Batches, rounds: int) -> Moments:
    """Return (mean, variance) of each channel of some epochs, from exact sums of float32 values."""
    stream = Stream(
        samples=len(batches.source) * rounds,
        channels=batches.source.channels,
        dtype="float32",
        value_range=(0.0, 1.0),  # what the units would be of, which are not asked for
        checked=True,
        helpers=1,
        chunks=partial(_chunks, batches, rounds),
    )
    tally = gather(stream, [], [], threads=resolve_threads(batches.threads), show=False).tally
    means = [total / tally.count for total, _ in tally.sums]
    return means, [squares / tally.count - mean**2 for (_, squares), mean in zip(tally.sums, means, strict=True)]


def _whitening(batches: Batches, rounds: int, mean: NDArray[Any] | None, epsilon: float) -> NDArray[Any]:
    """Return the matrix of ZCA whitening of images from which the channels' means are taken off, as Keras has it."""
    features = prod(batches.output_shape)
    if features > whitening.MOST_FEATURES:
        raise ValueError(
            f"zca_whitening=True: the images have {features} numbers each, and at most {whitening.MOST_FEATURES} can "
            "be whitened (36 x 36 x 3, or 64 x 64 x 1), as the matrix has a row and a column for each"
        )
    every = (batches.batch(epoch, step).x for epoch in range(rounds) for step in range(len(batches)))
    own = np.float32(0.0) if mean is None else mean.astype(np.float32)
    blocks = ((x - own).reshape(len(x), -1) for x in every)
    count, _, products = whitening.moments(blocks, features, center=False)
    return whitening.zca(products, count, epsilon).astype(np.float32)


def _chunks(batches: Batches, rounds: int) -> Endless[Callable[[], Chunk]]:
    first = batches.pipeline.layout == "channels_first"
    for epoch in range(rounds):
        for batch in batches.epoch(epoch):
            images = batch.x.transpose(0, 2, 3, 1) if first else batch.x
            yield partial(_loaded, int(batch.indices[0]), images)


def _loaded(first: int, images: NDArray[Any]) -> Chunk:
    return first, images
