"""Images in row groups: the smallest piece of a Parquet file that can be read, kept as long as there is room."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from samebatch.errors import DecodeError, SpecError
from samebatch.source.origin import Origin, open_native
from samebatch.source.parquet.files import Column, File, group_starts, read_group
from samebatch.source.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from samebatch import _native
    from samebatch.source.identity import Part
    from samebatch.source.options import Options


class RowNames(Sequence[str]):
    """What each image is called: its file's path, and its row there.

    Args:
        files: the files.
        rows: the row of each image, counted through all files, int64 of shape (n,).
    """

    __slots__ = ("_ends", "_paths", "_rows")

    def __init__(self, files: Sequence[File], rows: NDArray[np.int64]) -> None:
        self._paths, self._rows = [file.path for file in files], rows
        self._ends = np.cumsum([file.rows for file in files], dtype=np.int64)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """Return one name, counted from the end if negative, or a list of some."""
        which = range(len(self))[index]
        if isinstance(which, range):
            return [self[i] for i in which]
        row = int(self._rows[which])
        file = int(np.searchsorted(self._ends, row, side="right"))
        return f"{self._paths[file]}: row {row - (int(self._ends[file - 1]) if file else 0)}"

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)


class InRowGroups(Origin):
    """Images in row groups.

    Args:
        files: the files.
        column: the column of images.
        rows: the row of each image, counted through all files, int64 of shape (n,).
        memory: bytes of row groups that are kept, in each process.
        options: how images are read.

    Raises:
        SpecError: decoded images are to be kept in a folder.
    """

    __slots__ = ("_column", "_files", "_loaded", "_memory", "_names", "_rows", "_starts")

    def __init__(
        self, files: Sequence[File], column: Column, rows: NDArray[np.int64], memory: int, options: Options
    ) -> None:
        if isinstance(options.cache, str) and options.cache != "memory":
            raise SpecError('cache= a folder is for images that are files; use extract=, or cache="memory"')
        self._files, self._column, self._rows, self._memory = list(files), column, rows, memory
        self._names, self._starts = RowNames(files, rows), group_starts(files)
        self._loaded: dict[int, _Loaded] = {}

    @property
    def names(self) -> RowNames:
        """The files' paths and the rows in them."""
        return self._names

    def encoded(self, index: int) -> bytes:
        """Return the bytes of an image."""
        row = int(self._rows[index])
        group = int(np.searchsorted(self._starts, row, side="right")) - 1
        chunks = self._here().get(group)
        place = row - int(self._starts[group])
        for chunk in chunks:
            if place < len(chunk):
                data = chunk[place].as_py()
                if data is None:
                    raise DecodeError("it has no bytes (a file's name at most); write the table with embedded images")
                return bytes(data)
            place -= len(chunk)
        raise DecodeError("its row group has fewer rows than when the source was made; make it anew")

    def load(self, group: int) -> list[Any]:
        """Read a row group, counted through all files."""
        own = group
        for file in self._files:
            if own < len(file.groups):
                return self._read(file, own)
            own -= len(file.groups)
        raise AssertionError(group)

    def native(self, options: Options) -> _native.Files:
        """Return the images for the native core, which asks :meth:`encoded` for their bytes."""
        return open_native(Paths([os.fsencode(name) for name in self._names]), options, self.encoded)

    def parts(self) -> Iterator[Part]:
        """Yield how rows and bytes are spread over the files, and which rows are meant."""
        yield "groups", [list(file.groups) for file in self._files]
        yield "bytes", [list(file.bytes) for file in self._files]
        yield "rows", self._rows

    def _read(self, file: File, group: int) -> list[Any]:
        try:
            status = os.stat(file.path)  # noqa: PTH116 (a str)
            same = (status.st_size, status.st_mtime_ns) == (file.size, file.time)
            found = read_group(file, group, self._column) if same else None
        except MemoryError:
            raise
        except Exception as error:  # pyarrow has errors of its own
            raise DecodeError(f"its row group cannot be read: {error}") from error
        if found is None:
            raise DecodeError("its file has changed since it was looked at: another size or time; make the source anew")
        return found

    def _here(self) -> _Loaded:
        """Return what belongs to this process: after a fork locks may be held for ever."""
        process = os.getpid()
        found = self._loaded.get(process)
        return self._loaded.setdefault(process, _Loaded(self, self._memory)) if found is None else found

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "_loaded"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start afresh in this process."""
        for name, value in state.items():
            setattr(self, name, value)
        self._loaded = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)


class _Loaded:
    """Row groups in memory. Threads that ask for the same one wait for who reads it."""

    def __init__(self, origin: InRowGroups, memory: int) -> None:
        self._origin, self._memory = origin, memory
        self._lock = threading.Lock()
        self._reading: dict[int, threading.Lock] = {}
        self._kept: OrderedDict[int, tuple[list[Any], int]] = OrderedDict()  # the least recently used first
        self._bytes = 0

    def get(self, group: int) -> list[Any]:
        found = self._find(group)
        if found is not None:
            return found
        with self._lock:
            turn = self._reading.setdefault(group, threading.Lock())
        with turn:
            found = self._find(group)
            if found is None:
                found = self._origin.load(group)
                self._keep(group, found)
        with self._lock:
            self._reading.pop(group, None)
        return found

    def _find(self, group: int) -> list[Any] | None:
        with self._lock:
            if group not in self._kept:
                return None
            self._kept.move_to_end(group)
            return self._kept[group][0]

    def _keep(self, group: int, chunks: list[Any]) -> None:
        size = sum(chunk.nbytes for chunk in chunks)
        with self._lock:
            self._kept[group] = chunks, size
            self._bytes += size
            while self._bytes > self._memory and len(self._kept) > 1:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone
