"""What a benchmark that has run knows, and which floors it meets."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from samebatch.cli import machine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benches.harness import Benchmark, Contender
    from benches.process import Prepared
    from samebatch.cli.timing import Rates


class Left(Exception):  # noqa: N818 - being left out is no error if a peer is not installed
    """A contender that gets no number: it is absent, its output is wrong, or it failed.

    Args:
        kind: which of the three.
        reason: in words.
    """

    def __init__(self, kind: Literal["absent", "wrong", "failed"], reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


@dataclass(frozen=True)
class Floor:
    """What samebatch is held to: ``least`` times as fast as another contender of the same benchmark.

    Attributes:
        ours: a contender.
        other: the one that it is compared with.
        least: the ratio that must be reached.
        aim: whether it is hoped for rather than promised.
        instead: another floor that will do.
    """

    ours: str
    other: str
    least: float
    aim: bool = False
    instead: Floor | None = None


@dataclass(frozen=True)
class Result:
    """A benchmark that has run.

    Attributes:
        benchmark: which.
        rates: images per second of every contender, round by round.
        prepared: contender -> its version, and what was verified.
        left: contender -> why it has no number.
    """

    benchmark: Benchmark
    rates: Rates
    prepared: Mapping[str, Prepared]
    left: Mapping[str, Left]

    @property
    def faulty(self) -> bool:
        """Return whether an output was wrong or a contender failed."""
        return any(left.kind != "absent" for left in self.left.values())

    def measured(self) -> list[Contender]:
        """Return the contenders that have a number."""
        return [contender for contender in self.benchmark.contenders if contender.name in self.rates.rounds]

    def ratios(self, ours: str, other: str) -> tuple[float, ...] | None:
        """Return, round by round, how many times as fast ``ours`` was as ``other``; None if one has no number."""
        return self.rates.ratios(ours, other) if {ours, other} <= set(self.rates.rounds) else None

    def ratio(self, ours: str, other: str) -> float | None:
        """Return the median of :meth:`ratios`."""
        return self.rates.ratio(ours, other) if {ours, other} <= set(self.rates.rounds) else None

    def met(self, floor: Floor) -> bool | None:
        """Return whether a floor is met; None if it cannot be told."""
        ratio = self.ratio(floor.ours, floor.other)
        if ratio is not None and ratio >= floor.least:
            return True
        if floor.instead is not None:
            return self.met(floor.instead)
        return None if ratio is None else False

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain values: medians, ratios, and every single number."""
        contenders = {}
        for contender in self.measured():
            rate = self.rates.median(contender.name)
            beside = contender.beside
            contenders[contender.name] = {
                "version": self.prepared[contender.name].version,
                "images_per_second": round(rate, 2),
                "microseconds_per_image": round(1e6 / rate, 3),
                "compared_with": beside,
                "samebatch_is_times_as_fast": None if beside is None else _rounded(self.ratio(beside, contender.name)),
                "verified": self.prepared[contender.name].verified,
                "rounds": [round(one, 2) for one in self.rates.rounds[contender.name]],
            }
        return {
            "benchmark": self.benchmark.name,
            "work": self.benchmark.work,
            "contenders": contenders,
            "left_out": {name: {"kind": left.kind, "reason": left.reason} for name, left in self.left.items()},
            "floors": [self._floor_as_json(floor) for floor in self.benchmark.floors],
        }

    def _floor_as_json(self, floor: Floor) -> dict[str, Any]:
        return {
            "ours": floor.ours,
            "other": floor.other,
            "least": floor.least,
            "aim": floor.aim,
            "ratio": _rounded(self.ratio(floor.ours, floor.other)),
            "met": self.met(floor),
        }


def conditions() -> dict[str, Any]:
    """Return what the numbers of this run depend on."""
    return {
        "date": dt.datetime.now(dt.timezone.utc).date().isoformat(),
        "machine": machine.description(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_average_before": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
    }


def write_json(results: Sequence[Result], told: Mapping[str, Any], path: Path) -> None:
    """Write results, and the conditions they were got under, to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {**told, "benchmarks": [result.as_json() for result in results]}
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def file_name(told: Mapping[str, Any]) -> str:
    """Return a file's name, without its ending, for the results of a run: its date and its processor."""
    processor = re.sub(r"[^a-z0-9]+", "-", machine.processor().lower()).strip("-")
    return f"{told['date']}-{processor}"


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 3)
