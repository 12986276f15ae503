"""OpenCV by hand: one matrix, warpAffine, brightness, multiply, subtract; into a new batch, so that each is kept.

Channels that come first are split into their planes. float32 images stay float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benches.peers.peer import Peer
from benches.work import MEAN, STD, Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benches.work import Draws, Move
    from samebatch.checks import Layout

SCALE = (*(1 / (255 * np.array(STD))).tolist(), 0.0)  # a scalar of OpenCV's has four numbers
BIAS = (*(np.array(MEAN) / np.array(STD)).tolist(), 0.0)


def _make(images: NDArray[np.generic], draws: Draws, layout: Layout, batch: int) -> Callable[[], Any]:
    import cv2  # noqa: PLC0415 - OpenCV is optional

    cv2.setNumThreads(1)
    order = Order(len(images), batch)
    random = order.random
    height, width = images.shape[1:3]
    between = np.empty((height, width, 3), np.float32)

    def one(image: Any, out: Any) -> None:  # noqa: ANN401 - OpenCV's types are all Any
        flip = bool(random.random() < draws.flip)
        if draws.move is not None:
            matrix = _matrix(draws.move, random, height, width, flip=flip)
            image = cv2.warpAffine(
                image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        elif flip:
            image = cv2.flip(image, 1)
        if draws.brightness is not None:
            factor = random.uniform(*draws.brightness)
            if image.dtype == np.uint8:
                image = cv2.convertScaleAbs(image, alpha=factor)
            else:
                image = cv2.min(cv2.multiply(image, (factor,) * 4), (255.0,) * 4)
        to = out if layout == "channels_last" else between
        cv2.multiply(image, SCALE, dst=to, dtype=cv2.CV_32F)
        cv2.subtract(to, BIAS, dst=to)
        if layout == "channels_first":
            cv2.split(to, list(out))

    def following() -> Any:  # noqa: ANN401
        shape = (height, width, 3) if layout == "channels_last" else (3, height, width)
        made = np.empty((batch, *shape), np.float32)
        for row, out in zip(order(), made, strict=True):
            one(images[row], out)
        return made

    return following


def _matrix(move: Move, random: np.random.Generator, height: int, width: int, *, flip: bool) -> NDArray[np.float64]:
    """Return the matrix from the source to the output, flip first."""
    angle, zoom = np.deg2rad(random.uniform(*move.rotation)), random.uniform(*move.zoom)
    sin, cos = np.sin(angle) * zoom, np.cos(angle) * zoom
    mirror = -1.0 if flip else 1.0
    linear = np.array([[cos * mirror, sin], [-sin * mirror, cos]])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    shift = np.array([random.uniform(*move.right) * width, random.uniform(*move.down) * height])
    return np.column_stack([linear, centre + shift - linear @ centre])


PEER = Peer("OpenCV by hand", _make, "opencv-python-headless")
