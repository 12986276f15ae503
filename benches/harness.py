"""What every benchmark shares: contenders in processes of their own, verified first, then timed in turns.

A benchmark is a list of contenders and the floors that samebatch is held to. Another peer is another
:class:`Contender`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from benches import cores
from benches.results import Left, Result
from samebatch.cli import timing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benches.process import Prepared, Process
    from benches.results import Floor


@dataclass(frozen=True)
class Ready:
    """A contender at its work, in its own process.

    Attributes:
        version: of what does the work.
        verify: raises if what this contender makes is not what it should be, else says what was compared; called
            once, before any timing.
        work: does a piece of the work and returns how many images it made.
    """

    version: str
    verify: Callable[[], str]
    work: Callable[[], int]


@dataclass(frozen=True)
class Contender:
    """One way of doing the work of a benchmark.

    Attributes:
        name: one of its kind within the benchmark.
        ready: sets it up, in its own process; raises ImportError if it is not installed.
        beside: the contender of samebatch that it is compared with; None: it is one itself.
        processes: how many of it work side by side.
        cores: how many cores each process may use.
        environment: variables of its process.
        long: whether one piece of its work is long enough for a number.
    """

    name: str
    ready: Callable[[], Ready]
    beside: str | None = None
    processes: int = 1
    cores: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    long: bool = False


@dataclass(frozen=True)
class Benchmark:
    """Contenders at one work.

    Attributes:
        name: a short one, to choose it by.
        work: what is done, in words: sizes, types, transforms, threads, size of the data set.
        contenders: samebatch's own first.
        floors: what samebatch is held to.
        rounds: which part of the rounds it gets, if it is a slow one.
    """

    name: str
    work: str
    contenders: tuple[Contender, ...]
    floors: tuple[Floor, ...] = ()
    rounds: float = 1.0


class BrokenError(RuntimeError):
    """A contender that failed while it was timed.

    Args:
        name: which.
        left: how.
    """

    def __init__(self, name: str, left: Left) -> None:
        super().__init__(f"{name}: {left}")
        self.name = name
        self.left = left


def run(benchmark: Benchmark, start: Callable[[Benchmark, Contender, list[int]], Process], rounds: int) -> Result:
    """Start and verify every contender, then time in turns those whose output is right.

    Args:
        benchmark: what to run.
        start: starts the process of a contender on the given cores.
        rounds: how many numbers each contender gets, of which the median counts.
    """
    count = max(1, round(benchmark.rounds * rounds))
    total = sum(contender.processes for contender in benchmark.contenders)
    running: dict[str, Callable[[], int]] = {}
    prepared: dict[str, Prepared] = {}
    left: dict[str, Left] = {}
    with contextlib.ExitStack() as stack, Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(f"{benchmark.name}: setting up and verifying", total=total)
        for contender in benchmark.contenders:
            try:
                processes = [stack.enter_context(start(benchmark, contender, chosen)) for chosen in _places(contender)]
                first, *others = [process.prepare() for process in processes]
                repeats = max(one.repeats for one in (first, *others))
                prepared[contender.name] = first
                running[contender.name] = partial(_together, contender.name, processes, repeats)
            except Left as reason:
                left[contender.name] = reason
            bars.advance(task, contender.processes)
        while True:
            bars.update(task, description=benchmark.name, completed=0, total=len(running) * (count + 1))
            try:
                rates = timing.race(running, count, tick=lambda: bars.advance(task))
            except BrokenError as broken:  # all over again without it
                del running[broken.name]
                left[broken.name] = broken.left
            else:
                return Result(benchmark, rates, prepared, left)


def _places(contender: Contender) -> list[list[int]]:
    """Return the cores of each process: the last ones, side by side."""
    there = cores.available()
    wanted = contender.processes * contender.cores
    if wanted > len(there):
        raise Left("absent", f"it needs {wanted} cores, and there are {len(there)}")
    chosen = there[len(there) - wanted :]
    return [chosen[i * contender.cores : (i + 1) * contender.cores] for i in range(contender.processes)]


def _together(name: str, processes: list[Process], repeats: int) -> int:
    """Let all of ``processes`` work at the same time; wait for the last, and return how many images they made."""
    try:
        for process in processes:
            process.begin(repeats)
        return sum(process.end() for process in processes)
    except (Left, OSError) as error:
        raise BrokenError(name, error if isinstance(error, Left) else Left("failed", str(error))) from error
