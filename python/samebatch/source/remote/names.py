"""The names of objects far away. A folder that cannot be listed is an error: fsspec's own walk would pass it over."""

from __future__ import annotations

import inspect
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from samebatch.errors import DecodeError, FetchError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samebatch.source.remote.objects import Objects

ANY_DEPTH: Final = "**"


def below(objects: Objects, url: str) -> list[str]:
    """Return the paths of all objects below a URL, relative to it, in no order.

    Raises:
        DecodeError: there is no such folder; it has the reason only.
        FetchError: a folder could not be listed; it names the folder.
        SpecError: a folder is gone before it is listed.
    """
    names = _Names(objects, url)
    top = names.path.rstrip("/") + "/"
    return [path[len(top) :] for path in names.below(names.path) if path.startswith(top)]


def matching(objects: Objects, url: str) -> list[str]:
    """Return the URLs of the objects that a pattern names, sorted; raises as :func:`below`.

    ``*``, ``?`` and ``[...]`` stand for letters of one folder's or object's name, ``**`` for any number of folders.
    """
    names = _Names(objects, url)
    # In a URL of a web server a question mark begins a query.
    magic = [at for at in map(names.path.find, "*[" if names.path.startswith("http") else "*?[") if at >= 0]
    begin = names.path.rfind("/", 0, min(magic)) + 1
    parts = names.path[begin:].split("/")
    if wrong := next((part for part in parts if ANY_DEPTH in part and part != ANY_DEPTH), None):
        raise SpecError(f"{url!r}: {ANY_DEPTH} stands for folders, between slashes, and not within {wrong!r}")
    try:
        found = set(names.matching(names.path[:begin], parts))
    except DecodeError:  # of the folder that the pattern begins with
        return []
    return [names.url(path) for path in sorted(found)]


class _Names:
    """The names of one file system.

    Args:
        objects: its objects.
        url: a folder, or a pattern.
    """

    def __init__(self, objects: Objects, url: str) -> None:
        self._objects, self._url = objects, url
        self._system, self.path = objects.system(url)

    def url(self, path: str) -> str:
        """Return the URL of a path."""
        own = self.path.lstrip("/")
        if own and self._url.rstrip("/").endswith(own.rstrip("/")):  # also of a chain, as simplecache::s3://...
            return self._url.rstrip("/").removesuffix(own.rstrip("/")) + path.lstrip("/")
        return str(self._system.unstrip_protocol(path))

    def below(self, folder: str, top: str | None = None) -> Iterator[str]:
        """Yield the paths of all objects below a folder, which may be below another; raises as the function."""
        top = folder if top is None else top
        if not _walks(self._system):
            yield from self._named(folder, top, lambda: self._objects.found(self._url, folder))
            return
        seen, left = {folder.rstrip("/")}, [folder]
        while left:
            for path, is_folder in self._listed(left.pop(), top):
                if not is_folder:
                    yield path
                elif path not in seen:
                    seen.add(path)
                    left.append(path)

    def matching(self, folder: str, parts: list[str]) -> Iterator[str]:
        """Yield the paths of the objects in a folder that a pattern names, folder by folder; raises as the function."""
        left = [(folder, parts)]
        while left:
            where, (part, *rest) = left.pop()
            if part == ANY_DEPTH:
                start = len(where.rstrip("/")) + 1
                yield from (path for path in self.below(where, folder) if _fits(path[start:].split("/"), [part, *rest]))
                continue
            for path, is_folder in self._listed(where, folder):
                if not fnmatchcase(path.rpartition("/")[2], part):
                    continue
                if rest and is_folder:
                    left.append((path, rest))
                elif not rest and not is_folder:
                    yield path

    def _listed(self, folder: str, top: str) -> list[tuple[str, bool]]:
        """Return the path of each object and folder in a folder, and whether it is a folder."""
        found = self._named(folder, top, lambda: self._objects.listed(self._url, folder))
        named = [(str(info["name"]).rstrip("/"), info["type"] == "directory") for info in found]
        own = folder.rstrip("/")
        return [(path, is_folder) for path, is_folder in named if path.rstrip("/") != own]

    def _shown(self, folder: str) -> str:
        return repr(self.url(folder.rstrip("/") or folder))

    def _named(self, folder: str, top: str, call: Any) -> Any:  # noqa: ANN401 (what it returns)
        try:
            return call()
        except FetchError as error:
            raise FetchError(f"the folder {self._shown(folder)}: {error}") from error.__cause__
        except DecodeError as error:
            if folder == top:
                raise
            raise SpecError(f"the folder {self._shown(folder)} is gone before it was listed; try again") from error


def _fits(names: list[str], parts: list[str]) -> bool:
    """Return whether the names of folders and an object are as the parts of a pattern say."""
    if not parts:
        return not names
    part, *rest = parts
    if part == ANY_DEPTH:
        return not rest or any(_fits(names[at:], rest) for at in range(len(names)))
    return bool(names) and fnmatchcase(names[0], part) and _fits(names[1:], rest)


def _walks(system: Any) -> bool:  # noqa: ANN401 (fsspec has no types)
    """Return whether a file system, or the one that it passes on to, finds names by fsspec's own walk."""
    from fsspec.asyn import AsyncFileSystem  # noqa: PLC0415 (optional, and there is a file system already)
    from fsspec.spec import AbstractFileSystem  # noqa: PLC0415

    find = inspect.unwrap(system.find)
    if getattr(find, "__func__", find) in (AbstractFileSystem.find, AsyncFileSystem._find):  # noqa: SLF001 (its default)
        return True
    inner = getattr(system, "fs", None)
    return isinstance(inner, AbstractFileSystem) and inner is not system and _walks(inner)
