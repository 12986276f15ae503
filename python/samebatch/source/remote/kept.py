"""Encoded images that are kept in a folder: each whole or not there, until a bound is reached."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

SUM: Final = 16
"""Bytes of the hash that stands before the content: a disk that was full leaves nothing that is believed."""


class Kept:
    """Bytes by their names. Several processes may use the same folder, and each makes its own, as it has a lock.

    Args:
        folder: where they are.
        limit: how many bytes there may be; None: any number. Each process counts what was there when it began, and what
            it wrote itself.
    """

    def __init__(self, folder: str | os.PathLike[str], limit: int | None) -> None:
        self._folder, self._limit = Path(folder), limit
        self._used = 0 if limit is None else sum(map(_size, self._folder.glob("??/*")))
        self._failed = False
        self._lock = threading.Lock()

    def get(self, name: str) -> bytes | None:
        """Return what is kept under a name, or None."""
        try:
            data = self._path(name).read_bytes()
        except OSError:
            return None
        return data[SUM:] if data[:SUM] == _sum(data[SUM:]) else None

    def put(self, name: str, content: bytes) -> None:
        """Keep it if there is room; a folder that cannot be written is left alone from then on."""
        if self._failed or not self._reserved(len(content) + SUM):
            return
        path = self._path(name)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}-{time.time_ns()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(_sum(content) + content)
            unfinished.replace(path)
        except OSError:
            self._failed = True
            with suppress(OSError):
                unfinished.unlink()

    def _reserved(self, size: int) -> bool:
        """Return whether there is room, which then belongs to who asked: many threads write at once."""
        with self._lock:
            if self._limit is not None and self._used + size > self._limit:
                return False
            self._used += size
            return True

    def _path(self, name: str) -> Path:
        key = blake2b(name.encode("utf-8", "surrogateescape"), digest_size=16, person=b"samebatch.kept").hexdigest()
        return self._folder / key[:2] / key[2:]


def _size(path: Path) -> int:
    with suppress(OSError):  # another process may rename it meanwhile
        return path.stat().st_size
    return 0


def _sum(content: bytes) -> bytes:
    return blake2b(content, digest_size=SUM).digest()
