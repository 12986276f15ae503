"""A classifier that is trained on static, augmented arrays differs from one that is trained through the generator.

Both see the same digits, augmented by the same transforms, in as many steps. The arrays hold one augmented copy of each
digit, made once; the generator makes another one in every epoch.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import network
import numpy as np
from real_images import DIGIT_SIDE, digits

import samebatch as sb
import samebatch.keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

COPIES = 5
SHAPE = (DIGIT_SIDE, DIGIT_SIDE, 1)


def main() -> None:
    """Train thrice, and fail if the frozen copies do as well as fresh ones, or if an epoch does not come again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=120)
    epochs = parser.parse_args().epochs
    train, test = batches()
    print(f"{len(train.source)} digits, {epochs} epochs of {train.steps} steps, tested on {len(test.source)} digits")
    frozen = show("one augmented copy of each, made once", static(train, 1, epochs), test)
    several = show(f"{COPIES} augmented copies of each, made once", static(train, COPIES, epochs // COPIES), test)
    model = network.classifier(10, SHAPE, spatial=True)
    model.fit(samebatch.keras.Sequence(train), epochs=epochs, shuffle=False, verbose=0)
    fresh = show("another copy in every epoch: samebatch.keras.Sequence", model, test)

    again = batches()[0].batch(epoch=epochs - 1, step=0)  # as another process would ask, years later
    known = train.batch(epochs - 1, 0).digest()
    print(f"  batch 0 of epoch {epochs - 1}: digest {known}, asked for again: {again.digest()}")
    if not (fresh > frozen + 0.1 and several > frozen + 0.1 and known == again.digest()):
        raise SystemExit("the fault, or its cure, does not show")


def batches() -> tuple[sb.Batches, sb.Batches]:
    """Return the batches of training, and those of the test, in order and not augmented."""
    train, test = digits(10)
    pipeline = sb.Pipeline(
        [
            sb.RandomRotation(20),
            sb.RandomShift(0.15, 0.15),
            sb.RandomShear(15),
            sb.RandomZoom(0.8, 1.2),
            sb.Rescale(1 / 255),
        ],
        fill_mode="constant",
    )
    made = sb.Batches(sb.ArraySource(*train), pipeline, batch_size=32, seed=3)
    return made, sb.Batches(sb.ArraySource(*test), pipeline, batch_size=256).evaluation()


def static(train: sb.Batches, copies: int, epochs: int) -> network.Model:
    """Return a model trained on the batches of the first epochs, put into two arrays."""
    made = [train.batch(epoch, step) for epoch in range(copies) for step in range(train.steps)]
    x: NDArray[Any] = np.concatenate([batch.x for batch in made])
    y: NDArray[Any] = np.concatenate([np.asarray(batch.y) for batch in made])
    model = network.classifier(10, SHAPE, spatial=True)
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
    return model


def show(what: str, model: network.Model, test: sb.Batches) -> float:
    """Print and return an accuracy."""
    found = network.accuracy(model, samebatch.keras.Sequence(test), np.asarray(test.source.labels))
    print(f"  {what + ':':<56} accuracy {found:.3f}")
    return found


if __name__ == "__main__":
    main()
