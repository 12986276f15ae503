"""How far the reading is, on standard error if that is a terminal: a bar if rich is installed, else a count."""

from __future__ import annotations

import importlib
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

PAUSE: Final = 0.2
"""Seconds between two counts."""


def progress(text: str, total: int) -> AbstractContextManager[Callable[[], None]]:
    """Show progress over ``total`` pieces of work; the function it gives counts one."""
    try:
        terminal = importlib.import_module("samebatch.cli.demo.terminal")
    except ImportError:  # rich is not installed
        return _counted(text, total)
    shown: AbstractContextManager[Callable[[], None]] = terminal.progress(text, total)
    return shown


@contextmanager
def _counted(text: str, total: int) -> Iterator[Callable[[], None]]:
    done, last, visible = 0, time.monotonic(), sys.stderr.isatty()

    def advance() -> None:
        nonlocal done, last
        done += 1
        if visible and time.monotonic() - last > PAUSE:
            last = time.monotonic()
            print(f"\r{text} {done}/{total}", end="", file=sys.stderr, flush=True)

    yield advance
    if visible:
        print(f"\r{' ' * len(f'{text} {total}/{total}')}\r", end="", file=sys.stderr, flush=True)
