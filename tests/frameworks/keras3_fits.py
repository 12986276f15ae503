"""What a model sees in fit, evaluate and predict from Keras' own iterator and from ours in compat mode, on one backend.

Run with the backend in KERAS_BACKEND and a path, where it writes what was seen as JSON.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator as Theirs

import samebatch as sb
from samebatch.keras import ImageDataGenerator as Ours

SETTINGS = {"rotation_range": 20, "zoom_range": 0.3, "horizontal_flip": True, "brightness_range": (0.5, 1.5)}
IMAGES = np.random.default_rng(1).integers(0, 256, (23, 6, 7, 3), dtype=np.uint8)
LABELS = np.arange(23) % 4


def watched(flow: Any, seen: list[Any]) -> Any:
    """Return the iterator, which writes down what it is asked for and what it gives."""

    class Watched(type(flow)):  # type: ignore[misc]
        def __getitem__(self, step: int) -> Any:
            batch = super().__getitem__(step)
            seen.append([step, sb.digest(*batch)])
            return batch

        def on_epoch_end(self) -> None:
            seen.append("end")
            super().on_epoch_end()

    flow.__class__ = Watched
    return flow


def fits(kind: Any, **arguments: Any) -> dict[str, list[Any]]:
    model = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(4)])
    model.compile(optimizer="sgd", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    train, test = [], []
    generator = kind(**SETTINGS, **arguments)
    flow = watched(generator.flow(IMAGES, LABELS, batch_size=4, seed=7), train)
    held_out = watched(generator.flow(IMAGES[:9], LABELS[:9], batch_size=4, seed=8, shuffle=False), test)
    model.fit(flow, validation_data=held_out, epochs=3, shuffle=False, verbose=0)
    model.evaluate(held_out, verbose=0)
    model.fit(flow, epochs=2, shuffle=False, verbose=0)
    return {"train": train, "test": test}


def main() -> None:
    warnings.simplefilter("ignore")
    result = {"theirs": fits(Theirs), "ours": fits(Ours, compat="keras3")}
    Path(sys.argv[1]).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
