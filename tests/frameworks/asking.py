"""Asking the adapters for batches in other processes: run as ``asking.py``, it prints digests as JSON.

It starts afresh, so the first fork is one with no native threads running yet; the later ones fork from a warm process.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, TimeoutError  # noqa: A004 (Python 3.10 has two of them)
from typing import Any

import scene

import samebatch as sb

Key = tuple[int, int]


def of_batches(made: sb.Batches, keys: list[Key]) -> list[str]:
    return [made.batch(*key).digest() for key in keys]


def of_dataset(dataset: Any, keys: list[Key]) -> list[str]:
    return [sb.digest(*dataset[key], layout=dataset.batches.pipeline.layout) for key in keys]


def of_sequence(sequence: Any, keys: list[Key]) -> list[str]:
    seen = []
    for epoch, step in keys:
        sequence.set_epoch(epoch)
        seen.append(sb.digest(*sequence[step], layout=sequence.batches.pipeline.layout))
    return seen


def of_running(sequence: Any, keys: list[Key]) -> list[str]:
    """Ask for epochs as Keras does: each is begun, except the one that the sequence is at."""
    seen = []
    for epoch, step in keys:
        if epoch != sequence.epoch:
            sequence.on_epoch_end()
            sequence.set_epoch(epoch)
            sequence.on_epoch_begin()
        seen.append(sb.digest(*sequence[step]))
    return seen


def of_all(ways: list[tuple[Any, Any]], keys: list[Key]) -> list[list[str]]:
    """Return, for each key, what each of the ways of asking gives."""
    return [[ask(what, [key])[0] for ask, what in ways] for key in keys]


inherited: list[Any] = []  # of a worker process


def inherit(*ask_and_what: Any) -> None:
    inherited.extend(ask_and_what)


def ask_inherited(keys: list[Key]) -> list[Any]:
    ask, what = inherited[-2:]
    return ask(what, keys)


def in_processes(method: str, ask: Any, what: Any, keys: list[Key], processes: int = 2) -> list[Any]:
    """Ask in some processes, each for its share of the keys, dealt out in turn.

    A forked process inherits ``what`` as it is, in use; others get it pickled.
    """
    context = multiprocessing.get_context(method)
    pool = ProcessPoolExecutor(processes, context, initializer=inherit, initargs=(ask, what))
    try:
        parts = [pool.submit(ask_inherited, keys[part::processes]) for part in range(processes)]
        seen = [part.result(timeout=50) for part in parts]
    except TimeoutError:
        for child in list(pool._processes.values()):
            child.kill()  # it would be waited for at exit, for ever
        raise
    finally:
        pool.shutdown()
    return [seen[place % processes][place // processes] for place in range(len(keys))]


def main() -> None:
    made = scene.batches(threads=2)
    keys = [(epoch, step) for epoch in range(3) for step in range(made.steps)]
    seen = {"fork, cold": in_processes("fork", of_batches, made, keys)}
    seen["here"] = of_batches(made, keys)
    seen["fork, warm"] = in_processes("fork", of_batches, made, keys)

    import samebatch.torch  # noqa: PLC0415 (the first fork comes before PyTorch has threads)

    loader = samebatch.torch.DataLoader(made, num_workers=2, multiprocessing_context="fork")
    seen["loader, fork, warm"] = [sb.digest(*batch) for _ in range(3) for batch in loader]
    loader.set_epoch(2, start=5)
    seen["restart"] = [sb.digest(*batch) for batch in loader]

    import samebatch.keras  # noqa: PLC0415 (likewise)

    sequence = samebatch.keras.Sequence(made, workers=2)
    sequence.set_epoch(0)
    sequence.on_epoch_begin()  # batches are now rendered ahead, by threads that the child will not have
    seen["sequence, fork, rendering ahead"] = in_processes("fork", of_running, sequence, keys, 1)
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
