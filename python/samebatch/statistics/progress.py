"""A progress bar on stderr, for what takes longer than somebody likes to wait without a word."""

from __future__ import annotations

import importlib
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE = 1.0  # seconds without a bar, so that what is fast shows none
PAUSE = 0.2  # seconds between two lines: a terminal need not be written more often
LOG_PAUSE = 5.0  # likewise where every line stays


class Progress:
    """Shows how many of ``total`` things are done; a context manager, which clears the line when it ends.

    Args:
        total: how many will be counted.
        show: True: always; False: never; None: when it takes longer than a second and stderr is a terminal.
        what: what is done.
        unit: what is counted.
    """

    def __init__(self, total: int, *, show: bool | None, what: str = "statistics", unit: str = "images") -> None:
        self._total, self._done, self._what, self._unit = total, 0, what, unit
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._wanted = sys.stderr is not None and (self._terminal if show is None else show)
        self._next = monotonic() + (0.0 if show else PATIENCE)
        self._bar: Any = None
        self._shown = False

    def add(self, count: int) -> None:
        """Count some, and show it if it is time to."""
        self._done += count
        if self._wanted and monotonic() >= self._next:
            self._show()
            self._next = monotonic() + (PAUSE if self._terminal else LOG_PAUSE)

    def _show(self) -> None:
        if not self._shown:
            self._bar, self._shown = _rich(self._what, self._total) if self._terminal else None, True
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._done)
            return
        line = f"{self._what}: {self._done} of {self._total} {self._unit}, {100 * self._done // self._total} %"
        sys.stderr.write(f"\r{line}" if self._terminal else f"{line}\n")
        sys.stderr.flush()

    def __enter__(self) -> Progress:  # noqa: PYI034 (typing.Self came with Python 3.11)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif self._shown and self._terminal:
            sys.stderr.write("\r\x1b[K")  # back to the start of the line, and clear it
            sys.stderr.flush()


def _rich(what: str, total: int) -> Any:  # noqa: ANN401 (rich is not there everywhere)
    """Return a bar that runs, if rich is installed."""
    try:
        console, progress = importlib.import_module("rich.console"), importlib.import_module("rich.progress")
    except ImportError:
        return None
    bar = progress.Progress(console=console.Console(stderr=True), transient=True)
    bar.add_task(what, total=total)
    bar.start()
    return bar
