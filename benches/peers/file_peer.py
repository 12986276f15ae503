"""What a peer that starts from files is to the benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from benches import check, folder
from benches.harness import Ready
from benches.peers.peer import CHECKED
from benches.work import MEAN, STD
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benches.work import Draws

    Following = Callable[[], tuple[Any, Any]]
    Make = Callable[[Path, Draws, int], Following]

READ_BOUND = 0.5  # levels, on average, between decoders that round in their own ways
COLOUR_BOUND = 10.0  # levels; the classes' mean colours are 58 to 81 apart


@dataclass(frozen=True)
class FilePeer:
    """One way that users make batches of files today.

    Attributes:
        name: as the tables have it.
        make: (folder, draws, batch) -> a function that returns the next batch, float32 (batch, 224, 224, 3), and its
            labels. Every file is there once before any is there again.
        package: whose version counts.
    """

    name: str
    make: Make
    package: str

    def ready(self, place: Path, draws: Draws, batch: int) -> Ready:
        """Return the peer at its work on the files of a folder.

        Raises:
            ImportError: the peer is not installed.
        """
        following = self.make(place, draws, batch)

        def verify() -> str:
            same, image = folder.repeated(CHECKED)

            def images_only(fixed: Draws) -> Callable[[], Any]:
                made = self.make(same, fixed, CHECKED)
                return lambda: made()[0]

            words = check.check(images_only, image, draws, "channels_last", CHECKED)
            return f"{words}; {check_labels(following, place, batch)}"

        def work() -> int:
            following()
            return batch

        return Ready(f"{self.package} {metadata.version(self.package)}", verify, work)


def check_labels(following: Following, place: Path, batch: int) -> str:
    """Check that the batches of an epoch have each label as often as there are files, with the images of its class.

    Raises:
        WrongOutputError: they do not.
    """
    paths, labels = folder.listed(place)
    means, numbers = [], []
    for _ in range(len(paths) // batch):
        x, y = following()
        means.append(np.asarray(x).mean(axis=(1, 2), dtype=np.float64))
        numbers.append(np.array(y).reshape(-1))  # a copy: some write the next labels over these
    colours = (np.concatenate(means) * STD + MEAN) * 255
    given = np.concatenate(numbers)
    files = np.stack([folder.resized(path).mean(axis=(0, 1)) for path in paths])
    for label, name in enumerate(folder.CLASSES):
        if (given == label).sum() != (labels == label).sum():
            raise WrongOutputError(
                f"an epoch has {(given == label).sum()} labels of {name}, expected {(labels == label).sum()}"
            )
        error = float(np.abs(colours[given == label].mean(axis=0) - files[labels == label].mean(axis=0)).max())
        if not error <= COLOUR_BOUND:
            raise WrongOutputError(f"what it labels {name} is {error:.1f} levels off in its mean colour")
    return "every label of an epoch"


def check_read(
    x: Any,  # noqa: ANN401 - a peer's own
    y: Any,  # noqa: ANN401
    paths: Sequence[str],
    labels: NDArray[np.int64],
    *,
    fast: bool = False,
) -> None:
    """Check that images which were only read, resized and normalised are those of Pillow, with their labels.

    Args:
        x: the images, float32 of shape (n, 224, 224, 3).
        y: their labels.
        paths: the files.
        labels: of the files.
        fast: whether Pillow, too, is to decode them at a reduced scale.

    Raises:
        WrongOutputError: they are not.
    """
    levels = (np.asarray(x) * STD + MEAN) * 255
    for made, path in zip(levels, paths, strict=True):
        error = float(np.abs(made - folder.resized(path, fast=fast)).mean())
        if not error <= READ_BOUND:
            raise WrongOutputError(f"a file that it read is {error:.2f} levels off on average, at most {READ_BOUND:g}")
    if not np.array_equal(np.asarray(y), labels):
        raise WrongOutputError("its labels are not those of the files")
