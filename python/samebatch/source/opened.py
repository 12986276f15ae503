"""What a source of files has in one process: the files as the native core reads them, and those that gave no image."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samebatch import _native
    from samebatch.source.options import Options
    from samebatch.source.origin import Origin


class Opened:
    """Never pickled. It has no lock, which a forked child could find held: a dict takes one entry at a time."""

    __slots__ = ("_files", "_skipped", "_told")

    def __init__(self) -> None:
        self._files: dict[Options, _native.Files] = {}
        self._skipped: dict[int, str] = {}
        self._told: set[int] = set()

    def files(self, origin: Origin, options: Options) -> _native.Files:
        """Return the native files, the same ones each time, as they hold the cache."""
        made = self._files.get(options)
        return self._files.setdefault(options, origin.native(options)) if made is None else made

    def note(self, reasons: Mapping[int, str]) -> None:
        """Enter samples that gave no image, and why."""
        self._skipped.update(reasons)

    def untold(self) -> list[int]:
        """Return the samples that gave no image and were not returned here before, ascending."""
        new = sorted(self._skipped.keys() - self._told) if len(self._skipped) > len(self._told) else []
        self._told.update(new)
        return new

    def skipped(self) -> list[tuple[int, str]]:
        """Return the samples that gave no image, ascending, and why."""
        return sorted(self._skipped.copy().items())
