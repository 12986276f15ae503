"""``python -m benches``: run the benchmarks, print their tables, and write them as JSON if asked to."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benches import against_idg, harness

BENCHMARKS = (against_idg,)


def main(argv: list[str] | None = None) -> int:
    """Run every benchmark; return 0, or 1 if an output was wrong, in which case no number of it is shown."""
    parser = argparse.ArgumentParser(prog="python -m benches", description="Run the benchmarks of samebatch.")
    parser.add_argument("--rounds", type=int, default=11, help="numbers per contender, of which the median counts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to FILE as well")
    parser.add_argument("--quick", action="store_true", help="one round on few images: a trial run, not a measurement")
    arguments = parser.parse_args(argv)
    console = Console(highlight=False)
    results = []
    for benchmark in BENCHMARKS:
        images, work = benchmark.data(quick=arguments.quick)
        rounds = 1 if arguments.quick else arguments.rounds
        try:
            result = harness.run(benchmark.NAME, work, benchmark.contenders(images), rounds)
        except RuntimeError as error:
            console.print(f"{benchmark.NAME}: no number, for an output is wrong. {error}", markup=False)
            return 1
        harness.show(result, console)
        results.append(result)
    if arguments.json is not None:
        harness.write_json(results, arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
