"""``python -m benches``: run the benchmarks, print their tables, and write them as JSON and as a chart."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from benches import chart, folder, harness, results, show, works
from benches.process import ROOT, Process

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 0.25  # that a piece of work lasts at least
WIDTH = 160  # where there is no terminal
PLACE = ROOT / "benches" / "results"


def main(argv: list[str] | None = None) -> int:
    """Run benchmarks; return 0, or 1 if an output was wrong or a contender failed, of which no number is shown."""
    arguments = _parser().parse_args(argv)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    told = results.conditions()
    console.print(f"On {told['machine']}, {told['cores']} cores, Python {told['python']}", markup=False)
    rounds = 1 if arguments.quick else arguments.rounds
    start = partial(_start, seconds=0.0 if arguments.quick else SECONDS, quick=arguments.quick)
    made = []
    with folder.provided():
        for name in arguments.works or works.WORKS:
            made.append(harness.run(works.named(name, quick=arguments.quick), start, rounds))
            show.result(made[-1], console)
    show.floors(made, console)
    show.closing(rounds, console)
    _write(made, {**told, "rounds": rounds, "quick": arguments.quick}, arguments, console)
    return 1 if any(one.faulty for one in made) else 0


def _start(benchmark: harness.Benchmark, contender: harness.Contender, places: list[int], **how: float) -> Process:
    return Process(benchmark, contender, places, seconds=how["seconds"], quick=bool(how["quick"]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benches", description="Run the benchmarks of samebatch.")
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"which to run, of: {', '.join(works.WORKS)} (all)")
    parser.add_argument("--rounds", type=int, default=7, help="numbers per contender, of which the median counts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to FILE")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw the main benchmark into FILE, an SVG")
    parser.add_argument("--save", action="store_true", help="write both to benches/results, unless --quick")
    parser.add_argument("--quick", action="store_true", help="one round on few images: a trial run, not a measurement")
    return parser


def _write(
    made: Sequence[results.Result], told: dict[str, object], arguments: argparse.Namespace, console: Console
) -> None:
    paths: dict[str, Path | None] = {"json": arguments.json, "svg": arguments.chart}
    if arguments.save and not arguments.quick:
        paths = {ending: path or PLACE / f"{results.file_name(told)}.{ending}" for ending, path in paths.items()}
    if paths["json"] is not None:
        results.write_json(made, told, paths["json"])
        console.print(f"Written: {paths['json'].name}", markup=False)
    if paths["svg"] is not None:
        console.print(chart.draw(made, paths["svg"]), markup=False)


if __name__ == "__main__":
    sys.exit(main())
