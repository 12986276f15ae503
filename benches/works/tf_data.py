"""tf.data on two cores, from JPEG files and from arrays: what is left of ``batches.batch`` on the same cores."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import samebatch as sb
from benches import folder, work
from benches.harness import Benchmark, Contender, Ready
from benches.results import Floor
from benches.works import files, ours
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable

CORES = 2
DATASET = "samebatch.tensorflow.dataset"
MANY = f"{DATASET}, 4 parallel calls"
BATCH = "batches.batch"
LEAST = 0.8


def from_files(*, quick: bool) -> Benchmark:
    """Return the dataset beside ``batches.batch``, from 500x375 JPEG files."""
    words = (
        f"tf.data, {folder.in_words(quick=quick)} to {work.SIZE}x{work.SIZE}x3, float32 out, batches of {work.BATCH}, "
        f"on {CORES} cores; resize, {work.MAIN}"
    )

    def start() -> tuple[sb.Batches, Callable[[], str]]:
        place = folder.filled(quick=quick)
        of = files.batches(place, threads=CORES)
        return of, lambda: files.verify(of, place)

    return _benchmark("tf-data", words, start, epochs=8)


def from_arrays(*, quick: bool) -> Benchmark:
    """Return the same from arrays, where a batch takes a tenth of the time."""

    def start() -> tuple[sb.Batches, Callable[[], str]]:
        of = ours.batches(work.images(quick=quick), work.MAIN, threads=CORES)
        return of, lambda: ours.verify(of)

    words = work.in_words(work.SIZE, work.MAIN, "uint8", "float32", CORES)
    return _benchmark("tf-data-arrays", f"tf.data, {words}", start, epochs=32)


def _benchmark(
    name: str, words: str, start: Callable[[], tuple[sb.Batches, Callable[[], str]]], epochs: int
) -> Benchmark:
    contenders = (
        Contender(DATASET, lambda: _dataset(*start(), epochs, 2), cores=CORES, long=True),
        Contender(MANY, lambda: _dataset(*start(), epochs, 4), cores=CORES, long=True),
        Contender(BATCH, lambda: _batches(*start()), cores=CORES),
    )
    return Benchmark(name, words, contenders, (Floor(DATASET, BATCH, LEAST), Floor(MANY, BATCH, LEAST)))


def _batches(of: sb.Batches, verify: Callable[[], str]) -> Ready:
    following = ours.places(of)
    return Ready(ours.version(), verify, lambda: len(of.batch(*next(following))))


def _dataset(of: sb.Batches, verify: Callable[[], str], epochs: int, calls: int) -> Ready:
    """Return a pass over a dataset of some epochs, made anew: nothing is rendered before it or after it."""
    import tensorflow  # noqa: ICN001, PLC0415 - TensorFlow is optional

    import samebatch.tensorflow  # noqa: PLC0415 - likewise

    def check() -> str:
        data = samebatch.tensorflow.dataset(of, 2, num_parallel_calls=calls)
        for place, (x, y) in enumerate(data):
            if sb.digest(x, y) != of.batch(*divmod(place, of.steps)).digest():
                raise WrongOutputError(f"element {place} of the dataset is not the batch of batches.batch")
        return f"{verify()}; 2 epochs of the dataset, every byte as from batches.batch"

    starts = count(0, epochs)

    def pass_over() -> int:
        first = next(starts)
        data = samebatch.tensorflow.dataset(of, first + epochs, start=(first, 0), num_parallel_calls=calls)
        return sum(len(y) for _, y in data)

    return Ready(f"{ours.version()}; tensorflow {tensorflow.__version__}", check, pass_over)
