"""A folder of class folders, and what was seen while walking it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

from samebatch.checks import nearest
from samebatch.errors import SpecError
from samebatch.source import scan
from samebatch.source.remote.options import NO_URLS

if TYPE_CHECKING:
    from samebatch.source.remote.options import Access


class Tree:
    """The folder, and what was seen while walking it."""

    def __init__(
        self, root: bytes, ends: tuple[bytes, ...], *, recursive: bool, follow_links: bool, access: Access | None
    ) -> None:
        self.root, self.ends, self.recursive, self.follow_links = root, ends, recursive, follow_links
        self.shown = repr(os.fsdecode(root))
        self.outside = self.links = 0
        self._check(access)

    def _check(self, access: Access | None) -> None:
        root = self.root
        if access is not None:
            raise SpecError(NO_URLS)
        if not os.path.isdir(root):  # noqa: PTH112 (bytes)
            there = os.path.exists(root)  # noqa: PTH110
            fix = "it is a file; for files: FileSource([path, ...])" if there else "there is no such folder"
            raise SpecError(f"root must be a folder, got {self.shown}: {fix}")

    def groups(self, wanted: list[str] | None, *, unlabelled: bool) -> list[tuple[bytes, list[bytes]]]:
        """Return each class's folder and its files, relative to the root."""
        top = self._top()
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

    def _top(self) -> scan.Listing:
        try:
            return scan.listing(self.root, endings=self.ends, follow_links=self.follow_links)
        except OSError as error:
            _unreadable(self.root, error)

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
                f"there are no class folders in {self.shown}, but {count_of(len(top.links), 'link')} to folders; "
                "use follow_links=True"
            )
        if top.files:
            return (
                f"there are no class folders in {self.shown}, but {count_of(len(top.files), 'image')} directly in it; "
                'move them into one folder for each class, or use label_mode="none"'
            )
        return f"there are no class folders and no images in {self.shown}; is it the right folder?"

    def _endings(self) -> str:
        return ", ".join(end.decode() for end in self.ends)


def _unreadable(folder: bytes, error: OSError) -> NoReturn:
    raise SpecError(
        f"the folder {os.fsdecode(folder)!r} cannot be read: {error.strerror or error}; let this user read it, or "
        "leave its class out: classes=[...]"
    ) from error


def count_of(number: int, what: str) -> str:
    """Return a number of things in words."""
    return f"{number} {what}{'' if number == 1 else 's'}"
