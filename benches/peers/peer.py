"""What a peer is to the benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from benches import check
from benches.harness import Ready

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from benches.work import Draws
    from samebatch.checks import Layout

    Make = Callable[[NDArray[np.generic], Draws, Layout, int], Callable[[], Any]]

CHECKED = 16  # images in a batch that is checked


@dataclass(frozen=True)
class Peer:
    """One way that users make batches today.

    Attributes:
        name: as the tables have it.
        make: (images, draws, layout, batch) -> a function that returns the next batch.
        package: whose version counts.
        additive: whether its brightness adds where samebatch multiplies.
    """

    name: str
    make: Make
    package: str
    additive: bool = False

    def ready(self, images: NDArray[np.generic], draws: Draws, layout: Layout, batch: int) -> Ready:
        """Return the peer at its work on ``images``.

        Raises:
            ImportError: the peer is not installed.
        """
        following = self.make(images, draws, layout, batch)

        def verify() -> str:
            image = images[0]
            same = image[None].repeat(CHECKED, axis=0)
            return check.check(
                lambda fixed: self.make(same, fixed, layout, CHECKED),
                image,
                draws,
                layout,
                CHECKED,
                additive=self.additive,
            )

        def work() -> int:
            following()
            return batch

        return Ready(f"{self.package} {metadata.version(self.package)}", verify, work)
