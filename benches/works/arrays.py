"""One thread, from arrays: the whole work, on float32 sources, at other sizes; flip and normalise only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benches import work
from benches.harness import Benchmark, Contender
from benches.peers import (
    albumentations,
    dali,
    image_data_generator,
    keras_layers,
    kornia,
    opencv,
    torch_in_place,
    torchvision,
)
from benches.results import Floor
from benches.works import ours
from samebatch import _native

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benches.peers.peer import Peer
    from benches.work import Draws
    from samebatch.checks import Layout

    Images = Callable[[], NDArray[Any]]

BEST = "samebatch"
FIRST = "samebatch, channels_first"


def main(*, quick: bool) -> Benchmark:
    """Return the whole work at 224x224, at every SIMD level and in both layouts, against every peer."""
    images = partial(work.images, quick=quick)
    *lower, best = _native.levels()  # the best one is used unless another is forced
    contenders = (
        _ours(BEST, images, work.MAIN, level=best),
        *(_ours(f"{BEST}, {level}", images, work.MAIN, level=level) for level in lower),
        _ours(FIRST, images, work.MAIN, "channels_first", best),
        *(_ours(f"{FIRST}, {level}", images, work.MAIN, "channels_first", level) for level in lower),
        _generator(images, work.MAIN),
        _peer(keras_layers.PEER, images, work.MAIN),
        _peer(torchvision.PIL, images, work.MAIN, "channels_first"),
        _peer(torchvision.TENSOR, images, work.MAIN, "channels_first"),
        _peer(kornia.PEER, images, work.MAIN, "channels_first"),
        _peer(albumentations.PEER, images, work.MAIN),
        _peer(albumentations.PEER, images, work.MAIN, "channels_first"),
        _peer(opencv.PEER, images, work.MAIN),
        _peer(opencv.PEER, images, work.MAIN, "channels_first"),
        _peer(dali.PEER, images, work.MAIN),
        ours.fill(beside=BEST),
    )
    generator = image_data_generator.NAME
    floors = [
        Floor(BEST, generator, 50),
        Floor(BEST, albumentations.PEER.name, 11),
        Floor(BEST, opencv.PEER.name, 5.5),
        Floor(BEST, dali.PEER.name, 20),
        Floor(BEST, generator, 100, aim=True),
        Floor(BEST, "fill", 1 / 3, aim=True),
    ]
    if "portable" in lower:
        floors.append(Floor(f"{BEST}, portable", generator, 8))
    if best == "avx512":
        floors.append(Floor(f"{BEST}, avx2", BEST, 0.8))
    words = work.in_words(work.SIZE, work.MAIN, "uint8", "float32", 1)
    return Benchmark("main", words, contenders, tuple(floors))


def floats(*, quick: bool) -> Benchmark:
    """Return the whole work on float32 sources."""

    def images() -> NDArray[Any]:
        return work.images(quick=quick).astype(np.float32)

    contenders = (
        _ours(BEST, images, work.MAIN),
        _generator(images, work.MAIN),
        _peer(opencv.PEER, images, work.MAIN),
        ours.fill(beside=BEST),
    )
    floors = (Floor(BEST, opencv.PEER.name, 3), Floor(BEST, image_data_generator.NAME, 25))
    return Benchmark("floats", work.in_words(work.SIZE, work.MAIN, "float32", "float32", 1), contenders, floors)


def flip(*, quick: bool) -> Benchmark:
    """Return flip and normalise only, to channels_first."""
    images = partial(work.images, quick=quick)
    contenders = (
        _ours(FIRST, images, work.FLIP, "channels_first"),
        _peer(albumentations.PEER, images, work.FLIP, "channels_first"),
        _peer(torch_in_place.PEER, images, work.FLIP, "channels_first"),
        _peer(torch_in_place.PLANES, images, work.FLIP, "channels_first"),
        ours.fill(beside=FIRST),
    )
    floors = (
        Floor(FIRST, f"{albumentations.PEER.name}, channels_first", 15),
        Floor(FIRST, f"{torch_in_place.PEER.name}, channels_first", 2.5),
        Floor(FIRST, "fill", 1 / 3),
    )
    words = work.in_words(work.SIZE, work.FLIP, "uint8", "float32", 1)
    return Benchmark("flip", words, contenders, floors)


def small(*, quick: bool) -> Benchmark:
    """Return the whole work at 32x32, where an image's cost is overhead."""
    images = partial(work.images, 32, quick=quick)
    contenders = (
        _ours(BEST, images, work.MAIN),
        _ours(FIRST, images, work.MAIN, "channels_first"),
        _generator(images, work.MAIN),
        _peer(kornia.PEER, images, work.MAIN, "channels_first"),
        _peer(albumentations.PEER, images, work.MAIN),
        _peer(opencv.PEER, images, work.MAIN),
        ours.fill(32, beside=BEST),
    )
    words = work.in_words(32, work.MAIN, "uint8", "float32", 1)
    return Benchmark("small", words, contenders, (Floor(BEST, albumentations.PEER.name, 40),))


def large(*, quick: bool) -> Benchmark:
    """Return the whole work at 512x512."""
    images = partial(work.images, 512, quick=quick)
    contenders = (
        _ours(BEST, images, work.MAIN),
        _peer(albumentations.PEER, images, work.MAIN),
        _peer(opencv.PEER, images, work.MAIN),
        _peer(dali.PEER, images, work.MAIN),
        ours.fill(512, beside=BEST),
    )
    return Benchmark("large", work.in_words(512, work.MAIN, "uint8", "float32", 1), contenders, rounds=0.6)


def _ours(
    name: str, images: Images, draws: Draws, layout: Layout = "channels_last", level: str | None = None
) -> Contender:
    return Contender(
        name,
        lambda: ours.ready(ours.batches(images(), draws, layout)),
        environment={} if level is None else {"SAMEBATCH_LEVEL": level},
    )


def _peer(peer: Peer, images: Images, draws: Draws, layout: Layout = "channels_last") -> Contender:
    first = layout == "channels_first"
    return Contender(
        f"{peer.name}, channels_first" if first else peer.name,
        lambda: peer.ready(images(), draws, layout, work.BATCH),
        FIRST if first else BEST,
    )


def _generator(images: Images, draws: Draws) -> Contender:
    return Contender(image_data_generator.NAME, lambda: image_data_generator.ready(images(), draws, work.BATCH), BEST)
