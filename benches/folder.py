"""A folder of JPEG files to start from: crops of photographs, all of one size, a folder for each class."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benches.work import BATCH, SIZE
from samebatch.cli import photographs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PLACE = "SAMEBATCH_BENCH_FOLDER"
"""The variable that tells every process of a run where its folder is."""

HEIGHT, WIDTH = 375, 500
COUNT = 7 * BATCH
QUALITY = 90
SMALLEST = 190  # rows of a crop, which is then enlarged twice
SMOOTH = 6  # times that the picture is enlarged which has no fine detail
CLASSES = tuple(Path(name).stem for name in photographs.NAMES)


def count(*, quick: bool) -> int:
    """Return how many pictures there are: whole batches, two of them for a trial run."""
    return 2 * BATCH if quick else COUNT


def pictures(n: int) -> Iterator[NDArray[np.uint8]]:
    """Yield ``n`` crops of the photographs in turn, each of another size and brought to 500x375, uint8."""
    loaded = photographs.load()
    places = np.random.default_rng(0)
    for i in range(n):
        photograph = loaded[i % len(loaded)]
        height = int(places.integers(SMALLEST, photograph.shape[0] + 1))
        width = height * WIDTH // HEIGHT
        top, left = (int(places.integers(photograph.shape[axis] - (height, width)[axis] + 1)) for axis in (0, 1))
        yield enlarged(photograph[top : top + height, left : left + width])


def enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image brought to 500x375."""
    return np.asarray(Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


def smooth() -> NDArray[np.uint8]:
    """Return a picture without fine detail, on which resizing with and without antialiasing agree within a level."""
    return enlarged(photographs.load()[0][120 : 120 + HEIGHT // SMOOTH, 100 : 100 + WIDTH // SMOOTH])


@contextlib.contextmanager
def provided() -> Iterator[None]:
    """Have a folder for as long as this lasts; whoever asks for the pictures first fills it."""
    with tempfile.TemporaryDirectory(prefix="samebatch-bench-") as place:
        os.environ[PLACE] = place
        try:
            yield
        finally:
            del os.environ[PLACE]


def filled(*, quick: bool) -> Path:
    """Return the folder, with a picture for each of :func:`pictures` in that of its class."""
    place = Path(os.environ[PLACE], "quick" if quick else "whole")
    if not place.exists():
        making = Path(tempfile.mkdtemp(dir=os.environ[PLACE]))
        for i, picture in enumerate(pictures(count(quick=quick))):
            _save(picture, making, i)
        with contextlib.suppress(OSError):  # a process beside this one was faster
            making.rename(place)
    return place


def repeated(n: int) -> tuple[Path, NDArray[np.uint8]]:
    """Return a new folder with :func:`smooth` ``n`` times, and that picture as Pillow reads and resizes it."""
    place = Path(tempfile.mkdtemp(dir=os.environ[PLACE]))
    picture = smooth()
    for i in range(n):
        _save(picture, place, i)
    return place, resized(listed(place)[0][0])


def listed(place: Path) -> tuple[list[str], NDArray[np.int64]]:
    """Return the files of a folder, class by class, and their labels."""
    found = [sorted(map(str, Path(place, name).iterdir())) for name in CLASSES]
    labels = np.repeat(np.arange(len(found)), [len(names) for names in found])
    return [name for names in found for name in names], labels


def resized(path: str, *, fast: bool = False) -> NDArray[np.uint8]:
    """Return a file as Pillow decodes it, at a reduced scale that will do for ``fast``, and resizes it to 224x224."""
    with Image.open(path) as opened:
        if fast:
            opened.draft("RGB", (3 * SIZE // 4, 3 * SIZE // 4))
        return np.asarray(opened.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR))


def in_words(*, quick: bool) -> str:
    """Return the words for the files."""
    return (
        f"{count(quick=quick)} JPEG files of {WIDTH}x{HEIGHT} in a folder (quality {QUALITY}, 4:2:0, page cache warm)"
    )


def _save(picture: NDArray[np.uint8], place: Path, number: int) -> None:
    path = place / CLASSES[number % len(CLASSES)] / f"{number:04}.jpg"
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(picture).save(path, quality=QUALITY, subsampling="4:2:0")
