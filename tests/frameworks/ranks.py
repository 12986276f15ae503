"""Ranks of torch.distributed on this machine, forked from a process that has imported PyTorch and has no threads."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import traceback
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import distributed

import samebatch as sb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST = 60  # seconds


class Ranks:
    """Processes that run ``work(rank, *args)`` with the ranks of one group, as torchrun would start them."""

    def __init__(self, world_size: int, work: Callable[..., Any], *args: Any) -> None:
        self._folder = tempfile.TemporaryDirectory()
        meeting = Path(self._folder.name, "meeting")
        fork = multiprocessing.get_context("fork")
        self._answers = [fork.Pipe(duplex=False) for _ in range(world_size)]
        self.processes = [
            fork.Process(target=_enter, args=(rank, meeting, [to for _, to in self._answers], work, args))
            for rank in range(world_size)
        ]
        for process in self.processes:
            process.start()
        for _, theirs in self._answers:
            theirs.close()

    def wait(self, seconds: float = LONGEST) -> list[Any]:
        """Return what each rank returned, as ("made", value), or ("error", text), or ("killed", None).

        Raises:
            AssertionError: a rank does not end in time.
        """
        ended = []
        for process, (ours, _) in zip(self.processes, self._answers, strict=True):
            try:
                assert ours.poll(seconds), "a rank neither goes on nor ends"
                ended.append(ours.recv())
            except EOFError:
                ended.append(("killed", None))
            except AssertionError:
                self.end()
                raise
            process.join(seconds)
        self._folder.cleanup()
        return ended

    def end(self) -> None:
        """Kill all."""
        for process in self.processes:
            process.kill()
            process.join()
        self._folder.cleanup()


def run(world_size: int, work: Callable[..., Any], *args: Any) -> list[Any]:
    """Return what each rank returns."""
    ended = Ranks(world_size, work, *args).wait()
    assert all(how == "made" for how, _ in ended), ended
    return [value for _, value in ended]


def global_digest(batch: Sequence[Any]) -> str:
    """Return the digest of the global batch of which each rank has its rows."""
    parts: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(parts, tuple(part.numpy() for part in batch))
    return sb.digest(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _enter(rank: int, meeting: Path, answers: list[Any], work: Callable[..., Any], args: Any) -> None:
    for other in answers[:rank] + answers[rank + 1 :]:
        other.close()  # or nobody would notice that rank's end
    answer = answers[rank]
    torch.set_num_threads(1)
    os.environ["SAMEBATCH_THREADS"] = "1"
    try:
        distributed.init_process_group(
            "gloo",
            init_method=f"file://{meeting}",
            rank=rank,
            world_size=len(answers),
            timeout=timedelta(seconds=LONGEST / 2),
        )
        answer.send(("made", work(rank, *args)))
        distributed.destroy_process_group()
    except Exception:  # noqa: BLE001 (the test looks at it)
        answer.send(("error", traceback.format_exc()))
