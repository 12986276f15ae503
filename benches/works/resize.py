"""Resizing alone: 500x375 to 224x224, uint8, antialiased bilinear, on one thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

import samebatch as sb
from benches import folder, work
from benches.harness import Benchmark, Contender, Ready
from benches.peers import opencv_files
from benches.results import Floor
from benches.works import ours
from samebatch.cli import machine
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEST = "samebatch"
PILLOW = "Pillow, Image to Image"
ARRAYS = "Pillow, array to array"
TO = (work.SIZE, work.SIZE)


def resize(*, quick: bool) -> Benchmark:
    """Return the resizing of arrays beside Pillow's, whose pixels it has, and beside OpenCV's, whose it has not."""
    contenders = (
        Contender(BEST, lambda: _ours(_images(quick=quick))),
        Contender(PILLOW, lambda: _pillow(_images(quick=quick)), BEST),
        Contender(ARRAYS, lambda: _pillow_arrays(_images(quick=quick)), BEST),
        *(Contender(name, partial(_opencv, kind, quick=quick), BEST) for kind, name in opencv_files.RESIZING.items()),
        ours.fill(dtype="uint8", beside=BEST),
    )
    n = folder.count(quick=quick)
    words = (
        f"{folder.WIDTH}x{folder.HEIGHT}x3 to {work.SIZE}x{work.SIZE}x3, uint8 in, uint8 out, antialiased bilinear, "
        f"nothing else; batches of {work.BATCH}, one thread on one core; {n} crops of photographs, "
        f"{n * folder.WIDTH * folder.HEIGHT * 3 // machine.MEBIBYTE} MiB"
    )
    return Benchmark("resize", words, contenders, (Floor(BEST, PILLOW, 3),))


def _images(*, quick: bool) -> NDArray[np.uint8]:
    return np.stack(list(folder.pictures(folder.count(quick=quick))))


def _ours(images: NDArray[np.uint8]) -> Ready:
    of = sb.Batches(
        sb.ArraySource(images),
        sb.Pipeline([], size=TO, dtype="uint8"),
        batch_size=work.BATCH,
        seed=work.SEED,
        last_batch="drop",
        threads=1,
    )
    following = ours.places(of)

    def verify() -> str:
        made = of.evaluation().batch(0, 0)
        wanted = np.stack([np.asarray(_resized(Image.fromarray(images[row]))) for row in made.indices])
        if not np.array_equal(made.x, wanted):
            raise WrongOutputError("its bytes are not those of Pillow")
        return f"{ours.verify(of)}; {len(wanted)} images, every byte as from Pillow"

    return Ready(ours.version(), verify, lambda: len(of.batch(*next(following))))


def _pillow(images: NDArray[np.uint8]) -> Ready:
    """Return Pillow at resizing alone: from images of its own to images of its own, with nothing converted."""
    kept = [Image.fromarray(image) for image in images]
    order = work.Order(len(kept), work.BATCH)
    return Ready(_version(), _check_pillow, lambda: len([_resized(kept[row]) for row in order()]))


def _pillow_arrays(images: NDArray[np.uint8]) -> Ready:
    """Return Pillow as it is used where arrays come in and a batch goes out."""
    order = work.Order(len(images), work.BATCH)

    def following() -> NDArray[np.uint8]:
        return np.stack([np.asarray(_resized(Image.fromarray(images[row]))) for row in order()])

    return Ready(_version(), _check_pillow, lambda: len(following()))


def _check_pillow() -> str:
    made = np.asarray(_resized(Image.new("RGB", (folder.WIDTH, folder.HEIGHT), (1, 2, 3))))
    if made.shape != (*TO, 3) or not (made == (1, 2, 3)).all():
        raise WrongOutputError("an image of one colour did not stay so")
    return "what samebatch is compared with"


def _resized(image: Image.Image) -> Image.Image:
    return image.resize(TO, Image.Resampling.BILINEAR)


def _opencv(kind: str, *, quick: bool) -> Ready:
    return opencv_files.resizing(_images(quick=quick), kind, work.BATCH)


def _version() -> str:
    from PIL import __version__  # noqa: PLC0415 - as it calls itself

    return f"pillow {__version__}"
