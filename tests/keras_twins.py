"""Keras 3's own ImageDataGenerator beside ours in compat mode, and the comparison of what the two give."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("scipy", reason="SciPy, which Keras' class needs, is not installed")
with pytest.MonkeyPatch.context() as environment:
    environment.setenv("KERAS_BACKEND", "torch")  # the lightest to import
    keras = pytest.importorskip("keras", reason="Keras is not installed")

from keras.src.legacy.preprocessing import image as theirs

from samebatch.keras import ImageDataGenerator

GEOMETRY = {
    "rotation_range": 30,
    "width_shift_range": 0.2,
    "height_shift_range": 0.1,
    "shear_range": 5,
    "zoom_range": 0.3,
    "horizontal_flip": True,
    "vertical_flip": True,
}


def twins(**arguments):
    """Return Keras' generator and ours, made with the same arguments."""
    return theirs.ImageDataGenerator(**arguments), ImageDataGenerator(**arguments, compat="keras3")


def pixels(shape, kind="uint8"):
    values = np.random.default_rng(list(shape)).integers(0, 256, shape, dtype=np.uint8)
    if kind == "unit":
        return values.astype(np.float32) / 255
    return values.astype(np.float32) * 2 - 200 if kind == "wide" else values


def assert_equal(one, other):
    """Compare batches, parameters, or whatever else: types, dtypes and every bit."""
    if isinstance(one, tuple | list):
        assert type(one) is type(other)
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_equal(a, b)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert_equal(value, other[key])
    else:
        assert type(one) is type(other)
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_array_equal(one, other)


def assert_same_batches(one, other, *, epochs=2, nexts=0):
    """Ask Keras' iterator for all batches of some epochs and then for some more by next(), and then ours."""
    seen = [_asked(iterator, epochs, nexts) for iterator in (one, other)]
    assert_equal(*seen)


def _asked(iterator, epochs, nexts):
    batches = []
    for _ in range(epochs):
        batches += [iterator[step] for step in range(len(iterator))]
        iterator.on_epoch_end()
    return batches + [next(iterator) for _ in range(nexts)]
