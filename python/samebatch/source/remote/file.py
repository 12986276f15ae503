"""An object as a file that is open for reading, for libraries that read files."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samebatch.source.remote.objects import Objects


class ObjectFile(io.RawIOBase):
    """Reads what it is asked for and no more, a request each; what it raises is as :meth:`Objects.read` says.

    Args:
        objects: the objects.
        url: which of them.
        size: its bytes.
    """

    def __init__(self, objects: Objects, url: str, size: int) -> None:
        super().__init__()
        self._objects, self._url, self._size, self._at = objects, url, size, 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes, fewer at the end; all that are left if ``size`` is negative or None."""
        left = max(self._size - self._at, 0)
        count = left if size is None or size < 0 else min(size, left)
        data = self._objects.read(self._url, self._at, self._at + count) if count else b""
        self._at += count
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a byte, and return its place."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True
