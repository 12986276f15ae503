"""Batches for PyTorch: a map-style dataset, a sampler whose keys carry the epoch, and a loader made of the two.

They hand (epoch, step) to :class:`samebatch.Batches` and the result to PyTorch, and draw nothing themselves. So the
same batches come with any number of workers, started in any way, persistent or not::

    loader = samebatch.torch.DataLoader(train, num_workers=2, persistent_workers=True)
    for epoch in range(10):
        loader.set_epoch(epoch)
        for x, y in loader: ...

A sample or a batch is ``(x, y)`` tensors, or ``(x, y, weights)`` if the source has weights, or ``x`` alone if it has no
labels. ``x`` has the pipeline's dtype and layout; ``y`` and ``weights`` keep their dtype.
"""

from __future__ import annotations

try:
    import torch as _torch  # noqa: F401 (tried first, for a message of our own)
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ImportError(
        'samebatch.torch needs PyTorch, which is not installed: pip install "samebatch[torch]"'
    ) from error

from samebatch.torch.dataset import BatchKey, Dataset
from samebatch.torch.loader import DataLoader
from samebatch.torch.sampler import Sampler

__all__ = ["BatchKey", "DataLoader", "Dataset", "Sampler"]
