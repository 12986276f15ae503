"""All files below a folder: each is examined, and then they are compared."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from PIL import Image

from samebatch.cli.verify.examine import Seen, examine
from samebatch.cli.verify.progress import progress
from samebatch.source.scan import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOGETHER: Final = 256
"""Files handed to the threads at a time, so that an interruption is soon over and memory is bounded."""

RARE: Final = 20
"""A mode is rare if fewer than one image in so many has it."""

FAULTS: Final = ("unreadable", "empty", "unknown", "truncated", "broken", "bomb", "differs")
NOTES: Final = ("misnamed", "duplicated", "rare mode", "small", "no class")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say of one file."""

    kind: str
    file: str
    reason: str


@dataclass(slots=True)
class Survey:
    """What was found below a folder.

    Attributes:
        folder: the folder.
        faults: of files that cannot be read as images: kinds of :data:`FAULTS`.
        notes: of files that can: kinds of :data:`NOTES`.
        images: how many images can be read.
        others: how many files are no images and are not called so.
        classes: how many of the images each folder holds.
        formats: how many of them are of each format.
        modes: how many of them are of each mode.
        smallest: (height, width) of the one with the fewest pixels, or None.
        largest: of the one with the most.
        links: links to folders that were not followed.
    """

    folder: str
    faults: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    images: int = 0
    others: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    formats: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    smallest: tuple[int, int] | None = None
    largest: tuple[int, int] | None = None
    links: int = 0


def take(folder: str, *, largest: int | None, small: int, follow_links: bool, threads: int) -> Survey:
    """Examine all files below a folder.

    Args:
        folder: the folder.
        largest: more pixels than this are a fault; None: where Pillow refuses an image.
        small: sides of fewer pixels are noted.
        follow_links: walk links to folders as well.
        threads: how many files are read at a time.
    """
    found = Survey(folder)

    def unreadable(path: bytes, error: OSError) -> None:
        inside = os.path.relpath(os.fsdecode(path), folder)
        found.faults.append(Finding("unreadable", inside, f"the folder cannot be read: {error.strerror or error}"))

    names, found.links = walk(
        os.fsencode(folder), b"", endings=None, recursive=True, follow_links=follow_links, unreadable=unreadable
    )
    if largest is None and Image.MAX_IMAGE_PIXELS is not None:
        largest = 2 * Image.MAX_IMAGE_PIXELS
    seen: list[Seen] = []
    with _no_limit(), progress("reading", len(names)) as advance:
        for one in _examined(folder, names, largest, threads):
            advance()
            if one.fault:
                found.faults.append(Finding(one.fault, one.name, one.reason))
            elif one.format:
                seen.append(one)
            else:
                found.others += 1
    _count(found, seen)
    found.notes += [*_misnamed(seen), *_duplicated(seen), *_rare(seen, found.modes), *_small(seen, small)]
    found.notes += _unclassed(seen, found.classes)
    return found


def _examined(folder: str, names: list[bytes], largest: int | None, threads: int) -> Iterator[Seen]:
    look = partial(examine, folder, largest=largest)
    with ThreadPoolExecutor(threads) as pool:
        for begin in range(0, len(names), TOGETHER):
            yield from pool.map(look, map(os.fsdecode, names[begin : begin + TOGETHER]))


@contextmanager
def _no_limit() -> Iterator[None]:
    """Let the limit be the one that was asked for, and Pillow be silent about what is told anyway."""
    before = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _class(name: str) -> str:
    return name.split("/", 1)[0] if "/" in name else ""


def _often(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _count(found: Survey, seen: list[Seen]) -> None:
    found.images = len(seen)
    found.classes = _often(_class(one.name) for one in seen)
    found.formats = _often(one.format for one in seen)
    found.modes = _often(one.mode for one in seen)
    sizes = sorted({one.size for one in seen}, key=lambda size: (size[0] * size[1], size))
    found.smallest, found.largest = (sizes[0], sizes[-1]) if sizes else (None, None)


def _misnamed(seen: list[Seen]) -> list[Finding]:
    return [Finding("misnamed", one.name, one.misnamed) for one in seen if one.misnamed]


def _duplicated(seen: list[Seen]) -> Iterator[Finding]:
    first: dict[bytes, str] = {}
    for one in seen:
        other = first.setdefault(one.digest, one.name)
        if other != one.name:
            elsewhere = ", which is of another class" if _class(other) != _class(one.name) else ""
            yield Finding("duplicated", one.name, f"the same bytes as {other!r}{elsewhere}")


def _rare(seen: list[Seen], modes: dict[str, int]) -> list[Finding]:
    rare = {mode for mode, count in modes.items() if count * RARE < len(seen)}
    return [
        Finding("rare mode", one.name, f"its mode is {one.mode}, as of {modes[one.mode]} of {len(seen)} images")
        for one in seen
        if one.mode in rare
    ]


def _small(seen: list[Seen], small: int) -> list[Finding]:
    return [
        Finding("small", one.name, f"it is {one.size[0]} x {one.size[1]} pixels (height x width)")
        for one in seen
        if min(one.size) < small
    ]


def _unclassed(seen: list[Seen], classes: dict[str, int]) -> list[Finding]:
    if set(classes) <= {""}:  # a folder of images, without classes
        return []
    return [
        Finding("no class", one.name, "it lies in no class's folder, and FolderSource passes it over")
        for one in seen
        if not _class(one.name)
    ]
