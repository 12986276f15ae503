"""What every benchmark shares: contenders that are verified first, timed in turns, and shown in one table.

A benchmark is a list of contenders, the first of them samebatch. Another peer is another :class:`Contender`.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from samebatch.cli import machine, timing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from samebatch.cli.timing import Rates


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way of doing the work of a benchmark.

    Attributes:
        name: as it stands in the table, with its version.
        verify: raises if what this contender makes is not what it should be; called once, before any timing.
        work: does a piece of the work and returns how many images it made.
    """

    name: str
    verify: Callable[[], None]
    work: Callable[[], int]


@dataclasses.dataclass(frozen=True)
class Result:
    """A benchmark that has run.

    Attributes:
        benchmark: its name.
        work: what was done, in words: sizes, types, transforms, threads, size of the data set.
        machine: what it was done on, in words.
        rates: images per second of every contender, round by round.
    """

    benchmark: str
    work: str
    machine: str
    rates: Rates

    @property
    def first(self) -> str:
        """Return the contender that the others are compared with."""
        return next(iter(self.rates.rounds))

    def as_json(self) -> dict[str, object]:
        """Return the result as plain values: medians, the ratio of the first to each, and every single number."""
        first = self.first
        contenders = {
            name: {
                "images_per_second": round(self.rates.median(name), 2),
                "first_is_times_as_fast": round(self.rates.ratio(first, name), 3),
                "rounds": [round(rate, 2) for rate in rates],
            }
            for name, rates in self.rates.rounds.items()
        }
        return {"benchmark": self.benchmark, "work": self.work, "machine": self.machine, "contenders": contenders}


def run(benchmark: str, work: str, contenders: Sequence[Contender], rounds: int) -> Result:
    """Verify every contender, then time them in turns.

    Raises:
        Exception: whatever a contender's ``verify`` raises; nothing has been timed then.
    """
    for contender in contenders:
        contender.verify()
    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(benchmark, total=len(contenders) * (rounds + 1))
        rates = timing.race({c.name: c.work for c in contenders}, rounds, tick=lambda: bars.advance(task))
    return Result(benchmark, work, machine.description(), rates)


def show(result: Result, console: Console) -> None:
    """Print the table of a result."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    drawn.add_column("", no_wrap=True)
    for head in ("images per second", "ratio", "from", "to"):
        drawn.add_column(head, justify="right")
    for name in result.rates.rounds:
        ratios = result.rates.ratios(result.first, name)
        cells = (result.rates.ratio(result.first, name), min(ratios), max(ratios))
        row = ("", "", "") if name == result.first else tuple(f"{cell:.1f}" for cell in cells)
        drawn.add_row(name, f"{result.rates.median(name):,.0f}", *row)
    rounds = len(result.rates.rounds[result.first])
    console.print(f"{result.benchmark}: {result.work}", markup=False)
    console.print(f"On {result.machine}", markup=False)
    console.print(drawn)
    console.print(
        f"Medians of {rounds} rounds timed in turns; ratio: how many times as fast {result.first} was. "
        "Outputs were verified first.",
        markup=False,
    )


def write_json(results: Sequence[Result], path: Path) -> None:
    """Write results to ``path``."""
    path.write_text(json.dumps([result.as_json() for result in results], indent=2) + "\n", encoding="utf-8")
