"""Images in a column of a ``datasets.Dataset``, undecoded."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samebatch.errors import DecodeError, SpecError
from samebatch.source import identity
from samebatch.source.origin import Origin, open_native
from samebatch.source.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from samebatch import _native
    from samebatch.source.identity import Part
    from samebatch.source.options import Options


class InDataset(Origin):
    """Images of a dataset.

    Args:
        view: the dataset with the column of images alone, undecoded, which gives Arrow tables.
        rows: the row of each image, int64 of shape (n,).
        options: how images are read.

    Raises:
        SpecError: decoded images are to be kept in a folder.
    """

    __slots__ = ("_names", "_rows", "_view")

    def __init__(self, view: Any, rows: NDArray[np.int64], options: Options) -> None:  # noqa: ANN401 (datasets has no types)
        if isinstance(options.cache, str) and options.cache != "memory":
            raise SpecError('cache= a folder is for images that are files; use cache="memory"')
        self._view, self._rows = view, rows
        self._names = Paths([b"row %d" % row for row in rows.tolist()])

    @property
    def names(self) -> Sequence[str]:
        """The rows in the dataset."""
        return self._names

    def encoded(self, index: int) -> bytes:
        """Return the bytes of an image, or those of the file that the dataset names."""
        cell = self._view[int(self._rows[index])].column(0)[0].as_py()
        data, path = (cell.get("bytes"), cell.get("path")) if isinstance(cell, dict) else (cell, None)
        if data is not None:
            return bytes(data)
        if path is None:
            raise DecodeError("the dataset has neither bytes nor a file's name for it")
        try:
            return Path(path).read_bytes()
        except OSError as error:
            reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or error
            raise DecodeError(f"the dataset names the file {path!r}: {reason}") from error

    def native(self, options: Options) -> _native.Files:
        """Return the images for the native core, which asks :meth:`encoded` for their bytes."""
        return open_native(self._names, options, self.encoded)

    def parts(self) -> Iterator[Part]:
        """Yield which rows are meant, and the hashes of at most 64 encoded images, spread evenly."""
        yield "rows", self._rows
        for index in identity.spread(len(self._rows)):
            yield f"encoded {index}", blake2b(self._told(index), digest_size=16).digest()

    def _told(self, index: int) -> bytes:
        try:
            return self.encoded(index)
        except DecodeError as error:
            return os.fsencode(str(error))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)
