"""Accuracy drops when images come by another way than in training: another resize, another scale.

A classifier of surfaces is trained on files that ``keras.utils.load_img`` reads and resizes, as generators do in real
time. Then the same test images come from an array, loaded and resized before, by somebody else's code.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import network
import numpy as np
from PIL import Image
from real_images import SURFACES, surfaces

import samebatch as sb
import samebatch.keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Images = NDArray[np.uint8]

LARGE, SMALL = 128, 32


def main() -> None:
    """Show both, and fail if samebatch's two ways give different batches or a worse accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=25)
    epochs = parser.parse_args().epochs
    train, test = surfaces(80, LARGE), surfaces(60, LARGE, test=True)
    with tempfile.TemporaryDirectory() as place:
        for name, (images, labels) in {"train": train, "test": test}.items():
            write(Path(place, name), images, labels)
        same, other = by_hand(Path(place), test, epochs)
        by_files, by_array = by_samebatch(Path(place), test, epochs)
    if not (by_files == by_array > other + 0.1 and same > other + 0.1):
        raise SystemExit("the fault, or its cure, does not show")


def by_hand(place: Path, test: tuple[Images, NDArray[np.int64]], epochs: int) -> tuple[float, float]:
    """Train on files read by ``load_img``; return the accuracy by the same way, and from an array resized by Pillow."""
    images, labels = read(place / "train")
    mean, std = images.mean(), images.std()
    model = network.classifier(len(SURFACES), (SMALL, SMALL, 3))
    model.fit((images - mean) / std, labels, batch_size=32, epochs=epochs, verbose=0)

    again, truth = read(place / "test")
    loaded = np.stack([np.asarray(Image.fromarray(image).resize((SMALL, SMALL)), np.float32) for image in test[0]])
    print("by hand: trained on files, which load_img resizes (to the nearest pixel), normalised")
    same = show("tested in real time, by the same way", model, (again - mean) / std, truth)
    other = show("tested pre-loaded, resized by Pillow (antialiased)", model, (loaded - mean) / std, test[1])
    show("tested pre-loaded, divided by 255 instead", model, loaded / 255, test[1])
    return same, other


def by_samebatch(place: Path, test: tuple[Images, NDArray[np.int64]], epochs: int) -> tuple[float, float]:
    """Train on files through a pipeline; return the accuracy on files and on an array, through that pipeline."""
    files = sb.FolderSource(place / "train")
    pipeline = sb.Pipeline([sb.RandomFlip(), sb.Normalize.fit(files)], size=(SMALL, SMALL))
    train = sb.Batches(files, pipeline, batch_size=32, seed=7)
    model = network.classifier(len(SURFACES), (SMALL, SMALL, 3))
    model.fit(samebatch.keras.Sequence(train), epochs=epochs, shuffle=False, verbose=0)

    def tested(source: sb.ArraySource | sb.FolderSource) -> sb.Batches:
        return sb.Batches(source, pipeline, batch_size=60).evaluation()

    in_real_time, loaded = tested(sb.FolderSource(place / "test")), tested(sb.ArraySource(*test))
    print("samebatch: the resize and the scale belong to the pipeline, whatever the images come from")
    first = show("tested in real time", model, samebatch.keras.Sequence(in_real_time), test[1])
    second = show("tested pre-loaded", model, samebatch.keras.Sequence(loaded), test[1])
    digests = {of.batch(0, 1).digest() for of in (in_real_time, loaded)}
    print(f"  digest of batch 1, both ways: {' and '.join(sorted(digests))}")
    if len(digests) != 1:
        raise SystemExit("the two ways give different batches")
    return first, second


def write(place: Path, images: Images, labels: NDArray[np.int64]) -> None:
    """Write images into one folder for each class, in their order."""
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = place / SURFACES[label] / f"{i:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)


def read(place: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the images of a folder as ``load_img`` reads and resizes them, 0 to 255, and their labels."""
    from keras.utils import img_to_array, load_img  # noqa: PLC0415 - Keras starts slowly, and `--help` needs none

    paths = sorted(place.glob("*/*.png"))
    images = [img_to_array(load_img(path, target_size=(SMALL, SMALL)), dtype="float32") for path in paths]
    return np.stack(images), np.array([SURFACES.index(path.parent.name) for path in paths])


def show(what: str, model: network.Model, images: network.Images, labels: NDArray[np.int64]) -> float:
    """Print and return an accuracy."""
    found = network.accuracy(model, images, labels)
    print(f"  {what + ':':<52} accuracy {found:.3f}")
    return found


if __name__ == "__main__":
    main()
