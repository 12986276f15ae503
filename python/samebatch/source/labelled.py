"""Labels as text beside images, one for each: numbers or names of classes, or numbers as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from samebatch.checks import literal
from samebatch.errors import SpecError
from samebatch.source.named import Named, named
from samebatch.source.numbering import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samebatch.source.frames import Frame

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


def labels_of(frame: Frame, name: str, mode: str, classes: object) -> Named:
    """Return labels for a mode.

    Args:
        frame: the table that they are in.
        name: their column.
        mode: as :func:`check_mode` returned it, one that has labels.
        classes: which labels count, in their order, or None.

    Raises:
        SpecError: a label is missing or wrong.
    """
    if mode == "raw":
        return Named(values=frame.numbers(name))
    return named(frame.filled(name), mode, classes, frame, name)


def numbered_labels(frame: Frame, name: str, names: Sequence[str] | None, mode: str, classes: object) -> Named:
    """Return labels that are numbers of classes whose names are known elsewhere, or None where they are not.

    Args:
        frame: as for :func:`labels_of`.
        name: likewise.
        names: the classes' names, or None.
        mode: likewise.
        classes: likewise.

    Raises:
        SpecError: a label is missing or wrong.
    """
    if names is None or mode == "raw":
        return labels_of(frame, name, mode, classes)
    cells = frame.filled(name)
    for row, cell in enumerate(cells):
        if not isinstance(cell, int) or not 0 <= cell < len(names):
            raise SpecError(
                f"{frame.called(name)} of {frame.shown}: {frame.row(row)} has the label {cell!r}, and classes are "
                f"numbers from 0 to {len(names) - 1}; leave such rows out, or leave the labels out"
            )
    words = [names[cell] for cell in cells]
    return named(words, mode, list(names) if classes is None else classes, frame, name)
