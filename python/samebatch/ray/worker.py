"""What runs on the nodes: keys become rows, each of them a whole batch."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import ray
from ray.data.block import BlockAccessor

from samebatch.batch.skip import warn_of_new

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from samebatch import Batch, Batches
    from samebatch.source import Source

KEPT: Final = 2
"""Of how many datasets' sources a process keeps the last: those of training and of validation take turns."""


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
    batches = _opened(share.batches).shard(share.rank, share.world_size)
    places = [divmod(number, batches.steps) for number in range(first, last)]
    samples = [batches.rows(*place) for place in places]
    for at, (epoch, step) in enumerate(places):
        _expect(batches.source, [indices for indices, _ in samples[at:]])
        batch = batches.samples(epoch, *samples[at])
        if batch.skipped:
            warn_of_new(batches.source)
        yield BlockAccessor.batch_to_block(row(batch, epoch, step))


def row(batch: Batch, epoch: int, step: int) -> dict[str, Any]:
    """Return a batch as the columns of one row: views, never copies."""
    parts = {"x": batch.x, "y": batch.y, "weights": batch.weights, "indices": batch.indices}
    row = {name: part[np.newaxis] for name, part in parts.items() if part is not None}
    return row | {"epoch": np.array([epoch]), "step": np.array([step])}


def _expect(source: Source, samples: Sequence[NDArray[np.int64]]) -> None:
    """Name what this task reads next; what follows it in the epoch is read by others, and `Batches.batch` would ask."""
    wanted, left = [samples[0]], source.read_ahead
    if not left:
        return
    for following in samples[1:]:
        if left <= 0:
            break
        wanted.append(following)
        left -= len(following)
    source.expect(np.concatenate(wanted))


_kept: OrderedDict[str, Batches] = OrderedDict()


def _opened(stored: ray.ObjectRef[Batches]) -> Batches:
    """Return what is stored; the same again, as its source may hold a cache."""
    name = stored.hex()
    if name not in _kept:
        _kept[name] = ray.get(stored)
    _kept.move_to_end(name)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return _kept[name]
