"""albumentations: one Compose, called image by image; ToTensorV2 where channels come first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from benches.peers.peer import Peer
from benches.work import MEAN, SEED, STD, Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benches.work import Draws
    from samebatch.checks import Layout


def compose(draws: Draws, layout: Layout) -> Any:  # noqa: ANN401 - albumentations' own
    """Return the work as albumentations says it."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it would ask the network for a newer version
    import albumentations  # noqa: PLC0415 - albumentations is optional
    import cv2  # noqa: PLC0415 - and brings OpenCV

    cv2.setNumThreads(1)
    steps: list[Any] = [albumentations.HorizontalFlip(p=draws.flip)] if draws.flip else []
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


PEER = Peer("albumentations", _make, "albumentations")
