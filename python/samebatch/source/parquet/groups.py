"""Images in row groups: the smallest piece of a Parquet file that can be read, kept as long as there is room."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np

from samebatch.errors import DecodeError, FetchError, SpecError
from samebatch.source.origin import Origin, open_native
from samebatch.source.parquet.files import Column, File, group_starts, read_group
from samebatch.source.paths import Paths
from samebatch.source.remote.ahead import Fetched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from samebatch import _native
    from samebatch.source.identity import Part
    from samebatch.source.options import Options
    from samebatch.source.parquet.opener import Opener
    from samebatch.source.remote.options import Access

AT_ONCE: Final = 4
"""Row groups that are fetched at the same time at most: one may have a hundred megabytes."""


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


class RowGroup:
    """The images of a row group.

    Args:
        chunks: pyarrow's arrays of bytes, one after the other.
    """

    __slots__ = ("_bytes", "_chunks")

    def __init__(self, chunks: list[Any]) -> None:
        self._chunks = chunks
        self._bytes: int = sum(chunk.nbytes for chunk in chunks)

    def images(self) -> Iterator[bytes | None]:
        """Yield the bytes of each row, None where there are none."""
        for chunk in self._chunks:
            for image in chunk:
                yield image.as_py()

    def image(self, place: int) -> bytes:
        """Return the bytes of a row.

        Raises:
            DecodeError: it has none, or there is no such row; it has the reason only.
        """
        for chunk in self._chunks:
            if place < len(chunk):
                data = chunk[place].as_py()
                if data is None:
                    raise DecodeError("it has no bytes (a file's name at most); write the table with embedded images")
                return bytes(data)
            place -= len(chunk)
        raise DecodeError("its row group has fewer rows than when the source was made; make it anew")

    def __len__(self) -> int:
        """Return how many bytes it takes."""
        return self._bytes


class RowGroups:
    """Row groups by their numbers, counted through all files; read when they are asked for.

    Args:
        files: the files.
        column: the column of images.
        opener: opens the files.
    """

    __slots__ = ("_column", "_firsts", "_opener", "files")

    def __init__(self, files: Sequence[File], column: Column, opener: Opener) -> None:
        self.files, self._column, self._opener = list(files), column, opener
        self._firsts = np.cumsum([0, *(len(file.groups) for file in files)], dtype=np.int64)

    @property
    def access(self) -> Access | None:
        """How they are fetched; None: they are on this machine."""
        return self._opener.access

    @property
    def leaf(self) -> str:
        """What of the column holds the bytes."""
        return self._column.leaf

    def of_file(self, number: int) -> range:
        """Return the numbers of a file's row groups."""
        return range(int(self._firsts[number]), int(self._firsts[number + 1]))

    def read(self, group: int) -> RowGroup:
        """Return a row group.

        Raises:
            DecodeError: it cannot be read, or its file has changed; it has the reason only.
            FetchError: it cannot be fetched; likewise.
        """
        number = int(np.searchsorted(self._firsts, group, side="right")) - 1
        file = self.files[number]
        try:
            same = self._opener.stamp(file.path) == (file.size, file.time)
            if same:
                return RowGroup(read_group(file, group - int(self._firsts[number]), self._column, self._opener))
        except (FetchError, SpecError, MemoryError):
            raise
        except Exception as error:  # pyarrow has errors of its own
            raise DecodeError(f"its row group cannot be read: {error}") from error
        raise DecodeError("its file has changed since it was looked at: another size or time; make the source anew")

    def fetched(self, memory: int) -> Fetched[RowGroup]:
        """Return what reads them ahead if they are far away, and keeps so many bytes of them, one of them at least."""
        concurrency = 1 if self.access is None else min(self.access.remote.concurrency, AT_ONCE)
        return Fetched(self.read, concurrency, memory, least=1)


class InRowGroups(Origin):
    """Images in row groups.

    Args:
        groups: the row groups.
        rows: the row of each image, counted through all files, int64 of shape (n,).
        memory: bytes of row groups that are kept, in each process.
        options: how images are read.

    Raises:
        SpecError: decoded images are to be kept in a folder, or single ones of an object.
    """

    __slots__ = ("_fetched", "_groups", "_memory", "_names", "_rows", "_starts")

    def __init__(self, groups: RowGroups, rows: NDArray[np.int64], memory: int, options: Options) -> None:
        if isinstance(options.cache, str) and options.cache != "memory":
            raise SpecError('cache= a folder is for images that are files; use extract=, or cache="memory"')
        if groups.access is not None and groups.access.remote.folder is not None:
            raise SpecError("Remote(folder=) is for images that are fetched one by one; of Parquet files use extract=")
        self._groups, self._rows, self._memory = groups, rows, memory
        self._names, self._starts = RowNames(groups.files, rows), group_starts(groups.files)
        self._fetched: dict[int, Fetched[RowGroup]] = {}

    @property
    def names(self) -> RowNames:
        """The files' paths and the rows in them."""
        return self._names

    @property
    def read_ahead(self) -> int:
        """How many samples it helps to name: where files are far away, as the user says."""
        access = self._groups.access
        return 0 if access is None else access.remote.read_ahead

    def expect(self, indices: NDArray[np.int64]) -> None:
        """Begin to fetch the row groups of these."""
        self._here().expect(self._group(self._rows[indices]).tolist())

    def encoded(self, index: int) -> bytes:
        """Return the bytes of an image."""
        row = int(self._rows[index])
        group = int(self._group(row))
        try:
            found = self._here().take(group)
        except FetchError as error:
            raise FetchError(f"sample {index}: {self.names[index]!r}: {error}") from error.__cause__
        return found.image(row - int(self._starts[group]))

    def native(self, options: Options) -> _native.Files:
        """Return the images for the native core, which asks :meth:`encoded` for their bytes."""
        return open_native(Paths([os.fsencode(name) for name in self._names]), options, self.encoded)

    def parts(self) -> Iterator[Part]:
        """Yield how rows and bytes are spread over the files, and which rows are meant."""
        yield "groups", [list(file.groups) for file in self._groups.files]
        yield "bytes", [list(file.bytes) for file in self._groups.files]
        yield "rows", self._rows

    def _group(self, rows: Any) -> Any:  # noqa: ANN401 (a number, or an array of them)
        return np.searchsorted(self._starts, rows, side="right") - 1

    def _here(self) -> Fetched[RowGroup]:
        """Return what belongs to this process: after a fork threads are gone, and locks may be held for ever."""
        process = os.getpid()
        found = self._fetched.get(process)
        return self._fetched.setdefault(process, self._groups.fetched(self._memory)) if found is None else found

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "_fetched"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start afresh in this process."""
        for name, value in state.items():
            setattr(self, name, value)
        self._fetched = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)
