"""Streams: all images of a source, a chunk at a time, in index order and in constant memory."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from samebatch.errors import DecodeError, PixelError, SpecError
from samebatch.source import ArraySource, EncodedSource, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

BLOCK_VALUES = 2**17
"""Pixel values worked on at a time; as many float64 as these stay in a core's cache while they are added up."""

Chunk = tuple[int, "NDArray[Any]"]
"""The index of the first image, and images of shape (n, height, width, channels)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stream:
    """Images to take statistics of.

    Attributes:
        samples: how many there are.
        channels: numbers of a pixel.
        dtype: ``"uint8"`` or ``"float32"``.
        value_range: what the units of the statistics call 0 and 1; (high, low) if the pipeline turns the range round.
        checked: whether all values are known to be finite and in range.
        helpers: how many threads may work on chunks at most.
        chunks: yields, in index order, functions that load a chunk each; they may be called from any thread.
    """

    samples: int
    channels: int
    dtype: str
    value_range: tuple[float, float]
    checked: bool
    helpers: int
    chunks: Callable[[], Iterator[Callable[[], Chunk]]]

    def map(self, work: Callable[[int, NDArray[Any]], T], threads: int) -> Iterator[T]:
        """Yield what ``work`` makes of each chunk, in index order; so the first error is that of the first sample."""
        jobs = (partial(_job, load, work) for load in self.chunks())
        count = min(threads, self.helpers)
        if count == 1:
            for job in jobs:
                yield job()
            return
        pool = ThreadPoolExecutor(count, thread_name_prefix="samebatch-statistics")
        try:
            waiting = deque(pool.submit(job) for job in islice(jobs, count + 1))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(job) for job in islice(jobs, 1))
        finally:
            pool.shutdown(cancel_futures=True)


def of_source(source: Source, threads: int) -> Stream:
    """Return a source's own images.

    Raises:
        SpecError: ``source`` is not a source.
    """
    if not isinstance(source, Source):
        raise SpecError(f"statistics are taken of a source, got {type(source).__name__}; wrap it: ArraySource(images)")
    chunks = partial(_views, source.images) if isinstance(source, ArraySource) else partial(_read, source)
    whole = source.dtype == "uint8" and source.value_range == (0.0, 255.0)
    return Stream(len(source), source.channels, source.dtype, source.value_range, whole, threads, chunks)


def blocks(images: NDArray[Any]) -> Iterator[tuple[int, int, NDArray[Any]]]:
    """Yield (first image, first row, block) with at most about :data:`BLOCK_VALUES` values each, in index order."""
    n, height, width, channels = images.shape
    rows = max(1, BLOCK_VALUES // (width * channels))
    if rows >= height:
        step = rows // height
        for image in range(0, n, step):
            yield image, 0, images[image : image + step]
    else:
        for image in range(n):
            for row in range(0, height, rows):
                yield image, row, images[image : image + 1, row : row + rows]


def _job(load: Callable[[], Chunk], work: Callable[[int, NDArray[Any]], T]) -> T:
    return work(*load())


def _views(images: NDArray[Any]) -> Iterator[Callable[[], Chunk]]:
    """Views of an array: as many images as make a block, and one at least."""
    step = max(1, BLOCK_VALUES // max(1, images[0].size))
    for first in range(0, len(images), step):
        yield partial(_view, images, first, first + step)


def _view(images: NDArray[Any], first: int, end: int) -> Chunk:
    return first, images[first:end]


def _read(source: Source) -> Iterator[Callable[[], Chunk]]:
    if source.read_ahead:
        source.expect(np.arange(len(source)))
    for index in range(len(source)):
        yield partial(_image, source, index)


def _image(source: Source, index: int) -> Chunk:
    try:
        image = source.read(index)
    except DecodeError:
        if not (isinstance(source, EncodedSource) and source.on_error == "skip"):
            raise
        return index, np.empty((0, 1, 1, source.channels), source.dtype)
    if image.dtype != source.dtype or image.ndim != 3 or image.shape[2] != source.channels:  # noqa: PLR2004 (h, w, c)
        raise PixelError(
            f"sample {index}: the source's read() gave an array of shape {image.shape} and dtype {image.dtype}, and it "
            f"says it has {source.channels} channels of {source.dtype}"
        )
    return index, image[None]
