"""Many paths in little memory: one piece of bytes, and where each path ends in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np

from samebatch.checks import describe
from samebatch.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class Paths(Sequence[str]):
    """A sequence of paths, each a str, as :func:`os.fsdecode` makes it of the bytes that are kept.

    100,000 separate str objects of 60 characters fill more than 11 MB and are pickled one by one; this fills 7 MB and
    is two pieces of memory.

    Args:
        names: the paths' bytes, relative to ``root`` if there is one, with "/" between folders.
        root: bytes of the folder that stands before each of them; None: they are complete.
    """

    __slots__ = ("_blob", "_ends", "_prefix")

    def __init__(self, names: Sequence[bytes], root: bytes | None = None) -> None:
        self._blob = b"".join(names)
        self._ends = np.cumsum(np.fromiter(map(len, names), np.int64, len(names)), dtype=np.int64)
        self._prefix = b"" if not root else root if root.endswith(b"/") else root + b"/"

    @classmethod
    def of_blob(cls, blob: bytes, ends: NDArray[np.int64]) -> Paths:
        """Return the paths that end there in ``blob``, complete ones."""
        paths = cls([])
        paths._blob, paths._ends = blob, ends
        return paths

    @property
    def prefix(self) -> bytes:
        """What stands before each path: a folder with its slash, or nothing."""
        return self._prefix

    @property
    def blob(self) -> bytes:
        """All complete paths' bytes, one after the other with nothing between; made when asked for."""
        if not self._prefix:
            return self._blob
        return b"".join([self._prefix + name for name in self.names()])

    @property
    def ends(self) -> NDArray[np.int64]:
        """Where each path ends in :attr:`blob`; the next one begins there."""
        return self._ends + len(self._prefix) * np.arange(1, len(self) + 1)

    @property
    def joined(self) -> bytes:
        """All paths' bytes, relative to the root, one after the other with nothing between."""
        return self._blob

    @property
    def joined_ends(self) -> NDArray[np.int64]:
        """Where each path ends in :attr:`joined`."""
        return self._ends

    def names(self) -> list[bytes]:
        """Return the bytes of all paths, relative to the root."""
        ends = self._ends.tolist()
        return [self._blob[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]

    def absolute(self) -> Paths:
        """Return the same paths, from the root of the file system on; relative ones count from the current folder."""
        if self._prefix:
            complete = os.path.abspath(self._prefix)  # noqa: PTH100 (bytes)
            return self if os.path.isabs(self._prefix) else Paths(self.names(), complete)  # noqa: PTH117 (as above)
        names = self.names()
        if all(os.path.isabs(name) for name in names):  # noqa: PTH117 (bytes)
            return self
        folder = os.fsencode(Path.cwd())
        return Paths([os.path.join(folder, name) for name in names])  # noqa: PTH118 (bytes)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """Return one path, counted from the end if negative, or a list of some."""
        which = range(len(self))[index]
        if isinstance(which, range):
            return [self._path(i) for i in which]
        return self._path(which)

    def _path(self, index: int) -> str:
        begin = self._ends[index - 1] if index else 0
        return os.fsdecode(self._prefix + self._blob[begin : self._ends[index]])

    def __iter__(self) -> Iterator[str]:
        """Iterate over the paths."""
        return (os.fsdecode(self._prefix + name) for name in self.names())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._ends)

    def __eq__(self, other: object) -> bool:
        """Return whether the other holds the same paths in the same order."""
        if not isinstance(other, Paths):
            return NotImplemented
        return np.array_equal(self.ends, other.ends) and self.blob == other.blob

    __hash__ = None  # type: ignore[assignment]  # it is compared by value, and is as long as a list

    def __repr__(self) -> str:
        """Return how many there are, and the first."""
        return f"<{len(self)} paths: {self[0]!r}{', ...' if len(self) > 1 else ''}>" if len(self) else "<0 paths>"


def encoded(paths: object) -> list[bytes]:
    """Return the bytes of paths that a user gave.

    Raises:
        SpecError: they are one path, no paths, of another type, in no order, empty, or not all strings.
    """
    if isinstance(paths, str | bytes | os.PathLike):
        raise SpecError(f"paths must be a list of paths, got {describe(paths)}; {_remedy(paths)}")
    if isinstance(paths, Mapping) or hasattr(paths, "columns"):
        raise SpecError(f"paths must be a list of paths, got a {type(paths).__name__}; for a table: TableSource(table)")
    if isinstance(paths, AbstractSet) or not isinstance(paths, Iterable):
        raise SpecError(f"paths must be a list of paths in a fixed order, got {describe(paths)}; use sorted(paths)")
    names = [path_bytes(f"paths[{i}]", path) for i, path in enumerate(paths)]
    if not names:
        raise SpecError("paths is empty; give at least one file")
    return names


def path_bytes(what: str, path: object) -> bytes:
    """Return the bytes of one path.

    Raises:
        SpecError: it is no str or path-like object, is empty, or holds a character that no path can.
    """
    if isinstance(path, os.PathLike):
        path = os.fspath(path)
    if not isinstance(path, str):
        fix = "; os.fsdecode(path) makes it a str" if isinstance(path, bytes) else ""
        raise SpecError(f"{what} must be a path (a str or a pathlib.Path), got {describe(path)}{fix}")
    if not path or "\0" in path:
        raise SpecError(f"{what} must be a path, got {'an empty string' if not path else describe(path)}")
    try:
        return os.fsencode(path)
    except UnicodeEncodeError as error:
        raise SpecError(f"{what} is {path!r}, which no path of this system can be: {error}") from error


def check_there(paths: Paths) -> None:
    """Check that every path is a file; this asks the file system once for each.

    Raises:
        SpecError: some are not; it names the first few.
    """
    missing = [path for path in paths if not os.path.isfile(path)]  # noqa: PTH113 (100,000 Path objects are slow)
    if missing:
        shown = ", ".join(repr(path) for path in missing[:5])
        more = ", ..." if len(missing) > 5 else ""  # noqa: PLR2004 (as many as are shown)
        raise SpecError(f"{len(missing)} of {len(paths)} files do not exist: {shown}{more}; is root= right?")


def _remedy(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> str:
    text = os.fsdecode(path)
    if os.path.isdir(text):  # noqa: PTH112 (bytes and str alike)
        return f"for a folder: FolderSource({text!r})"
    if text.lower().endswith((".csv", ".tsv", ".parquet")):
        return f"for a table: TableSource({text!r})"
    return f"for one file: [{text!r}]"
