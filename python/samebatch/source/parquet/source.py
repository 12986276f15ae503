"""Images in a column of Parquet files, as Hugging Face's datasets have them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.checks import LARGEST_INDEX, boolean, describe, integer
from samebatch.errors import SpecError
from samebatch.source import columns
from samebatch.source.encoded import EncodedSource
from samebatch.source.labelled import Labels, check_mode, numbered_labels
from samebatch.source.named import Named
from samebatch.source.numbering import UNLABELLED
from samebatch.source.options import Cache, Color, OnError, Options
from samebatch.source.parquet.extract import extracted
from samebatch.source.parquet.files import Rows, class_names, look
from samebatch.source.parquet.groups import InRowGroups, RowGroups
from samebatch.source.parquet.opener import Opener
from samebatch.source.paths import path_bytes
from samebatch.source.remote.options import Access, Remote, is_url
from samebatch.source.shards.expand import shard_paths
from samebatch.source.split import Split, Subset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samebatch.source.origin import Origin


class ParquetSource(EncodedSource):
    """Images whose encoded bytes stand in a column of Parquet files, with labels and weights in others.

    Of a Parquet file no less than a row group can be read, of a hundred images as a rule, or thousands. In a shuffled
    order each image asks for another row group, so unless all of them fit into ``memory`` every image costs the reading
    of a whole one. With ``extract`` the images are written once, in order, into files of a folder, from which each is
    read by itself, natively; that takes as much room on the disk as the images have bytes.

    Needs pyarrow: ``pip install "samebatch[parquet]"``.

    Args:
        files: a path, or a URL, with braces or a pattern, as ``"data/train-*.parquet"``, or a list of such; rows are in
            their order.
        image: the column of images: binary, or a struct with a field ``bytes``.
        label: the column of labels, or None.
        weight: the column of weights, or None.
        classes: which labels count, in this order: their numbers are 0, 1, 2 ...; rows of others are left out, and
            ``repr`` tells how many. None: all; names that Hugging Face's datasets wrote into the file are the classes'.
        label_mode: as for :class:`samebatch.TableSource`; None: sparse, or none without ``label``.
        extract: the path of a folder; None: images are read from the Parquet files. Files of which no image has bytes
            are refused.
        memory: bytes of row groups that are kept, in each process. Of files by URL as many again may be fetched ahead,
            and four row groups be on their way.
        progress: whether to show a bar while images are extracted; None: on a terminal, when it takes long.
        validation_split: as for :class:`samebatch.FolderSource`, by the row's number in all files: rows added at the
            end move no other; and so the next two.
        subset: likewise.
        split_seed: likewise.
        on_error: as for :class:`samebatch.FileSource`, and so are the others.
        cache: likewise; a folder needs ``extract``.
        fast: likewise.
        color: likewise.
        upright: likewise.
        storage_options: likewise, for URLs of Parquet files.
        remote: likewise; ``memory`` above counts, not its own, and ``extract`` stands for its ``folder``.

    Raises:
        SpecError: a file is not there or no Parquet, a column is not there or of another type, or an option is wrong.
        FetchError: a file cannot be fetched.
        ImportError: pyarrow is not installed.
    """

    __slots__ = ("_files", "_left_out")

    def __init__(
        self,
        files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        image: str = "image",
        label: str | None = None,
        weight: str | None = None,
        classes: Sequence[str] | Sequence[int] | None = None,
        label_mode: Labels | None = None,
        extract: str | os.PathLike[str] | None = None,
        memory: int = 2**28,
        progress: bool | None = None,
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
        split = Split.checked(validation_split, subset, split_seed)
        mode = check_mode(label_mode, classes, labelled=label is not None)
        _check_columns(image=image, label=label, weight=weight)
        folder = None if extract is None else Path(os.fsdecode(path_bytes("extract", extract)))
        show = None if progress is None else boolean("progress", progress)
        room = integer("memory", memory, 0, LARGEST_INDEX)
        access = Access.given(storage_options, remote)
        paths = shard_paths(files, access, what="files")
        opener = Opener((access or Access()) if is_url(paths[0]) else None)
        label = None if mode in UNLABELLED else label
        others = [name for name in (label, weight) if name is not None]
        found, column, cells, metadata = look(paths, opener, image, others)
        count = sum(file.rows for file in found)
        if not count:
            raise SpecError(f"there are no rows in {len(paths)} Parquet files")
        names = None if label is None else class_names(metadata, label)
        table = Rows(found, cells)
        labels = Named() if label is None else numbered_labels(table, label, names, mode, classes)
        rows = np.arange(count, dtype=np.int64) if labels.rows is None else labels.rows
        self._files, self._left_out = [file.path for file in found], count - len(rows)
        if split is not None:
            groups = np.zeros(count, np.int64) if labels.numbers is None else labels.numbers
            rows = rows[split.rows([b"%d" % row for row in rows.tolist()], groups[rows])]
        weights = None
        if weight is not None:
            weights = columns.weights(table.numbers(weight), count)[rows]
        row_groups = RowGroups(found, column, opener)
        origin: Origin
        if folder is None:
            origin = InRowGroups(row_groups, rows, room, options)
        else:
            origin = extracted(folder, row_groups, rows, room, show=show)
        values = None if labels.values is None else labels.values[rows]
        self._fill(origin, values, weights, labels.classes, options, mode)

    @property
    def files(self) -> list[str]:
        """The files' paths."""
        return list(self._files)

    def _notes(self) -> list[str]:
        notes = [f"{len(self._files)} Parquet files"]
        return notes + ([f"{self._left_out} rows of other classes left out"] if self._left_out else [])


def _check_columns(**names: object) -> None:
    for what, name in names.items():
        if not isinstance(name, str) and (name is not None or what == "image"):
            raise SpecError(f"{what} must be the name of a column, got {describe(name)}")
