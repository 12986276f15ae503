"""Keras: what a model is given in fit."""

from __future__ import annotations

import os

from common import EPOCHS, Rows

NEEDS = ("keras", "torch")


def of_fit(**kwargs: int) -> list[str]:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import fits  # noqa: PLC0415

    return fits.fitted(fits.sequence(**kwargs), epochs=EPOCHS).seen["train"]


def rows() -> Rows:
    return {"Keras Sequence": of_fit, "Keras Sequence, workers: 3": lambda: of_fit(workers=3)}
