"""A ``datasets.Dataset`` as a source."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.checks import describe, nearest
from samebatch.errors import SpecError
from samebatch.huggingface.origin import InDataset
from samebatch.source import columns
from samebatch.source.encoded import EncodedSource
from samebatch.source.frames import Frame
from samebatch.source.labelled import Labels, check_mode, numbered_labels
from samebatch.source.named import Named
from samebatch.source.numbering import UNLABELLED
from samebatch.source.options import Cache, Color, OnError, Options
from samebatch.source.pillow import MODES

if TYPE_CHECKING:
    from collections.abc import Sequence


class DatasetSource(EncodedSource):
    """What :func:`samebatch.huggingface.source` returns: images of a ``datasets.Dataset``."""

    __slots__ = ("_left_out",)

    def __init__(
        self,
        dataset: Any,  # noqa: ANN401 (datasets has no types)
        *,
        image: str,
        label: str | None,
        weight: str | None,
        classes: object,
        label_mode: object,
        options: Options,
    ) -> None:
        mode = check_mode(label_mode, classes, labelled=label is not None)
        _check(dataset)
        view = _undecoded(dataset, image, options.color)
        label = None if mode in UNLABELLED else label
        count = len(dataset)
        if not count:
            raise SpecError("the dataset has no rows")
        labels = Named()
        if label is not None:
            table = Frame({label: _column(dataset, "label", label)}, [label], "the dataset")
            names = getattr(dataset.features[label], "names", None)
            labels = numbered_labels(table, label, names, mode, classes)
        rows = np.arange(count, dtype=np.int64) if labels.rows is None else labels.rows
        weights = None
        if weight is not None:
            table = Frame({weight: _column(dataset, "weight", weight)}, [weight], "the dataset")
            weights = columns.weights(table.numbers(weight), count)[rows]
        self._left_out = count - len(rows)
        values = None if labels.values is None else labels.values[rows]
        self._fill(InDataset(view, rows, options), values, weights, labels.classes, options, mode)

    def _notes(self) -> list[str]:
        return [f"{self._left_out} rows of other classes left out"] if self._left_out else []


def source(
    dataset: Any,  # noqa: ANN401 (datasets has no types)
    *,
    image: str = "image",
    label: str | None = "label",
    weight: str | None = None,
    classes: Sequence[str] | Sequence[int] | None = None,
    label_mode: Labels | None = None,
    on_error: OnError = "raise",
    cache: Cache = None,
    fast: bool = False,
    color: Color = "rgb",
    upright: bool = False,
) -> DatasetSource:
    """Return a source of a dataset's images. Nothing is copied: encoded bytes are read from the dataset's own memory.

    Args:
        dataset: a ``datasets.Dataset``: one split, not streamed; its own selections and orders hold.
        image: the column of images, of type ``datasets.Image`` or binary.
        label: the column of labels, or None. The names of a ``ClassLabel`` are the classes.
        weight: the column of weights, or None.
        classes: which labels count, in this order: their numbers are 0, 1, 2 ...; rows of others are left out.
        label_mode: as for :class:`samebatch.TableSource`; None: sparse, or none without ``label``.
        on_error: as for :class:`samebatch.FileSource`, and so are the others.
        cache: likewise, but for a folder.
        fast: likewise.
        color: likewise; the mode of an ``Image(mode=...)`` must be that of ``color``.
        upright: likewise.

    Raises:
        SpecError: it is no such dataset, a column is not there or of another type, or an option is wrong.
        ImportError: datasets is not installed.
    """
    options = Options.checked(on_error=on_error, cache=cache, fast=fast, color=color, upright=upright)
    return DatasetSource(
        dataset, image=image, label=label, weight=weight, classes=classes, label_mode=label_mode, options=options
    )


def _check(dataset: Any) -> None:  # noqa: ANN401
    datasets = _datasets()
    if isinstance(dataset, datasets.Dataset):
        return
    fix = ""
    if isinstance(dataset, datasets.DatasetDict | datasets.IterableDatasetDict):
        fix = f"; it has splits: name one, dataset[{next(iter(dataset), 'train')!r}]"
    elif isinstance(dataset, datasets.IterableDataset):
        fix = "; it is streamed, in which nothing can be read at random: load_dataset(..., streaming=False)"
    raise SpecError(f"dataset must be a datasets.Dataset, got {type(dataset).__name__}{fix}")


def _undecoded(dataset: Any, image: object, color: str) -> Any:  # noqa: ANN401
    _named(dataset, "image", image)
    datasets = _datasets()
    view, feature = dataset.select_columns([image]), dataset.features[image]
    if isinstance(feature, datasets.Image):
        _check_color(image, getattr(feature, "mode", None), color)
        view = view.cast_column(image, datasets.Image(decode=False))
    elif getattr(feature, "dtype", None) not in ("binary", "large_binary"):
        raise SpecError(f"image: the column {image!r} must be of type Image or binary, and is {feature}")
    return view.with_format("arrow")


def _check_color(image: object, mode: str | None, color: str) -> None:
    if mode in (None, MODES[color]):
        return
    fitting = next((f'color="{other}", or ' for other, own in MODES.items() if own == mode), "")
    raise SpecError(
        f'image: the column {image!r} is of type Image(mode={mode!r}), and color="{color}" gives mode '
        f"{MODES[color]!r}; use {fitting}dataset.cast_column({image!r}, datasets.Image())"
    )


def _column(dataset: Any, what: str, name: object) -> Any:  # noqa: ANN401
    _named(dataset, what, name)
    return dataset.select_columns([name]).with_format("arrow")[:].column(0)


def _named(dataset: Any, what: str, name: object) -> None:  # noqa: ANN401
    if not isinstance(name, str):
        raise SpecError(f"{what} must be the name of a column, got {describe(name)}")
    if name not in dataset.column_names:
        known = ", ".join(map(repr, dataset.column_names))
        raise SpecError(
            f"{what}: the dataset has no column {name!r}{nearest(name, dataset.column_names)}; its columns are: {known}"
        )


def _datasets() -> Any:  # noqa: ANN401
    try:
        return importlib.import_module("datasets")
    except ImportError as error:
        raise ImportError('samebatch.huggingface needs datasets: pip install "samebatch[huggingface]"') from error
