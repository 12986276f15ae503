"""The ray.data.Dataset of whole batches."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import ray
import ray.data

from samebatch import Batches, targets
from samebatch.checks import boolean, describe, integer, number
from samebatch.errors import SpecError
from samebatch.ray.datasource import BatchesDatasource
from samebatch.run import Run

if TYPE_CHECKING:
    from ray.data import Dataset

MOST_CPUS: Final = 1024


def dataset(
    batches: Batches | ray.ObjectRef[Batches],
    epochs: int,
    *,
    start: tuple[int, int] = (0, 0),
    rank: int | None = None,
    world_size: int | None = None,
    concurrency: int | None = None,
    num_cpus: float = 1,
    ordered: bool = True,
) -> Dataset:
    """Return ``batches`` as a ``ray.data.Dataset``: one row a step, to the byte that of ``batches.batch``.

    A row is a whole batch, in a block of its own, which nothing cuts or joins: ``x``, ``y`` and ``weights`` if there
    are any, ``indices`` (int64, the sample of each of its images), ``epoch`` and ``step``. x has the pipeline's dtype
    and layout, bfloat16 as uint16 bits. :func:`iter_batches` and :func:`iter_torch_batches` give them one by one; Ray's
    own ``data.iter_torch_batches(batch_size=1)`` gives the same tensors with an axis of length 1 before them.

    **Epochs.** The dataset is the whole run, one epoch after the other, and whoever iterates over it anew gets the same
    batches anew. A run that broke off at (3, 17) goes on with ``start=(3, 17)`` and otherwise the same arguments, on
    as many nodes and ranks as there are then.

    **The data.** The source goes through the object store once: arrays as they are, and the workers of a node read them
    where they lie, without copies of their own. Of files it holds the paths, which must be readable on every node.

    **What is lost is made again.** Batches that lay on a node that died, or were to be made there, are made by another
    one, and are the same, since a batch is a function of (epoch, step).

    Args:
        batches: the batches, or what :func:`put` made of them; they decide batch size, order, last batch and seed.
        epochs: how many epochs the whole run has, from epoch 0 on, at least 1.
        start: (epoch, step) of the first batch.
        rank: whose rows of each global batch, 0 to world_size - 1; None: as ``batches``.
        world_size: how many ranks share each global batch; None: as ``batches``.
        concurrency: how many workers make batches at the same time, at least 1; None: as many as Ray has CPUs for.
            Changes no byte.
        num_cpus: CPUs of a worker, more than 0: so many native threads make its batches, 1 at least, unless ``batches``
            has ``threads=``. If no node has as many, it warns, and Ray waits for one. Changes no byte.
        ordered: rows come in the order of steps; False: as they are made.

    Raises:
        IndexError: the start is negative, or its step is too large.
        SpecError: there is no such rank; the run ends before it starts; an argument is out of range; the labels are no
            numbers; or there are weights without labels.
        TypeError: the start is no pair of whole numbers.
    """
    cpus = number("num_cpus", num_cpus, 0.0, MOST_CPUS)
    if cpus == 0:
        raise SpecError("num_cpus must be more than 0: Ray would start workers without end")
    limit = None if concurrency is None else integer("concurrency (None: as Ray decides)", concurrency, 1, 2**31 - 1)
    if epochs is None:
        raise SpecError("epochs must be a whole number: a dataset of Ray's ends")
    made = batches if isinstance(batches, Batches) else _got(batches)
    targets.check(made)
    _check_labels(made)
    run = Run(made, epochs, start, rank, world_size)
    stored = put(batches, threads=max(1, int(cpus))) if isinstance(batches, Batches) else batches
    _warn_of_small_nodes(cpus)
    return BatchesDatasource.of(run, stored).dataset(limit, cpus, ordered=boolean("ordered", ordered))


def put(batches: Batches, *, threads: int = 1) -> ray.ObjectRef[Batches]:
    """Put batches into Ray's object store, once for several datasets: for training loops that make their own.

    Args:
        batches: the batches.
        threads: native threads of each worker, 1 to 1024, unless ``batches`` has ``threads=``.

    Returns:
        The reference to them, for :func:`dataset`. Whoever put them must live as long as they are used.

    Raises:
        SpecError: an argument is wrong.
    """
    if not isinstance(batches, Batches):
        raise SpecError(f"batches must be a samebatch.Batches, got {describe(batches)}")
    return ray.put(batches.portable(threads if batches.threads is None else None))


def _got(stored: object) -> Batches:
    batches = ray.get(stored) if isinstance(stored, ray.ObjectRef) else stored
    if not isinstance(batches, Batches):
        raise SpecError(
            f"batches must be a samebatch.Batches, or what samebatch.ray.put made of them; got {describe(batches)}"
        )
    return batches


def _warn_of_small_nodes(num_cpus: float) -> None:
    nodes = ray.nodes()  # type: ignore[no-untyped-call]  # Ray's own
    most = max((node["Resources"].get("CPU", 0) for node in nodes if node["Alive"]), default=0)
    if most < num_cpus:
        warnings.warn(
            f"num_cpus is {num_cpus:g}, and no node of the cluster has more than {most:g} CPUs: Ray waits until one "
            "joins that has as many",
            stacklevel=3,
        )


def _check_labels(batches: Batches) -> None:
    labels = batches.source.labels
    if labels is not None and batches.source.label_mode != "input" and labels.dtype.kind == "c":
        raise SpecError(
            f"labels have dtype {labels.dtype}, which Ray's datasets do not have; give two columns of floats"
        )
