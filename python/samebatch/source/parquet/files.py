"""Parquet files: their schema, their row groups, and columns of them. Only this imports pyarrow."""

from __future__ import annotations

import importlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.checks import nearest
from samebatch.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class File:
    """One file.

    Attributes:
        path: where it is.
        size: its bytes when it was looked at.
        time: when it had been written, in nanoseconds since 1970.
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


def pyarrow() -> Any:  # noqa: ANN401 (a module without types)
    """Return ``pyarrow.parquet``.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError('ParquetSource needs pyarrow: pip install "samebatch[parquet]"') from error


def look(
    paths: Sequence[str], image: str, others: Sequence[str]
) -> tuple[list[File], Column, dict[str, Any], bytes | None]:
    """Look at files.

    Args:
        paths: the files.
        image: the column of images.
        others: columns to be read as a whole.

    Returns:
        The files, the column of images, the other columns, and what Hugging Face's datasets wrote of them, or None.

    Raises:
        SpecError: a file is not there or no Parquet, a column is not there, or that of images holds no bytes.
    """
    parquet = pyarrow()
    files: list[File] = []
    chunks: dict[str, list[Any]] = {name: [] for name in others}
    column, metadata = Column(image, image), None
    for path in paths:
        try:
            status = os.stat(path)  # noqa: PTH116 (a str)
            with parquet.ParquetFile(path) as opened:
                schema, found = opened.schema_arrow, opened.metadata
                column = _column(schema, image, path)
                for name in others:
                    _check(schema, name, path)
                    chunks[name] += opened.read(columns=[name], use_threads=False).column(0).chunks
        except SpecError:
            raise
        except OSError as error:
            reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or error
            raise SpecError(f"files: {path!r}: {reason}") from error
        except Exception as error:  # pyarrow has errors of its own
            raise SpecError(f"files: {path!r} cannot be read as Parquet: {error}") from error
        groups = [found.row_group(i) for i in range(found.num_row_groups)]
        leaf = next(i for i in range(found.num_columns) if found.schema.column(i).path == column.leaf)
        sizes = tuple(group.column(leaf).total_uncompressed_size for group in groups)
        files.append(File(path, status.st_size, status.st_mtime_ns, tuple(group.num_rows for group in groups), sizes))
        metadata = metadata or (schema.metadata or {}).get(b"huggingface")
    return files, column, {name: _joined(name, own) for name, own in chunks.items()}, metadata


def read_group(file: File, group: int, column: Column) -> list[Any]:
    """Return the images of a row group, as pyarrow's arrays of bytes, one after the other.

    Raises:
        Exception: it cannot be read; pyarrow has errors of its own.
    """
    with pyarrow().ParquetFile(file.path) as opened:
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
