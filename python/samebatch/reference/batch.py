"""Batch: the samples of one step, each made on its own."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from samebatch.errors import DecodeError
from samebatch.reference import plan
from samebatch.reference.kernels.finish import convert, finish
from samebatch.reference.kernels.resize import bring_to_size
from samebatch.reference.kernels.warp import warp
from samebatch.reference.kernels.whiten import Whitening
from samebatch.reference.params.draws import columns, draw
from samebatch.reference.params.links import program
from samebatch.reference.params.matrix import fixed, matrix
from samebatch.reference.source import Pixels, file_image, image
from samebatch.source import ArraySource, EncodedSource

if TYPE_CHECKING:
    from samebatch.batch import Batches


def render(
    spec: dict[str, Any],
    pixels: Pixels,
    values: Sequence[float],
    value_range: tuple[float, float],
    sample: int,
    whitening: Whitening | None = None,
) -> NDArray[np.generic]:
    """Return one (height, width, channels) image as the pipeline makes it from one row of params.

    ``whitening`` is the (mean, matrix) whose digest the pipeline's Whiten has.
    """
    channels = pixels.shape[2]
    named = dict(zip(columns(spec, channels), (float(v) for v in values), strict=True))
    pixels = bring_to_size(spec, pixels, named, value_range)
    moved = fixed(matrix(spec, named, pixels.shape[0], pixels.shape[1]), sample)
    warped = warp(pixels, moved, spec["interpolation"], spec["fill_mode"], spec["fill_value"])
    finished = finish(warped, program(spec, named, channels, value_range), whitening)
    return convert(finished, spec["dtype"], spec["layout"])


def render_rows(
    spec: dict[str, Any],
    images: Pixels,
    rows: Sequence[int],
    params: NDArray[np.float64],
    value_range: tuple[float, float],
    whitening: Whitening | None = None,
) -> NDArray[np.generic]:
    """Return the images of ``rows``, one row of ``params`` each, as one batch."""
    return np.stack(
        [
            render(spec, image(images, row, value_range), values, value_range, row, whitening)
            for row, values in zip(rows, params, strict=True)
        ]
    )


def rows_of(batches: "Batches", epoch: int, step: int) -> list[tuple[int, int]]:
    """Return (sample, repeat) of every row of a step."""
    n = len(batches.source)
    members = None
    if batches.balance == "classes":
        labels = np.asarray(batches.source.labels)
        members = [np.flatnonzero(labels == label).astype(np.int64) for label in np.unique(labels)]
    return [
        plan.row(batches.seed, epoch, n, position, shuffle=batches.shuffle, members=members)
        for position in plan.positions(n, batches.batch_size, step, batches.rank, batches.world_size)
    ]


def sample_of(batches: "Batches", epoch: int, sample: int, repeat: int) -> tuple[Pixels, int, int]:
    """Return (pixels, sample, repeat) of what is in the row that is planned for a sample.

    That is the sample itself; or, where its file gives no image and the source says ``on_error="skip"``, another.
    """
    source = batches.source
    if isinstance(source, ArraySource):
        return image(source.images, sample, source.value_range), sample, repeat
    if not isinstance(source, EncodedSource):
        raise TypeError(type(source).__name__)
    try:
        return file_image(source.encoded(sample), source.color, upright=source.upright), sample, repeat
    except DecodeError:
        if source.on_error == "raise":
            raise
    for other in plan.stand_ins(batches.seed, epoch, len(source), sample):
        with suppress(DecodeError):
            return file_image(source.encoded(other), source.color, upright=source.upright), other, repeat + 2**32
    message = f"sample {sample} gives no image, and none of those that could stand in its place does"
    raise DecodeError(message)


def batch(batches: "Batches", epoch: int, step: int) -> tuple[NDArray[np.generic], NDArray[np.int64]]:
    """Return (x, indices) of a step, as :meth:`samebatch.Batches.batch` must make them.

    Of files with ``fast=True`` the pixels are the native decoder's own, and there is no reference.
    """
    spec = json.loads(batches.pipeline.to_json())
    source = batches.source
    whiten = batches.pipeline.whiten
    whitening = None if whiten is None or whiten.matrix is None or whiten.mean is None else (whiten.mean, whiten.matrix)
    x, indices = [], []
    for planned, planned_repeat in rows_of(batches, epoch, step):
        pixels, sample, repeat = sample_of(batches, epoch, planned, planned_repeat)
        values = draw(spec, source.channels, batches.seed, epoch, sample, repeat)
        x.append(render(spec, pixels, values, source.value_range, sample, whitening))
        indices.append(sample)
    return np.stack(x), np.array(indices, np.int64)
