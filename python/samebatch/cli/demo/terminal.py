"""What the demo says while it works and after: text and tables on standard output, progress on standard error."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WIDTH = 100


def console() -> Console:
    """Return standard output: lines of at most 100 characters, or as long as a narrower terminal's."""
    out = Console(highlight=False)
    return Console(highlight=False, width=min(out.width, WIDTH) if out.is_terminal else WIDTH)


@contextmanager
def progress(text: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a bar over ``total`` pieces of work, gone when they are done; yield the function that counts one.

    Until the first is counted the bar pulses. Where standard error is not a terminal, nothing is shown.
    """
    err = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        task = bars.add_task(text, total=None)
        yield lambda: bars.update(task, advance=1, total=total)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> Table:
    """Return a table; the columns named in ``numbers`` are aligned to the right, the others to the left."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        drawn.add_column(head, justify="right" if head in numbers else "left", no_wrap=True)
    for row in rows:
        drawn.add_row(*row)
    return drawn
