"""Tensors over the memory of batches, never copies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils import data

from samebatch.torch import ring

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch import Batch

Tensors = torch.Tensor | tuple[torch.Tensor, ...]


def of_batch(batch: Batch, x: torch.Tensor | None = None) -> Tensors:
    """Return x, (x, y) or (x, y, weights) over the batch's memory; ``x``: the tensor it was rendered into, if any."""
    if x is None:
        x = _images(batch.x)
    if batch.y is None:
        return x
    y = _images(batch.y) if batch.label_mode == "input" else torch.from_numpy(batch.y)
    return (x, y) if batch.weights is None else (x, y, torch.from_numpy(batch.weights))


def _images(array: NDArray[Any]) -> torch.Tensor:
    bfloat16 = array.dtype == np.uint16
    return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16) if bfloat16 else torch.from_numpy(array)


def shared(shape: tuple[int, ...], dtype: str) -> tuple[torch.Tensor, NDArray[Any]]:
    """Return a tensor in memory that travels between processes without a copy, and the NumPy array over it.

    The array of bfloat16 is one of uint16 bits.
    """
    kind: torch.dtype = getattr(torch, dtype)
    nbytes = math.prod(shape) * kind.itemsize
    memory = ring.take(nbytes)
    if memory is None:
        # As PyTorch's default_collate does in a worker; Tensor.share_memory_() would copy.
        storage = torch.UntypedStorage._new_shared(nbytes)  # type: ignore[no-untyped-call]  # noqa: SLF001
        flat = torch.empty(0, dtype=torch.uint8).set_(storage)
    else:
        flat = torch.from_numpy(memory)
    x = flat.view(kind).view(shape)
    return x, x.view(torch.int16).numpy().view(np.uint16) if kind == torch.bfloat16 else x.numpy()


def in_worker_process() -> bool:
    """Return whether this is a worker process of a DataLoader; newer releases have worker threads as well."""
    worker = data.get_worker_info()
    return worker is not None and getattr(worker, "worker_method", "multiprocessing") == "multiprocessing"
