"""ImageDataGenerator, samebatch's beside Keras', made of the same arguments: all of geometry, and brightness.

Keras' ``flow`` keeps float32 images whatever it is given; samebatch's keeps what it is given.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benches import folder, work
from benches.harness import Benchmark, Contender, Ready
from benches.peers import file_peer, image_data_generator
from benches.results import Floor
from benches.works import files, ours
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    import samebatch as sb

UINT8, FLOAT32 = "flow, uint8", "flow, float32"
FOLDER = "flow_from_directory"
KERAS = "Keras'"
MORE: dict[str, Any] = {"shear_range": image_data_generator.SHEAR, "vertical_flip": True}
"""What the main work has not: with these, every geometric argument."""

KINDS = (
    "RandomRotation",
    "RandomShift",
    "RandomShear",
    "RandomZoom",
    "RandomFlip",
    "RandomBrightness",
    "Rescale",
    "Normalize",
)
ENVIRONMENT = {"SAMEBATCH_THREADS": "1"}
NONE_AHEAD: dict[str, Any] = {"workers": 0}
"""What is rendered ahead would be ready when its time is taken: contenders wait for each other's turns."""


def flow(*, quick: bool) -> Benchmark:
    """Return ``flow`` over uint8 and over float32 images, of both classes."""

    def images(dtype: str) -> NDArray[Any]:
        return work.images(quick=quick).astype(dtype, copy=False)

    contenders: list[Contender] = []
    for name, dtype in ((UINT8, "uint8"), (FLOAT32, "float32")):
        contenders += (
            Contender(name, partial(_flow, images, dtype), environment=ENVIRONMENT),
            Contender(f"{KERAS} {name}", partial(_keras_flow, images, dtype), name),
        )
    floors = (Floor(UINT8, f"{KERAS} {UINT8}", 40), Floor(FLOAT32, f"{KERAS} {FLOAT32}", 20))
    words = f"{work.in_words(work.SIZE, work.MAIN, 'uint8', 'float32', 1)}; {_more()}; and from float32"
    return Benchmark("generator", words, tuple(contenders), floors)


def flow_from_directory(*, quick: bool) -> Benchmark:
    """Return ``flow_from_directory`` of both classes."""

    def place() -> Path:
        return folder.filled(quick=quick)

    contenders = (
        Contender(FOLDER, lambda: _from_files(place()), environment=ENVIRONMENT),
        Contender(
            f"{KERAS} {FOLDER}",
            lambda: image_data_generator.ready_from_files(place(), work.MAIN, work.BATCH, **MORE),
            FOLDER,
        ),
    )
    words = (
        f"{folder.in_words(quick=quick)} to {work.SIZE}x{work.SIZE}x3, float32 out, batches of {work.BATCH}, "
        f"one thread on one core; resize, {work.MAIN}; {_more()}"
    )
    return Benchmark("generator-files", words, contenders, (Floor(FOLDER, f"{KERAS} {FOLDER}", 6),))


def verify(of: sb.Batches, following: Callable[[], Any], check: Callable[[sb.Batches], object]) -> None:
    """Check that an iterator does all of the work, and gives what its batches say.

    Args:
        of: the iterator's batches.
        following: returns its next x, from the start on.
        check: of batches, against the reference.

    Raises:
        WrongOutputError: a transform is missing, a byte differs from the reference, or ``next`` gives something else.
    """
    kinds = tuple(type(transform).__name__ for transform in of.pipeline.transforms)
    if kinds != KINDS:
        raise WrongOutputError(f"samebatch: its pipeline has {', '.join(kinds)}, expected {', '.join(KINDS)}")
    check(of)
    for step in range(min(2, of.steps)):
        if not np.array_equal(following(), of.batch(0, step).x):
            raise WrongOutputError(f"samebatch: next() number {step} is not that batch")


def _flow(images: Callable[[str], NDArray[Any]], dtype: str) -> Ready:
    made = image_data_generator.generator(work.MAIN, ours=True, **MORE)
    source = images(dtype)

    def start() -> Any:  # noqa: ANN401 - Keras ships no types
        return made.flow(source, batch_size=work.BATCH, shuffle=True, seed=work.SEED, **NONE_AHEAD)

    def check() -> str:
        fresh = start()
        verify(fresh.batches, lambda: next(fresh), ours.verify)
        return "6 images of 2 batches, every byte as in the reference"

    flowing = start()
    return Ready(ours.version(), check, lambda: len(next(flowing)))


def _keras_flow(images: Callable[[str], NDArray[Any]], dtype: str) -> Ready:
    return image_data_generator.ready(images(dtype), work.MAIN, work.BATCH, **MORE)


def _from_files(place: Path) -> Ready:
    made = image_data_generator.generator(work.MAIN, ours=True, **MORE)

    def start() -> Any:  # noqa: ANN401 - as above
        return image_data_generator.from_folder(made, place, work.BATCH, **NONE_AHEAD)

    def check() -> str:
        fresh = start()
        verify(fresh.batches, lambda: next(fresh)[0], files.check_bytes)
        labelled = start()
        words = file_peer.check_labels(lambda: next(labelled), place, work.BATCH)
        return f"{work.BATCH // files.SHARDS} images of a batch, every byte as in the reference; {words}"

    flowing = start()
    return Ready(ours.version(), check, lambda: len(next(flowing)[0]))


def _more() -> str:
    return f"with shear {image_data_generator.SHEAR:g} degrees, one zoom for each axis, and vertical flips"
