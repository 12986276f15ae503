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
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.errors import SpecError
from samebatch.source.parquet.files import Column, File, read_group
from samebatch.source.paths import Paths
from samebatch.source.ranges import InRanges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from samebatch.statistics.progress import Progress

MARK: Final = b"samebat\x01images\0\0"
NUMBER: Final = 8


def extracted(
    folder: Path, files: Sequence[File], column: Column, rows: NDArray[np.int64], *, show: bool | None
) -> InRanges:
    """Return where images are in files of a folder, which are written unless they are there.

    Args:
        folder: where they are; it is made.
        files: the Parquet files; those with no rows are passed over.
        column: the column of images.
        rows: the row of each image, counted through all files, int64 of shape (n,).
        show: whether to show a progress bar.

    Raises:
        SpecError: a Parquet file cannot be read, or the folder cannot be written.
    """
    from samebatch.statistics.progress import Progress  # noqa: PLC0415 (statistics are made of sources)

    paths = [folder / _name(file, column) for file in files]
    known = [_starts(path, file.rows) for path, file in zip(paths, files, strict=True)]
    left = sum(len(file.groups) for file, starts in zip(files, known, strict=True) if starts is None)
    with Progress(max(left, 1), show=show if left else False, what="extraction", unit="row groups") as bar:
        starts = [
            _written(path, file, column, bar) if found is None else found
            for path, file, found in zip(paths, files, known, strict=True)
        ]
    stats = [path.stat() for path in paths]
    which = np.repeat(np.arange(len(files), dtype=np.int64), [file.rows for file in files])
    lengths = np.concatenate([np.diff(own) for own in starts])
    names = [b"row %d" % row for file in files for row in range(file.rows)]
    return InRanges(
        [str(path) for path in paths],
        np.array([each.st_size for each in stats], np.int64),
        np.array([each.st_mtime_ns for each in stats], np.int64),
        which[rows],
        np.concatenate([own[:-1] for own in starts])[rows],
        lengths[rows],
        Paths([names[row] for row in rows.tolist()]),
    )


def _name(file: File, column: Column) -> str:
    hashed = blake2b(digest_size=8, person=b"samebatch.column")
    for part in (os.path.abspath(file.path), column.leaf, str(file.size), str(file.time)):  # noqa: PTH100 (a str)
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


def _written(path: Path, file: File, column: Column, bar: Progress) -> NDArray[np.int64]:
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}-{time.time_ns()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("xb") as written:
            ends = [0]
            for group in range(len(file.groups)):
                for chunk in _read(file, group, column):
                    for image in chunk:
                        data = image.as_py() or b""
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


def _read(file: File, group: int, column: Column) -> list[Any]:
    try:
        return read_group(file, group, column)
    except MemoryError:
        raise
    except Exception as error:  # pyarrow has errors of its own
        raise SpecError(f"files: {file.path!r}: row group {group} cannot be read: {error}") from error
