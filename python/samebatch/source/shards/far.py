"""Shards by URL: their headers are read a megabyte at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samebatch import _native
from samebatch.errors import DecodeError, FetchError

if TYPE_CHECKING:
    from samebatch.source.remote.objects import Objects


def far_scan(objects: Objects, url: str, images: list[bytes], label: bytes | None, size: int) -> dict[str, Any]:
    """Return what is in a shard, as ``samebatch._native.scan_shard`` does.

    Raises:
        FetchError: it cannot be read.
    """

    def read(offset: int, length: int) -> bytes:
        try:
            return objects.read(url, offset, offset + length)
        except (DecodeError, FetchError) as error:
            raise FetchError(f"shards: {url!r}, at byte {offset}: {error}") from error

    return _native.scan_shard(read, images, label, size)
