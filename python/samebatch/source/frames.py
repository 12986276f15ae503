"""Columns of a table, whoever made it: pandas, polars, PyArrow, a mapping, or a file. Imports none of them for one."""

from __future__ import annotations

import csv
import importlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.checks import describe, nearest
from samebatch.errors import SpecError
from samebatch.source.remote.options import is_url

if TYPE_CHECKING:
    from numpy.typing import NDArray

READERS = ("pyarrow.parquet", "polars", "pandas")
"""What can read Parquet, in the order in which it is tried."""


class Frame:
    """A table, read by the column.

    Args:
        table: anything with columns' names, of which ``table[name]`` is a column.
        names: the columns' names.
        shown: what errors call the table.
        text: whether all cells are strings, as in a CSV file.
    """

    def __init__(self, table: Any, names: list[Any], shown: str, *, text: bool = False) -> None:  # noqa: ANN401
        self.table, self.names, self.shown, self.text = table, names, shown, text

    def called(self, name: str) -> str:
        """Return what messages call a column."""
        return f"column {name!r}"

    def row(self, number: int) -> str:
        """Return what messages call a row."""
        return f"row {number} (counted from 0)"

    def check(self, what: str, name: object) -> str:
        """Return a column's name if there is one such column.

        Raises:
            SpecError: it is no string, there is no such column, or there are several.
        """
        if not isinstance(name, str):
            raise SpecError(f"{what} must be the name of a column, got {describe(name)}")
        if (there := self.names.count(name)) != 1:
            found = "no column" if there == 0 else f"{there} columns"
            known = ", ".join(repr(other) for other in self.names) or "none"
            close = nearest(name, [str(other) for other in self.names]) if there == 0 else ""
            raise SpecError(f"{what}: {self.shown} has {found} {name!r}{close}; its columns are: {known}")
        return name

    def cells(self, name: str) -> list[Any]:
        """Return a column as a list of Python objects."""
        column = self.table[name]
        for method in ("to_pylist", "to_list", "tolist"):
            if hasattr(column, method):
                return list(getattr(column, method)())
        return list(column)

    def filled(self, name: str) -> list[Any]:
        """Return a column as a list, in which nothing is missing.

        Raises:
            SpecError: a cell is missing; it names the row.
        """
        cells = self.cells(name)
        if self.text and "" not in cells:  # at once, however many there are
            return cells
        for row, cell in enumerate(cells):
            if missing(cell):
                raise SpecError(
                    f"{self.shown}: {self.row(row)} has no value in {self.called(name)}, got {cell!r}; "
                    "fill it in, or leave the row out"
                )
        return cells

    def numbers(self, name: str) -> NDArray[Any]:
        """Return a column of numbers or booleans, of the table's own type; of a text, float64.

        Raises:
            SpecError: a cell is missing or is no number; it names the row.
        """
        if not self.text:
            array = np.asarray(self.table[name])
            if array.dtype.kind in "iub" or (array.dtype.kind == "f" and not np.isnan(array).any()):
                return array
        cells = self.filled(name)
        for row, cell in enumerate(cells):
            if not _is_number(cell, text=self.text):
                raise SpecError(
                    f"{self.shown}: {self.called(name)} must hold numbers, and {self.row(row)} is {describe(cell)}"
                )
        return np.array([float(cell) for cell in cells] if self.text else cells)


