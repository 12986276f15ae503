"""Batches for Grain: a data source whose records are whole batches.

It hands (epoch, step) to :class:`samebatch.Batches`, and draws nothing itself: Grain decides where batches are made and
how far ahead, and they are the same with any number of workers and threads::

    data = grain.MapDataset.source(samebatch.grain.source(train, epochs=10))
    for x, y in data.to_iter_dataset(grain.ReadOptions(num_threads=2, prefetch_buffer_size=4)): ...
"""

from __future__ import annotations

try:
    import grain as _grain  # noqa: F401 (tried first, for a message of our own)
except ModuleNotFoundError as error:
    if error.name != "grain":
        raise
    raise ImportError('samebatch.grain needs Grain, which is not installed: pip install "samebatch[grain]"') from error

from samebatch.grain.source import BatchSource, source

__all__ = ["BatchSource", "source"]
