"""A folder of class folders, by its URL."""

from __future__ import annotations

import os

from samebatch.errors import DecodeError, SpecError
from samebatch.source import scan
from samebatch.source.remote.objects import Objects
from samebatch.source.remote.options import Access
from samebatch.source.tree import Tree


class FarTree(Tree):
    """A folder far away: all names below it are asked for at once; links are what its file system takes them for."""

    def _check(self, access: Access | None) -> None:
        self._paths: list[tuple[bytes, ...]] = []
        url = os.fsdecode(self.root)
        try:
            below = Objects(access or Access()).below(url)
        except DecodeError:
            below = []
        if not below:
            raise SpecError(f"root must be a folder, got {url!r}: there is nothing there")
        for path in below:
            parts = tuple(os.fsencode(part) for part in path.split("/"))
            if not any(part.startswith(b".") or not part for part in parts):
                self._paths.append(parts)

    def _top(self) -> scan.Listing:
        files = sorted(parts[0] for parts in self._paths if len(parts) == 1 and self._wanted(parts))
        folders = sorted({parts[0] for parts in self._paths if len(parts) > 1})
        return scan.Listing(files=files, folders=folders)

    def _files(self, folder: bytes) -> list[bytes]:
        return sorted(
            b"/".join(parts)
            for parts in self._paths
            if len(parts) > 1 and parts[0] == folder and self._wanted(parts) and (self.recursive or len(parts) == 2)  # noqa: PLR2004 (a folder's own file)
        )

    def _wanted(self, parts: tuple[bytes, ...]) -> bool:
        return parts[-1].lower().endswith(self.ends)
