"""A Sequence whose ``__getitem__`` writes into its own data, and augments what it has augmented before.

``self.x[a:b]`` is a view of the array. To put a turned digit into it is to turn the digit of the data set, which the
next epoch turns again. Nothing fails; after some epochs there is little left of the digits, and the model is worse.
"""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

import network
import numpy as np
from PIL import Image
from real_images import DIGIT_SIDE, digits

import samebatch as sb
import samebatch.keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHAPE = (DIGIT_SIDE, DIGIT_SIDE, 1)
BATCH = 32


class Writing(network.PyDataset):  # type: ignore[misc]  # Keras ships no types
    """The Sequence as it is often written."""

    def __init__(self, x: NDArray[np.float32], y: NDArray[np.int64]) -> None:
        super().__init__()
        self.x, self.y = x, y

    def __len__(self) -> int:
        """Return the number of steps."""
        return math.ceil(len(self.x) / BATCH)

    def __getitem__(self, step: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return a batch, augmented; the fault is in the loop."""
        batch_x = self.x[step * BATCH : (step + 1) * BATCH]
        batch_y = self.y[step * BATCH : (step + 1) * BATCH]
        for i in range(len(batch_x)):
            batch_x[i] = moved(batch_x[i])  # batch_x is a view: this writes into self.x
        return batch_x, batch_y


def moved(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a digit turned by up to 10 degrees and shifted by a pixel at most, by the global generator."""
    turn, right, down = np.random.uniform(-1, 1, 3) * (10, 2, 2)  # noqa: NPY002 - as it is often written
    turned = Image.fromarray(image[..., 0]).rotate(turn, Image.Resampling.BILINEAR, translate=(int(right), int(down)))
    return np.asarray(turned)[..., None]


def main() -> None:
    """Train both ways, and fail if the fault does not show in the data and in the accuracy, or the cure does not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    epochs = parser.parse_args().epochs
    (x, y), test = digits(40)

    own = x / np.float32(255)
    model = network.classifier(10, SHAPE, spatial=True)
    sequence = Writing(own, y)
    same = np.array_equal(sequence[0][0].copy(), sequence[0][0])
    model.fit(sequence, epochs=epochs, shuffle=False, verbose=0)
    changed = float(np.abs(own * 255 - x).mean())
    print("a Sequence that writes into its data")
    worse = show(model, test[0] / np.float32(255), test[1], changed, same=same)

    before = x.copy()
    pipeline = sb.Pipeline(
        [sb.RandomRotation(10), sb.RandomShift(1 / DIGIT_SIDE, 1 / DIGIT_SIDE), sb.Rescale(1 / 255)],
        fill_mode="constant",
    )
    train = sb.Batches(sb.ArraySource(x, y), pipeline, batch_size=BATCH, seed=7)
    model = network.classifier(10, SHAPE, spatial=True)
    right = samebatch.keras.Sequence(train)
    same = np.array_equal(right[0][0].copy(), right[0][0])
    model.fit(right, epochs=epochs, shuffle=False, verbose=0)
    kept = float(np.abs(x.astype(np.float64) - before).mean())
    print("samebatch.keras.Sequence, by the same transforms")
    better = show(model, pipeline.evaluation()(test[0], seed=0), test[1], kept, same=same)
    if not (better > worse + 0.1 and changed > 10 and kept == 0 and same):
        raise SystemExit("the fault, or its cure, does not show")


def show(
    model: network.Model, images: network.Images, labels: NDArray[np.int64], changed: float, *, same: bool
) -> float:
    """Print all three figures and return the accuracy."""
    found = network.accuracy(model, images, labels)
    print(f"  batch 0, asked for twice:                     {'the same' if same else 'two different ones'}")
    print(f"  the data after training, against those before: {changed:.1f} of 255 off on average")
    print(f"  accuracy on digits that are not augmented:     {found:.3f}")
    return found


if __name__ == "__main__":
    main()
