"""Batches made by Ray on all nodes of a cluster: the same as on one machine, in order, and gone on with after a stop.

    python examples/ray_batches.py                      # a cluster of this machine alone
    python examples/ray_batches.py --address auto       # the cluster that this machine belongs to

It makes a folder of JPEG files, goes through two epochs, stops in the midst, goes on, and compares every batch with the
one that `batches.batch` makes. On a cluster of several machines the folder must be one that all of them can read.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import ray
import ray.data
from PIL import Image

import samebatch as sb
import samebatch.ray
from samebatch.cli import photographs

EPOCHS = 2


def fill(folder: Path, count: int) -> None:
    """Write ``count`` JPEG files, one folder for each class."""
    for number, picture in enumerate(photographs.crops(count, 256)):
        path = folder / ("china", "flower")[number % 2] / f"{number:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path, quality=90)


def batches(folder: Path) -> sb.Batches:
    """Return the batches of the files."""
    transforms = [sb.RandomFlip(), sb.RandomRotation(20), sb.RandomZoom(0.8, 1.2), sb.Rescale(1 / 255)]
    pipeline = sb.Pipeline(transforms, size=(224, 224), fit="crop")
    return sb.Batches(sb.FolderSource(folder), pipeline, batch_size=32, seed=7)


def main() -> None:
    """Parse the command line, and go through the run in two parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="local", help="of a cluster; local: one of this machine alone")
    parser.add_argument("--folder", type=Path, help="where to write the files; a temporary folder if it is not given")
    parser.add_argument("--count", type=int, default=200, help="how many files")
    parser.add_argument("--concurrency", type=int, help="batches made at the same time; as Ray decides if not given")
    arguments = parser.parse_args()
    own: dict[str, Any] = (
        {"include_dashboard": False, "object_store_memory": 400_000_000} if arguments.address == "local" else {}
    )
    ray.init(address=arguments.address, **own)
    ray.data.DataContext.get_current().enable_progress_bars = False
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        fill(folder, arguments.count)
        train = batches(folder)
        middle = divmod(EPOCHS * len(train) // 2, len(train))

        print(f"until {middle}, and then a stop")
        data = samebatch.ray.dataset(train, epochs=EPOCHS, concurrency=arguments.concurrency)
        seen = 0
        for batch in samebatch.ray.iter_batches(data):
            if (batch["epoch"], batch["step"]) == middle:
                break
            seen += check(train, batch)

        print(f"from {middle} on")
        rest = samebatch.ray.dataset(train, epochs=EPOCHS, start=middle, concurrency=arguments.concurrency)
        began = time.perf_counter()
        for batch in samebatch.ray.iter_batches(rest):
            seen += check(train, batch)
        if seen != EPOCHS * arguments.count:
            raise RuntimeError(f"{seen} images were seen, and there are {EPOCHS * arguments.count}")
        print(
            f"{seen} images, every batch as from batches.batch; {time.perf_counter() - began:.1f} s for the second part"
        )
    ray.shutdown()


def check(train: sb.Batches, batch: dict[str, Any]) -> int:
    """Compare a batch with the one that this process makes; return how many images it has."""
    wanted = train.batch(batch["epoch"], batch["step"])
    if sb.digest(batch["x"], batch["y"]) != wanted.digest():
        raise RuntimeError(f"step {batch['step']} of epoch {batch['epoch']} differs")
    return len(wanted)


if __name__ == "__main__":
    main()
