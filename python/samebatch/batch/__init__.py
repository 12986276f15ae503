"""Batch: the samples of one step, rendered by the native core into one array."""

from samebatch.batch.batch import Batch
from samebatch.batch.batches import Batches
from samebatch.batch.epoch import Epoch
from samebatch.batch.pool import Memory, memory

__all__ = ["Batch", "Batches", "Epoch", "Memory", "memory"]
