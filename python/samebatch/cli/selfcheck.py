"""The self-check: a few small batches, made natively and by the reference, compared byte for byte."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

import samebatch as sb
from samebatch import reference

SEED = 20_240_229
EPOCH = 3
DIGEST = "5a26458fa8133687e57212ba78757f98"
"""What :func:`run` must find on every machine, as long as there is stream 1."""


class SelfCheckError(RuntimeError):
    """The native core did not make the bytes that the reference makes."""


@dataclass(frozen=True)
class Checked:
    """What a self-check that passed has compared.

    Attributes:
        batches: how many batches.
        images: how many images in them.
        digest: one hash of all of them, the same on every machine.
    """

    batches: int
    images: int
    digest: str


def cases() -> tuple[sb.Batches, ...]:
    """Return the fixed batches of the check: together they use every transform, fill mode, dtype and layout."""
    moves = [
        sb.RandomFlip(horizontal=0.5, vertical=0.5),
        sb.RandomRotation(30),
        sb.RandomShift(width=0.2, height=0.2),
        sb.RandomShear(x=10.0, y=5.0),
        sb.RandomZoom(0.7, 1.4, independent=True),
    ]
    colours = [sb.RandomBrightness(0.6, 1.4), sb.RandomChannelShift(0.1)]
    normalize = sb.Normalize(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    turned = [sb.RandomQuarterTurn(), *colours, sb.Standardize()]
    integers = _pixels((7, 19, 23, 3))
    floats = _pixels((7, 16, 16, 3)).astype(np.float32) / np.float32(255)
    pipelines = (
        (integers, sb.Pipeline([*moves, *colours, normalize])),
        (integers, sb.Pipeline([*moves, *colours], size=(11, 14), fill_mode="reflect", dtype="uint8")),
        (integers, sb.Pipeline(moves, interpolation="nearest", fill_mode="wrap", dtype="uint8")),
        (floats, sb.Pipeline([*moves, *colours, sb.Rescale(2.0, -1.0)], fill_mode="constant", dtype="float16")),
        (floats, sb.Pipeline(turned, dtype="bfloat16", layout="channels_first")),
    )
    return tuple(
        sb.Batches(sb.ArraySource(images), pipeline, batch_size=4, seed=SEED) for images, pipeline in pipelines
    )


def run() -> Checked:
    """Make every batch of :func:`cases` both ways and compare; then compare with what every other machine makes.

    Raises:
        SelfCheckError: a batch differs; the message names the pipeline, the image and the first byte that differs.
    """
    total = hashlib.blake2b(digest_size=16)
    batches = images = 0
    for case in cases():
        for step in range(case.steps):
            made = case.batch(EPOCH, step)
            wanted, indices = reference.batch(case, EPOCH, step)
            if not np.array_equal(made.indices, indices):
                raise SelfCheckError(f"step {step} of {case!r}: rows {made.indices} instead of {indices}")
            compare(np.asarray(made.x), wanted, f"step {step} of {case.pipeline!r}")
            total.update(made.digest().encode("ascii"))
            batches += 1
            images += len(indices)
    if total.hexdigest() != DIGEST:
        raise SelfCheckError(
            f"native core and reference agree with each other but not with other machines: digest {total.hexdigest()} "
            f"instead of {DIGEST}"
        )
    return Checked(batches, images, DIGEST)


def compare(made: np.ndarray, wanted: np.ndarray, where: str) -> None:
    """Raise :class:`SelfCheckError` unless two batches have the same shape and the same bytes."""
    if made.shape != wanted.shape or made.dtype.itemsize != wanted.dtype.itemsize:
        raise SelfCheckError(
            f"{where}: the native core made {made.dtype} {made.shape}, the reference {wanted.dtype} {wanted.shape}"
        )
    ours, theirs = (np.ascontiguousarray(array).view(np.uint8).reshape(len(array), -1) for array in (made, wanted))
    if not np.array_equal(ours, theirs):
        row, byte = (int(v) for v in np.argwhere(ours != theirs)[0])
        raise SelfCheckError(
            f"{where}: image {row} of the batch differs from the reference, first at byte {byte}: "
            f"{ours[row, byte]} instead of {theirs[row, byte]}"
        )


def _pixels(shape: tuple[int, ...]) -> np.ndarray:
    """Return uint8 pixels that are the same everywhere and repeat only after 251, the largest prime below 256."""
    counts = np.arange(int(np.prod(shape)), dtype=np.int64)
    return ((counts * counts + 7 * counts) % 251).astype(np.uint8).reshape(shape)
