"""Batches as Ray Data reads them: tasks of a few keys each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import ray
import ray.data
from ray.data.block import BlockMetadata
from ray.data.datasource import Datasource, ReadTask

from samebatch.ray.worker import Share, rows

if TYPE_CHECKING:
    from ray.data import DataContext, Dataset

    from samebatch import Batches
    from samebatch.run import Run

MOST_TASKS: Final = 4096
"""Ray makes all tasks before the first begins, which takes half a millisecond each."""

TASK_BYTES: Final = 2**30
"""Of a task's batches at most. Ray looks for tasks that have ended some ten or twenty times a second, so a worker waits
about 50 ms from one to the next; but what was lost with a node is made again task by task."""

LAST_ROWS: Final = 2
"""Batches of the last tasks of a run."""

STORE_SHARE: Final = 0.5
"""Of the object store, what the tasks that run may fill: what Ray lets a dataset have. Rows that come before their turn
wait there, and where there is no room, the workers wait."""


@dataclass(frozen=True)
class Keys:
    """Which batches, and how large they are.

    Attributes:
        first: the number of the first one, counted over all epochs.
        count: how many there are.
        image_bytes: of an image of x.
        batch_size: images of a full global batch.
        smallest: images of the smallest global batch.
    """

    first: int
    count: int
    image_bytes: int
    batch_size: int
    smallest: int

    def tasks(self, workers: int, most: int) -> list[range]:
        """Return the numbers of each task's batches.

        Tasks grow smaller towards the end of the run, so that all workers end at about the same time.

        Args:
            workers: how many tasks run at the same time, about.
            most: batches of a task, unless there would be too many tasks.
        """
        least = -(-self.count // MOST_TASKS)
        at, end, made = self.first, self.first + self.count, []
        while at < end:
            rows = max(least, min(most, max(LAST_ROWS, (end - at) // (2 * workers))))
            made.append(range(at, min(at + rows, end)))
            at += rows
        return made


class Cluster(NamedTuple):
    """What tasks find, as it is when the dataset is made.

    Attributes:
        workers: how many of them run at the same time, at least 1.
        store: bytes of all nodes' object stores.
    """

    workers: int
    store: float

    @classmethod
    def found(cls, concurrency: int | None, num_cpus: float) -> Cluster:
        """Return what there is of the cluster for tasks with ``num_cpus`` CPUs each."""
        there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray's own
        cpus = max(1, int(there.get("CPU", 0) / num_cpus))
        return cls(cpus if concurrency is None else min(cpus, concurrency), there.get("object_store_memory", 0))

    def task_bytes(self) -> int:
        """Return how much a task may make."""
        return min(TASK_BYTES, int(STORE_SHARE * self.store / self.workers))


class BatchesDatasource(Datasource):
    """Whole batches, a row each; what to read and in which manner is known before anything is.

    Args:
        share: whose batches.
        keys: which of them.
    """

    def __init__(self, share: Share, keys: Keys) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Ray's own
        self._share, self._keys = share, keys
        self._how: dict[str, Any] = {}
        self._tasks: list[range] = []

    @classmethod
    def of(cls, run: Run, stored: ray.ObjectRef[Batches]) -> BatchesDatasource:
        """Return the datasource of a run whose batches are stored."""
        batches = run.batches
        share = Share(stored, batches.rank, batches.world_size)
        return cls(share, Keys(run.first, run.length or 0, *_sizes(batches)))

    def dataset(self, concurrency: int | None, num_cpus: float, *, ordered: bool) -> Dataset:
        """Return the dataset of these batches."""
        self._how = {"concurrency": concurrency, "num_cpus": num_cpus, "ordered": ordered}
        cluster = Cluster.found(concurrency, num_cpus)
        rows = max(1, cluster.task_bytes() // max(1, self._bytes(self._keys.batch_size)))
        self._tasks = self._keys.tasks(cluster.workers, rows)
        made: Dataset = ray.data.read_datasource(
            self, override_num_blocks=max(1, len(self._tasks)), concurrency=concurrency, num_cpus=num_cpus
        )
        made.context.execution_options.preserve_order = ordered
        made.context.target_max_block_size = max(1, self._bytes(self._keys.smallest) - 1)  # so each is a block
        return made

    def of_rank(self, rank: int, world_size: int) -> Dataset:
        """Return the dataset of another share of the same global batches, otherwise like this one's."""
        share = self._share._replace(rank=rank, world_size=world_size)
        return BatchesDatasource(share, self._keys).dataset(**self._how)

    def get_name(self) -> str:
        """Return what Ray calls its tasks."""
        return "Batches"

    def estimate_inmemory_data_size(self) -> int:
        """Return the bytes of all images, a little more where the last batch of an epoch is not full."""
        return self._keys.count * self._bytes(self._keys.batch_size)

    def get_read_tasks(
        self,
        parallelism: int,  # noqa: ARG002 (the tasks are known)
        per_task_row_limit: int | None = None,
        data_context: DataContext | None = None,  # noqa: ARG002 (as above)
    ) -> list[ReadTask]:
        """Return the tasks, in the order of their batches."""
        return [self._task(numbers, per_task_row_limit) for numbers in self._tasks]

    def _task(self, numbers: range, limit: int | None) -> ReadTask:
        size = len(numbers) * self._bytes(self._keys.batch_size)
        about = BlockMetadata(num_rows=len(numbers), size_bytes=size, input_files=None, exec_stats=None)
        return ReadTask(partial(rows, self._share, numbers.start, numbers.stop), about, per_task_row_limit=limit)

    def _bytes(self, images: int) -> int:
        return images // self._share.world_size * self._keys.image_bytes


def _sizes(batches: Batches) -> tuple[int, int, int]:
    image = math.prod(batches.output_shape) * (
        2 if batches.output_dtype == "bfloat16" else np.dtype(batches.output_dtype).itemsize
    )
    last = len(batches.source) - (batches.steps - 1) * batches.batch_size
    return image, batches.batch_size, min(batches.batch_size, last)
