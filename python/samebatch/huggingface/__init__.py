"""Hugging Face's datasets: a ``datasets.Dataset`` with a column of images, as a source, without copying it."""

from samebatch.huggingface.source import DatasetSource, source

__all__ = ["DatasetSource", "source"]
