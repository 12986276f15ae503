"""Labels as text beside images, one for each: numbers or names of classes, or numbers as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from samebatch.checks import literal
from samebatch.errors import SpecError
from samebatch.source.frames import Frame
from samebatch.source.named import Named, named
from samebatch.source.numbering import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

Labels = Literal["sparse", "categorical", "binary", "input", "none", "raw"]


def check_mode(label_mode: object, classes: object, *, labelled: bool) -> str:
    """Return how labels are given.

    Raises:
        SpecError: it is no such way, it needs labels that are not there, or classes make no sense in it.
    """
    if label_mode is None:
        mode = "sparse" if labelled else "none"
    else:
        mode = literal("label_mode", label_mode, Labels)
        if not labelled and mode not in UNLABELLED:
            raise SpecError(f'label_mode="{mode}" needs label=, where labels are')
    if classes is not None and mode in (*UNLABELLED, "raw"):
        raise SpecError(f'classes= needs labels that are classes, and label_mode is "{mode}"')
    return mode


def labels_of(column: Any, mode: str, classes: object, where: str, *, text: bool) -> Named:  # noqa: ANN401 (whatever a table has)
    """Return labels for a mode.

    Args:
        column: the label of each sample: a list, or a column of a table.
        mode: as :func:`check_mode` returned it.
        classes: which labels count, in their order, or None.
        where: where they come from, for messages.
        text: whether all are strings; those that are numbers are taken as such.

    Raises:
        SpecError: a label is missing or wrong.
    """
    if mode in UNLABELLED:
        return Named()
    frame = Frame({"label": column}, ["label"], where, text=text)
    if mode == "raw":
        return Named(values=frame.numbers("label"))
    cells = column if text and "" not in column else frame.filled("label")
    return named(cells, mode, classes, where, text=text)


def numbered_labels(column: Any, names: Sequence[str] | None, mode: str, classes: object, where: str) -> Named:  # noqa: ANN401 (likewise)
    """Return labels that are numbers of classes whose names are known elsewhere, or None where they are not.

    Args:
        column: the label of each sample, as of :func:`labels_of`.
        names: the classes' names, or None.
        mode: as :func:`check_mode` returned it.
        classes: which classes count, in their order, or None.
        where: where they come from, for messages.

    Raises:
        SpecError: a label is missing or wrong.
    """
    if names is None or mode in (*UNLABELLED, "raw"):
        return labels_of(column, mode, classes, where, text=False)
    cells = Frame({"label": column}, ["label"], where).filled("label")
    for row, cell in enumerate(cells):
        if not isinstance(cell, int) or not 0 <= cell < len(names):
            raise SpecError(
                f"{where}: row {row} (counted from 0) has the label {cell!r}, and classes are numbers from 0 to "
                f"{len(names) - 1}; leave such rows out, or leave the labels out"
            )
    words = [names[cell] for cell in cells]
    return labels_of(words, mode, list(names) if classes is None else classes, where, text=False)
