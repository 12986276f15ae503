"""samebatch beside Keras' ImageDataGenerator: batches of 64 photographs' crops with every transform, one thread."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import samebatch as sb
from benches.harness import Contender
from samebatch.cli import machine, photographs, workload

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

NAME = "against ImageDataGenerator"
SEED = 7
LEAST_IMAGES = 1000
BATCHES_OF_SAMEBATCH = 4  # in one batch's time of the peer, so that both pieces of work are long enough to time


def contenders(images: NDArray[np.uint8]) -> Sequence[Contender]:
    """Return samebatch and ImageDataGenerator on ``images``, uint8 (n, height, width, 3)."""
    return [samebatch(images), image_data_generator(images)]


def samebatch(images: NDArray[np.uint8]) -> Contender:
    """Return samebatch through its public door: ``batches.batch(epoch, step)``, epoch after epoch."""
    batches = sb.Batches(
        sb.ArraySource(images), workload.pipeline(), batch_size=workload.BATCH, seed=SEED, last_batch="drop", threads=1
    )
    place = 0

    def work() -> int:
        nonlocal place
        made = 0
        for _ in range(BATCHES_OF_SAMEBATCH):
            made += len(batches.batch(*divmod(place, batches.steps)).indices)
            place += 1
        return made

    def verify() -> None:
        for epoch, step in ((0, 0), (1, batches.steps - 1)):
            workload.check_samebatch(batches, epoch, step)

    return Contender(f"samebatch {sb.__version__}", verify, work)


def image_data_generator(images: NDArray[np.uint8]) -> Contender:
    """Return ``ImageDataGenerator.flow``, which keeps the data set as float32 and makes float32 of it."""
    generator = workload.keras_generator()
    flow = generator.flow(images, batch_size=workload.BATCH, shuffle=True, seed=SEED)

    def work() -> int:
        return len(next(flow))

    def verify() -> None:
        workload.check_keras(generator, images, next(flow))

    return Contender(f"Keras {metadata.version('keras')} ImageDataGenerator", verify, work)


def data(*, quick: bool) -> tuple[NDArray[np.uint8], str]:
    """Return the images, more than the last-level cache holds unless ``quick``, and the words for the work on them."""
    count = 2 * workload.BATCH if quick else photographs.enough(workload.SIZE, LEAST_IMAGES)
    images = photographs.crops(count, workload.SIZE)
    size = f"{len(images)} crops of two photographs, {images.nbytes // machine.MEBIBYTE} MiB"
    shape = f"batches of {workload.BATCH} images 224x224x3, uint8 in, float32 out, one thread"
    return images, f"{shape}; {size}; {workload.TRANSFORMS}"
