"""torchvision v2: one Compose, called image by image, on PIL images or on uint8 tensors with channels first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benches.peers.peer import Peer
from benches.work import MEAN, STD, Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benches.work import Draws, Move
    from samebatch.checks import Layout


def _make(images: NDArray[np.generic], draws: Draws, layout: Layout, batch: int, *, pil: bool) -> Callable[[], Any]:
    import torch  # noqa: PLC0415 - torch and torchvision are optional
    from PIL import Image  # noqa: PLC0415 - wanted with them only
    from torchvision.transforms import v2  # noqa: PLC0415 - as torch

    if layout != "channels_first":
        raise ValueError("torchvision makes channels_first")
    torch.set_num_threads(1)
    steps: list[Any] = [v2.RandomHorizontalFlip(draws.flip)] if draws.flip else []
    if draws.move is not None:
        steps.append(_affine(draws.move))
    if draws.brightness is not None:
        steps.append(v2.ColorJitter(brightness=draws.brightness))
    steps += [v2.ToImage()] if pil else []
    transform = v2.Compose([*steps, v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)])
    order = Order(len(images), batch)
    if pil:
        return lambda: torch.stack([transform(Image.fromarray(images[row])) for row in order()])
    planes = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    return lambda: torch.stack([transform(planes[int(row)]) for row in order()])


def _affine(move: Move) -> Any:  # noqa: ANN401 - torchvision ships no types
    from torchvision.transforms import v2  # noqa: PLC0415 - as above

    degrees = (-move.rotation[1], -move.rotation[0])  # its angles turn clockwise
    bilinear = v2.InterpolationMode.BILINEAR
    if move.right[0] == -move.right[1] and move.down[0] == -move.down[1]:
        return v2.RandomAffine(degrees, (move.right[1], move.down[1]), move.zoom, interpolation=bilinear)

    class Fixed(v2.RandomAffine):  # type: ignore[misc]
        """RandomAffine with one shift, which cannot be asked for; for the check."""

        def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
            """Draw all but the shift."""
            height, width = v2.query_size(flat_inputs)
            shift = (round(move.right[0] * width), round(move.down[0] * height))
            return {**super().make_params(flat_inputs), "translate": shift}

    return Fixed(degrees, (1.0, 1.0), move.zoom, interpolation=bilinear)


PIL = Peer("torchvision v2, PIL", partial(_make, pil=True), "torchvision")
TENSOR = Peer("torchvision v2, tensors", partial(_make, pil=False), "torchvision")
