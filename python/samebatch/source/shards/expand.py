"""Which shards are meant: braces as WebDataset has them, patterns, or a list."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from typing import Final

from samebatch.checks import describe
from samebatch.errors import FetchError, SpecError
from samebatch.source.remote.names import matching
from samebatch.source.remote.objects import Objects
from samebatch.source.remote.options import NO_URLS, Access, is_url

RANGE: Final = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?\Z")
MOST: Final = 1_000_000
"""Names that braces may stand for; more are a slip."""


def shard_paths(shards: object, access: Access | None = None, *, what: str = "shards") -> list[str]:
    """Return the paths or URLs of shards, in order; ``what``: how messages call them.

    Raises:
        SpecError: there are none, one is no path, or a pattern finds nothing.
        FetchError: a folder of URLs could not be listed; it names the folder.
    """
    if isinstance(shards, str | os.PathLike):
        shards = [shards]
    if not isinstance(shards, Iterable) or isinstance(shards, bytes | set | frozenset | dict):
        raise SpecError(
            f'{what} must be a path with braces or a pattern, as "train-{{000..099}}.tar", or a list, '
            f"got {describe(shards)}"
        )
    found = []
    for item in shards:
        path = os.fspath(item) if isinstance(item, os.PathLike) else item
        if not isinstance(path, str) or not path or "\0" in path:
            raise SpecError(f"{what} must be paths (str or pathlib.Path), got {describe(item)}")
        for name in braces(path):
            found += _far(name, access, what) if is_url(name) else _matches(name, what)
    if not found:
        raise SpecError(f"{what} is empty; give at least one")
    far = is_url(found[0])
    if any(is_url(path) != far for path in found):
        raise SpecError(f"{what} are paths and URLs mixed; make two sources, or write file:// before the paths")
    if access is not None and not far:
        raise SpecError(NO_URLS)
    return found


def braces(text: str) -> list[str]:
    """Return what braces stand for: ``{a,b}`` and ``{000..099}``, also one within another; others stay as they are.

    Raises:
        SpecError: they stand for more than a million names.
    """
    opened = text.find("{")
    closed = _closing(text, opened) if opened >= 0 else -1
    if closed < 0:
        return [text]
    before, inner = text[:opened], text[opened + 1 : closed]
    parts = _split(inner)
    if len(parts) > 1:
        middles = [name for part in parts for name in braces(part)]
    else:
        middles = _numbers(inner) or ["{" + name + "}" for name in braces(inner)]
    rests = braces(text[closed + 1 :])
    if len(middles) * len(rests) > MOST:
        raise SpecError(f"{text!r} stands for more than {MOST} shards")
    return [before + middle + rest for middle in middles for rest in rests]


def _closing(text: str, opened: int) -> int:
    depth = 0
    for at in range(opened, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return -1


def _split(inner: str) -> list[str]:
    parts, depth = [""], 0
    for letter in inner:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _numbers(inner: str) -> list[str]:
    found = RANGE.match(inner)
    if not found:
        return []
    first, last, step = (int(number or 1) for number in found.groups())
    padded = any(number.lstrip("-").startswith("0") and len(number.lstrip("-")) > 1 for number in found.groups()[:2])
    width = max(len(number) for number in found.groups()[:2]) if padded else 0
    step = abs(step) or 1
    numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    if len(numbers) > MOST:
        raise SpecError(f"{{{inner}}} stands for more than {MOST} shards")
    return [f"{number:0{width}d}" for number in numbers]


def _far(name: str, access: Access | None, what: str) -> list[str]:
    if not glob.has_magic(name.partition("?")[0]):  # what stands behind a question mark is a query
        return [name]
    try:
        found = matching(Objects(access or Access()), name)
    except FetchError as error:
        raise FetchError(f"{what}: {name!r}: {error}") from error.__cause__
    if not found:
        raise SpecError(f"{what}: there is no object {name!r}")
    return found


def _matches(name: str, what: str) -> list[str]:
    if not glob.has_magic(name) or os.path.exists(name):  # noqa: PTH110 (a str)
        return [name]
    found = sorted(glob.glob(name))  # noqa: PTH207 (a str, which may be absolute)
    if not found:
        raise SpecError(f"{what}: there is no file {name!r}")
    return found
