"""Images per second of samebatch beside Keras' own ImageDataGenerator, on the same photographs, one thread each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import samebatch as sb
from samebatch.cli import photographs, timing, workload

if TYPE_CHECKING:
    from collections.abc import Callable

    from samebatch.cli.timing import Rates

OURS = "samebatch"
PEER = "Keras ImageDataGenerator"
BATCHES_OF_OURS = 4  # in the time of one batch of the peer, so that both pieces of work are long enough to time


@dataclass(frozen=True)
class Speed:
    """What was measured.

    Attributes:
        rates: images per second, :data:`OURS` and :data:`PEER`.
        images: how many images the data set has.
        source_bytes: how large it is, as uint8.
    """

    rates: Rates
    images: int
    source_bytes: int


def pieces(rounds: int) -> int:
    """Return how often ``tick`` is called by :func:`measure`."""
    return 2 * (rounds + 1)


def measure(*, seed: int, rounds: int, count: int, tick: Callable[[], None]) -> Speed:
    """Check what both make of ``count`` crops, then time them in turns.

    Raises:
        samebatch.cli.workload.WrongOutputError: one of them makes something else than it should.
    """
    images = photographs.crops(count, workload.SIZE)
    batches = sb.Batches(
        sb.ArraySource(images), workload.pipeline(), batch_size=workload.BATCH, seed=seed, last_batch="drop", threads=1
    )
    generator = workload.keras_generator()
    flow = generator.flow(images, batch_size=workload.BATCH, shuffle=True, seed=seed % 2**31)
    workload.check_samebatch(batches, epoch=0, step=0)
    workload.check_keras(generator, images, next(flow))
    place = 0

    def ours() -> int:
        nonlocal place
        made = 0
        for _ in range(BATCHES_OF_OURS):
            epoch, step = divmod(place, batches.steps)
            made += len(np.asarray(batches.batch(epoch, step).x))
            place += 1
        return made

    def peer() -> int:
        return len(next(flow))

    rates = timing.race({OURS: ours, PEER: peer}, rounds, tick)
    return Speed(rates, len(images), images.nbytes)
