"""A generator that underperforms: too little augmentation, statistics ruined by outliers, classes out of balance.

Each of the three is shown with a classifier of surfaces that has it, and with the same one without it.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Literal

import network
import numpy as np
from real_images import SURFACES, surfaces

import samebatch as sb
import samebatch.keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]
    Trained = tuple[network.Model, sb.Pipeline]

SIDE = 32
HOT = 65535.0  # what a dead pixel of the sensor says, where others say 0 to 255
AUGMENTING = (sb.RandomFlip(0.5, 0.5), sb.RandomRotation(10), sb.RandomBrightness(0.5, 1.5))


def main() -> None:
    """Show the three, and fail if one of them does not show, or is not cured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    epochs = parser.parse_args().epochs
    train, test = surfaces(60, SIDE), surfaces(100, SIDE, test=True)
    unfitted(train)
    gains = (augmentation(train, test, 2 * epochs), statistics(train, test, epochs), balance(train, test, epochs))
    if min(gains) < 0.1:
        raise SystemExit("a fault, or its cure, does not show")


def unfitted(train: Labelled) -> None:
    """Show that statistics nobody has fitted are refused."""
    try:
        sb.Batches(sb.ArraySource(*train), sb.Pipeline([sb.Normalize()]))
    except sb.SpecError as error:
        print(f"statistics that were never fitted: refused ({error})")
    else:
        raise SystemExit("an unfitted Normalize was taken")


def augmentation(train: Labelled, test: Labelled, epochs: int) -> float:
    """Train on 30 crops of each class, test in another light; return what augmentation gains."""
    few = np.concatenate([np.flatnonzero(train[1] == label)[:30] for label in range(len(SURFACES))])
    source = sb.ArraySource(train[0][few], train[1][few])
    light = np.where(np.arange(len(test[0])) % 2, 0.6, 1.4)[:, None, None, None]
    other = sb.ArraySource(np.minimum(test[0] * light, 255).astype(np.uint8), test[1])
    normalize = sb.Normalize.fit(source)
    print("tested in another light, accuracy")
    bad = show("only normalised", trained(source, [normalize], epochs), other)
    return show("flipped, turned, darker and lighter", trained(source, [*AUGMENTING, normalize], epochs), other) - bad


def statistics(train: Labelled, test: Labelled, epochs: int) -> float:
    """Train on images of which one in twenty has dead pixels; return what robust statistics gain."""
    images = train[0].astype(np.float32)
    chance = np.random.default_rng(0)
    for row in chance.permutation(len(images))[:9]:
        images[row][chance.random((SIDE, SIDE)) < 0.05] = HOT
    source = sb.ArraySource(images, train[1], value_range=(0, HOT))
    other = sb.ArraySource(test[0].astype(np.float32), test[1], value_range=(0, HOT))
    print("one image in twenty has dead pixels, accuracy")
    found = []
    for robust, words in ((None, "mean and standard deviation"), ((1, 99), "the same, between two percentiles")):
        normalize = sb.Normalize.fit(source, robust=robust)
        std = (normalize.std or (0.0,))[0] * HOT
        found.append(show(f"{words} (std {std:,.0f} levels)", trained(source, [normalize], epochs), other))
    return found[1] - found[0]


def balance(train: Labelled, test: Labelled, epochs: int) -> float:
    """Train with 4 crops of the last class beside 60 of the others; return what balancing gains for that class."""
    last = len(SURFACES) - 1
    kept = np.concatenate([np.flatnonzero(train[1] != last), np.flatnonzero(train[1] == last)[:4]])
    source = sb.ArraySource(train[0][kept], train[1][kept])
    rare = test[1] == last
    other = sb.ArraySource(test[0][rare], test[1][rare])
    transforms = [*AUGMENTING, sb.Normalize.fit(source)]
    print(f"4 images of {SURFACES[last]} beside 60 of the others, accuracy on {SURFACES[last]}")
    bad = show("as often as they are there", trained(source, transforms, epochs), other)
    model = trained(source, transforms, epochs, balance="classes")
    return show('balance="classes": each class as often, each time augmented anew', model, other) - bad


def trained(
    source: sb.ArraySource, transforms: list[sb.Transform], epochs: int, balance: Literal["classes"] | None = None
) -> Trained:
    """Return a classifier trained on a source, and the pipeline of its evaluation."""
    batches = sb.Batches(source, sb.Pipeline(transforms), batch_size=32, seed=1, balance=balance)
    model = network.classifier(len(SURFACES), (SIDE, SIDE, 3))
    model.fit(samebatch.keras.Sequence(batches), epochs=epochs, shuffle=False, verbose=0)
    return model, batches.pipeline.evaluation()


def show(what: str, made: Trained, test: sb.ArraySource) -> float:
    """Print and return an accuracy."""
    model, pipeline = made
    sequence = samebatch.keras.Sequence(sb.Batches(test, pipeline, batch_size=100, shuffle=False))
    found = network.accuracy(model, sequence, np.asarray(test.labels))
    print(f"  {what + ':':<68} {found:.3f}")
    return found


if __name__ == "__main__":
    main()
