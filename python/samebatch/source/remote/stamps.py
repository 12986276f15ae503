"""By what an object is known to be the one that it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from samebatch.errors import DecodeError, FetchError, SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samebatch.source.remote.objects import Objects

AT_ONCE: Final = 16
CHANGES: Final = (
    "ETag",
    "etag",
    "mtime",
    "LastModified",
    "last_modified",
    "Last-Modified",
    "created",
    "md5Hash",
    "generation",
    "blob_id",
)
"""What file systems say of an object that is another after it has changed."""


def stamps(objects: Objects, urls: Sequence[str], what: str) -> list[tuple[int, int]]:
    """Return of each object its bytes, and a number that changes with it; ``what``: how messages call them.

    Raises:
        SpecError: one is not there, is a folder, or its size is not known.
        FetchError: it cannot be asked for.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="samebatch-index") as pool:
        return list(pool.map(partial(_told, objects, what), urls))


def stamp(objects: Objects, url: str) -> tuple[int, int]:
    """Return of an object its bytes, and a number that changes with it.

    Raises:
        DecodeError: it is not there, is a folder, or its size is not known; it has the reason only.
        FetchError: it cannot be asked for; likewise.
    """
    info = objects.info(url)
    if info.get("type") == "directory":
        raise DecodeError("it is a folder; name what is in it, by a pattern for example")
    size = info.get("size")
    if not isinstance(size, int):
        raise DecodeError("its server does not tell its size, so nothing can be found in it")
    told = repr([str(info[name]) for name in CHANGES if name in info]).encode()
    return size, int.from_bytes(blake2b(told, digest_size=8).digest(), "little", signed=True)


def _told(objects: Objects, what: str, url: str) -> tuple[int, int]:
    try:
        return stamp(objects, url)
    except DecodeError as error:
        raise SpecError(f"{what}: {url!r}: {error}") from error
    except FetchError as error:
        raise FetchError(f"{what}: {url!r}: {error}") from error
