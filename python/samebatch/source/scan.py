"""Which files a folder holds, in an order that is the same everywhere."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Listing:
    """What one folder holds; names are bytes, sorted as bytes, which for UTF-8 is the order of Unicode code points.

    Names that begin with a dot are left out: ``.ipynb_checkpoints`` is no class, and ``._1.jpg`` no image.

    Attributes:
        files: files with a wanted ending, links to files, and links that lead nowhere.
        folders: folders, and links to folders if they are followed.
        links: links to folders if they are not.
    """

    files: list[bytes] = field(default_factory=list)
    folders: list[bytes] = field(default_factory=list)
    links: list[bytes] = field(default_factory=list)


def listing(folder: bytes, *, endings: tuple[bytes, ...] | None, follow_links: bool) -> Listing:
    """List a folder without asking for the status of any file.

    Args:
        folder: its path.
        endings: of the files that are wanted, in small letters; None: all, and pipes and devices as well.
        follow_links: whether links to folders are folders.

    Raises:
        OSError: the folder cannot be read.
    """
    found = Listing()
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith(b"."):
                continue
            wanted = endings is None or name.lower().endswith(endings)
            if wanted and entry.is_file(follow_symlinks=False):
                found.files.append(name)
            elif entry.is_dir(follow_symlinks=False):
                found.folders.append(name)
            elif entry.is_symlink():
                if _leads_to_folder(entry):
                    (found.folders if follow_links else found.links).append(name)
                elif wanted:
                    found.files.append(name)
            elif endings is None:
                found.files.append(name)
    for names in (found.files, found.folders, found.links):
        names.sort()
    return found


def walk(
    root: bytes,
    top: bytes,
    *,
    endings: tuple[bytes, ...] | None,
    recursive: bool,
    follow_links: bool,
    unreadable: Callable[[bytes, OSError], None],
) -> tuple[list[bytes], int]:
    """Return the files below a folder, sorted, and how many links to folders were not followed.

    Where links are followed, a folder that several ways lead to counts once, so that a loop of links ends.

    Args:
        root: the folder that names are relative to.
        top: the folder to walk, relative to the root, b"" for the root itself.
        endings: as for :func:`listing`.
        recursive: walk the folders below as well.
        follow_links: as for :func:`listing`.
        unreadable: called with a folder's path and the error if it cannot be read.
    """
    files: list[bytes] = []
    links = 0
    seen: set[tuple[int, int]] = set()
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        path = os.path.join(root, folder) if folder else root  # noqa: PTH118 (bytes)
        try:
            if follow_links:
                status = os.stat(path)  # noqa: PTH116 (bytes)
                place = (status.st_dev, status.st_ino)
                if place in seen:
                    continue
                seen.add(place)
            found = listing(path, endings=endings, follow_links=follow_links)
        except OSError as error:
            unreadable(path, error)
            continue
        before = folder + b"/" if folder else b""
        files += [before + name for name in found.files]
        links += len(found.links)
        if recursive:
            waiting += [before + name for name in reversed(found.folders)]
    files.sort()
    return files, links


def _leads_to_folder(link: os.DirEntry[bytes]) -> bool:
    try:
        return link.is_dir()
    except OSError:  # a link to itself
        return False
