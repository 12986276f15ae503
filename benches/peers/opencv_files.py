"""OpenCV's decoder and its resizing, each alone: what is compared with is less than the whole work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from benches import folder
from benches.harness import Ready
from benches.peers.file_peer import READ_BOUND
from benches.work import SIZE, Order
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

DECODING = "OpenCV, decoding alone"
RESIZING = {
    "INTER_LINEAR": "OpenCV INTER_LINEAR, not antialiased",
    "INTER_AREA": "OpenCV INTER_AREA, another filter",
}
"""Which interpolation, and the name that says how it differs from the work."""

RESIZE_BOUND = 1.0  # levels, on average, on a picture without fine detail


def decoding(place: Path, batch: int) -> Ready:
    """Return ``imread`` of one file after the other, in a new order each epoch."""
    import cv2  # noqa: PLC0415 - OpenCV is optional

    cv2.setNumThreads(1)
    paths, _ = folder.listed(place)
    order = Order(len(paths), batch)

    def verify() -> str:
        for path in paths[:: len(paths) // 8]:
            made = cv2.imread(path)
            with Image.open(path) as opened:
                wanted = np.asarray(opened)[..., ::-1].astype(np.float64)
            if made is None or made.shape != wanted.shape or np.abs(made - wanted).mean() > READ_BOUND:
                raise WrongOutputError("its pixels are not those of Pillow")
        return f"8 files within {READ_BOUND:g} levels of Pillow on average"

    def work() -> int:
        return sum(cv2.imread(paths[row]) is not None for row in order())

    return Ready(_version(), verify, work)


def resizing(images: NDArray[Any], kind: str, batch: int) -> Ready:
    """Return ``resize`` of one image after the other into a new batch."""
    import cv2  # noqa: PLC0415 - as above

    cv2.setNumThreads(1)
    order = Order(len(images), batch)
    interpolation = getattr(cv2, kind)

    def resize(source: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        made = np.empty((len(rows), SIZE, SIZE, 3), np.uint8)
        for row, out in zip(rows, made, strict=True):
            cv2.resize(source[row], (SIZE, SIZE), dst=out, interpolation=interpolation)
        return made

    return Ready(_version(), lambda: _check_resizing(resize), lambda: len(resize(images, order())))


def _check_resizing(resize: Callable[[NDArray[Any], NDArray[np.int64]], NDArray[np.uint8]]) -> str:
    image = folder.smooth()
    wanted = np.asarray(Image.fromarray(image).resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    error = float(np.abs(resize(image[None], np.zeros(1, np.int64))[0].astype(np.float64) - wanted).mean())
    if not error <= RESIZE_BOUND:
        raise WrongOutputError(f"it is {error:.2f} levels off Pillow on average, at most {RESIZE_BOUND:g} is right")
    return f"within {error:.2f} levels of Pillow on average, on a picture without fine detail"


def _version() -> str:
    import cv2  # noqa: PLC0415 - as above

    return f"opencv {cv2.__version__}"
