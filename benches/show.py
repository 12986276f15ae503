"""Results as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from benches.results import Floor, Result

KINDS = {"absent": "absent", "wrong": "no number, for its output is wrong", "failed": "no number, for it failed"}
MET = {True: "met", False: "NOT MET", None: "not measured"}


def result(one: Result, console: Console) -> None:
    """Print the table of a benchmark, and who is left out of it and why."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    drawn.add_column("", no_wrap=True)
    for head in ("images/s", "us/image", "samebatch is x times as fast", "from", "to"):
        drawn.add_column(head, justify="right")
    drawn.add_column("version")
    for contender in one.measured():
        rate = one.rates.median(contender.name)
        ratios = None if contender.beside is None else one.ratios(contender.beside, contender.name)
        ratio = None if contender.beside is None else one.ratio(contender.beside, contender.name)
        cells = ("", "", "") if ratios is None or ratio is None else map(_number, (ratio, min(ratios), max(ratios)))
        version = one.prepared[contender.name].version
        drawn.add_row(contender.name, f"{rate:,.0f}", _number(1e6 / rate), *cells, version)
    console.print(f"\n[bold]{one.benchmark.name}[/]: {one.benchmark.work}")
    if one.measured():
        console.print(drawn)
    for name, left in one.left.items():
        console.print(f"{name}: {KINDS[left.kind]}. {left.reason}", markup=False)


def floors(results: Sequence[Result], console: Console) -> None:
    """Print the table of what samebatch is held to, and whether it is met."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("benchmark", "samebatch", "against"):
        drawn.add_column(head)
    for head in ("at least", "reached"):
        drawn.add_column(head, justify="right")
    drawn.add_column("")
    for one in results:
        for floor in one.benchmark.floors:
            drawn.add_row(*_floor(one, floor))
    if drawn.row_count:
        console.print("\n[bold]Floors[/]: how many times as fast as the other samebatch should be")
        console.print(drawn)


def closing(rounds: int, console: Console) -> None:
    """Print how the numbers were got."""
    console.print(
        f"Medians of {rounds} rounds (fewer for the slow ones), in which contenders take turns, each in a process of "
        "its own that may use no other cores than the work says; where it says one, libraries are told to use one "
        "thread. Ratios are of the same round, with the lowest and the highest. Outputs were verified before anything "
        "was timed.",
        markup=False,
    )


def _floor(one: Result, floor: Floor) -> tuple[str, ...]:
    ratio = one.ratio(floor.ours, floor.other)
    words = MET[one.met(floor)]
    if floor.aim:
        words = f"{words} (aim)"
    if floor.instead is not None:
        other = one.ratio(floor.instead.ours, floor.instead.other)
        reached = "not measured" if other is None else _number(other)
        words += f" (or {_number(floor.instead.least)} against {floor.instead.other}: {reached})"
    reached = "" if ratio is None else _number(ratio)
    return one.benchmark.name, floor.ours, floor.other, _number(floor.least), reached, words


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
