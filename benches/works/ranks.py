"""Training in two processes with PyTorch's DistributedDataParallel, beside one process with two threads.

The model does next to nothing, so what is left is what feeding it costs: the batches, and that ranks wait for each
other in every step.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import samebatch as sb
from benches import cores, folder, work
from benches.harness import Benchmark, Contender, Ready
from benches.results import Floor
from benches.works import files, ours
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    Start = Callable[[int], tuple[sb.Batches, Callable[[], str]]]
    """Returns batches that so many threads make, and what verifies them."""

RANKS = 2
TOGETHER = f"DistributedDataParallel, {RANKS} ranks"
ALONE = "one process, two threads"
CHECKED = 4  # steps whose global batches are put together and compared


def from_files(*, quick: bool) -> Benchmark:
    """Return the two ways of training on two cores, from 500x375 JPEG files."""

    def start(threads: int) -> tuple[sb.Batches, Callable[[], str]]:
        place = folder.filled(quick=quick)
        of = files.batches(place, threads=threads)
        return of, lambda: files.verify(of, place)

    words = (
        f"{folder.in_words(quick=quick)} to {work.SIZE}x{work.SIZE}x3, float32 out, batches of {work.BATCH}, on "
        f"{RANKS} cores; resize, {work.MAIN}"
    )
    return _benchmark("ranks", words, start, (Floor(TOGETHER, ALONE, 0.9),))


def from_arrays(*, quick: bool) -> Benchmark:
    """Return the same from arrays, where ranks exchange gradients 500 times a second.

    It has no floor: of a step's 2 ms PyTorch's own part takes a fifth, whatever the batches come from.
    """

    def start(threads: int) -> tuple[sb.Batches, Callable[[], str]]:
        of = ours.batches(work.images(quick=quick), work.MAIN, "channels_first", threads=threads)
        return of, lambda: ours.verify(of)

    words = work.in_words(work.SIZE, work.MAIN, "uint8", "float32 to channels_first", RANKS)
    return _benchmark("ranks-arrays", words, start)


def _benchmark(name: str, words: str, start: Start, floors: tuple[Floor, ...] = ()) -> Benchmark:
    contenders = (
        Contender(TOGETHER, lambda: _together(start), cores=RANKS),
        Contender(ALONE, lambda: _alone(start), TOGETHER, cores=RANKS),
        ours.fill(beside=TOGETHER),
    )
    return Benchmark(name, f"training epochs with a model that does nothing: {words}", contenders, floors)


class Training:
    """Epochs of training on this process's rows."""

    def __init__(self, of: sb.Batches) -> None:
        import torch  # noqa: PLC0415 - torch is optional
        from torch import distributed  # noqa: PLC0415 - as above

        import samebatch.torch  # noqa: PLC0415 - as above

        model = torch.nn.Linear(1, 1)
        together = distributed.is_initialized()
        self._model = torch.nn.parallel.DistributedDataParallel(model) if together else model
        self._optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        self._loader = samebatch.torch.DataLoader(of)
        self._layout = of.pipeline.layout

    def epoch(self) -> int:
        """Train for an epoch; return how many images were this process's."""
        images = 0
        for step, (x, _) in enumerate(self._loader):
            loss = self._loader.row_weight(step) * self._model(x[:, 0, 0, :1]).sum()
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            images += len(x)
        return images

    def digests(self) -> list[str]:
        """Return the digests of the first global batches of an epoch, put together of all ranks."""
        from torch import distributed  # noqa: PLC0415 - torch is optional

        seen = []
        self._loader.set_epoch(1)
        for x, y in (batch for batch, _ in zip(self._loader, range(CHECKED), strict=False)):
            parts: list[Any] = [None] * RANKS
            distributed.all_gather_object(parts, (x.numpy(), y.numpy()))
            xs, ys = zip(*parts, strict=True)
            seen.append(sb.digest(np.concatenate(xs), np.concatenate(ys), layout=self._layout))
        return seen


def _alone(start: Start) -> Ready:
    of, check = start(RANKS)
    return Ready(_version(), check, Training(of).epoch)


def _together(start: Start) -> Ready:
    _version()
    of, check = start(1)
    fork = multiprocessing.get_context("fork")  # before PyTorch has threads, and so that they share the images
    meeting = Path(tempfile.mkdtemp(), "meeting")
    pipes = [fork.Pipe() for _ in range(RANKS)]
    for rank in range(RANKS):
        fork.Process(target=_rank, args=(rank, meeting, pipes, of), daemon=True).start()
    told = [mine for mine, _ in pipes]

    def ask(what: str) -> list[Any]:
        for one in told:
            one.send(what)
        return [one.recv() for one in told]

    def verify() -> str:
        words = check()
        wanted = [of.batch(1, step).digest() for step in range(min(CHECKED, of.steps))]
        seen = ask("digests")
        shutil.rmtree(meeting.parent)  # they have met
        if any(one != wanted for one in seen):
            raise WrongOutputError("the ranks' batches, put together, are not those of batches.batch")
        return f"{words}; {len(wanted)} global batches put together of the ranks'"

    return Ready(_version(), verify, lambda: sum(ask("epoch")))


def _rank(rank: int, meeting: Path, pipes: list[tuple[Connection, Connection]], of: sb.Batches) -> None:
    """Be a rank: do what is asked, until nobody is there to ask."""
    for place, (theirs, mine) in enumerate(pipes):
        theirs.close()
        if place != rank:
            mine.close()
    there = cores.available()
    cores.pin([there[rank % len(there)]])
    os.environ.update(cores.limits(1))
    import torch  # noqa: PLC0415 - torch is optional
    from torch import distributed  # noqa: PLC0415 - as above

    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=RANKS)
    training = Training(of)
    try:
        while True:
            pipes[rank][1].send(getattr(training, pipes[rank][1].recv())())
    except EOFError:
        os._exit(0)


def _version() -> str:
    return f"{ours.version()}; torch {metadata.version('torch')}"
