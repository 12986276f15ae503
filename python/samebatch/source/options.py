"""How files are read: what every source of files can be told."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Final, Literal

from samebatch.checks import LARGEST_INDEX, boolean, describe, integer, literal
from samebatch.errors import SpecError

Color = Literal["rgb", "rgba", "grey"]
OnError = Literal["raise", "skip"]
Cache = str | os.PathLike[str] | tuple[Literal["memory"], int] | None

SLIPS: Final = ("memory", "mem", "ram", "disk")
"""What nobody means a folder by, in any case of letters."""


@dataclass(frozen=True, slots=True)
class Options:
    """How files are read; the arguments of :class:`samebatch.FileSource` say what each means."""

    on_error: str
    cache: str | tuple[str, int] | None
    fast: bool
    color: str
    upright: bool

    @classmethod
    def checked(cls, *, on_error: object, cache: object, fast: object, color: object, upright: object) -> Options:
        """Make options of what a user wrote.

        Raises:
            SpecError: one of them is wrong.
        """
        return cls(
            on_error=literal("on_error", on_error, OnError),
            cache=_cache(cache),
            fast=boolean("fast", fast),
            color=literal("color", color, Color),
            upright=boolean("upright", upright),
        )

    def absolute(self) -> Options:
        """Return the same options; a cache's folder is named from the root of the file system on."""
        if not isinstance(self.cache, str) or self.cache == "memory":
            return self
        return replace(self, cache=os.path.abspath(self.cache))  # noqa: PTH100 (a str)


def _cache(value: object) -> str | tuple[str, int] | None:
    if value is None:
        return None
    if isinstance(value, str) and value != "memory" and value.lower() in SLIPS:
        raise SpecError(f'cache={value!r}: did you mean "memory"? A folder of that name is "./{value}"')
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
        value = os.path.join(os.curdir, value) if value == "memory" else value  # noqa: PTH118 (a folder of that name)
    if isinstance(value, str) and value and "\0" not in value:
        if value != "memory" and os.path.exists(value) and not os.path.isdir(value):  # noqa: PTH110, PTH112 (a str)
            raise SpecError(f"cache must be a folder, and {value!r} is a file; name a folder, which may be a new one")
        return value
    if isinstance(value, tuple) and len(value) == 2 and value[0] == "memory":  # noqa: PLR2004 (what, how much)
        return "memory", integer('cache=("memory", bytes): bytes', value[1], 1, LARGEST_INDEX)
    raise SpecError(f'cache must be None, "memory", ("memory", bytes) or the path of a folder, got {describe(value)}')
