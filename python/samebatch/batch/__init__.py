"""Batch: the samples of one step, rendered by the native core into one array."""

from samebatch.batch.batch import Batch
from samebatch.batch.batches import Batches

__all__ = ["Batch", "Batches"]
