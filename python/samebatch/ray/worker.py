"""What runs on the nodes: keys become rows, each of them a whole batch."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import ray
from ray.data.block import BlockAccessor

from samebatch.batch.skip import warn_of_new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samebatch import Batch, Batches

KEPT: Final = 2
"""How many shards a process keeps: those of training and of validation take turns."""


class Share(NamedTuple):
    """A rank's share of batches that lie in the object store.

    Attributes:
        batches: the reference to them.
        rank: whose rows of each global batch.
        world_size: how many ranks share it.
    """

    batches: ray.ObjectRef[Batches]
    rank: int
    world_size: int


def rows(share: Share, first: int, last: int) -> Iterator[Any]:
    """Yield blocks of one row each: the batches ``first`` to ``last - 1``, counted over all epochs.

    They are a function of the numbers alone, so that Ray may call this again, anywhere, when a node was lost.
    """
    batches = _opened(share)
    for number in range(first, last):
        batch = batches.batch(*divmod(number, batches.steps))
        if batch.skipped:
            warn_of_new(batches.source)
        yield BlockAccessor.batch_to_block(row(batch))


def row(batch: Batch) -> dict[str, Any]:
    """Return a batch as the columns of one row: views, never copies."""
    parts = {"x": batch.x, "y": batch.y, "weights": batch.weights, "indices": batch.indices}
    row = {name: part[np.newaxis] for name, part in parts.items() if part is not None}
    return row | {"epoch": np.array([batch.epoch]), "step": np.array([batch.step])}


_kept: OrderedDict[tuple[str, int, int], Batches] = OrderedDict()


def _opened(share: Share) -> Batches:
    """Return the batches of a share; the same ones again, as they hold caches and what is compiled."""
    name = share.batches.hex(), share.rank, share.world_size
    if name not in _kept:
        batches: Batches = ray.get(share.batches)
        _kept[name] = batches.shard(share.rank, share.world_size)
    _kept.move_to_end(name)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return _kept[name]
