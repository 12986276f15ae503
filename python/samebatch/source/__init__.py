"""Source: random access to images and labels. Knows no randomness and is never written."""

from __future__ import annotations

from samebatch.source.arrays import LARGEST_VALUE, ArraySource
from samebatch.source.base import Source
from samebatch.source.encoded import EncodedSource
from samebatch.source.files import FileSource
from samebatch.source.folder import FolderSource
from samebatch.source.parquet import ParquetSource
from samebatch.source.pillow import pillow_pixels
from samebatch.source.remote import Remote
from samebatch.source.shards import ShardSource
from samebatch.source.table import TableSource

__all__ = [
    "LARGEST_VALUE",
    "ArraySource",
    "EncodedSource",
    "FileSource",
    "FolderSource",
    "ParquetSource",
    "Remote",
    "ShardSource",
    "Source",
    "TableSource",
    "pillow_pixels",
]
