"""Trainings of which a process is killed: run as ``killing.py ranks|workers MOMENTS RESULT.json``.

A training takes down the digest of every global batch, and saves what it saw with its state after each step, as a real
one saves its weights. At a random moment one of its processes is killed. What became of the others is written down, and
what the training saw that goes on from what was saved, with as many processes as chance says.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import ranks
import scene
from torch import distributed

import samebatch.torch

EPOCHS = 3
LONGEST = 50  # seconds, until whoever is left has to have noticed


def train(_: int, saved: Path, tell: Any, workers: int) -> float:
    """Train up to EPOCHS, on this rank; the first one saves, and tells of each step. Return the seconds of a step."""
    first = distributed.get_rank() == 0
    loader = samebatch.torch.DataLoader(scene.batches(), num_workers=workers, persistent_workers=workers > 0)
    seen: list[str] = []
    if saved.exists():
        held = json.loads(saved.read_text())
        loader.load_state_dict(held["state"])
        seen = held["seen"]
    start = time.monotonic()
    for epoch in range(loader.epoch, EPOCHS):
        loader.set_epoch(epoch)
        running = iter(loader)
        for batch in running:
            if first and tell is not None:
                tell.send([worker.pid for worker in running._workers] if workers else [])
            seen.append(ranks.global_digest(batch))
            if first:
                saved.with_suffix(".new").write_text(json.dumps({"state": loader.state_dict(), "seen": seen}))
                saved.with_suffix(".new").replace(saved)
    return (time.monotonic() - start) / (EPOCHS * scene.STEPS)


def once(kind: str, chance: random.Random, saved: Path, seconds: float | None) -> list[tuple[str, Any]]:
    """Run a training, kill one of its processes if a step is said to take so long, and return what became of ranks."""
    ours, theirs = multiprocessing.get_context("fork").Pipe(duplex=False)
    count, workers = (1, chance.choice([1, 2, 3])) if kind == "workers" else (chance.choice([2, 3]), 0)
    running = ranks.Ranks(count, train, saved, theirs, workers)
    theirs.close()
    if seconds is not None:
        for _ in range(chance.randint(1, EPOCHS * scene.STEPS)):
            assert ours.poll(LONGEST), "it does not go on"
            pids = ours.recv()
        time.sleep(chance.uniform(0, seconds))
        victim = chance.choice(pids) if workers else chance.choice(running.processes).pid
        with contextlib.suppress(ProcessLookupError):  # a worker that had ended
            os.kill(victim, signal.SIGKILL)
    return running.wait(LONGEST)


def main() -> None:
    kind, moments, result = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    told = []
    with tempfile.TemporaryDirectory() as folder:
        undisturbed = [once(kind, random.Random(0), Path(folder, f"{turn}.json"), None) for turn in "ab"]  # noqa: S311
        step = min(seconds for ended in undisturbed for _, seconds in ended)
        for moment in range(moments):
            chance = random.Random(moment)  # noqa: S311 (any moment will do)
            saved = Path(folder, f"run{moment}.json")
            ended = once(kind, chance, saved, step)
            at = len(json.loads(saved.read_text())["seen"]) if saved.exists() else 0
            goes_on = ranks.Ranks(chance.choice([1, 2, 3]), train, saved, None, chance.choice([0, 1])).wait(LONGEST)
            told.append({
                "became": [how if how != "error" else text.strip().splitlines()[-1] for how, text in ended],
                "at": at,
                "goes on": [how for how, _ in goes_on],
                "seen": json.loads(saved.read_text())["seen"],
            })  # fmt: skip
    result.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
