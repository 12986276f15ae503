"""samebatch against itself: two threads and one, types of output, and what drawing costs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benches import work
from benches.harness import Benchmark, Contender, Ready
from benches.results import Floor
from benches.works import ours
from samebatch import binding
from samebatch.cli.workload import WrongOutputError
from samebatch.reference.params.draws import draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from samebatch.checks import DType

ONE, TWO, APART = "one thread", "two threads", "two processes of one thread"
DTYPES: tuple[tuple[DType, str, float | None], ...] = (
    ("float32", "float32", None),
    ("float16", "float16", 1.0),
    ("bfloat16", "uint16", 1.0),
    ("uint8", "uint8", 1.2),
)
"""Type of output, NumPy's type of its size, and how many times as fast as float32 it should be."""


def threads(*, quick: bool) -> Benchmark:
    """Return two threads, beside one thread and beside two processes of one thread each: what memory allows."""
    images = partial(work.images, quick=quick)

    def start(count: int) -> Ready:
        return ours.ready(ours.batches(images(), work.MAIN, threads=count))

    contenders, floor = two_beside_one(start)
    filling = (ours.fill(beside=ONE), ours.fill(beside=TWO, name="fill, two processes", processes=2))
    words = work.in_words(work.SIZE, work.MAIN, "uint8", "float32", 2)
    return Benchmark("threads", words, (*contenders, *filling), (floor,))


def two_beside_one(start: Callable[[int], Ready]) -> tuple[tuple[Contender, ...], Floor]:
    """Return two threads, one thread and two processes, of what ``start`` makes for a number of threads, and the floor.

    Where two cores cannot do more than they do in two processes, that is enough.
    """
    contenders = (
        Contender(TWO, lambda: start(2), cores=2),
        Contender(ONE, lambda: start(1)),
        Contender(APART, lambda: start(1), processes=2),
    )
    return contenders, Floor(TWO, ONE, 1.8, instead=Floor(TWO, APART, 1.0))


def dtypes(*, quick: bool) -> Benchmark:
    """Return every type of output; uint8 keeps its levels, the others are normalised."""
    images = partial(work.images, quick=quick)

    def start(dtype: DType) -> Ready:
        return ours.ready(ours.batches(images(), work.MAIN, dtype=dtype))

    rendering = [Contender(dtype, partial(start, dtype)) for dtype, *_ in DTYPES]
    filling = [ours.fill(dtype=same, beside=dtype, name=f"fill, {dtype}") for dtype, same, _ in DTYPES]
    floors = tuple(Floor(dtype, "float32", least) for dtype, _, least in DTYPES if least is not None)
    words = work.in_words(work.SIZE, work.MAIN, "uint8", "every type", 1)
    return Benchmark("dtypes", words, (*rendering, *filling), floors)


def drawing(*, quick: bool) -> Benchmark:
    """Return what drawing 64 samples costs, and all that is not pixels: 64 images of one pixel."""
    pixels, drawn, rest = "64 images", "64 samples drawn", "64 images of one pixel"

    def render() -> Ready:
        return ours.ready(ours.batches(work.images(quick=quick), work.MAIN))

    def only_draw() -> Ready:
        of = ours.batches(work.images(quick=True), work.MAIN)
        bound = binding.bind(of.pipeline, of.source)
        samples, none = np.arange(work.BATCH, dtype=np.uint64), np.zeros(work.BATCH, np.uint64)
        following = ours.places(of)

        def verify() -> str:
            wanted = [draw(ours.spec(of), of.source.channels, of.seed, 3, sample, 0) for sample in range(work.BATCH)]
            if not np.array_equal(bound.draw(of.seed, 3, samples, none), np.array(wanted)):
                raise WrongOutputError("what is drawn is not what the reference draws")
            return "every number as in the reference"

        return Ready(ours.version(), verify, lambda: len(bound.draw(of.seed, next(following)[0], samples, none)))

    def overhead() -> Ready:
        return ours.ready(ours.batches(work.images(quick=True)[:, :1, :1], work.MAIN))

    contenders = (Contender(pixels, render), Contender(drawn, only_draw), Contender(rest, overhead))
    words = (
        f"64 images of 224x224x3 rendered, beside the numbers drawn for them and all that is not pixels; {work.MAIN}"
    )
    floors = (Floor(drawn, pixels, 100), Floor(rest, pixels, 100, aim=True))
    return Benchmark("drawing", words, contenders, floors)
