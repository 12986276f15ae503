"""Images that are ranges of larger files, as those in an archive are: read natively, without Python's lock."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from samebatch import _native
from samebatch.errors import DecodeError
from samebatch.source.origin import Origin, open_native
from samebatch.source.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from samebatch.source.identity import Part
    from samebatch.source.options import Options


class RangeNames(Sequence[str]):
    """What each image is called: its file's path, and its own name in it.

    Args:
        containers: the files' paths.
        which: the file of each image, int64 of shape (n,).
        names: the images' own names.
        titles: what errors call them; None: the same.
    """

    __slots__ = ("_containers", "_which", "own", "titles")

    def __init__(
        self, containers: Sequence[str], which: NDArray[np.int64], names: Paths, titles: Paths | None = None
    ) -> None:
        self._containers, self._which, self.own = containers, which, names
        self.titles = names if titles is None else titles

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """Return one name, counted from the end if negative, or a list of some."""
        which = range(len(self))[index]
        if isinstance(which, range):
            return [self[i] for i in which]
        return f"{self._containers[int(self._which[which])]}: {self.titles[which]}"

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.own)


class InRanges(Origin):
    """Images in ranges of files of this machine.

    Args:
        containers: the files' paths.
        sizes: their bytes when they were indexed, int64 of shape (files,).
        times: when they had been written, likewise, in nanoseconds since 1970.
        which: the file of each image, int64 of shape (n,).
        offsets: where in it the image begins, likewise.
        lengths: its bytes, likewise.
        names: its own name.
    """

    __slots__ = ("_containers", "_lengths", "_names", "_offsets", "_sizes", "_times", "_which")

    def __init__(
        self,
        containers: Sequence[str],
        sizes: NDArray[np.int64],
        times: NDArray[np.int64],
        which: NDArray[np.int64],
        offsets: NDArray[np.int64],
        lengths: NDArray[np.int64],
        names: Paths,
    ) -> None:
        self._containers, self._sizes, self._times = list(containers), sizes, times
        self._which, self._offsets, self._lengths = which, offsets, lengths
        self._names = RangeNames(self._containers, which, names, self._titles(names, lengths))

    @property
    def names(self) -> RangeNames:
        """The images' names, each after its file's path."""
        return self._names

    def encoded(self, index: int) -> bytes:
        """Return the bytes of an image."""
        which = int(self._which[index])
        offset, length = int(self._offsets[index]), int(self._lengths[index])
        try:
            with open(self._containers[which], "rb") as file:  # noqa: PTH123 (a str)
                status = os.fstat(file.fileno())
                if (status.st_size, status.st_mtime_ns) != (self._sizes[which], self._times[which]):
                    raise DecodeError(
                        "its file has changed since it was indexed: another size or time; make the source anew"
                    )
                file.seek(offset)
                content = file.read(length)
        except OSError as error:
            reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or error
            raise DecodeError(f"of its file: {reason}") from error
        if len(content) < length:
            raise DecodeError(f"its file ends at byte {offset + len(content)}, before it does")
        return content

    def portable(self) -> InRanges:
        """Return the same ranges of the same files, by paths that do not count from the current folder."""
        files = [os.path.abspath(path) for path in self._containers]  # noqa: PTH100 (a str)
        if files == self._containers:
            return self
        where = self._which, self._offsets, self._lengths
        return type(self)(files, self._sizes, self._times, *where, self._names.own)

    def native(self, options: Options) -> _native.Files:
        """Return the images for the native core; none of their files is opened before."""
        files = Paths([os.fsencode(path) for path in self._containers])
        ranges = _native.Ranges(
            files.blob, files.ends, self._sizes, self._times, self._which, self._offsets, self._lengths
        )
        return open_native(self._names.titles, options, ranges)

    def _titles(self, names: Paths, lengths: NDArray[np.int64]) -> Paths:  # noqa: ARG002 (for those that need it)
        """Return what errors call images of these names and lengths."""
        return names

    def parts(self) -> Iterator[Part]:
        """Yield the images' names and lengths; where their files lie may change."""
        yield "names", self._names.own.joined
        yield "ends", self._names.own.joined_ends
        yield "lengths", self._lengths

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._which)
