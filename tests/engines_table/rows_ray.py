"""Ray: clusters of one node and of three, with one batch made at a time, and four."""

from __future__ import annotations

import sys
from functools import cache, partial
from pathlib import Path

from common import EPOCHS, Rows, batches

NEEDS = ("ray", "pandas", "pyarrow")
CONCURRENCIES = (1, 4)


@cache
def of_cluster(nodes: int) -> dict[int, list[str]]:
    """Return the digests with each concurrency, of one cluster."""
    sys.path.insert(0, str(Path(__file__).parents[1]))

    import ray_cluster  # noqa: PLC0415
    import samebatch as sb  # noqa: PLC0415
    import samebatch.ray  # noqa: PLC0415

    def made(concurrency: int) -> list[str]:
        data = samebatch.ray.dataset(batches(), EPOCHS, concurrency=concurrency)
        return [sb.digest(row["x"], row["y"]) for row in samebatch.ray.iter_batches(data)]

    with ray_cluster.cluster(nodes, cpus=4 if nodes == 1 else 2):
        return {concurrency: made(concurrency) for concurrency in CONCURRENCIES}


def of_dataset(nodes: int, concurrency: int) -> list[str]:
    return of_cluster(nodes)[concurrency]


def rows() -> Rows:
    return {
        f"Ray, nodes: {nodes}, concurrency: {concurrency}": partial(of_dataset, nodes, concurrency)
        for nodes in (1, 3)
        for concurrency in CONCURRENCIES
    }
