"""Parquet files: their schema, their row groups, and columns of them."""

from __future__ import annotations

import importlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from samebatch.checks import nearest
from samebatch.errors import DecodeError, FetchError, SpecError
from samebatch.source.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from samebatch.source.parquet.opener import Opener

AT_ONCE: Final = 16
"""Files that are looked at together, where they are far away."""


@dataclass(frozen=True, slots=True)
class File:
    """One file.

    Attributes:
        path: where it is, or its URL.
        size: its bytes when it was looked at.
        time: when it had been written, in nanoseconds since 1970; by URL a number that changes with it.
        groups: the rows of each of its row groups.
        bytes: the bytes of the images in each.
    """

    path: str
    size: int
    time: int
    groups: tuple[int, ...]
    bytes: tuple[int, ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.groups)


@dataclass(frozen=True, slots=True)
class Column:
    """The column of images.

    Attributes:
        name: its name.
        leaf: what of it holds the bytes: itself, or the field ``bytes`` of it.
    """

    name: str
    leaf: str

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return "binary" if self.leaf == self.name else "a struct with bytes"


class Rows(Frame):
    """Columns of all files.

    Args:
        files: the files.
        cells: the columns.
    """

    def __init__(self, files: Sequence[File], cells: dict[str, Any]) -> None:
        self._files = files
        super().__init__(cells, list(cells), "the Parquet files")

    def row(self, number: int) -> str:
        """Return what messages call a row, counted through all files: its file, and its place there."""
        for file in self._files:
            if number < file.rows:
                return f"row {number} (counted from 0) of {file.path!r}"
            number -= file.rows
        raise IndexError(number)


class _Seen(NamedTuple):
    """What there is of a file."""

    file: File
    column: Column
    cells: dict[str, list[Any]]
    metadata: bytes | None


def look(
    paths: Sequence[str], opener: Opener, image: str, others: Sequence[str]
) -> tuple[list[File], Column, dict[str, Any], bytes | None]:
    """Look at files.

    Args:
        paths: the files.
        opener: opens them.
        image: the column of images.
        others: columns to be read as a whole.

    Returns:
        The files, the column of images, the other columns, and what Hugging Face's datasets wrote of them, or None.

    Raises:
        SpecError: a file is not there or no Parquet, a column is not there, or that of images holds no bytes.
        FetchError: a file cannot be fetched.
    """

    def one(path: str) -> _Seen:
        return _look(path, opener, image, others)

    if opener.access is None:
        seen = [one(path) for path in paths]
    else:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="samebatch-index") as pool:
            seen = list(pool.map(one, paths))
    for each in seen:
        if each.column != seen[0].column:
            raise SpecError(
                f"files: the column {image!r} is {seen[0].column.kind} in {paths[0]!r} and {each.column.kind} in "
                f"{each.file.path!r}; make two sources"
            )
    cells = {name: _joined(name, [chunk for each in seen for chunk in each.cells[name]]) for name in others}
    metadata = next((each.metadata for each in seen if each.metadata), None)
    return [each.file for each in seen], seen[0].column, cells, metadata


def read_group(file: File, group: int, column: Column, opener: Opener) -> list[Any]:
    """Return the images of a row group, as pyarrow's arrays of bytes, one after the other.

    Raises:
        Exception: it cannot be read; pyarrow has errors of its own.
    """
    with opener.open(file.path, file.size) as opened:
        table = opened.read_row_group(group, columns=[column.leaf], use_threads=False)
    chunks = table.column(0).chunks
    return [chunk.field("bytes") for chunk in chunks] if column.leaf != column.name else list(chunks)


def class_names(metadata: bytes | None, label: str) -> list[str] | None:
    """Return the names of a column's classes, where Hugging Face's datasets wrote the file and they are known."""
    try:
        feature = json.loads(metadata or b"{}")["info"]["features"][label]
        names = feature["names"] if feature["_type"] == "ClassLabel" else None
    except (ValueError, KeyError, TypeError):
        return None
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


def group_starts(files: Sequence[File]) -> NDArray[np.int64]:
    """Return at which row each row group of all files begins, and the end."""
    return np.cumsum([0, *(rows for file in files for rows in file.groups)], dtype=np.int64)


def _look(path: str, opener: Opener, image: str, others: Sequence[str]) -> _Seen:
    try:
        size, time = opener.stamp(path)
        with opener.open(path, size) as opened:
            schema, found = opened.schema_arrow, opened.metadata
            column = _column(schema, image, path)
            for name in others:
                _check(schema, name, path)
            cells = {name: opened.read(columns=[name], use_threads=False).column(0).chunks for name in others}
    except SpecError:
        raise
    except FetchError as error:
        raise FetchError(f"files: {path!r}: {error}") from error
    except DecodeError as error:
        raise SpecError(f"files: {path!r}: {error}") from error
    except Exception as error:  # pyarrow has errors of its own
        raise SpecError(f"files: {path!r} cannot be read as Parquet: {error}") from error
    groups = [found.row_group(i) for i in range(found.num_row_groups)]
    leaf = next(i for i in range(found.num_columns) if found.schema.column(i).path == column.leaf)
    sizes = tuple(group.column(leaf).total_uncompressed_size for group in groups)
    file = File(path, size, time, tuple(group.num_rows for group in groups), sizes)
    return _Seen(file, column, cells, (schema.metadata or {}).get(b"huggingface"))


def _joined(name: str, chunks: list[Any]) -> Any:  # noqa: ANN401 (pyarrow has no types)
    types = dict.fromkeys(str(chunk.type) for chunk in chunks)
    if len(types) > 1:
        raise SpecError(f"files: the column {name!r} is of different types in different files: {', '.join(types)}")
    return importlib.import_module("pyarrow").chunked_array(chunks) if chunks else []


def _check(schema: Any, name: str, path: str) -> Any:  # noqa: ANN401 (pyarrow has no types)
    if (there := schema.names.count(name)) != 1:
        found = "no column" if there == 0 else f"{there} columns"
        known = ", ".join(map(repr, schema.names))
        raise SpecError(f"{path!r} has {found} {name!r}{nearest(name, schema.names)}; its columns are: {known}")
    return schema.field(name).type


def _column(schema: Any, image: str, path: str) -> Column:  # noqa: ANN401 (pyarrow has no types)
    kind = _check(schema, image, path)
    text = str(kind)
    if text in ("binary", "large_binary"):
        return Column(image, image)
    if hasattr(kind, "get_field_index") and kind.get_field_index("bytes") >= 0:
        inner = str(kind.field(kind.get_field_index("bytes")).type)
        if inner in ("binary", "large_binary"):
            return Column(image, f"{image}.bytes")
    raise SpecError(
        f"{path!r}: the column {image!r} must hold encoded images, binary or struct<bytes: binary, ...>, and is {text}"
    )
