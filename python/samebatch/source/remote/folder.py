"""A folder of class folders, by its URL."""

from __future__ import annotations

import os

from samebatch.errors import DecodeError, FetchError, SpecError
from samebatch.source import scan
from samebatch.source.remote.names import below
from samebatch.source.remote.objects import Objects
from samebatch.source.remote.options import Access
from samebatch.source.tree import Tree


class FarTree(Tree):
    """A folder far away: all names below it are asked for at once; links are what its file system takes them for."""

    def _check(self, access: Access | None) -> None:
        self._paths: list[tuple[bytes, ...]] = []
        url = os.fsdecode(self.root)
        objects = Objects(access or Access())
        try:
            found = below(objects, url)
        except DecodeError:
            found = []
        except FetchError as error:
            raise FetchError(f"root: {error}") from error.__cause__
        if not found:
            raise SpecError(f"root must be a folder, got {url!r}: {_instead(objects, url)}")
        for path in found:
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


def _instead(objects: Objects, url: str) -> str:
    """Return what there is where no objects are below a URL."""
    nothing = "there is nothing there, no such folder or an empty one"
    if url.startswith(("http://", "https://")):
        return f"{nothing}, or a page without links to files below it"  # there folders are pages, and pages files
    try:
        is_file = objects.info(url).get("type") == "file"
    except DecodeError:
        return nothing
    except FetchError as error:
        raise FetchError(f"root: {url!r}: {error}") from error.__cause__
    return f"it is a file; for files: FileSource([{url!r}, ...])" if is_file else nothing
