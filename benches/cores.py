"""Which cores a contender may use: the same ones for all, so that one thread has one core and no helper beside it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


def available() -> list[int]:
    """Return the cores that this process may use, one logical core of each physical one, lowest first.

    Where the system does not let processes choose (macOS, Windows) they are only counted.
    """
    if sys.platform != "linux":
        return list(range(os.cpu_count() or 1))
    seen: set[str] = set()
    cores = []
    for core in sorted(os.sched_getaffinity(0)):
        siblings = _siblings(core)
        if siblings not in seen:
            seen.add(siblings)
            cores.append(core)
    return cores


def pin(cores: list[int]) -> None:
    """Let this process, and all that it starts, run on ``cores`` only, where the system knows how."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, cores)


def limits(threads: int) -> dict[str, str]:
    """Return the environment that keeps libraries which start threads unasked to one, where one is allowed."""
    return dict.fromkeys(LIMITS, "1") if threads == 1 else {}


def _siblings(core: int) -> str:
    try:
        return Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text(encoding="ascii")
    except OSError:
        return str(core)
