"""Images in shards: tar archives whose members are grouped to samples by their names, as WebDataset has them."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.checks import boolean, describe
from samebatch.errors import SkippedFilesWarning, SpecError
from samebatch.source.encoded import EncodedSource
from samebatch.source.labelled import Labels, check_mode, labels_of
from samebatch.source.named import Named
from samebatch.source.numbering import UNLABELLED
from samebatch.source.options import Cache, Color, OnError, Options
from samebatch.source.paths import Paths
from samebatch.source.ranges import InRanges
from samebatch.source.remote.options import Access, Remote, is_url
from samebatch.source.remote.origin import InObjectRanges
from samebatch.source.shards.build import check, shard_index
from samebatch.source.shards.expand import shard_paths
from samebatch.source.shards.index import Shard, Wanted, key, texts
from samebatch.source.shards.labels import ShardLabels, labelled
from samebatch.source.split import Split, Subset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

IMAGES = "jpg;jpeg;png;webp;bmp;gif"


class ShardSource(EncodedSource):
    """Images in tar archives, as WebDataset writes them, with labels beside them; any image at any time.

    Members that follow each other and whose names are the same up to the first dot are a sample: ``cat/17.jpg`` and
    ``cat/17.cls``. Where each image lies is read once from the archives' headers and kept in an index; of a shard whose
    size or time has changed it is read anew. Archives must be plain: in a compressed one nothing can be found.

    Args:
        shards: a path, or a URL, in which braces stand for several, as ``"train-{000..099}.tar"``, or a pattern, as
            ``"train-*.tar"``, or a list of such; samples are in their order.
        image: which members are images, by what stands after the first dot of their names, in any case of letters;
            the first of them that a sample has is its image. A text with ``;`` between, or a list.
        label: likewise which member is the label: text, a whole number or a class's name, without ``classes`` the one
            or the other in all samples; ``"json"`` with ``field``. None: no labels.
        field: which entry of a JSON label is the label.
        classes: which labels count, in this order: their numbers are 0, 1, 2 ...; samples of others are left out, and
            ``repr`` tells how many. None: all.
        label_mode: as for :class:`samebatch.TableSource`; None: sparse, or none without ``label``.
        weights: one finite number for each sample, or None.
        index: where the index is kept: ``"beside"`` the first shard, or where that cannot be written in the user's
            cache folder (``$XDG_CACHE_HOME/samebatch/index`` or ``~/.cache/...``); the path of a folder; None: nowhere.
        progress: whether to show a bar while an index is made; None: on a terminal, when it takes longer than a second.
        validation_split: as for :class:`samebatch.FolderSource`, by the image's name in its shard; and so the next two.
        subset: likewise.
        split_seed: likewise.
        on_error: as for :class:`samebatch.FileSource`; ``"skip"`` also leaves out samples that lack an image or a
            label (an empty one, or one that is not UTF-8, counts as none), and what comes after the place where a shard
            is damaged, of which it warns.
        cache: as for :class:`samebatch.FileSource`, and so are the others.
        fast: likewise.
        color: likewise.
        upright: likewise.
        storage_options: likewise, for URLs of shards, whose index lies in the user's cache folder, if ``index`` names
            no other.
        remote: likewise.

    Raises:
        DecodeError: a shard is no plain tar archive, is cut off or damaged, or a sample lacks an image or a label; it
            names the shard, and the byte or the sample.
        SpecError: a shard is not there, there are no samples, labels are wrong, or an option is.
        FetchError: a shard by URL cannot be fetched, or the folder of a pattern cannot be listed.
        ShapeError: the weights are not as many as the samples.
    """

    __slots__ = ("_keys", "_left_out", "_shards")

    def __init__(
        self,
        shards: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        image: str | Sequence[str] = IMAGES,
        label: str | None = "cls",
        field: str | None = None,
        classes: Sequence[str] | Sequence[int] | None = None,
        label_mode: Labels | None = None,
        weights: Any = None,  # noqa: ANN401 (whatever numpy.asarray takes)
        index: str | os.PathLike[str] | None = "beside",
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
        if label is None and field is not None:
            raise SpecError(f'label=None and field={field!r}: field= is for JSON: label="json"')
        wanted = _wanted(image, None if mode in UNLABELLED else label, field)
        access = Access.given(storage_options, remote)
        self._shards = shard_paths(shards, access)
        access = (access or Access()) if is_url(self._shards[0]) else None
        show = None if progress is None else boolean("progress", progress)
        found = shard_index(self._shards, wanted, _place(index), show=show, access=access)
        ending = wanted.label
        if ending is not None:
            found = [labelled(shard, ending) for shard in found]
        for damage in check(self._shards, found, skip=options.on_error == "skip"):
            warnings.warn(f"shard {damage}", SkippedFilesWarning, stacklevel=2)
        samples = _Samples(found)
        labels = (
            Named() if ending is None else labels_of(ShardLabels(self._shards, found, ending), ending, mode, classes)
        )
        rows = labels.rows
        self._left_out = sum(shard.incomplete for shard in found), 0 if rows is None else len(samples) - len(rows)
        if split is not None:
            rows = np.arange(len(samples)) if rows is None else rows
            groups = np.zeros(len(samples), np.int64) if labels.numbers is None else labels.numbers
            names = samples.names()
            rows = rows[split.rows([names[row] for row in rows.tolist()], groups[rows])]
        origin = (
            samples.local(self._shards, rows) if access is None else samples.far(self._shards, rows, access, options)
        )
        values = labels.values if labels.values is None or rows is None else labels.values[rows]
        self._fill(origin, values, weights, labels.classes, options, mode)

    @property
    def shards(self) -> list[str]:
        """The shards' paths."""
        return list(self._shards)

    @property
    def keys(self) -> list[str]:
        """The samples' keys: the names of their images up to the first dot."""
        names = self._origin.names.own  # type: ignore[attr-defined]
        return [key(name) for name in names]

    def _notes(self) -> list[str]:
        incomplete, others = self._left_out
        notes = [f"{len(self._shards)} shards"]
        notes += [f"{incomplete} incomplete samples left out"] if incomplete else []
        return notes + ([f"{others} samples of other classes left out"] if others else [])


