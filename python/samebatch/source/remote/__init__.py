"""Images by URL, through fsspec: fetched ahead of their batches, tried again, kept as long as there is room."""

from samebatch.source.remote.options import Remote

__all__ = ["Remote"]
