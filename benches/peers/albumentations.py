"""albumentations: one Compose, called image by image; ToTensorV2 where channels come first; files read by OpenCV."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from benches import folder
from benches.peers.file_peer import FilePeer
from benches.peers.peer import Peer
from benches.work import MEAN, SEED, SIZE, STD, Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from benches.work import Draws
    from samebatch.checks import Layout


def compose(draws: Draws, layout: Layout, size: int | None = None) -> Any:  # noqa: ANN401 - albumentations' own
    """Return the work as albumentations says it; images are resized first where a ``size`` is given."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it would ask the network for a newer version
    import albumentations  # noqa: PLC0415 - albumentations is optional
    import cv2  # noqa: PLC0415 - and brings OpenCV

    cv2.setNumThreads(1)
    steps: list[Any] = [albumentations.Resize(size, size)] if size is not None else []
    steps += [albumentations.HorizontalFlip(p=draws.flip)] if draws.flip else []
    if draws.move is not None:
        steps.append(
            albumentations.Affine(
                rotate=draws.move.rotation,
                translate_percent={"x": draws.move.right, "y": draws.move.down},
                scale=draws.move.zoom,
                keep_ratio=True,
                interpolation=cv2.INTER_LINEAR,
                border_mode=cv2.BORDER_REPLICATE,
                p=1.0,
            )
        )
    if draws.brightness is not None:  # a factor is what this one calls contrast; its brightness adds
        factor = (draws.brightness[0] - 1, draws.brightness[1] - 1)
        steps.append(albumentations.RandomBrightnessContrast(brightness_limit=(0.0, 0.0), contrast_limit=factor, p=1.0))
    steps.append(albumentations.Normalize(mean=MEAN, std=STD))
    if layout == "channels_first":
        steps.append(albumentations.pytorch.ToTensorV2())
    return albumentations.Compose(steps, seed=SEED)


def _make(images: NDArray[np.generic], draws: Draws, layout: Layout, batch: int) -> Callable[[], Any]:
    transform = compose(draws, layout)
    order = Order(len(images), batch)
    if layout == "channels_last":
        return lambda: np.stack([transform(image=images[row])["image"] for row in order()])
    import torch  # noqa: PLC0415 - torch is optional

    torch.set_num_threads(1)
    return lambda: torch.stack([transform(image=images[row])["image"] for row in order()])


def _read(place: Path, draws: Draws, batch: int) -> Callable[[], tuple[Any, Any]]:
    transform = compose(draws, "channels_last", SIZE)  # without antialiasing, which is what it does unless told
    import cv2  # noqa: PLC0415 - as above

    paths, labels = folder.listed(place)
    order = Order(len(paths), batch)

    def following() -> tuple[Any, Any]:
        rows = order()
        images = (cv2.imread(paths[row], cv2.IMREAD_COLOR_RGB) for row in rows)
        return np.stack([transform(image=image)["image"] for image in images]), labels[rows]

    return following


PEER = Peer("albumentations", _make, "albumentations")
FILES = FilePeer("OpenCV imread, albumentations", _read, "albumentations")
