"""Whole epochs on two cores, as PyTorch's training loops see them."""

from __future__ import annotations

from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np

import samebatch as sb
from benches import check, work
from benches.harness import Benchmark, Contender, Ready
from benches.peers.albumentations import compose
from benches.results import Floor
from benches.works import ours
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from benches.work import Draws

    Images = Callable[[], NDArray[Any]]

CORES = 2
WORKERS = 2
CHECKED = 16
BATCH = "batches.batch"
LOADER = "samebatch.torch.DataLoader"
PEER = "DataLoader, albumentations, 2 workers"


def loaders(*, quick: bool) -> Benchmark:
    """Return PyTorch's DataLoader over samebatch, beside ``batches.batch`` and beside albumentations in two workers."""
    images = partial(work.images, quick=quick)
    contender = partial(Contender, cores=CORES)
    contenders = (
        contender(LOADER, lambda: _loader(images, 0)),
        contender(f"{LOADER}, 2 workers", lambda: _loader(images, WORKERS), long=True),
        contender(
            BATCH, lambda: _epochs(images, lambda of, epoch: (of.batch(epoch, step) for step in range(of.steps)))
        ),
        contender("batches.epoch", lambda: _epochs(images, lambda of, epoch: of.epoch(epoch))),
        contender(PEER, lambda: _albumentations(images), LOADER, long=True),
        ours.fill(beside=LOADER),
    )
    words = work.in_words(work.SIZE, work.MAIN, "uint8", "float32 to channels_first", CORES)
    floors = (Floor(LOADER, BATCH, 0.9), Floor(LOADER, PEER, 10))
    return Benchmark("loaders", f"whole epochs with labels: {words}", contenders, floors)


def _batches(images: Images) -> sb.Batches:
    return ours.batches(images(), work.MAIN, "channels_first", threads=None)


def _epochs(images: Images, epoch: Callable[[sb.Batches, int], Iterable[sb.Batch]]) -> Ready:
    """Return samebatch without a framework, a whole epoch at a time."""
    of = _batches(images)
    following = iter(range(2**31))

    def verify() -> str:
        for step, batch in enumerate(epoch(of, 1)):
            if batch.digest() != of.batch(1, step).digest():
                raise WrongOutputError(f"step {step} of an epoch is not that of batches.batch")
        return ours.verify(of)

    return Ready(ours.version(), verify, lambda: sum(len(batch) for batch in epoch(of, next(following))))


def _loader(images: Images, workers: int) -> Ready:
    import samebatch.torch  # noqa: PLC0415 - torch is optional

    of = _batches(images)

    def make() -> samebatch.torch.DataLoader:
        return samebatch.torch.DataLoader(of, num_workers=workers, persistent_workers=workers > 0)

    def verify() -> str:
        for epoch in range(2):
            loader = make()
            loader.set_epoch(epoch)
            for step, batch in enumerate(loader):
                if sb.digest(*batch, layout="channels_first") != of.batch(epoch, step).digest():
                    raise WrongOutputError(f"step {step} of epoch {epoch} is not that of batches.batch")
        return f"{ours.verify(of)}; 2 epochs from the loader, every byte as from batches.batch"

    loader = make()
    return Ready(f"{ours.version()}; torch {metadata.version('torch')}", verify, lambda: _count(loader))


class Augmented:
    """A map-style dataset, as albumentations' users write it."""

    def __init__(self, images: NDArray[np.generic], draws: Draws) -> None:
        self._images, self._labels = images, np.arange(len(images))
        self._transform = compose(draws, "channels_first")

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        """Return an augmented image, as a tensor, and its label."""
        return self._transform(image=self._images[index])["image"], int(self._labels[index])


def _albumentations(images: Images) -> Ready:
    from torch.utils import data  # noqa: PLC0415 - torch is optional

    source = images()
    dataset: Any = Augmented(source, work.MAIN)
    loader = data.DataLoader(
        dataset, batch_size=work.BATCH, shuffle=True, drop_last=True, num_workers=WORKERS, persistent_workers=True
    )

    def verify() -> str:
        same = source[:1].repeat(CHECKED, axis=0)

        def first_batch(draws: Draws) -> Callable[[], Any]:
            repeated: Any = Augmented(same, draws)
            return lambda: next(iter(data.DataLoader(repeated, batch_size=CHECKED)))[0]

        words = check.check(first_batch, source[0], work.MAIN, "channels_first", CHECKED)
        labels = np.concatenate([y.numpy() for _, y in loader])
        if not np.array_equal(np.sort(labels), np.arange(len(source))):
            raise WrongOutputError("an epoch does not have every label once")
        return words

    versions = " ".join(f"{name} {metadata.version(name)}" for name in ("albumentations", "torch"))
    return Ready(versions, verify, lambda: _count(loader))


def _count(loader: Iterable[Any]) -> int:
    return sum(len(y) for _, y in loader)
