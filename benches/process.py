"""A contender's process, as the benchmark sees it: it is told to work, and tells how many images it made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from typing_extensions import Self

from benches import cores, environment
from benches.results import Left

if TYPE_CHECKING:
    from types import TracebackType

    from benches.harness import Benchmark, Contender

ROOT = Path(__file__).parents[1]
LAST_LINES = 3
PATIENCE = 300  # seconds for an answer


class Prepared(NamedTuple):
    """A contender that is verified and warm.

    Attributes:
        version: of what does the work.
        verified: what of its output was compared with what.
        repeats: how often to let it do a piece of work at a time.
    """

    version: str
    verified: str
    repeats: int


class Process:
    """A worker: ``python -m benches.worker``, on cores of its own.

    Args:
        benchmark: the benchmark.
        contender: the contender of it that this process is.
        places: the cores that it may use.
        seconds: how long a piece of work should last at least.
        quick: whether this is a trial run on few images.
    """

    def __init__(
        self, benchmark: Benchmark, contender: Contender, places: list[int], *, seconds: float, quick: bool
    ) -> None:
        told = {
            "benchmark": benchmark.name,
            "contender": contender.name,
            "cores": places,
            "seconds": 0.0 if contender.long else seconds,
            "quick": quick,
        }
        self._errors = tempfile.TemporaryFile(mode="w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - see __exit__
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-m", "benches.worker", json.dumps(told)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, **cores.limits(len(places)), **contender.environment},
        )

    def prepare(self) -> Prepared:
        """Wait until the contender is verified and warm.

        Raises:
            Left: it is absent, its output is wrong, or it failed.
        """
        return Prepared(**self._answer())

    def begin(self, repeats: int) -> None:
        """Let it do a piece of work ``repeats`` times."""
        if self._process.stdin is None:
            raise RuntimeError("the process has no input")
        self._process.stdin.write(f"{repeats}\n")
        self._process.stdin.flush()

    def end(self) -> int:
        """Wait until the piece of work is done; return how many images were made."""
        images: int = self._answer()["images"]
        return images

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def _answer(self) -> dict[str, Any]:
        patience = threading.Timer(PATIENCE, self._process.kill)
        patience.start()
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        patience.cancel()
        if not line:
            raise Left("failed", f"its process ended with {self._process.wait()}: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "left" in answer:
            raise Left(answer["left"], environment.why_absent(answer["module"]) or answer["reason"])
        return answer

    def _last_words(self) -> str:
        self._errors.seek(0)
        return " / ".join(self._errors.read().strip().splitlines()[-LAST_LINES:]) or "without a word"
