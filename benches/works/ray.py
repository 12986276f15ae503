"""Files to batches through Ray Data on one node, beside ``batches.batch`` on the same two cores."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import samebatch as sb
from benches import folder
from benches.harness import Benchmark, Contender, Ready
from benches.results import Floor
from benches.works import files, ours
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CORES = 2
EPOCHS = 100
"""Of a piece of work, so that the first second is a small part of it, in which Ray lets a dataset have one worker."""

BATCH = "batches.batch"
RAY = "samebatch.ray, 2 workers"
TENSORS = f"{RAY}, tensors"


def ray(*, quick: bool) -> Benchmark:
    """Return a dataset of Ray's over the files, as arrays and as tensors, beside ``batches.batch``."""
    contender = partial(Contender, cores=CORES, long=True)
    contenders = (
        contender(RAY, lambda: _ray(quick=quick, tensors=False)),
        contender(TENSORS, lambda: _ray(quick=quick, tensors=True)),
        contender(BATCH, lambda: _direct(quick=quick)),
    )
    work = f"{folder.in_words(quick=quick)}, {EPOCHS} epochs on {CORES} cores, as the work `files`"
    return Benchmark("ray", work, contenders, (Floor(RAY, BATCH, 0.7),), rounds=0.5)


def _direct(*, quick: bool) -> Ready:
    place = folder.filled(quick=quick)
    of = files.batches(place, threads=CORES)

    def work() -> int:
        return sum(len(of.batch(epoch, step)) for epoch in range(EPOCHS) for step in range(len(of)))

    return Ready(ours.version(), lambda: files.verify(of, place), work)


def _ray(*, quick: bool, tensors: bool) -> Ready:
    import ray  # noqa: PLC0415 - Ray is optional

    import samebatch.ray  # noqa: PLC0415 - as above

    ray.init(address="local", num_cpus=CORES, include_dashboard=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    of = files.batches(folder.filled(quick=quick))
    rows: Callable[..., Iterable[dict[str, Any]]] = (
        samebatch.ray.iter_torch_batches if tensors else samebatch.ray.iter_batches
    )
    start = partial(samebatch.ray.dataset, of, EPOCHS)

    def verify() -> str:
        seen = 0
        for row in rows(start()):
            if sb.digest(row["x"], row["y"]) != of.batch(row["epoch"], row["step"]).digest():
                raise WrongOutputError(f"step {row['step']} of epoch {row['epoch']} is not that of batches.batch")
            seen += 1
        if seen != EPOCHS * len(of):
            raise WrongOutputError(f"there are {seen} rows, and {EPOCHS} epochs have {EPOCHS * len(of)}")
        return f"{EPOCHS} epochs, every byte as from batches.batch"

    return Ready(
        f"{ours.version()}; ray {ray.__version__}", verify, lambda: sum(len(row["y"]) for row in rows(start()))
    )
