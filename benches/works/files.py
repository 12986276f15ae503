"""From files: a folder of JPEG, one folder a class, to the batches of the main work, on one thread and on two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import samebatch as sb
from benches import folder, work
from benches.harness import Benchmark, Contender, Ready
from benches.peers import albumentations, dali, image_data_generator, opencv_files
from benches.peers.file_peer import check_labels, check_read
from benches.results import Floor
from benches.works import ours, variants
from samebatch import reference
from samebatch.cli.selfcheck import compare
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benches.peers.file_peer import FilePeer

BEST = "samebatch"
FAST = "samebatch, fast=True"
SHARDS = 16
"""A batch is compared with the reference in one shard of so many: the reference needs long for a whole one."""


def files(*, quick: bool) -> Benchmark:
    """Return files to batches on one thread, against every peer that reads files, and against decoding alone."""
    generator, decoding = image_data_generator.FILES, opencv_files.DECODING
    contenders = (
        Contender(BEST, lambda: _ready(quick=quick)),
        Contender(FAST, lambda: _ready(quick=quick, fast=True)),
        _beside(generator, image_data_generator.ready_from_files, quick=quick),
        _peer(albumentations.FILES, quick=quick),
        _peer(dali.FILES, quick=quick),
        Contender(decoding, lambda: opencv_files.decoding(folder.filled(quick=quick), work.BATCH), BEST),
    )
    floors = (
        Floor(BEST, generator, 6),
        Floor(BEST, albumentations.FILES.name, 1.5),
        Floor(BEST, dali.FILES.name, 6),
        Floor(BEST, decoding, 0.75),
        Floor(FAST, decoding, 1.1),
    )
    return Benchmark("files", _in_words("one thread on one core", quick=quick), contenders, floors)


def files_on_two(*, quick: bool) -> Benchmark:
    """Return two threads, beside one thread and beside two processes of one thread each."""
    contenders, floor = variants.two_beside_one(lambda threads: _ready(quick=quick, threads=threads))
    return Benchmark("files-threads", _in_words("on 2 cores", quick=quick), contenders, (floor,))


def batches(place: Path, *, fast: bool = False, threads: int = 1) -> sb.Batches:
    """Return the main work on the files of a folder."""
    return sb.Batches(
        sb.FolderSource(place, fast=fast),
        work.pipeline(work.MAIN, size=(work.SIZE, work.SIZE)),
        batch_size=work.BATCH,
        seed=work.SEED,
        last_batch="drop",
        threads=threads,
    )


def verify(of: sb.Batches, place: Path, *, fast: bool = False) -> str:
    """Check an augmented batch and one of the evaluation, and every label of an epoch.

    Args:
        of: the batches.
        place: the folder that their source has.
        fast: whether its files may be decoded at a reduced scale, of which there is no reference.

    Raises:
        WrongOutputError: a byte differs from the reference, or an image from that of Pillow.
    """
    following = ours.places(of)

    def labelled() -> tuple[Any, Any]:
        batch = of.batch(*next(following))
        return batch.x, batch.y

    paths, labels = folder.listed(place)
    evaluation = of.evaluation().batch(0, 0)
    rows = evaluation.indices.tolist()
    check_read(evaluation.x, evaluation.y, [paths[row] for row in rows], labels[rows], fast=fast)
    words = check_labels(labelled, place, work.BATCH)
    if fast:
        return f"the images of an evaluation batch against Pillow; {words}"
    for which in (of, of.evaluation()):
        check_bytes(which)
    return f"{2 * work.BATCH // SHARDS} images of 2 batches, every byte as in the reference; {words}"


def check_bytes(of: sb.Batches) -> None:
    """Check one shard of a batch.

    Raises:
        WrongOutputError: a byte differs from the reference.
    """
    whole = of.batch(0, 0)
    wanted, indices = reference.batch(of.shard(0, SHARDS), 0, 0)
    rows = [int(np.flatnonzero(whole.indices == index)[0]) for index in indices]
    try:
        compare(np.asarray(whole.x)[rows], wanted, f"step 0 of {of!r}")
    except RuntimeError as error:
        raise WrongOutputError(f"samebatch: {error}") from error


def _ready(*, quick: bool, fast: bool = False, threads: int = 1) -> Ready:
    place = folder.filled(quick=quick)
    of = batches(place, fast=fast, threads=threads)
    following = ours.places(of)
    return Ready(ours.version(), lambda: verify(of, place, fast=fast), lambda: len(of.batch(*next(following))))


def _peer(peer: FilePeer, *, quick: bool) -> Contender:
    return _beside(peer.name, peer.ready, quick=quick)


def _beside(name: str, ready: Callable[[Path, work.Draws, int], Ready], *, quick: bool) -> Contender:
    return Contender(name, lambda: ready(folder.filled(quick=quick), work.MAIN, work.BATCH), BEST)


def _in_words(threads: str, *, quick: bool) -> str:
    return (
        f"{folder.in_words(quick=quick)} to {work.SIZE}x{work.SIZE}x3, float32 out, batches of {work.BATCH}, "
        f"{threads}; resize, {work.MAIN}"
    )
