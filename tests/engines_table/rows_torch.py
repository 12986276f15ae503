"""PyTorch: the loader with workers, and ranks of torch.distributed."""

from __future__ import annotations

from functools import partial

from common import EPOCHS, Rows, batches

NEEDS = ("torch",)


def of_loader(workers: int) -> list[str]:
    import samebatch as sb  # noqa: PLC0415
    import samebatch.torch  # noqa: PLC0415

    loader = samebatch.torch.DataLoader(batches(), num_workers=workers)
    return [sb.digest(*batch) for _ in range(EPOCHS) for batch in loader]


def of_rank(rank: int) -> list[str]:
    """Return the digests of what all ranks have together, as each of them gathers it."""
    import ranks  # noqa: PLC0415

    import samebatch.torch  # noqa: PLC0415

    loader = samebatch.torch.DataLoader(batches())
    assert loader.rank == rank
    return [ranks.global_digest(batch) for _ in range(EPOCHS) for batch in loader]


def of_ranks(world_size: int) -> list[str]:
    import ranks  # noqa: PLC0415

    seen = ranks.run(world_size, of_rank)
    assert seen == world_size * seen[:1]
    return seen[0]


def rows() -> Rows:
    # Ranks first: they are forked, and PyTorch has no threads yet.
    return {
        **{f"DDP, ranks: {count}": partial(of_ranks, count) for count in (1, 2, 3)},
        **{f"DataLoader, workers: {count}": partial(of_loader, count) for count in (0, 1, 3)},
    }