class _Samples:
    """The samples of all shards, in one piece."""

    def __init__(self, shards: list[Shard]) -> None:
        self._shards = shards

    def names(self) -> list[bytes]:
        return [name for shard in self._shards for name in texts(shard.names, shard.name_ends)]

    def local(self, shards: list[str], rows: NDArray[np.int64] | None) -> InRanges:
        """Return where the images of all samples are, or of these."""
        sizes, times = self._stamps()
        return InRanges(shards, sizes, times, *self._places(rows))

    def far(self, urls: list[str], rows: NDArray[np.int64] | None, access: Access, options: Options) -> InObjectRanges:
        """Return the same for shards that are objects."""
        sizes, changes = self._stamps()
        return InObjectRanges(urls, sizes, changes, *self._places(rows), access=access, options=options)

    def _stamps(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the shards' bytes, and when they had been written, or a number that changes with them."""
        sizes = np.array([shard.size for shard in self._shards], np.int64)
        return sizes, np.array([shard.time for shard in self._shards], np.int64)

    def _places(
        self, rows: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Paths]:
        """Return the shard, the offset, the length and the name of samples."""
        found = self._shards
        chosen = slice(None) if rows is None else rows
        which = np.repeat(np.arange(len(found), dtype=np.int64), [len(shard) for shard in found])
        offsets = np.concatenate([shard.offsets for shard in found])
        lengths = np.concatenate([shard.lengths for shard in found])
        if rows is None:
            blob = b"".join([shard.names for shard in found])
            names = Paths.of_blob(blob, _joined([shard.name_ends for shard in found]))
        else:
            every = self.names()
            names = Paths([every[row] for row in rows.tolist()])
        return which[chosen], offsets[chosen], lengths[chosen], names

    def __len__(self) -> int:
        return sum(len(shard) for shard in self._shards)


def _joined(ends: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return where pieces end when the blobs that they are of are put together."""
    sizes = [int(own[-1]) if len(own) else 0 for own in ends]
    starts = np.cumsum([0, *sizes[:-1]])
    return np.concatenate([own + start for own, start in zip(ends, starts, strict=True)]).astype(np.int64)


def _place(index: object) -> str | None:
    if index is None:
        return None
    path = os.fspath(index) if isinstance(index, os.PathLike) else index
    if not isinstance(path, str) or not path or "\0" in path:
        raise SpecError(f'index must be "beside", the path of a folder or None, got {describe(index)}')
    if os.path.exists(path) and not os.path.isdir(path) and path != "beside":  # noqa: PTH110, PTH112 (a str)
        raise SpecError(f"index must be a folder, and {path!r} is a file; name a folder, which may be a new one")
    return path


def _wanted(image: object, label: object, field: object) -> Wanted:
    images = image.split(";") if isinstance(image, str) else image
    if not isinstance(images, list | tuple) or not images:
        raise SpecError(f'image must be endings of members, as "jpg;png" or ["jpg", "png"], got {describe(image)}')
    for what, ending in [*(("image", each) for each in images), ("label", label)]:
        if ending is not None and (not isinstance(ending, str) or not ending.strip(".") or "/" in ending):
            raise SpecError(f'{what} must be an ending of members, as "jpg" or "cls", got {describe(ending)}')
    if field is not None and (not isinstance(field, str) or not field):
        raise SpecError(f"field must be the name of an entry of JSON labels, or None, got {describe(field)}")
    suffix = None if label is None else str(label).lower().lstrip(".")
    json = suffix is not None and suffix.rpartition(".")[2] == "json"
    if suffix is not None and json != (field is not None):
        fix = "name its entry: field=" if json else 'field= is for JSON: label="json"'
        raise SpecError(f"label={label!r} and field={field!r}: {fix}")
    return Wanted(tuple(each.lower().lstrip(".") for each in images), suffix, field if suffix else None)
