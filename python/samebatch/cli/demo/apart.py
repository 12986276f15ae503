"""Each framework trains in a process of its own, for not every release of one lives in peace beside the other."""

from __future__ import annotations

import importlib
import multiprocessing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from samebatch.cli.demo.job import Job
    from samebatch.cli.demo.witness import Training


class TrainingError(RuntimeError):
    """A training ended before it was done; what stopped it stands on standard error."""


def train(module: str, job: Job, tick: Callable[[], None]) -> Training:
    """Run ``train`` of ``module`` on ``job`` in a new process.

    Args:
        module: full name of a module with a function ``train(job, tick)``.
        job: what to train; the process gets a pickled copy.
        tick: called once a batch.

    Raises:
        TrainingError: the process ended without a result.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_train, args=(module, job, theirs), daemon=True)
    process.start()
    theirs.close()
    while True:
        try:
            message: Training | None = ours.recv()
        except EOFError:
            process.join()
            raise TrainingError(f"{module} ended with exit code {process.exitcode} before it was done") from None
        if message is not None:
            process.join()
            return message
        tick()


def _train(module: str, job: Job, to_parent: Connection) -> None:
    """Be the process: send None for every batch, and what came of the training at the end."""
    to_parent.send(importlib.import_module(module).train(job, lambda: to_parent.send(None)))
