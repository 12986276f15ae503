"""Labels as text beside images, one for each: numbers or names of classes, or numbers as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from samebatch.checks import literal
from samebatch.errors import SpecError
from samebatch.source.frames import Frame
from samebatch.source.named import Named, named
from samebatch.source.numbering import UNLABELLED

if TYPE_CHECKING:
    from typing import Any

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


def labels_of(cells: list[Any], mode: str, classes: object, where: str, *, text: bool) -> Named:
    """Return labels for a mode.

    Args:
        cells: the label of each sample.
        mode: as :func:`check_mode` returned it.
        classes: which labels count, in their order, or None.
        where: where they come from, for messages.
        text: whether all are strings; those that are numbers are taken as such.

    Raises:
        SpecError: a label is missing or wrong.
    """
    if mode in UNLABELLED:
        return Named()
    frame = Frame({"label": cells}, ["label"], where, text=text)
    if mode == "raw":
        return Named(values=frame.numbers("label"))
    if not text or "" in cells:
        cells = frame.filled("label")
    return named(cells, mode, classes, where, text=text)
