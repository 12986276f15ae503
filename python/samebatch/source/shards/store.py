"""The index in a file: found again by what it is of, taken only if it is whole, written all at once."""

from __future__ import annotations

import glob
import os
import threading
import time
import zipfile
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.source.shards.index import Shard, Wanted, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION: Final = 1
"""Of the format; another one is another name, and another index."""

ABANDONED: Final = 24 * 3600
"""Seconds after which an unfinished file is nobody's."""


def beside(shards: Sequence[str], wanted: Wanted) -> Path:
    """Return where the index of shards is that lies beside the first of them; it stays valid if they move together."""
    folder = os.path.dirname(shards[0])  # noqa: PTH120 (a str)
    names = [os.path.relpath(shard, folder or ".") for shard in shards]
    return Path(folder, _name(names, wanted))


def within(folder: str | Path, shards: Sequence[str], wanted: Wanted) -> Path:
    """Return where it is in a folder that others use too."""
    return Path(folder, _name([shard if "://" in shard else os.path.abspath(shard) for shard in shards], wanted))  # noqa: PTH100 (a str)


def user_folder() -> Path:
    """Return the folder for indices whose shards lie where nobody can write."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root, "samebatch", "index")


def load(path: Path, count: int) -> list[Shard] | None:
    """Return what a file holds, or None if it is not there, not whole or of another number of shards."""
    try:
        with open(path, "rb") as whole, np.load(whole, allow_pickle=False) as file:  # noqa: PTH123 (as below)
            shards = unpack({name: file[name] for name in file.files})
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile, UnicodeDecodeError):
        return None
    return shards if len(shards) == count else None


def save(path: Path, shards: list[Shard]) -> OSError | None:
    """Write a file all at once: whoever reads finds it whole, or as it was, or not at all; return why it cannot be."""
    try:
        _write(path, pack(shards))
    except OSError as error:
        return error
    return None


def _write(path: Path, packed: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = f"{path}.{os.getpid()}-{threading.get_ident()}-{time.time_ns()}.tmp"
    try:
        with open(unfinished, "xb") as file:  # noqa: PTH123 (a str)
            np.savez(file, **packed)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)  # noqa: PTH105 (a str)
    except BaseException:
        with suppress(OSError):
            os.remove(unfinished)  # noqa: PTH107 (a str)
        raise
    _clear(path)


def _clear(path: Path) -> None:
    """Remove what processes left that were killed while they wrote."""
    for unfinished in path.parent.glob(f"{glob.escape(path.name)}.*.tmp"):
        with suppress(OSError):
            if unfinished.stat().st_mtime < time.time() - ABANDONED:
                unfinished.unlink()


def _name(names: list[str], wanted: Wanted) -> str:
    hashed = blake2b(digest_size=8, person=b"samebatch.index")
    for part in (str(VERSION), *wanted.images, "", wanted.label or "", wanted.field or "", "", *names):
        hashed.update(os.fsencode(part) + b"\0")
    stem = os.path.basename(names[0]).split(".")[0][:64]  # noqa: PTH119 (a str)
    return f"{stem}.{hashed.hexdigest()}.samebatch-index.npz"
