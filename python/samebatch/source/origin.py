"""Where the bytes of encoded images are: in files of their own, in ranges of files, or with somebody who is asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from samebatch import _native
from samebatch.source.pillow import pillow_pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from samebatch.source.identity import Part
    from samebatch.source.options import Options
    from samebatch.source.paths import Paths


class Origin(ABC):
    """Encoded images by their number. It is small when pickled, and holds nothing then that belongs to a process."""

    __slots__ = ()

    @property
    @abstractmethod
    def names(self) -> Sequence[str]:
        """What errors call each image."""

    @property
    def read_ahead(self) -> int:
        """How many samples it helps to name before they are read; 0: none."""
        return 0

    def expect(self, indices: NDArray[np.int64]) -> None:  # noqa: B027 (to take no hint is fine)
        """Begin to fetch these."""

    @abstractmethod
    def encoded(self, index: int) -> str | bytes:
        """Return the path of an image's file, or its bytes.

        Raises:
            DecodeError: there is no such image; it has the reason only.
        """

    @abstractmethod
    def native(self, options: Options) -> _native.Files:
        """Return the images for the native core; none is read before it is asked for."""

    def portable(self) -> Origin:
        """Return the same images for other processes, in other current folders; itself, as a rule."""
        return self

    @abstractmethod
    def parts(self) -> Iterator[Part]:
        """Yield what tells these images from others, for :attr:`samebatch.source.Source.digest`."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)


class InFiles(Origin):
    """Images in files of their own.

    Args:
        paths: one of each.
    """

    __slots__ = ("_paths",)

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    @property
    def names(self) -> Paths:
        """The files' paths."""
        return self._paths

    def encoded(self, index: int) -> str:
        """Return the path of an image."""
        return self._paths[index]

    def portable(self) -> InFiles:
        """Return the same files by paths that do not count from the current folder."""
        paths = self._paths.absolute()
        return self if paths is self._paths else InFiles(paths)

    def native(self, options: Options) -> _native.Files:
        """Return the files for the native core; none is opened before its image is asked for."""
        return open_native(self._paths, options, None)

    def parts(self) -> Iterator[Part]:
        """Yield the names below the root, so that a folder that was moved is the same data."""
        yield "names", self._paths.joined
        yield "ends", self._paths.joined_ends


def open_native(
    names: Paths, options: Options, origin: _native.Ranges | Callable[[int], bytes] | None
) -> _native.Files:
    """Return images for the native core.

    Args:
        names: paths, or what errors call the images.
        options: how they are read.
        origin: where their bytes are, if not in files of these names.
    """
    from PIL import Image  # noqa: PLC0415 (not needed where nothing is read)

    cache = options.cache
    in_memory = cache == "memory" or isinstance(cache, tuple)
    return _native.Files(
        names.blob,
        names.ends,
        options.color,
        options.upright,
        options.fast,
        partial(pillow_pixels, color=options.color, upright=options.upright, name=""),
        origin=origin,
        # Larger ones are Pillow's to warn of, or to refuse.
        largest=Image.MAX_IMAGE_PIXELS,
        memory=in_memory,
        memory_bytes=cache[1] if isinstance(cache, tuple) else None,
        folder=None if in_memory or not isinstance(cache, str) else cache,
    )
