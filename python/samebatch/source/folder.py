"""Images in folders: one folder a class."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

import numpy as np

from samebatch.checks import boolean, describe, literal, nearest
from samebatch.errors import SpecError
from samebatch.source import scan
from samebatch.source.files import FileSource
from samebatch.source.numbering import UNLABELLED, encode
from samebatch.source.options import Cache, Color, OnError, Options
from samebatch.source.paths import Paths, path_bytes
from samebatch.source.split import Split, Subset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FolderLabels = Literal["sparse", "categorical", "binary", "input", "none"]
EXTENSIONS: Final = ("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "ppm")


class FolderSource(FileSource):
    """Images in a folder, which has one folder for each class.

    Classes are in the order of their names' Unicode code points ("B" before "a"), files within a class in that of
    their paths'. Folders within a class's folder belong to the class. Names that begin with a dot are passed over, and
    so are files that lie directly in the root, whose number ``repr`` tells. No file is opened, nor its status asked.

    Args:
        root: the folder.
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

    Raises:
        SpecError: there is no such folder, a folder cannot be read, there are no class folders or no images in one of
            them, a class is not there, or an option is wrong.
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
    ) -> None:
        options = Options.checked(on_error=on_error, cache=cache, fast=fast, color=color, upright=upright)
        split = Split.checked(validation_split, subset, split_seed)
        mode = literal("label_mode", label_mode, FolderLabels)
        unlabelled = mode in UNLABELLED
        tree = _Tree(
            path_bytes("root", root),
            endings(extensions),
            recursive=boolean("recursive", recursive),
            follow_links=boolean("follow_links", follow_links),
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
        self._of_paths(Paths(names, tree.root), labels, None, known, options, mode)

    @property
    def root(self) -> str:
        """The folder."""
        return self._root

    def _notes(self) -> list[str]:
        notes = []
        if self._outside:
            notes.append(f"{_count(self._outside, 'file')} directly in {self._root!r} ignored")
        if self._links:
            notes.append(f"{_count(self._links, 'linked folder')} not followed")
        return notes


class _Tree:
    """The folder, and what was seen while walking it."""

    def __init__(self, root: bytes, ends: tuple[bytes, ...], *, recursive: bool, follow_links: bool) -> None:
        self.root, self.ends, self.recursive, self.follow_links = root, ends, recursive, follow_links
        self.shown = repr(os.fsdecode(root))
        self.outside = self.links = 0
        if not os.path.isdir(root):  # noqa: PTH112 (bytes)
            there = os.path.exists(root)  # noqa: PTH110
            fix = "it is a file; for files: FileSource([path, ...])" if there else "there is no such folder"
            raise SpecError(f"root must be a folder, got {self.shown}: {fix}")

    def groups(self, wanted: list[str] | None, *, unlabelled: bool) -> list[tuple[bytes, list[bytes]]]:
        """Return each class's folder and its files, relative to the root."""
        try:
            top = scan.listing(self.root, endings=self.ends, follow_links=self.follow_links)
        except OSError as error:
            _unreadable(self.root, error)
        self.links += len(top.links)
        alone = unlabelled and wanted is None
        self.outside = 0 if alone else len(top.files)
        if not (top.folders or alone):
            raise SpecError(self._no_folders(top))
        folders = top.folders if wanted is None else self._chosen(wanted, top.folders)
        if alone and not self.recursive:
            folders = []
        groups = [(folder, self._files(folder)) for folder in folders]
        if alone:
            groups.insert(0, (b"", top.files))
        if wanted is None and not unlabelled:
            self._check_filled(groups)
        if not any(files for _, files in groups):
            raise SpecError(f"there are no images in {self.shown}, no file that ends in {self._endings()}")
        return groups

    def _files(self, folder: bytes) -> list[bytes]:
        files, links = scan.walk(
            self.root,
            folder,
            endings=self.ends,
            recursive=self.recursive,
            follow_links=self.follow_links,
            unreadable=_unreadable,
        )
        self.links += links
        return files

    def _chosen(self, wanted: list[str], there: list[bytes]) -> list[bytes]:
        known = [os.fsdecode(name) for name in there]
        for name in wanted:
            if name not in known:
                shown = ", ".join(repr(other) for other in known[:10]) + (", ..." if len(known) > 10 else "")  # noqa: PLR2004 (a line of names)
                raise SpecError(
                    f"classes: there is no folder {name!r} in {self.shown}{nearest(name, known)}; there are {shown}"
                )
        return [os.fsencode(name) for name in wanted]

    def _check_filled(self, groups: list[tuple[bytes, list[bytes]]]) -> None:
        empty = [os.fsdecode(folder) for folder, files in groups if not files]
        if empty and len(empty) < len(groups):
            raise SpecError(
                f"the folder {empty[0]!r} in {self.shown} holds no images (no file that ends in {self._endings()}); "
                "name the classes if it is none, or if it is meant to be empty: classes=[...]"
            )

    def _no_folders(self, top: scan.Listing) -> str:
        if top.links:
            return (
                f"there are no class folders in {self.shown}, but {_count(len(top.links), 'link')} to folders; "
                "use follow_links=True"
            )
        if top.files:
            return (
                f"there are no class folders in {self.shown}, but {_count(len(top.files), 'image')} directly in it; "
                'move them into one folder for each class, or use label_mode="none"'
            )
        return f"there are no class folders and no images in {self.shown}; is it the right folder?"

    def _endings(self) -> str:
        return ", ".join(end.decode() for end in self.ends)


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


def _unreadable(folder: bytes, error: OSError) -> NoReturn:
    raise SpecError(
        f"the folder {os.fsdecode(folder)!r} cannot be read: {error.strerror or error}; let this user read it, or "
        "leave its class out: classes=[...]"
    ) from error


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
