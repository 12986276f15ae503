"""The work in words that every contender shares: what is drawn from which ranges, and from which images.

Signs are those of samebatch: a positive angle turns what is seen counter-clockwise, a positive shift moves it right or
down by a fraction of the size, a zoom above 1 enlarges it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

import samebatch as sb
from samebatch.cli import machine, photographs, workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from samebatch.checks import DType, Layout

    Range = tuple[float, float]

SIZE = workload.SIZE
BATCH = workload.BATCH
MEAN = workload.MEAN
STD = workload.STD
SEED = 7
LEAST_IMAGES = 1000


@dataclass(frozen=True)
class Move:
    """What one resampling does.

    Attributes:
        rotation: degrees, counter-clockwise.
        right: fraction of the width.
        down: fraction of the height.
        zoom: factor, one for both axes.
    """

    rotation: Range = (0.0, 0.0)
    right: Range = (0.0, 0.0)
    down: Range = (0.0, 0.0)
    zoom: Range = (1.0, 1.0)


@dataclass(frozen=True)
class Draws:
    """What is drawn for each image; normalising and the conversion to float32 always follow.

    Attributes:
        flip: probability of a horizontal flip.
        move: None: no resampling is asked for, and none may take place.
        brightness: factor, the result clipped to the value range; None: left alone.
    """

    flip: float = 0.0
    move: Move | None = None
    brightness: Range | None = None

    def __str__(self) -> str:
        """Return it in words."""
        parts = ["flip"] if self.flip else []
        if self.move is not None:
            turn, shift, zoom = self.move.rotation[1], self.move.right[1], self.move.zoom
            parts += [f"rotation {turn:g} degrees", f"shift {shift:.0%}", f"zoom {zoom[0]:g} to {zoom[1]:g}"]
        if self.brightness is not None:
            parts.append(f"brightness {self.brightness[0]:g} to {self.brightness[1]:g}")
        return ", ".join([*parts, "normalise"])


MAIN = Draws(0.5, Move((-20.0, 20.0), (-0.1, 0.1), (-0.1, 0.1), (0.8, 1.2)), (0.8, 1.2))
FLIP = Draws(0.5)


class Order:
    """The rows of one batch after the other, epoch after epoch in a new order, as a peer's user would shuffle.

    Args:
        n: how many images there are.
        batch: how many rows a batch has; those left over at the end of an epoch are dropped.
    """

    def __init__(self, n: int, batch: int) -> None:
        self.random = np.random.default_rng(SEED)
        self._n, self._batch = n, batch
        self._rows = self._epoch()

    def __call__(self) -> NDArray[np.int64]:
        """Return the rows of the next batch."""
        rows = next(self._rows, None)
        if rows is None:
            self._rows = self._epoch()
            return next(self._rows)
        return rows

    def _epoch(self) -> Iterator[NDArray[np.int64]]:
        order = self.random.permutation(self._n)
        return (order[at : at + self._batch] for at in range(0, self._n - self._batch + 1, self._batch))


def count(size: int) -> int:
    """Return how many images a data set has: at least 1,000, four times the last-level cache, and whole batches."""
    return -(-photographs.enough(size, LEAST_IMAGES) // BATCH) * BATCH


def images(size: int = SIZE, *, quick: bool) -> NDArray[np.uint8]:
    """Return crops of photographs, uint8 (n, size, size, 3).

    Args:
        size: of a side; where the photographs are smaller they are enlarged before they are cut.
        quick: two batches only, for a trial run.
    """
    n = 2 * BATCH if quick else count(size)
    if size <= min(photograph.shape[0] for photograph in photographs.load()):
        return photographs.crops(n, size)
    large = [
        np.asarray(Image.fromarray(photograph).resize((2 * photograph.shape[1], 2 * photograph.shape[0])))
        for photograph in photographs.load()
    ]
    places = np.random.default_rng(0)
    made = np.empty((n, size, size, 3), np.uint8)
    for i in range(n):
        photograph = large[i % len(large)]
        top, left = (int(places.integers(length - size + 1)) for length in photograph.shape[:2])
        made[i] = photograph[top : top + size, left : left + size]
    return made


def pipeline(
    draws: Draws, layout: Layout = "channels_last", dtype: DType = "float32", size: tuple[int, int] | None = None
) -> sb.Pipeline:
    """Return the work as samebatch says it; uint8 output keeps pixels as they are instead of normalising them."""
    transforms: list[Any] = [sb.RandomFlip(horizontal=draws.flip)] if draws.flip else []
    if draws.move is not None:
        transforms += [
            sb.RandomRotation(draws.move.rotation),
            sb.RandomShift(width=draws.move.right, height=draws.move.down),
            sb.RandomZoom(*draws.move.zoom),
        ]
    if draws.brightness is not None:
        transforms.append(sb.RandomBrightness(*draws.brightness))
    if dtype != "uint8":
        transforms.append(sb.Normalize(mean=MEAN, std=STD))
    return sb.Pipeline(transforms, size=size, layout=layout, dtype=dtype)


def in_words(size: int, draws: Draws, source: str, output: str, cores: int) -> str:
    """Return the words for a work: sizes, types, what is drawn, how many threads, how large the data set is."""
    mebibytes = count(size) * size * size * 3 * np.dtype(source).itemsize // machine.MEBIBYTE
    threads = "one thread on one core" if cores == 1 else f"on {cores} cores"
    return (
        f"{size}x{size}x3, {source} in, {output} out, batches of {BATCH}, {threads}; {draws}; "
        f"{count(size):,} crops of photographs, {mebibytes:,} MiB"
    )
