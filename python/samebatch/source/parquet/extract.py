"""The images of Parquet files, written once into files in which each can be read by itself.

Such a file is the images' bytes one after the other, then where each begins and where the last ends (int64,
little-endian), their number (likewise), and a mark.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from samebatch.errors import DecodeError, FetchError, SpecError
from samebatch.source.paths import Paths
from samebatch.source.ranges import InRanges
from samebatch.source.remote.options import is_url

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch.source.parquet.files import File
    from samebatch.source.parquet.groups import RowGroup, RowGroups
    from samebatch.source.remote.ahead import Fetched
    from samebatch.statistics.progress import Progress

NO_BYTES: Final = b" (it has no bytes in the table; write the table with embedded images)"
MARK: Final = b"samebat\x01images\0\0"
NUMBER: Final = 8


class InExtracted(InRanges):
    """Images that were extracted; one without bytes in the table is a range without bytes."""

    __slots__ = ()

    def _titles(self, names: Paths, lengths: NDArray[np.int64]) -> Paths:
        if lengths.all():
            return names
        given = zip(names.names(), lengths.tolist(), strict=True)
        return Paths([name if length else name + NO_BYTES for name, length in given])


def extracted(
    folder: Path, groups: RowGroups, rows: NDArray[np.int64], memory: int, *, show: bool | None
) -> InExtracted:
    """Return where images are in files of a folder, which are written unless they are there.

    Args:
        folder: where they are; it is made.
        groups: the row groups of the Parquet files.
        rows: the row of each image, counted through all files, int64 of shape (n,).
        memory: bytes of row groups that are read ahead at most, where they are far away.
        show: whether to show a progress bar.

    Raises:
        SpecError: a Parquet file cannot be read, no image has bytes, or the folder cannot be written.
        FetchError: it cannot be fetched.
    """
    from samebatch.statistics.progress import Progress  # noqa: PLC0415 (statistics are made of sources)

    files, fetched = groups.files, groups.fetched(memory)
    paths = [folder / _name(file, groups.leaf) for file in files]
    known = [_starts(path, file.rows) for path, file in zip(paths, files, strict=True)]
    left = sum(len(file.groups) for file, starts in zip(files, known, strict=True) if starts is None)
    with Progress(max(left, 1), show=show if left else False, what="extraction", unit="row groups") as bar:
        starts = [
            _written(path, groups, number, fetched, bar) if found is None else found
            for number, (path, found) in enumerate(zip(paths, known, strict=True))
        ]
    if not any(own[-1] for own in starts):
        for path in paths:
            with suppress(OSError):
                path.unlink()
        raise SpecError(
            f"files: no image of {len(files)} Parquet files has bytes (a file's name at most); write the table with "
            "embedded images, or read the files themselves: TableSource"
        )
    stats = [path.stat() for path in paths]
    which = np.repeat(np.arange(len(files), dtype=np.int64), [file.rows for file in files])
    lengths = np.concatenate([np.diff(own) for own in starts])
    names = [b"row %d" % row for file in files for row in range(file.rows)]
    return InExtracted(
        [str(path) for path in paths],
        np.array([each.st_size for each in stats], np.int64),
        np.array([each.st_mtime_ns for each in stats], np.int64),
        which[rows],
        np.concatenate([own[:-1] for own in starts])[rows],
        lengths[rows],
        Paths([names[row] for row in rows.tolist()]),
    )


def _name(file: File, leaf: str) -> str:
    hashed = blake2b(digest_size=8, person=b"samebatch.column")
    place = file.path if is_url(file.path) else os.path.abspath(file.path)  # noqa: PTH100 (a str)
    for part in (place, leaf, str(file.size), str(file.time)):
        hashed.update(os.fsencode(part) + b"\0")
    return f"{Path(file.path).name.partition('.')[0][:64]}.{hashed.hexdigest()}.images"


def _starts(path: Path, rows: int) -> NDArray[np.int64] | None:
    """Return where each image begins and the last ends, or None if the file is not there or not whole."""
    tail = (rows + 2) * NUMBER + len(MARK)
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            if size < tail:
                return None
            file.seek(size - tail)
            data = file.read(tail)
    except OSError:
        return None
    numbers = np.frombuffer(data[: -len(MARK)], "<i8").astype(np.int64)
    starts = numbers[:-1]
    whole = data.endswith(MARK) and numbers[-1] == rows and starts[0] == 0 and starts[-1] == size - tail
    return starts if whole and (np.diff(starts) >= 0).all() else None


def _written(
    path: Path, groups: RowGroups, number: int, fetched: Fetched[RowGroup], bar: Progress
) -> NDArray[np.int64]:
    own, file = groups.of_file(number), groups.files[number]
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}-{time.time_ns()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("xb") as written:
            ends = [0]
            for group in own:
                if groups.access is not None:
                    fetched.expect(range(group, own.stop))
                for image in _read(fetched, file, group - own.start, group).images():
                    data = image or b""
                    written.write(data)
                    ends.append(ends[-1] + len(data))
                bar.add(1)
            starts = np.array(ends, np.int64)
            written.write(np.array([*ends, file.rows], "<i8").tobytes() + MARK)
            written.flush()
            os.fsync(written.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise SpecError(f"extract: cannot write to {str(path.parent)!r}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return starts


def _read(fetched: Fetched[RowGroup], file: File, own: int, group: int) -> RowGroup:
    try:
        return fetched.take(group)
    except FetchError as error:
        raise FetchError(f"files: {file.path!r}: row group {own}: {error}") from error.__cause__
    except DecodeError as error:
        raise SpecError(f"files: {file.path!r}: row group {own}: {error}") from error
