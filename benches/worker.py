"""One contender in a process of its own: sets itself up, verifies, warms up, then works whenever it is told to.

It is told by lines on its standard input and answers with lines of JSON on its standard output; whatever its libraries
print goes to the standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any, TextIO

from benches import cores

if TYPE_CHECKING:
    from benches.harness import Ready

IDLE = 0.1


def main(argument: str) -> None:
    """Be the contender that ``argument``, JSON of :class:`benches.process.Process`, names."""
    told = json.loads(argument)
    cores.pin(told["cores"])  # before anything is imported that counts them
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        try:
            ready = _set_up(told, answers)
        except ImportError as error:
            _say(answers, left="absent", reason=str(error), module=error.name)
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is told, not printed
            traceback.print_exc()
            _say(answers, left=_kind(error), reason=f"{type(error).__name__}: {error}", module=None)
        else:
            _serve(ready, answers)


def repeats(ready: Ready, seconds: float) -> int:
    """Return how often to do a piece of the work so that it lasts ``seconds``; does it for about as long, once if 0."""
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            ready.work()
        lasted = time.perf_counter() - start
        if lasted >= seconds:
            return count
        count = max(count + 1, min(10 * count, int(1.2 * count * seconds / max(lasted, 1e-6))))


def check_idle(seconds: float = IDLE) -> None:
    """Check that this process rests when it is not told to work: work done ahead is taken from another's time.

    Raises:
        RuntimeError: it was busy for more than half of ``seconds``.
    """
    before = time.process_time()
    time.sleep(seconds)
    busy = time.process_time() - before
    if busy > seconds / 2:
        raise RuntimeError(f"it worked for {busy:.3f} of {seconds:g} seconds in which nothing was asked of it")


def _set_up(told: dict[str, Any], answers: TextIO) -> Ready:
    from benches import works  # noqa: PLC0415 - after the cores were chosen

    benchmark = works.named(told["benchmark"], quick=told["quick"])
    (contender,) = (one for one in benchmark.contenders if one.name == told["contender"])
    ready = contender.ready()
    verified = ready.verify()
    count = repeats(ready, told["seconds"])
    check_idle()
    _say(answers, version=ready.version, verified=verified, repeats=count)
    return ready


def _serve(ready: Ready, answers: TextIO) -> None:
    for line in sys.stdin:
        _say(answers, images=sum(ready.work() for _ in range(int(line))))


def _kind(error: Exception) -> str:
    from samebatch.cli.selfcheck import SelfCheckError  # noqa: PLC0415 - as above
    from samebatch.cli.workload import WrongOutputError  # noqa: PLC0415 - as above

    return "wrong" if isinstance(error, WrongOutputError | SelfCheckError | AssertionError) else "failed"


def _say(answers: TextIO, **words: Any) -> None:  # noqa: ANN401 - JSON's own types
    with contextlib.suppress(BrokenPipeError):
        answers.write(json.dumps(words) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
