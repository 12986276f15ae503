"""PyTorch in place into a batch that is kept: copy, subtract, multiply; flip and normalise only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from benches.peers.peer import Peer
from benches.work import MEAN, STD, Order

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from benches.work import Draws
    from samebatch.checks import Layout


def _make(images: NDArray[np.generic], draws: Draws, layout: Layout, batch: int, *, planes: bool) -> Callable[[], Any]:
    import torch  # noqa: PLC0415 - torch is optional

    if layout != "channels_first" or draws.move is not None or draws.brightness is not None:
        raise ValueError("PyTorch in place is measured on flip and normalise to channels_first only")
    torch.set_num_threads(1)
    mean = torch.tensor(MEAN).view(3, 1, 1) * 255
    scale = 1 / (255 * torch.tensor(STD).view(3, 1, 1))
    source = torch.from_numpy(images).permute(0, 3, 1, 2)
    if planes:
        source = source.contiguous()
    kept = torch.empty((batch, *source.shape[1:]))
    order = Order(len(images), batch)

    def following() -> Any:  # noqa: ANN401 - as the other peers
        flips = order.random.random(batch) < draws.flip
        for row, flip, out in zip(order(), flips, kept, strict=True):
            image = source[int(row)]
            out.copy_(image.flip(2) if flip else image).sub_(mean).mul_(scale)
        return kept

    return following


PEER = Peer("torch in place", partial(_make, planes=False), "torch")
PLANES = Peer("torch in place, source stored as planes", partial(_make, planes=True), "torch")
