"""Which rank's share of every global batch a process asks for."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

from torch import distributed

from samebatch import targets
from samebatch.run import of_rank

if TYPE_CHECKING:
    from samebatch import Batches


def of_process(batches: Batches, rank: int | None, world_size: int | None) -> Batches:
    """Return the share of ``batches`` that is this process's.

    If neither argument is given and ``batches`` are whole, it is this process's rank in ``torch.distributed``, where
    that is initialised. Where it is not yet, though the environment has the world size of torchrun, it warns.

    Raises:
        SpecError: there is no such rank, or these are no batches.
    """
    targets.check_batches(batches)
    told = rank is not None or world_size is not None or batches.world_size > 1
    if not told and distributed.is_available():
        if distributed.is_initialized():
            rank, world_size = distributed.get_rank(), distributed.get_world_size()
        elif (ranks := os.environ.get("WORLD_SIZE", "1")) != "1":
            warnings.warn(
                f"torch.distributed is not initialised, and WORLD_SIZE={ranks} is in the environment, as torchrun sets "
                "it: every rank gets whole batches. Call init_process_group before the loader is made, or give rank= "
                "and world_size= (0 and 1 where whole batches are meant)",
                stacklevel=4,
            )
    return of_rank(batches, rank, world_size)
