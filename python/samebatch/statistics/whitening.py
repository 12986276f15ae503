"""ZCA whitening: the covariance of images and the matrix that takes it to the identity."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from samebatch.checks import boolean, number
from samebatch.errors import PixelError, SkippedFilesWarning, SpecError
from samebatch.statistics.prepared import before_whitening
from samebatch.statistics.progress import Progress
from samebatch.threads import check_threads, resolve_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from samebatch.checks import Number
    from samebatch.pipeline import Pipeline
    from samebatch.source import Source

MOST_FEATURES = 4096
"""Numbers of an image: the matrix has as many rows and columns, and every image is multiplied by all of it."""

LARGEST = 1e30


def fit_whitening(
    source: Source,
    pipeline: Pipeline | None,
    epsilon: Number,
    center: bool,  # noqa: FBT001 (as the user's keyword has it)
    progress: bool | None,  # noqa: FBT001
    threads: int | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (matrix, mean); arguments and errors are those of ``Whiten.fit``."""
    added = number("Whiten.fit: epsilon", epsilon, 0.0, LARGEST)
    about_mean = boolean("Whiten.fit: center", center)
    show = None if progress is None else boolean("progress (None: on a terminal)", progress)
    features, blocks = before_whitening(source, pipeline, resolve_threads(check_threads(threads)))
    if features > MOST_FEATURES:
        raise SpecError(
            f"Whiten.fit: the images have {features} numbers each (height * width * channels), and at most "
            f"{MOST_FEATURES} can be whitened; fit them as a pipeline with a smaller size= has them"
        )
    with Progress(len(source), show=show) as bar:
        count, mean, covariance = moments(_counted(blocks, bar), features, center=about_mean)
    if count < len(source):
        warnings.warn(
            f"{len(source) - count} of {len(source)} files give no image, and "
            'on_error="skip" leaves them out of the whitening',
            SkippedFilesWarning,
            stacklevel=3,  # who called Whiten.fit
        )
    return zca(covariance, count, added), mean


def _counted(blocks: Iterator[NDArray[np.float32]], bar: Progress) -> Iterator[NDArray[np.float32]]:
    for block in blocks:
        bar.add(len(block))
        yield block


def moments(
    blocks: Iterator[NDArray[np.float32]], features: int, *, center: bool
) -> tuple[int, NDArray[np.float64], NDArray[np.float64]]:
    """Return (count, mean, covariance) of images of shape (n, features), a block at a time and in order.

    With ``center`` sums are of differences from the mean of the first block, so that little is lost where the mean is
    far from 0. Without, the mean is 0, and the covariance is about it.

    Raises:
        PixelError: there is no image.
    """
    count, total = 0, np.zeros(features)
    products = np.zeros((features, features))
    near: NDArray[np.float64] = np.zeros(features)
    for block in blocks:
        if not len(block):
            continue
        images = block.astype(np.float64)
        if center and not count:
            near = images.mean(axis=0)
        images -= near
        count += len(images)
        total += images.sum(axis=0)
        products += images.T @ images
    if not count:
        raise PixelError("there is no image to fit a whitening to: none of the source's could be read")
    products /= count
    if not center:
        return count, near, products
    offset = total / count
    products -= np.outer(offset, offset)
    return count, near + offset, products


def zca(covariance: NDArray[np.float64], count: int, epsilon: float) -> NDArray[np.float64]:
    """Return the whitening matrix of a covariance of ``count`` images.

    Raises:
        PixelError: nothing varies.
    """
    values, vectors = np.linalg.eigh(covariance)
    varies = values > max(count, len(values)) * np.finfo(np.float64).eps * values[-1]
    if not varies.any():
        raise PixelError("all images are equal, or nearly: there is nothing to whiten")
    kept: NDArray[np.float64] = vectors[:, varies]
    matrix: NDArray[np.float64] = (kept / (np.sqrt(values[varies]) + epsilon / np.sqrt(count))) @ kept.T
    return matrix
