"""Ray Train's data configuration: each training worker gets its part of every global batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    from ray import train
except ImportError as error:
    raise ImportError(
        f'samebatch.ray.DataConfig needs Ray Train ({error}): pip install "samebatch[ray]" "ray[train]"'
    ) from error

from samebatch.errors import SpecError
from samebatch.ray.datasource import BatchesDatasource

if TYPE_CHECKING:
    from ray.data import DataIterator, Dataset


class DataConfig(train.DataConfig):
    """To be given to a trainer: ``TorchTrainer(..., datasets={"train": data}, dataset_config=DataConfig())``.

    Ray's own gives whole batches to the workers in turn. This one gives each worker its part of every global batch, by
    its rank: in the training loop ``ray.train.get_dataset_shard("train")`` has as many rows as ``data``, one a step,
    and all workers' parts of a step, in the order of ranks, are that of ``data``. So however many workers there are,
    after a restart as well, they see the same global batches. Every dataset of the trainer must be one of
    :func:`samebatch.ray.dataset`, as it was returned.

    Batches are made by Ray tasks, so CPUs must be left for those, besides the ones that the workers have.
    """

    def __init__(self) -> None:
        super().__init__(datasets_to_split=[])

    def configure(
        self,
        datasets: dict[str, Dataset],
        world_size: int,
        worker_handles: Any = None,  # noqa: ANN401, ARG002 (Ray's own signature)
        worker_node_ids: Any = None,  # noqa: ANN401, ARG002 (as above)
        **kwargs: Any,  # noqa: ANN401, ARG002 (as above)
    ) -> list[dict[str, DataIterator]]:
        """Return each rank's datasets; called by Ray Train.

        Raises:
            SpecError: a dataset was not made by :func:`samebatch.ray.dataset`, or changed since.
        """
        sources = {name: _source(name, dataset) for name, dataset in datasets.items()}
        return [
            {name: source.of_rank(rank, world_size).iterator() for name, source in sources.items()}
            for rank in range(world_size)
        ]


def _source(name: str, dataset: Dataset) -> BatchesDatasource:
    plan = getattr(dataset, "_logical_plan", None)  # Ray has no other way to ask what a dataset reads
    source = getattr(getattr(plan, "dag", None), "datasource", None)
    if not isinstance(source, BatchesDatasource):
        raise SpecError(
            f"the trainer's dataset {name!r} is not one that samebatch.ray.dataset returned: map its rows in the "
            "training loop, and give other datasets to a trainer with Ray's own DataConfig"
        )
    return source
