"""Images that are objects, or ranges of objects, of a file system far away."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from samebatch.errors import DecodeError, FetchError, SpecError
from samebatch.source.origin import Origin, open_native
from samebatch.source.paths import Paths
from samebatch.source.ranges import RangeNames
from samebatch.source.remote.ahead import Fetched
from samebatch.source.remote.kept import Kept
from samebatch.source.remote.objects import Objects
from samebatch.source.remote.stamps import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from samebatch import _native
    from samebatch.source.identity import Part
    from samebatch.source.options import Options
    from samebatch.source.remote.options import Access


class InObjects(Origin):
    """Images that are objects.

    Args:
        names: their URLs, or what they are called in larger objects.
        access: how they are fetched.
        options: how they are read.

    Raises:
        SpecError: decoded images are to be kept in a folder.
    """

    __slots__ = ("_access", "_fetched", "_names", "_objects")

    def __init__(self, names: Paths | RangeNames, access: Access, options: Options) -> None:
        if isinstance(options.cache, str) and options.cache != "memory":
            raise SpecError(
                "cache= a folder of decoded images is for files of this machine: nothing tells when objects change; "
                'use remote=samebatch.Remote(folder=...), which keeps them encoded, or cache="memory"'
            )
        self._names, self._access = names, access
        self._objects = Objects(access)
        self._fetched: dict[int, Fetched[bytes]] = {}

    @property
    def names(self) -> Sequence[str]:
        """The URLs."""
        return self._names

    @property
    def read_ahead(self) -> int:
        """How many samples are fetched ahead."""
        return self._access.remote.read_ahead

    def expect(self, indices: NDArray[np.int64]) -> None:
        """Begin to fetch these."""
        self._here().expect(indices.tolist())

    def encoded(self, index: int) -> bytes:
        """Return the bytes of an image."""
        try:
            return self._here().take(index)
        except FetchError as error:
            raise FetchError(f"sample {index}: {self.names[index]!r}: {error}") from error.__cause__

    def native(self, options: Options) -> _native.Files:
        """Return the images for the native core, which asks :meth:`encoded` for their bytes."""
        names = self._names
        paths = names if isinstance(names, Paths) else Paths([os.fsencode(name) for name in names])
        return open_native(paths, options, self.encoded)

    def parts(self) -> Iterator[Part]:
        """Yield the names below the root."""
        names = self._names
        own = names if isinstance(names, Paths) else names.own
        yield "names", own.joined
        yield "ends", own.joined_ends

    def _place(self, index: int) -> tuple[str, int | None, int | None]:
        """Return an image's URL, and from where to where in it."""
        return self._names[index], None, None

    def _fetch(self, kept: Kept | None) -> _Fetch:
        """Return what fetches them in this process."""
        return _Fetch(self, kept)

    def _here(self) -> Fetched[bytes]:
        """Return what belongs to this process: after a fork threads are gone, and locks may be held for ever."""
        process = os.getpid()
        found = self._fetched.get(process)
        if found is None:
            remote = self._access.remote
            kept = None if remote.folder is None else Kept(remote.folder, remote.folder_bytes)
            made = Fetched(self._fetch(kept), remote.concurrency, remote.memory)
            found = self._fetched.setdefault(process, made)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        named = {name for kind in type(self).__mro__ for name in getattr(kind, "__slots__", ())}
        return {name: getattr(self, name) for name in named - {"_fetched"}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start afresh in this process."""
        for name, value in state.items():
            setattr(self, name, value)
        self._fetched = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._names)


class InObjectRanges(InObjects):
    """Images that are ranges of objects.

    Args:
        urls: the objects.
        sizes: their bytes when they were indexed, int64 of shape (objects,).
        changes: likewise the numbers that change with them, see :func:`samebatch.source.remote.stamps.stamp`.
        which: the object of each image, int64 of shape (n,).
        offsets: where in it the image begins, likewise.
        lengths: its bytes, likewise.
        names: its own name.
        access: how they are fetched.
        options: how they are read.
    """

    __slots__ = ("_changes", "_lengths", "_offsets", "_sizes", "_urls", "_which")

    def __init__(
        self,
        urls: Sequence[str],
        sizes: NDArray[np.int64],
        changes: NDArray[np.int64],
        which: NDArray[np.int64],
        offsets: NDArray[np.int64],
        lengths: NDArray[np.int64],
        names: Paths,
        *,
        access: Access,
        options: Options,
    ) -> None:
        super().__init__(RangeNames(urls, which, names), access, options)
        self._urls, self._sizes, self._changes = list(urls), sizes, changes
        self._which, self._offsets, self._lengths = which, offsets, lengths

    def is_same(self, which: int) -> bool:
        """Return whether an object is as it was when it was indexed.

        Raises:
            DecodeError: it is not there; it has the reason only.
            FetchError: it cannot be asked for; likewise.
        """
        return stamp(self._objects, self._urls[which]) == (self._sizes[which], self._changes[which])

    def parts(self) -> Iterator[Part]:
        """Yield the images' names and lengths; where their files lie may change."""
        yield from super().parts()
        yield "lengths", self._lengths

    def _place(self, index: int) -> tuple[str, int | None, int | None]:
        begin = int(self._offsets[index])
        return self._urls[int(self._which[index])], begin, begin + int(self._lengths[index])

    def _fetch(self, kept: Kept | None) -> _Fetch:
        return _FetchRange(self, kept)


class _Fetch:
    """Fetches an image by its number."""

    def __init__(self, origin: InObjects, kept: Kept | None) -> None:
        self._origin, self._kept = origin, kept

    def __call__(self, index: int) -> bytes:
        url, begin, end = self._origin._place(index)  # noqa: SLF001 (its own)
        name = url if begin is None else f"{url} {begin} {end}"
        data = None if self._kept is None else self._kept.get(name)
        if data is None:
            self._check(index)
            data = self._origin._objects.read(url, begin, end) if begin is None or begin != end else b""  # noqa: SLF001 (its own)
            if self._kept is not None:
                self._kept.put(name, data)
        return data

    def _check(self, index: int) -> None:
        """Check that an image is still where it was found."""


class _FetchRange(_Fetch):
    """Fetches an image that is a range of an object, which is asked once whether it has changed."""

    def __init__(self, origin: InObjectRanges, kept: Kept | None) -> None:
        super().__init__(origin, kept)
        self._ranges = origin
        self._same: dict[int, bool] = {}
        self._locks: dict[int, threading.Lock] = {}

    def _check(self, index: int) -> None:
        which = int(self._ranges._which[index])  # noqa: SLF001 (its own)
        same = self._same.get(which)
        if same is None:
            with self._locks.setdefault(which, threading.Lock()):  # the others wait for the first
                same = self._same.get(which)
                if same is None:
                    same = self._same[which] = self._ranges.is_same(which)
        if not same:
            raise DecodeError("its file has changed since it was indexed: another size or time; make the source anew")
