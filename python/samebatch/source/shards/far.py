"""Shards by URL: their headers are read a megabyte at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from samebatch import _native
from samebatch.errors import DecodeError, FetchError, SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samebatch.source.remote.objects import Objects

AT_ONCE: Final = 16
CHANGES: Final = ("ETag", "etag", "mtime", "LastModified", "last_modified", "created", "md5Hash", "generation")
"""What file systems say of an object that is another after it has changed."""


def far_stamps(objects: Objects, urls: Sequence[str]) -> list[tuple[int, int]]:
    """Return of each shard its bytes, and a number that changes with it.

    Raises:
        SpecError: a shard is not there, or its size is not known.
        FetchError: it cannot be asked for.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="samebatch-index") as pool:
        return list(pool.map(partial(_stamp, objects), urls))


def _stamp(objects: Objects, url: str) -> tuple[int, int]:
    try:
        info = objects.info(url)
    except DecodeError as error:
        raise SpecError(f"shards: {url!r}: {error}") from error
    except FetchError as error:
        raise FetchError(f"shards: {url!r}: {error}") from error
    size = info.get("size")
    if not isinstance(size, int):
        raise SpecError(f"shards: {url!r}: its server does not tell its size, so nothing can be found in it")
    told = repr([str(info[name]) for name in CHANGES if name in info]).encode()
    return size, int.from_bytes(blake2b(told, digest_size=8).digest(), "little", signed=True)


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
