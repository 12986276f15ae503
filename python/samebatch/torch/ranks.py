"""Which rank's share of every global batch a process asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import distributed

from samebatch.run import of_rank

if TYPE_CHECKING:
    from samebatch import Batches


def of_process(batches: Batches, rank: int | None, world_size: int | None) -> Batches:
    """Return the share of ``batches`` that is this process's.

    If neither argument is given and ``batches`` are whole, it is this process's rank in ``torch.distributed``, where
    that is initialised.

    Raises:
        SpecError: there is no such rank.
    """
    told = rank is not None or world_size is not None or batches.world_size > 1
    if not told and distributed.is_available() and distributed.is_initialized():
        rank, world_size = distributed.get_rank(), distributed.get_world_size()
    return of_rank(batches, rank, world_size)
