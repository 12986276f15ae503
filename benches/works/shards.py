"""Sources that outgrow a folder: tar archives beside the same files, their index, and objects on a bad network."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import samebatch as sb
from benches import folder, s3, work
from benches.harness import Benchmark, Contender, Ready
from benches.results import Floor
from benches.works import files, ours
from benches.works.files import check_bytes
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Iterable

SHARDS = 100
SAMPLES = 1000
"""Of a shard of the index; a trial run has a tenth of the shards."""

TINY = 100  # bytes of what stands for an image where only the index counts
LARGE = 110_000  # likewise, as a photograph has
OPENING = 1.0  # seconds, at most, until 100,000 images are there from their index
FROM_FILES, FROM_SHARDS = "samebatch, files", "samebatch, shards"
OPEN, BUILD, BUILD_LARGE = "index, opened", "index, built", "index of photographs, built"
CALM, TROUBLED = "s3, undisturbed", "s3, 20 % of the requests fail or are slow"
EVERY = 10  # one of them fails and one is late
LATE = 0.1  # seconds
MEMORY = 2**23  # of encoded images: less than an epoch has, so that each is fetched anew


def shards(*, quick: bool) -> Benchmark:
    """Return batches from tar archives, beside the same files in a folder."""
    contenders = (
        Contender(FROM_SHARDS, lambda: _ready(_sharded(quick=quick))),
        Contender(FROM_FILES, lambda: _ready(sb.FolderSource(folder.filled(quick=quick)))),
    )
    words = f"{folder.in_words(quick=quick)}, and in 4 tar archives, to batches of {work.BATCH}, one thread"
    return Benchmark("shards", words, contenders, (Floor(FROM_SHARDS, FROM_FILES, 0.9),))


def index(*, quick: bool) -> Benchmark:
    """Return how fast an index is made and opened; images a second are those that are found, none is read."""
    contenders = (
        Contender(OPEN, lambda: _index(TINY, "beside", quick=quick)),
        Contender(BUILD, lambda: _index(TINY, None, quick=quick)),
        Contender(BUILD_LARGE, lambda: _index(LARGE, None, quick=quick)),
    )
    words = f"{_count(quick=quick)} shards of {SAMPLES} samples with a label each, page cache warm"
    return Benchmark("index", words, contenders)


def remote(*, quick: bool) -> Benchmark:
    """Return batches from an S3 server on loopback, as it should be and on a bad day."""
    contenders = (
        Contender(CALM, lambda: _far(0, quick=quick), cores=2, long=True),
        Contender(TROUBLED, lambda: _far(EVERY, quick=quick), CALM, cores=2, long=True),
    )
    words = (
        f"{folder.count(quick=quick)} JPEG files of 500x375 from an S3 server on loopback (moto), read ahead, batches "
        f"of {work.BATCH}; 2 cores for client and server; disturbed: 10 % of the requests fail, 10 % are late"
    )
    return Benchmark("remote", words, contenders, (Floor(TROUBLED, CALM, 0.5),))


def _batches(source: sb.FolderSource | sb.ShardSource) -> sb.Batches:
    pipeline = work.pipeline(work.MAIN, size=(work.SIZE, work.SIZE))
    return sb.Batches(source, pipeline, batch_size=work.BATCH, seed=work.SEED, last_batch="drop", threads=1)


def _ready(source: sb.FolderSource | sb.ShardSource) -> Ready:
    of = _batches(source)
    following = ours.places(of)

    def verify() -> str:
        check_bytes(of)
        return f"{work.BATCH // files.SHARDS} images of a batch, every byte as in the reference"

    return Ready(ours.version(), verify, lambda: len(of.batch(*next(following))))


def _sharded(*, quick: bool) -> sb.ShardSource:
    paths, labels = folder.listed(folder.filled(quick=quick))
    place = Path(tempfile.mkdtemp(dir=os.environ[folder.PLACE]))
    for shard in range(4):
        with tarfile.open(place / f"train-{shard}.tar", "w") as archive:
            for path, label in list(zip(paths, labels, strict=True))[shard::4]:
                key = f"{Path(path).parent.name}/{Path(path).stem}"
                _add(archive, [(f"{key}.jpg", Path(path).read_bytes()), (f"{key}.cls", b"%d" % label)])
    return sb.ShardSource(f"{place}/train-{{0..3}}.tar")


def _index(size: int, kept: str | None, *, quick: bool) -> Ready:
    place = Path(tempfile.mkdtemp(dir=os.environ[folder.PLACE]))
    first = place / "shard-000.tar"
    with tarfile.open(first, "w") as archive:
        for i in range(SAMPLES):
            _add(archive, [(f"{i:06}.jpg", bytes(size)), (f"{i:06}.cls", b"%d" % (i % 10))])
    count = _count(quick=quick)
    for number in range(1, count):  # one archive under many names: what is in it lies in the page cache once
        (place / f"shard-{number:03}.tar").hardlink_to(first)
    pattern = f"{place}/shard-{{000..{count - 1:03}}}.tar"

    def opened() -> int:
        return len(sb.ShardSource(pattern, index=kept))

    def verify() -> str:
        opened()
        begin = time.perf_counter()
        found = opened()
        seconds = time.perf_counter() - begin
        if found != count * SAMPLES:
            raise WrongOutputError(f"{found} samples were found of {count * SAMPLES}")
        if kept is not None and seconds > OPENING:
            raise WrongOutputError(f"{found} images took {seconds:.2f} s to open")
        return (
            f"{found} images in {seconds:.3f} s, {count * first.stat().st_size / seconds / 1e9:.2f} GB of tar a second"
        )

    return Ready(ours.version(), verify, opened)


def _far(every: int, *, quick: bool) -> Ready:
    import fsspec  # noqa: PLC0415 - it is optional, and so is what it needs for S3

    near = sb.FolderSource(folder.filled(quick=quick))
    process, port = s3.started(every, LATE)
    options = s3.client(port)
    system = fsspec.filesystem("s3", **options)
    system.mkdir("bench")
    for path in near.paths:
        system.put_file(path, f"bench/photos/{Path(path).parent.name}/{Path(path).name}")
    fetching = sb.Remote(memory=MEMORY, backoff=0.02)
    of = _batches(sb.FolderSource("s3://bench/photos", storage_options=options, remote=fetching))
    epochs = iter(range(2**31))

    def verify() -> str:
        same = _batches(near)
        for step in range(2):
            if of.batch(0, step).digest() != same.batch(0, step).digest():
                raise WrongOutputError(f"step {step} is not that of the same files in a folder")
        return "2 batches, every byte as from the same files in a folder"

    def epoch() -> int:
        assert process.poll() is None, "the server has ended"
        return sum(len(batch) for batch in of.epoch(next(epochs)))

    return Ready(ours.version(), verify, epoch)


def _add(archive: tarfile.TarFile, members: Iterable[tuple[str, bytes]]) -> None:
    for name, content in members:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))


def _count(*, quick: bool) -> int:
    return SHARDS // 10 if quick else SHARDS
