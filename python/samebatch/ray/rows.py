"""Rows one after the other, each as the arrays or tensors of its batch."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.checks import describe, integer
from samebatch.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch
    from ray.data import DataIterator, Dataset

KEYS: Final = ("epoch", "step")
DEEPEST: Final = 1024


def iter_batches(data: Dataset | DataIterator, *, prefetch: int = 1) -> Iterator[dict[str, Any]]:
    """Yield the batches of a dataset of :func:`samebatch.ray.dataset`, one after the other.

    Args:
        data: the dataset, or what ``ray.train.get_dataset_shard`` returned in a training loop.
        prefetch: how many batches are brought to this node ahead, 0 to 1024.

    Yields:
        ``"x"``, and ``"y"`` and ``"weights"`` if there are any, and ``"indices"``: NumPy arrays of first length n, as
        those of ``batches.batch(epoch, step)``. They lie in Ray's object store, are not copied, and cannot be written.
        ``"epoch"`` and ``"step"``: int.

    Raises:
        SpecError: ``prefetch`` is out of range, or the rows are no batches.
        TypeError: ``data`` has no batches to iterate over.
        Exception: what the making of a batch raised, such as :class:`samebatch.DecodeError`, as Ray hands it on.
    """
    depth = integer("prefetch", prefetch, 0, DEEPEST)
    if not hasattr(data, "iter_batches"):
        raise TypeError(f"data must be a ray.data.Dataset or a ray.data.DataIterator, got {describe(data)}")
    return _batches(data, depth)


def _batches(data: Dataset | DataIterator, prefetch: int) -> Iterator[dict[str, Any]]:
    rows: Any = iter(data.iter_batches(batch_size=1, batch_format="numpy", prefetch_batches=prefetch))
    with contextlib.ExitStack() as stack:
        if hasattr(rows, "close"):  # else a loop that is left would go on making batches until it is collected
            stack.callback(rows.close)
        for row in rows:
            missing = [name for name in ("x", "indices", *KEYS) if name not in row]
            if missing:
                raise SpecError(
                    f"a row has no {missing[0]!r}, but {', '.join(row)}; use a dataset that samebatch.ray.dataset made"
                )
            yield {name: int(column[0]) if name in KEYS else column[0] for name, column in row.items()}


def iter_torch_batches(
    data: Dataset | DataIterator, *, device: torch.device | str | None = None, prefetch: int = 1
) -> Iterator[dict[str, Any]]:
    """Yield the same as :func:`iter_batches`, with PyTorch tensors in place of the arrays.

    Args:
        data: as there.
        device: where the tensors are to be; None: on the CPU. They are copies, and may be written.
        prefetch: as there.

    Yields:
        As there; x of bfloat16 has that dtype.

    Raises:
        ImportError: PyTorch is not installed.
        SpecError, TypeError: as there.
    """
    try:
        import torch  # noqa: F401, PLC0415 (Ray does without)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError(
            'iter_torch_batches needs PyTorch, which is not installed: pip install "samebatch[torch]"'
        ) from error
    batches = iter_batches(data, prefetch=prefetch)
    return (_tensors(batch, device) for batch in batches)


def _tensors(batch: dict[str, Any], device: torch.device | str | None) -> dict[str, Any]:
    import torch  # noqa: PLC0415 (as above)

    images = batch["x"].dtype, batch["x"].shape[1:]
    made: dict[str, Any] = {}
    for name, value in batch.items():
        if name in KEYS:
            made[name] = value
            continue
        bits = value.dtype == np.uint16 and (name == "x" or (name == "y" and (value.dtype, value.shape[1:]) == images))
        copied = torch.tensor(value.view(np.int16) if bits else value, device=device)
        made[name] = copied.view(torch.bfloat16) if bits else copied
    return made
