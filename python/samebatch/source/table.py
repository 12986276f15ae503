"""Images named by a table: a data frame, a mapping of columns, a CSV or a Parquet file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from samebatch.checks import boolean, describe, literal
from samebatch.errors import ShapeError, SpecError
from samebatch.source import columns
from samebatch.source.files import FileSource
from samebatch.source.frames import Frame, frame
from samebatch.source.named import Named, named
from samebatch.source.numbering import UNLABELLED
from samebatch.source.options import Cache, Color, OnError, Options
from samebatch.source.paths import Paths, check_there, path_bytes
from samebatch.source.remote.options import Access, Remote, all_urls, is_url
from samebatch.source.split import Split, Subset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TableLabels = Literal["sparse", "categorical", "binary", "input", "none", "raw"]


class TableSource(FileSource):
    """Images whose paths stand in a column of a table, with labels and weights in others.

    Strings are classes, sorted by their Unicode code points. Whole numbers and booleans are the numbers of classes
    already and stay as they are, unless ``classes`` is given. In a .csv or .tsv file labels are numbers if all are
    whole numbers; where only some are, or all are numbers that are not whole, they need ``classes`` or
    ``label_mode="raw"``. No file is opened: ``samebatch verify`` looks at them.

    Args:
        table: a data frame (pandas, polars, PyArrow), a mapping of columns, or the path of a .csv, .tsv (UTF-8, first
            line with the columns' names) or .parquet file (which needs pyarrow, polars or pandas).
        image: the column of paths.
        label: the column of labels, or several (``label_mode="raw"``); None: no labels.
        weight: the column of weights; None: no weights.
        root: the folder that paths are relative to, or its URL; None: they are complete, or count from the current
            folder.
        classes: which labels count, in this order: their numbers are 0, 1, 2 ...; rows of others are left out, and
            ``repr`` tells how many. None: all.
        label_mode: ``"sparse"``: int64 of shape (n,); ``"categorical"``: float32 of shape (n, classes), one-hot;
            ``"binary"``: float32 of shape (n,), 0 or 1, of two classes; ``"raw"``: numbers as they are, of several
            columns (n, columns); ``"none"``: none; ``"input"``: none either, and y of a batch is a copy of its x.
            None: sparse for one column, raw for several, none without.
        validate: whether to look if every file is there, which asks the file system once for each.
        validation_split: as for :class:`samebatch.FolderSource`, by the path as the table has it; and so are the next.
        subset: likewise.
        split_seed: likewise.
        on_error: as for :class:`samebatch.FileSource`, and so are the others.
        cache: likewise.
        fast: likewise.
        color: likewise.
        upright: likewise.
        storage_options: likewise.
        remote: likewise.

    Raises:
        SpecError: it is no table, a column is not there, a cell is missing or wrong, or an option is wrong.
        ShapeError: columns have different lengths.
    """

    __slots__ = ("_left_out", "_root")

    def __init__(
        self,
        table: Any,  # noqa: ANN401 (whatever has columns)
        *,
        image: str = "path",
        label: str | Sequence[str] | None = None,
        weight: str | None = None,
        root: str | os.PathLike[str] | None = None,
        classes: Sequence[str] | Sequence[int] | None = None,
        label_mode: TableLabels | None = None,
        validate: bool = False,
        validation_split: float | None = None,
        subset: Subset | None = None,
        split_seed: int = 0,
        on_error: OnError = "raise",
        cache: Cache = None,
        fast: bool = False,
        color: Color = "rgb",
        upright: bool = False,
        storage_options: Mapping[str, Any] | None = None,
        remote: Remote | None = None,
    ) -> None:
        options = Options.checked(on_error=on_error, cache=cache, fast=fast, color=color, upright=upright)
        access = Access.given(storage_options, remote)
        split = Split.checked(validation_split, subset, split_seed)
        mode = _mode(label_mode, label)
        if classes is not None and mode in (*UNLABELLED, "raw"):
            raise SpecError(f'classes= needs labels that are classes, and label_mode is "{mode}"')
        wanted = [label] if isinstance(label, str) else [] if label is None else list(label)
        data = frame(table, [name for name in (image, *wanted, weight) if isinstance(name, str)])
        prefix = None if root is None else path_bytes("root", root)
        names = _names(data, data.check("image", image), prefix)
        found = _labels(data, [data.check("label", name) for name in wanted], mode, classes)
        weights = None if weight is None else data.numbers(data.check("weight", weight))
        for what, values in (("labels", found.values), ("weights", weights)):
            if values is not None and len(values) != len(names):
                raise ShapeError(f"{data.shown}: {len(names)} paths and {len(values)} {what}; columns must be as long")
        weights = None if weights is None else columns.weights(weights, len(names))
        rows = np.arange(len(names)) if found.rows is None else found.rows
        self._left_out = len(names) - len(rows)
        if split is not None:
            groups = np.zeros(len(names), np.int64) if found.numbers is None else found.numbers
            rows = rows[split.rows([names[row] for row in rows.tolist()], groups[rows])]
        paths = Paths([names[row] for row in rows.tolist()], prefix)
        if boolean("validate", validate):
            if all_urls(paths):
                raise SpecError("validate=True asks the file system for each file, and these are URLs; leave it out")
            check_there(paths)
        self._root = None if prefix is None else os.fsdecode(prefix)
        labels = None if found.values is None else found.values[rows]
        self._of_paths(paths, labels, None if weights is None else weights[rows], found.classes, options, mode, access)

    @property
    def root(self) -> str | None:
        """The folder that the table's paths are relative to, or None."""
        return self._root

    def _notes(self) -> list[str]:
        return [f"{self._left_out} rows of other classes left out"] if self._left_out else []


def _mode(label_mode: object, label: object) -> str:
    if label is not None and not isinstance(label, str | list | tuple):
        raise SpecError(f"label must be the name of a column, a list of names or None, got {describe(label)}")
    if isinstance(label, list | tuple) and not label:
        raise SpecError("label is an empty list; name at least one column, or give None")
    several = isinstance(label, list | tuple)
    if label_mode is None:
        return "none" if label is None else "raw" if several else "sparse"
    mode = literal("label_mode", label_mode, TableLabels)
    if label is None and mode not in UNLABELLED:
        raise SpecError(f'label_mode="{mode}" needs label=, the column of labels')
    if label is not None and mode in UNLABELLED:
        raise SpecError(f'label_mode="{mode}" takes no labels, and label is {label!r}; leave one of them out')
    if several and mode != "raw":
        raise SpecError(f'labels in several columns need label_mode="raw", got "{mode}"')
    return mode


def _names(data: Frame, column: str, root: bytes | None) -> list[bytes]:
    names = [
        path_bytes(f"{data.shown}: row {i}, column {column!r}", cell) for i, cell in enumerate(data.filled(column))
    ]
    if not names:
        raise SpecError(f"{data.shown} has no rows; give at least one file")
    if os.sep == "\\":
        names = [name.replace(b"\\", b"/") for name in names]
    if root is not None:
        for row, name in enumerate(names):
            if os.path.isabs(name) or is_url(name):  # noqa: PTH117 (bytes)
                raise SpecError(
                    f"{data.shown}: row {row} (counted from 0) has the complete path {os.fsdecode(name)!r}, and root "
                    "is given; leave root out, or give paths relative to it"
                )
    return names


def _labels(data: Frame, names: list[str], mode: str, classes: object) -> Named:
    if not names:
        return Named()
    if mode == "raw":
        arrays: list[NDArray[Any]] = [data.numbers(name) for name in names]
        if len({len(array) for array in arrays}) > 1:
            raise ShapeError(f"{data.shown}: the columns {', '.join(map(repr, names))} differ in length")
        return Named(values=arrays[0] if len(arrays) == 1 else np.stack(arrays, axis=1))
    return named(data.filled(names[0]), mode, classes, data, names[0])