def frame(table: object, wanted: list[str]) -> Frame:
    """Return the columns of a table, or of the file of one.

    Args:
        table: a data frame, a mapping of columns, or the path of a .csv, .tsv or .parquet file.
        wanted: the columns that will be asked for, so that no others need be read.

    Raises:
        SpecError: it is no table, or cannot be read.
    """
    if isinstance(table, str | os.PathLike):
        path = os.fspath(table)
        if isinstance(path, str) and is_url(path):
            raise SpecError(
                f"table is a URL, {path!r}, and its file must be on this machine, though its rows may be URLs; open it "
                "first, with pandas for example, and give the data frame"
            )
        return _file(path, wanted)
    if isinstance(table, Mapping):
        return Frame(table, list(table), "the table")
    if type(table).__name__ == "LazyFrame":
        raise SpecError("table is a LazyFrame, of which nothing has been read yet; give table.collect()")
    for attribute in ("column_names", "columns"):
        names = getattr(table, attribute, None)
        if names is not None and hasattr(table, "__getitem__"):
            return Frame(table, list(names), f"the {type(table).__name__}")
    raise SpecError(
        "table must be a data frame, a mapping of columns or the path of a .csv, .tsv or .parquet file, "
        f"got {describe(table)}"
    )


def missing(cell: object) -> bool:
    """Return whether a cell holds nothing: None, NaN, an empty string or pandas' NA and NaT."""
    try:
        return cell is None or cell == "" or bool(cell != cell)  # noqa: PLR0124 (NaN is no equal of itself)
    except (TypeError, ValueError):  # NA is neither equal nor unequal
        return True


def _is_number(cell: object, *, text: bool) -> bool:
    if not text:
        return isinstance(cell, int | float | np.integer | np.floating | np.bool_)
    try:
        return not np.isnan(float(str(cell)))
    except ValueError:
        return False


def _file(path: str | bytes, wanted: list[str]) -> Frame:
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 (a str)
    if ending not in (".csv", ".tsv", ".parquet"):
        fix = f"; for a folder: FolderSource({path!r})" if os.path.isdir(path) else ""  # noqa: PTH112
        raise SpecError(f"table must be a .csv, .tsv or .parquet file, got {path!r}{fix}")
    if not os.path.isfile(path):  # noqa: PTH113
        raise SpecError(f"table: there is no file {path!r}")
    if ending == ".parquet":
        return _parquet(path, wanted)
    try:
        return _text(path, "," if ending == ".csv" else "\t")
    except OSError as error:
        raise SpecError(f"table: {path!r} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SpecError(
            f"table: {path!r} is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8, or give a data "
            "frame read with its encoding"
        ) from error
    except csv.Error as error:
        raise SpecError(f"table: {path!r} cannot be read as {ending[1:].upper()}: {error}") from error


def _text(path: str, delimiter: str) -> Frame:
    with open(path, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 (a str)
        lines = csv.reader(file, delimiter=delimiter, strict=True)
        names = next(lines, [])
        if not names:
            raise SpecError(f"table: {path!r} is empty; its first line must name the columns")
        rows = []
        for row in lines:
            if row and len(row) != len(names):
                raise SpecError(
                    f"table: line {lines.line_num} of {path!r} has {len(row)} cells, and its first line names "
                    f"{len(names)} columns; put cells that contain {delimiter!r} into quotes"
                )
            if row:
                rows.append(row)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return Frame(dict(zip(names, columns, strict=True)), names, repr(path), text=True)


def _parquet(path: str, wanted: list[str]) -> Frame:
    for name in READERS:
        try:
            reader = importlib.import_module(name)
        except ImportError:
            continue
        try:
            return _read_parquet(reader, name, path, wanted)
        except ImportError:  # pandas, without what it reads Parquet with
            continue
        except Exception as error:  # each reader has errors of its own
            raise SpecError(f"table: {path!r} cannot be read as Parquet: {error}") from error
    raise SpecError(
        f"table: to read {path!r} one of pyarrow, polars and pandas is needed; to install: pip install pyarrow"
    )


def _read_parquet(reader: Any, name: str, path: str, wanted: list[str]) -> Frame:  # noqa: ANN401 (a module)
    if name == "pandas":
        table = reader.read_parquet(path)
        return Frame(table, list(table.columns), repr(path))
    names = list(reader.read_schema(path).names if name == "pyarrow.parquet" else reader.read_parquet_schema(path))
    columns = [column for column in wanted if column in names]
    read = reader.read_table if name == "pyarrow.parquet" else reader.read_parquet
    return Frame(read(path, columns=columns), names, repr(path))
