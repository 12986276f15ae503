"""Files that give no image, where the source says ``on_error="skip"``: another sample stands in each one's place.

Which one depends on (seed, epoch, sample) and on what is broken, and on nothing else: the samples in the order of a
keyed permutation, of which the first that is whole is taken.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import numpy as np

from samebatch import _native
from samebatch.errors import DecodeError, SkippedFilesWarning
from samebatch.source import EncodedSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from samebatch.source import Source

STREAM: Final = "samebatch.replace"
OTHER_DRAWS: Final = 2**32
"""Added to the repeat of a row: so its numbers differ from those of the sample's own row in the same epoch."""

MOST_TRIES: Final = 1024
"""Samples that are tried for one that is broken. Where so many are broken, most of the data are not there."""

SHOWN: Final = 3


def skips(source: Source) -> TypeGuard[EncodedSource]:
    """Return whether others stand in for samples of a source that are broken."""
    return isinstance(source, EncodedSource) and source.on_error == "skip"


@dataclass(frozen=True, slots=True)
class Rows:
    """What is really in the rows of a batch.

    Attributes:
        x: the images.
        indices: the sample of each row.
        repeats: which draw of its sample each row is.
        skipped: the samples that are missing, ascending.
    """

    x: NDArray[Any]
    indices: NDArray[np.int64]
    repeats: NDArray[np.uint64]
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders rows of an epoch of a source of files, others in place of those that are broken."""

    bound: _native.Pipeline
    source: EncodedSource
    seed: int
    epoch: int
    threads: int

    def __call__(self, indices: NDArray[np.int64], repeats: NDArray[np.uint64], out: NDArray[Any] | None) -> Rows:
        """Return the batch of these rows, in ``out`` if it is given.

        Raises:
            DecodeError: a sample is broken, and so are all that could stand in its place.
        """
        x, broken = self._render(indices, repeats, out)
        if not broken:
            return Rows(x, indices, repeats)
        indices, repeats = indices.copy(), repeats.copy()
        missing = {int(indices[position]): reason for position, reason in broken}
        self.source.note_skipped(missing)
        walks = {position: self._walk(int(indices[position])) for position, _ in broken}
        known = dict(missing)
        while walks:
            places = np.array(sorted(walks), np.int64)
            chosen = np.array([self._next(int(indices[place]), walks[place], known) for place in places], np.int64)
            draws = repeats[places] + np.uint64(OTHER_DRAWS)
            images, broken = self._render(chosen, draws, None)
            known.update((int(chosen[row]), reason) for row, reason in broken)
            whole = np.delete(np.arange(len(places)), [row for row, _ in broken])
            x[places[whole]] = images[whole]
            indices[places[whole]], repeats[places[whole]] = chosen[whole], draws[whole]
            for place in places[whole]:
                del walks[place]
        return Rows(x, indices, repeats, tuple(sorted(missing)))

    def _render(
        self, indices: NDArray[np.int64], repeats: NDArray[np.uint64], out: NDArray[Any] | None
    ) -> tuple[NDArray[Any], list[tuple[int, str]]]:
        broken: list[tuple[int, str]] = []
        images, threads = self.source.native, self.threads
        x = self.bound.batch(images, indices, self.seed, self.epoch, repeats, threads, out, broken)
        return x, broken

    def _walk(self, sample: int) -> Iterator[int]:
        """Yield the samples that could stand for one that is broken, in their order, itself among them."""
        n, block = len(self.source), 16
        for start in range(0, min(n, MOST_TRIES), block):
            steps = np.arange(start, min(start + block, n, MOST_TRIES), dtype=np.uint64)
            yield from _native.permute(self.seed, STREAM, self.epoch, sample, n, steps).tolist()

    def _next(self, sample: int, walk: Iterator[int], known: dict[int, str]) -> int:
        for candidate in walk:
            if candidate not in known:
                return candidate
        tried = min(len(self.source), MOST_TRIES)
        raise DecodeError(
            f"sample {sample}: {self.source.names[sample]!r}: {known[sample]}; and none of the {tried} samples that "
            "could stand in its place gives an image either; mend the files, or the paths"
        )


def warn(source: EncodedSource, where: str, skipped: Iterable[int], stacklevel: int) -> None:
    """Warn that samples were skipped, if there are any; ``where``: for example "in epoch 3"."""
    samples = sorted(set(skipped))
    if not samples:
        return
    reasons = dict(source.skipped)
    shown = [
        f"{path!r}: {reasons.get(path, 'it gives no image')}" for path in (source.names[i] for i in samples[:SHOWN])
    ]
    more = ["..."] if len(samples) > SHOWN else []
    files = "1 file gives" if len(samples) == 1 else f"{len(samples)} files give"
    warnings.warn(
        f"{files} no image, and {where} other samples stood in their place ({'; '.join([*shown, *more])}); "
        "source.skipped lists them",
        SkippedFilesWarning,
        stacklevel=stacklevel + 1,
    )


def warn_of_new(source: Source) -> None:
    """Warn of samples that were skipped for the first time in this process: for batches that belong to no `epoch()`."""
    if skips(source):
        warn(source, "in batches of this process", source.untold_skipped(), 2)
