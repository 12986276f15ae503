"""Labels as a table has them, numbered: names of classes, or numbers of classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.checks import LARGEST_INDEX, describe, nearest
from samebatch.errors import SpecError
from samebatch.source.numbering import encode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samebatch.source.frames import Frame

WHOLE: Final = re.compile(r"[+-]?[0-9]+")
NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""Numbers in a text: not those alone that Python writes, as a 01 among others is no slip."""

MOST_CLASSES: Final = 65536
"""The most that numbers alone can ask one-hot labels for: a table of identities is not one of classes."""


@dataclass(frozen=True, slots=True)
class Named:
    """Labels of all rows of a table.

    Attributes:
        values: what the model is given, first length n; of rows that are left out, anything. None: no labels.
        numbers: the class of each row, int64 of shape (n,), -1 if it is left out; None: there are no classes.
        rows: the rows that stay; None: all.
        classes: the classes' names; None: they have none.
    """

    values: NDArray[Any] | None = None
    numbers: NDArray[np.int64] | None = None
    rows: NDArray[np.int64] | None = None
    classes: tuple[str, ...] | None = None


def named(cells: list[Any], mode: str, classes: object, frame: Frame, name: str) -> Named:
    """Number the labels of a column.

    Args:
        cells: the labels, none missing.
        mode: ``"sparse"``, ``"categorical"`` or ``"binary"``.
        classes: which count, in their order, or None.
        frame: the table. In a text all cells are strings; if all of them are whole numbers as Python writes them, they
            are numbers.
        name: the column.

    Raises:
        SpecError: a label is neither a string nor a whole number, they are mixed (in a text too, unless ``classes``
            names them), a number is negative, or the classes do not fit.
    """
    where = f"{frame.called(name)} of {frame.shown}"
    if frame.text:
        distinct = set(cells)  # as few as there are classes, of however many rows
        if all(map(_is_whole, distinct)):
            whole = {cell: int(cell) for cell in distinct}
            cells = [whole[cell] for cell in cells]
        elif classes is None:
            _check_text(cells, distinct, frame, where)
    kind = _kind(cells, frame, where)
    if classes is None and kind is int:
        return _numbered(cells, mode, where)
    order = sorted(set(cells)) if classes is None else _order(classes, kind, set(cells), where)
    position = {value: i for i, value in enumerate(order)}
    numbers = np.fromiter((position.get(cell, -1) for cell in cells), np.int64, len(cells))
    rows = np.flatnonzero(numbers >= 0)
    values = encode(np.maximum(numbers, 0), len(order), mode, f"in {where}")
    return Named(values, numbers, rows, tuple(str(value) for value in order))


def _numbered(cells: list[int], mode: str, where: str) -> Named:
    least, most = min(cells), max(cells)
    if least < 0 or most > LARGEST_INDEX:
        raise SpecError(
            f"{where}: numbers of classes go from 0, and {least if least < 0 else most} is one; "
            "name them, which numbers them anew: classes=[...]"
        )
    if mode == "categorical" and most >= MOST_CLASSES:
        raise SpecError(
            f"{where}: one-hot labels up to class {most} would have {most + 1} entries each; "
            'name the classes, classes=[...], or use label_mode="sparse"'
        )
    numbers = np.array(cells, np.int64)
    count = max(most + 1, 2) if mode == "binary" else most + 1
    return Named(encode(numbers, count, mode, f"(numbers up to {most}) in {where}"), numbers)


def _check_text(cells: list[str], distinct: set[str], frame: Frame, where: str) -> None:
    """Refuse names of classes that look like a slip: sorted as texts, 10 comes before 2, and classes get new numbers.

    Raises:
        SpecError: some are whole numbers and others are not, or all are numbers, of which some are not whole.
    """
    numbers = all(map(NUMBER.fullmatch, distinct))
    whole = {cell for cell in distinct if WHOLE.fullmatch(cell)}
    if whole:
        others = distinct - whole
        found = f"{sum(cell in whole for cell in cells)} of {len(cells)} labels are whole numbers"
    else:
        others = {cell for cell in distinct if numbers and not float(cell).is_integer()}  # 1.0 and 2.0 may be names
        found = "all labels are numbers, and not all of them whole"
    if others:
        row = next(row for row, cell in enumerate(cells) if cell in others)
        fix = 'for numbers as they are: label_mode="raw"; else' if numbers else "mend it, or"
        raise SpecError(
            f"{where}: {found}, and {frame.row(row)} is {describe(cells[row])}; {fix} name the classes, as texts: "
            "classes=[...]"
        )


def _kind(cells: list[Any], frame: Frame, where: str) -> type:
    kinds = set(map(type, cells))
    if len(kinds) == 1 and kinds <= {str, int}:
        return kinds.pop()
    kind: type | None = None
    for row, cell in enumerate(cells):
        own = str if isinstance(cell, str) else int if isinstance(cell, int | np.integer | np.bool_) else None
        if own is None:
            fix = '; for numbers as they are: label_mode="raw"' if isinstance(cell, float | np.floating) else ""
            raise SpecError(
                f"{where}: labels of classes are strings or whole numbers, and {frame.row(row)} is "
                f"{describe(cell)}{fix}"
            )
        if kind not in (None, own):
            raise SpecError(f"{where}: labels are strings and numbers mixed; {frame.row(row)} is {describe(cell)}")
        kind = own
    return kind or str


def _order(classes: object, kind: type, there: set[Any], where: str) -> list[Any]:
    if isinstance(classes, str) or not isinstance(classes, list | tuple | np.ndarray) or not len(classes):
        raise SpecError(f"classes must be a list of labels, got {describe(classes)}")
    order = classes.tolist() if isinstance(classes, np.ndarray) else list(classes)
    for i, value in enumerate(order):
        if not isinstance(value, kind):
            raise SpecError(f"classes must be of the labels' type, {kind.__name__}, got {describe(value)}")
        if value in order[:i]:
            raise SpecError(f"classes names {value!r} twice")
    known = set(order)
    absent = [value for value in order if value not in there]
    others = sorted(there - known)
    if absent and others:  # a class with no row is fine, a misspelt one is not
        close = nearest(absent[0], [str(value) for value in others])
        raise SpecError(
            f"{where}: classes names {absent[0]!r}, which no row has{close}, and leaves out {others[0]!r}; "
            "is it misspelt?"
        )
    if not known & there:
        raise SpecError(f"{where}: no row has one of the classes")
    return order


def _is_whole(cell: str) -> bool:
    digits = cell.removeprefix("-")
    return digits.isascii() and digits.isdecimal() and str(int(digits)) == digits
