"""A generator that yields the same order for ever, and predictions that repeat.

Three faults that look alike: classes in order of their folders and never shuffled, an order that is drawn anew from the
same seed in every epoch, and predictions of shuffled images beside labels that are not shuffled.
"""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

import network
import numpy as np
from real_images import DIGIT_SIDE, digits

import samebatch as sb
import samebatch.keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHAPE = (DIGIT_SIDE, DIGIT_SIDE, 1)
BATCH = 16
SEED = 42


class Reseeding(network.PyDataset):  # type: ignore[misc]  # Keras ships no types
    """A Sequence that shuffles "reproducibly"."""

    def __init__(self, y: NDArray[np.int64]) -> None:
        super().__init__()
        self.y = y
        self.on_epoch_end()

    def __len__(self) -> int:
        """Return the number of steps."""
        return math.ceil(len(self.y) / BATCH)

    def __getitem__(self, step: int) -> NDArray[np.int64]:
        """Return which images are in a batch."""
        return self.rows[step * BATCH : (step + 1) * BATCH]

    def on_epoch_end(self) -> None:
        """Draw an order; the fault is in the first line."""
        np.random.seed(SEED)  # noqa: NPY002 - as it is often written
        self.rows = np.random.permutation(len(self.y))  # noqa: NPY002


def main() -> None:
    """Show the three, and fail if one of them does not show, or is not cured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    epochs = parser.parse_args().epochs
    train, (images, labels) = digits(70)  # digit by digit, as a folder for each class would be read
    pipeline = sb.Pipeline([sb.RandomRotation(10), sb.Rescale(1 / 255)], fill_mode="constant")
    source = sb.ArraySource(*train)
    test = sb.Batches(sb.ArraySource(images, labels), pipeline, batch_size=BATCH).evaluation()

    print("classes one after the other")
    in_order, _ = show("never shuffled", sb.Batches(source, pipeline, batch_size=BATCH, shuffle=False), test, epochs)
    shuffled, model = show("shuffled", sb.Batches(source, pipeline, batch_size=BATCH, seed=SEED), test, epochs)

    print("different orders in 5 epochs")
    reseeding, plan = Reseeding(train[1]), sb.Batches(source, pipeline, batch_size=BATCH, seed=SEED)
    own, ours = set(), set()
    for epoch in range(5):
        own.add(np.concatenate([reseeding[step] for step in range(len(reseeding))]).tobytes())
        ours.add(np.concatenate([plan.indices(epoch, step) for step in range(plan.steps)]).tobytes())
        reseeding.on_epoch_end()
    print(f"  seeded anew in every epoch:             {len(own)}")
    print(f"  sb.Batches(seed={SEED}), every time it runs: {len(ours)}")

    print("predictions beside the labels of the test")
    datagen = samebatch.keras.ImageDataGenerator(rescale=1 / 255)
    mixed = network.accuracy(model, datagen.flow(images, batch_size=BATCH, seed=SEED), labels)
    right = network.accuracy(model, datagen.flow(images, batch_size=BATCH, shuffle=False), labels)
    print(f"  predicted from flow(), which shuffles:  accuracy {mixed:.3f}")
    print(f"  predicted from flow(shuffle=False):     accuracy {right:.3f}")
    cured = shuffled > in_order + 0.3 and len(own) == 1 and len(ours) == 5 and right > mixed + 0.3
    if not cured:
        raise SystemExit("a fault, or its cure, does not show")


def show(what: str, train: sb.Batches, test: sb.Batches, epochs: int) -> tuple[float, network.Model]:
    """Train, print what is predicted, and return the accuracy and the model."""
    model = network.classifier(10, SHAPE, spatial=True)
    model.fit(samebatch.keras.Sequence(train), epochs=epochs, shuffle=False, verbose=0)
    found = network.predicted(model, samebatch.keras.Sequence(test))
    accuracy = float((found == test.source.labels).mean())
    print(f"  {what + ':':<39} accuracy {accuracy:.3f}, {len(set(found.tolist()))} of 10 digits ever predicted")
    return accuracy, model


if __name__ == "__main__":
    main()
