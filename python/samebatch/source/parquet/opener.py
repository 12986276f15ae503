"""How Parquet files are opened, on this machine or by URL. Only this imports pyarrow's reader of them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from samebatch.source.remote.file import ObjectFile
from samebatch.source.remote.objects import Objects
from samebatch.source.remote.stamps import stamp
from samebatch.source.stamp import file_stamp

if TYPE_CHECKING:
    from samebatch.source.remote.options import Access


class Opener:
    """Opens Parquet files.

    Args:
        access: how they are fetched by their URLs; None: they are files of this machine.

    Raises:
        ImportError: pyarrow is not installed.
    """

    __slots__ = ("_objects", "access")

    def __init__(self, access: Access | None) -> None:
        self.access = access
        self._objects = None if access is None else Objects(access)
        _reader()

    def stamp(self, path: str) -> tuple[int, int]:
        """Return a file's bytes, and a number that changes with it: of files of this machine when they were written.

        Raises:
            DecodeError: there is no such file; it has the reason only.
            FetchError: it cannot be asked for; likewise.
        """
        return file_stamp(path) if self._objects is None else stamp(self._objects, path)

    def open(self, path: str, size: int) -> Any:  # noqa: ANN401 (pyarrow has no types)
        """Return a ``pyarrow.parquet.ParquetFile``, to be closed.

        Raises:
            Exception: it cannot be read; pyarrow has errors of its own.
        """
        return _reader().ParquetFile(path if self._objects is None else ObjectFile(self._objects, path, size))


def _reader() -> Any:  # noqa: ANN401 (a module without types)
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError('ParquetSource needs pyarrow: pip install "samebatch[parquet]"') from error
