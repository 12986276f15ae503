"""How objects are fetched: what every source of URLs can be told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from samebatch.checks import LARGEST_INDEX, describe, integer, number
from samebatch.errors import SpecError

if TYPE_CHECKING:
    from samebatch.source.paths import Paths

NO_URLS: Final = 'storage_options= and remote= are for URLs, as "s3://bucket/key", and there are none'
MOST_AT_ONCE: Final = 1024
LONGEST: Final = 86400.0  # a day, in seconds


@dataclass(frozen=True, slots=True)
class Remote:
    """How images are fetched by URL; it changes no byte of a batch.

    Attributes:
        read_ahead: how many samples are fetched ahead of the batch that is being made, 0 to 1,000,000.
        concurrency: how many are fetched at once, in each process, 1 to 1024.
        tries: how often one is tried, 1 to 100, before :class:`samebatch.errors.FetchError` is raised. What is not
            there, or may not be read, is not tried again.
        backoff: seconds to wait before the second try, twice as many before each next one, and at most 10.
        timeout: seconds after which a try counts as failed, where the file system allows that; None: never. Where a
            file system tells all names below a folder at once, it holds until the server answers at all.
        memory: bytes of encoded images that are kept in memory, in each process.
        folder: a folder of this machine where encoded images are kept for later epochs and runs; None: nowhere. What is
            kept there stays, even if its object changes: use another folder for other data.
        folder_bytes: how many bytes may be kept there; None: as many as there are. Each process counts what was there
            when it began, and what it wrote itself.

    Raises:
        SpecError: one of them is out of range, or there is ``folder_bytes`` and no ``folder``.
    """

    read_ahead: int = 256
    concurrency: int = 16
    tries: int = 6
    backoff: float = 0.1
    timeout: float | None = 60.0
    memory: int = 2**28
    folder: str | os.PathLike[str] | None = None
    folder_bytes: int | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        integer("Remote: read_ahead", self.read_ahead, 0, 1_000_000)
        integer("Remote: concurrency", self.concurrency, 1, MOST_AT_ONCE)
        integer("Remote: tries", self.tries, 1, 100)
        number("Remote: backoff", self.backoff, 0.0, LONGEST)
        if self.timeout is not None:
            number("Remote: timeout", self.timeout, 1e-3, LONGEST)
        integer("Remote: memory", self.memory, 0, LARGEST_INDEX)
        if self.folder is not None and (self.folder == "" or not isinstance(self.folder, str | os.PathLike)):
            raise SpecError(f"Remote: folder must be the path of a folder or None, got {describe(self.folder)}")
        if self.folder_bytes is not None:
            integer("Remote: folder_bytes", self.folder_bytes, 0, LARGEST_INDEX)
            if self.folder is None:
                raise SpecError(
                    f"Remote: folder_bytes={self.folder_bytes} is for a folder, and there is none; name it: folder="
                )


@dataclass(frozen=True, slots=True)
class Access:
    """What a file system is opened with, and how it is used."""

    storage: Mapping[str, Any] = field(default_factory=dict, repr=False)  # it may hold credentials
    remote: Remote = field(default_factory=Remote)

    @classmethod
    def given(cls, storage_options: object, remote: object) -> Access | None:
        """Make it of what a user wrote; None: nothing.

        Raises:
            SpecError: one of the two is of another type, or a key of the options.
        """
        if storage_options is not None and not isinstance(storage_options, Mapping):
            raise SpecError(f"storage_options must be a dict for fsspec, or None, got {describe(storage_options)}")
        if wrong := [name for name in storage_options or () if not isinstance(name, str)]:
            raise SpecError(f"storage_options must have names (str) as keys, got {describe(wrong[0])}")
        if remote is not None and not isinstance(remote, Remote):
            raise SpecError(f"remote must be samebatch.Remote(...) or None, got {describe(remote)}")
        if storage_options is None and remote is None:
            return None
        return cls(dict(storage_options or {}), remote or Remote())


def is_url(path: str | bytes) -> bool:
    """Return whether a path is a URL, as ``s3://bucket/key``, or a chain of such, as ``simplecache::s3://bucket/key``."""
    text = os.fsdecode(path)
    scheme, mark, _ = text.partition("://")
    return bool(mark) and scheme[:1].isalpha() and all(letter.isalnum() or letter in "+-.:" for letter in scheme)


def all_urls(paths: Paths) -> bool:
    """Return whether paths are URLs.

    Raises:
        SpecError: only some are.
    """
    if paths.prefix:
        return is_url(paths.prefix)
    if b"://" not in paths.joined:
        return False
    urls = [is_url(path) for path in paths]
    if any(urls) and not all(urls):
        first, other = urls.index(True), urls.index(False)
        raise SpecError(
            f"paths[{first}] is a URL, {paths[first]!r}, and paths[{other}] is a path, {paths[other]!r}; make two "
            "sources, or write file:// before the paths"
        )
    return bool(urls) and all(urls)
