"""Timing of contenders side by side, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Rates:
    """Images per second of every contender, one number a round.

    Attributes:
        rounds: contender's name -> images per second of each round, in the order of the rounds.
    """

    rounds: dict[str, tuple[float, ...]]

    def median(self, name: str) -> float:
        """Return the median images per second of contender ``name``."""
        return statistics.median(self.rounds[name])

    def ratios(self, name: str, to: str) -> tuple[float, ...]:
        """Return, round by round, how many times as fast ``name`` was as ``to``."""
        return tuple(a / b for a, b in zip(self.rounds[name], self.rounds[to], strict=True))

    def ratio(self, name: str, to: str) -> float:
        """Return the median over the rounds of how many times as fast ``name`` was as ``to``."""
        return statistics.median(self.ratios(name, to))


def race(
    contenders: Mapping[str, Callable[[], int]],
    rounds: int,
    tick: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.perf_counter,
) -> Rates:
    """Time ``contenders`` in turns: every round runs each of them once, in an order that reverses from round to round.

    Args:
        contenders: name -> a function that does a piece of work and returns how many images it made. It is called once
            before the first round, untimed.
        rounds: how many numbers each contender gets, at least 1.
        tick: called after every piece of work, the untimed ones included.
        clock: seconds as a float.

    Raises:
        ValueError: ``rounds`` is below 1.
    """
    if rounds < 1:
        raise ValueError(f"race: rounds must be at least 1, got {rounds}")
    for work in contenders.values():
        work()
        tick()
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for _ in range(rounds):
        for name in order:
            start = clock()
            images = contenders[name]()
            rates[name].append(images / (clock() - start))
            tick()
        order.reverse()
    return Rates({name: tuple(values) for name, values in rates.items()})
