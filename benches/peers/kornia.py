"""kornia: one nn.Sequential on a batch of float tensors."""

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


def _make(images: NDArray[np.generic], draws: Draws, layout: Layout, batch: int) -> Callable[[], Any]:
    import torch  # noqa: PLC0415
    from kornia import augmentation  # noqa: PLC0415 - kornia and torch are optional

    if layout != "channels_first":
        raise ValueError("kornia makes channels_first")
    torch.set_num_threads(1)
    steps: list[Any] = [augmentation.RandomHorizontalFlip(p=draws.flip)] if draws.flip else []
    if draws.move is not None:
        steps.append(_affine(draws.move))
    if draws.brightness is not None:  # RandomBrightness adds; ColorJitter multiplies, at half the speed
        steps.append(augmentation.RandomBrightness(draws.brightness, p=1.0))
    steps.append(augmentation.Normalize(torch.tensor(MEAN), torch.tensor(STD)))
    transform = torch.nn.Sequential(*steps)
    planes = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    order = Order(len(images), batch)
    return lambda: transform(planes[torch.from_numpy(order())].float() / 255)


def _affine(move: Move) -> Any:  # noqa: ANN401 - kornia's layers are untyped
    import torch  # noqa: PLC0415
    from kornia import augmentation  # noqa: PLC0415 - as above

    degrees = (-move.rotation[1], -move.rotation[0])  # its angles turn clockwise
    if move.right[0] == -move.right[1] and move.down[0] == -move.down[1]:
        return augmentation.RandomAffine(
            degrees, (move.right[1], move.down[1]), move.zoom, padding_mode="border", p=1.0
        )

    class Fixed(augmentation.RandomAffine):  # type: ignore[misc]
        """RandomAffine with one shift, which cannot be asked for; for the check."""

        def generate_parameters(self, batch_shape: tuple[int, ...]) -> dict[str, Any]:
            """Draw all but the shift."""
            shift = torch.tensor([move.right[0] * batch_shape[-1], move.down[0] * batch_shape[-2]])
            return {**super().generate_parameters(batch_shape), "translations": shift.expand(batch_shape[0], 2)}

    return Fixed(degrees, (1.0, 1.0), move.zoom, padding_mode="border", p=1.0)


PEER = Peer("kornia", _make, "kornia", additive=True)
