"""Images in folders: one folder a class."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from samebatch.checks import boolean, describe, literal
from samebatch.errors import SpecError
from samebatch.source.files import FileSource
from samebatch.source.numbering import UNLABELLED, encode
from samebatch.source.options import Cache, Color, OnError, Options
from samebatch.source.paths import Paths, path_bytes
from samebatch.source.remote.folder import FarTree
from samebatch.source.remote.options import Access, Remote, is_url
from samebatch.source.split import Split, Subset
from samebatch.source.tree import Tree, count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FolderLabels = Literal["sparse", "categorical", "binary", "input", "none"]
EXTENSIONS: Final = ("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "ppm")


class FolderSource(FileSource):
    """Images in a folder, which has one folder for each class.

    Classes are in the order of their names' Unicode code points ("B" before "a"), files within a class in that of
    their paths'. Folders within a class's folder belong to the class. Names that begin with a dot are passed over, and
    so are files that lie directly in the root, whose number ``repr`` tells. No file is opened, nor its status asked.

    Args:
        root: the folder, or its URL.
        classes: which folders are classes, in this order; None: all, sorted.
        extensions: endings of image files, in any case of letters; all others are passed over.
        recursive: whether to look into the folders of a class's folder.
        follow_links: whether links to folders are folders. A folder counts once within a class, so loops end.
        label_mode: ``"sparse"``: int64 of shape (n,); ``"categorical"``: float32 of shape (n, classes), one-hot;
            ``"binary"``: float32 of shape (n,), 0 or 1, of two classes; ``"none"``: no labels and no classes, and
            files directly in the root count, first; ``"input"``: likewise, and y of a batch is a copy of its x.
        validation_split: about which share is for validation, between 0 and 1; with ``subset``. A file's side follows
            from ``split_seed`` and its path below the root, in each class by itself: adding files moves no other,
            unless a class is so small that one side of it would be empty.
        subset: ``"training"`` or ``"validation"``; None: all.
        split_seed: 0 to 2**64 - 1; another seed is another split.
        on_error: as for :class:`samebatch.FileSource`, and so are the others.
        cache: likewise.
        fast: likewise.
        color: likewise.
        upright: likewise.
        storage_options: likewise.
        remote: likewise.

    Raises:
        SpecError: there is no such folder, a folder cannot be read, there are no class folders or no images in one of
            them, a class is not there, or an option is wrong.
        FetchError: a folder by URL cannot be listed; it names the folder.
    """

    __slots__ = ("_links", "_outside", "_root")

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        classes: Sequence[str] | None = None,
        extensions: Sequence[str] = EXTENSIONS,
        recursive: bool = True,
        follow_links: bool = False,
        label_mode: FolderLabels = "sparse",
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
        mode = literal("label_mode", label_mode, FolderLabels)
        unlabelled = mode in UNLABELLED
        access = Access.given(storage_options, remote)
        top = path_bytes("root", root)
        tree = (FarTree if is_url(top) else Tree)(
            top,
            endings(extensions),
            recursive=boolean("recursive", recursive),
            follow_links=boolean("follow_links", follow_links),
            access=access,
        )
        wanted = None if classes is None else _names(classes)
        groups = tree.groups(wanted, unlabelled=unlabelled)
        names = [name for _, files in groups for name in files]
        numbers = np.repeat(np.arange(len(groups)), [len(files) for _, files in groups])
        if split is not None:
            rows = split.rows(names, numbers)
            names, numbers = [names[row] for row in rows.tolist()], numbers[rows]
        known = None if unlabelled else [os.fsdecode(name) for name, _ in groups]
        labels: NDArray[Any] | None = None if known is None else encode(numbers, len(known), mode, f"in {tree.shown}")
        self._root, self._links, self._outside = os.fsdecode(tree.root), tree.links, tree.outside
        self._of_paths(Paths(names, tree.root), labels, None, known, options, mode, access)

    @property
    def root(self) -> str:
        """The folder."""
        return self._root

    def _notes(self) -> list[str]:
        notes = []
        if self._outside:
            notes.append(f"{count_of(self._outside, 'file')} directly in {self._root!r} ignored")
        if self._links:
            notes.append(f"{count_of(self._links, 'linked folder')} not followed")
        return notes


def endings(extensions: object) -> tuple[bytes, ...]:
    """Return the endings of file names, each with its dot and in small letters.

    Raises:
        SpecError: they are no list of strings.
    """
    if isinstance(extensions, str) or not isinstance(extensions, list | tuple | set | frozenset) or not extensions:
        raise SpecError(f'extensions must be a list of endings, as ["jpg", "png"], got {describe(extensions)}')
    for extension in extensions:
        if not isinstance(extension, str) or not extension.strip("."):
            raise SpecError(f'extensions must be strings, as "jpg" or ".jpg", got {describe(extension)}')
    return tuple(b"." + os.fsencode(extension.lower().lstrip(".")) for extension in extensions)


def _names(classes: object) -> list[str]:
    if isinstance(classes, str) or not isinstance(classes, list | tuple | np.ndarray) or not len(classes):
        raise SpecError(f"classes must be a list of folder names, got {describe(classes)}")
    names = list(classes)
    for i, name in enumerate(names):
        if not isinstance(name, str):
            raise SpecError(f"classes must be strings, got {describe(name)}")
        if name in names[:i]:
            raise SpecError(f"classes names {name!r} twice")
    return names
