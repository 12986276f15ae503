"""samebatch's own contenders, and the fill of the same bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

import samebatch as sb
from benches import work
from benches.harness import Contender, Ready
from samebatch import _native
from samebatch.cli import workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from benches.work import Draws
    from samebatch.checks import DType, Layout


def batches(
    images: NDArray[Any],
    draws: Draws,
    layout: Layout = "channels_last",
    dtype: DType = "float32",
    threads: int | None = 1,
) -> sb.Batches:
    """Return the work on ``images``, levels from 0 to 255 of either type, labelled by their number."""
    return sb.Batches(
        sb.ArraySource(images, np.arange(len(images)), value_range=(0.0, 255.0)),
        work.pipeline(draws, layout, dtype),
        batch_size=work.BATCH,
        seed=work.SEED,
        last_batch="drop",
        threads=threads,
    )


def places(of: sb.Batches) -> Iterator[tuple[int, int]]:
    """Yield (epoch, step) of one batch after the other, for ever."""
    place = 0
    while True:
        yield divmod(place, of.steps)
        place += 1


def spec(of: sb.Batches) -> dict[str, Any]:
    """Return the pipeline as the reference reads it."""
    said: dict[str, Any] = json.loads(of.pipeline.to_json())
    return said


def version() -> str:
    """Return samebatch's version and the SIMD level of this process."""
    return f"samebatch {sb.__version__}, {_native.level()}"


def verify(of: sb.Batches) -> str:
    """Check a batch of the first epoch and one of the second.

    Raises:
        WrongOutputError: a byte differs from the reference.
    """
    for epoch, step in ((0, 0), (1, of.steps - 1)):
        workload.check_samebatch(of, epoch, step)
    return "6 images of 2 batches, every byte as in the reference"


def ready(of: sb.Batches) -> Ready:
    """Return samebatch at its work through its public door, ``batches.batch(epoch, step)``, epoch after epoch."""
    following = places(of)
    return Ready(version(), lambda: verify(of), lambda: len(of.batch(*next(following))))


def fill(
    size: int = work.SIZE,
    dtype: str = "float32",
    *,
    beside: str,
    name: str = "fill",
    processes: int = 1,
) -> Contender:
    """Return the writing of a batch's bytes, always the same ones: what memory allows."""

    def start() -> Ready:
        kept = np.zeros((work.BATCH, size, size, 3), dtype)

        def write() -> int:
            kept.fill(1)
            return len(kept)

        def check() -> str:
            write()
            if not (kept == 1).all():
                raise workload.WrongOutputError("not every byte was written")
            return "every number"

        return Ready(f"numpy {np.__version__}", check, write)

    return Contender(name, start, beside, processes=processes)
