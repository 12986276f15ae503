"""Batches for Ray: a ``ray.data.Dataset`` whose rows are whole batches, made on all nodes of a cluster.

It hands (epoch, step) to :class:`samebatch.Batches`, on whatever node, and draws nothing itself. So the same batches
come from one node or many, with any number of workers, and after a node was lost::

    data = samebatch.ray.dataset(train, epochs=10)
    for batch in samebatch.ray.iter_torch_batches(data):
        loss = criterion(model(batch["x"]), batch["y"])

In Ray Train each worker gets its part of every global batch::

    TorchTrainer(loop, datasets={"train": data}, dataset_config=samebatch.ray.DataConfig(), ...)
    samebatch.ray.iter_torch_batches(ray.train.get_dataset_shard("train"))  # in the loop
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    import ray.data as _data  # noqa: F401 (tried first, for a message of our own)
except ModuleNotFoundError as error:
    if error.name not in {"ray", "ray.data", "pandas", "pyarrow"}:
        raise
    raise ImportError(
        'samebatch.ray needs Ray with Ray Data, which is not installed: pip install "samebatch[ray]"'
    ) from error

from samebatch.ray.dataset import dataset, put
from samebatch.ray.rows import iter_batches, iter_torch_batches

if TYPE_CHECKING:
    from samebatch.ray.config import DataConfig

__all__ = ["DataConfig", "dataset", "iter_batches", "iter_torch_batches", "put"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 (a class)
    """Import what needs Ray Train when it is asked for: Ray Data does without."""
    if name == "DataConfig":
        from samebatch.ray.config import DataConfig  # noqa: PLC0415

        return DataConfig
    raise AttributeError(f"module 'samebatch.ray' has no attribute {name!r}")
