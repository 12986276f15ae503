"""Photometry and scaling against NumPy in float64: one float32 rounding for each written step.

A step is `v * scale + offset` and a clamp. In float32 that is four roundings: of scale, of offset, of the product and
of the sum, each off by at most 2**-24 of what is rounded. `Tracked` adds them up beside the float64 truth.
"""

import numpy as np
import pytest

from engines import both
from handwritten import spec_of

ROUNDING = 2.0**-24 * (1 + 1e-6)
TINY = 2.0**-149


class Tracked:
    """A float64 truth and how far a float32 computation of it may be off."""

    def __init__(self, values):
        self.truth = values.astype(np.float64)
        self.error = np.zeros(values.shape)

    def affine(self, scale, offset):
        scaled = self.truth * scale
        result = scaled + offset
        self.error = (
            self.error * np.abs(scale) + ROUNDING * (2 * np.abs(scaled) + np.abs(offset) + np.abs(result)) + TINY
        )
        self.truth = result
        return self

    def clamp(self, low, high):
        self.truth = np.clip(self.truth, low, high)
        return self

    def check(self, actual):
        assert actual.dtype == np.float32
        assert (np.abs(actual.astype(np.float64) - self.truth) <= self.error).all()


RANGES = [
    ("uint8", (0.0, 255.0)),
    ("uint8", (10.0, 200.0)),
    ("float32", (0.0, 1.0)),
    ("float32", (-1.0, 1.0)),
    ("float32", (5.0, 700.0)),
]
in_ranges = pytest.mark.parametrize(("dtype", "value_range"), RANGES)
FLIP = {"kind": "RandomFlip", "horizontal": 1.0, "vertical": 0.0}
FLIPPED = {"flip.horizontal": 1.0, "flip.vertical": 0.0}


def noise(dtype, value_range, channels=3, side=23, seed=2):
    low, high = value_range
    values = np.random.default_rng(seed).uniform(low, high, (2, side, side - 4, channels))
    return np.rint(values).astype(np.uint8) if dtype == "uint8" else values.astype(np.float32)


def flipped(images):
    """Return what the steps under test start from: geometry is done with, and no pixel was changed."""
    return images[:, :, ::-1]


@both
@in_ranges
def test_normalize(render, dtype, value_range):
    images = noise(dtype, value_range)
    low, high = value_range
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    spec = spec_of(FLIP, {"kind": "Normalize", "mean": mean.tolist(), "std": std.tolist()})
    expected = Tracked(flipped(images))
    span = high - low
    expected.affine(1 / (span * std), -(low / span + mean) / std).check(render(spec, images, FLIPPED, value_range))


@both
@in_ranges
def test_one_normalization_for_all_channels(render, dtype, value_range):
    images = noise(dtype, value_range)
    low, high = value_range
    spec = spec_of({"kind": "Normalize", "mean": [0.5], "std": [0.25]})
    actual = render(spec, images, {}, value_range)
    truth = ((images.astype(np.float64) - low) / (high - low) - 0.5) / 0.25
    assert np.abs(actual - truth).max() <= 2e-6 * (1 + np.abs(value_range).max() / (high - low))
    Tracked(images).affine(4 / (high - low), -4 * (low / (high - low) + 0.5)).check(actual)


@both
@in_ranges
@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0, 1.7, 50.0])
def test_brightness_counts_from_the_low_end_and_is_clipped(render, dtype, value_range, factor):
    images = noise(dtype, value_range)
    low, high = value_range
    spec = spec_of(FLIP, {"kind": "RandomBrightness", "low": factor, "high": factor})
    actual = render(spec, images, FLIPPED | {"brightness.factor": factor}, value_range)
    expected = Tracked(flipped(images)).affine(factor, low - low * factor).clamp(low, high)
    expected.check(actual)
    assert actual.min() >= low
    assert actual.max() <= high
    if factor == 0.0:
        assert (actual == low).all()


@both
@in_ranges
def test_channel_shift(render, dtype, value_range):
    images = noise(dtype, value_range)
    low, high = value_range
    shift = np.array([0.25, -0.6, 0.0])
    spec = spec_of(FLIP, {"kind": "RandomChannelShift", "low": -1.0, "high": 1.0, "independent": True})
    values = FLIPPED | {f"channel_shift.shift_{c}": shift[c] for c in range(3)}
    expected = Tracked(flipped(images)).affine(1.0, shift * (high - low)).clamp(low, high)
    expected.check(render(spec, images, values, value_range))


@both
@in_ranges
@pytest.mark.parametrize(("scale", "offset"), [(1 / 255, 0.0), (-2.0, 3.0), (1e-20, 1e-19), (1e20, -1.0)])
def test_rescale(render, dtype, value_range, scale, offset):
    images = noise(dtype, value_range)
    spec = spec_of(FLIP, {"kind": "Rescale", "scale": scale, "offset": offset})
    expected = Tracked(flipped(images)).affine(scale, offset)
    expected.check(render(spec, images, FLIPPED, value_range))


@both
@in_ranges
def test_all_of_them_in_a_row(render, dtype, value_range):
    """Rescale moves the range on which what follows depends; steps without a clamp between them are rounded as one."""
    images = noise(dtype, value_range)
    low, high = value_range
    shift = np.array([0.1, -0.2, 0.3])
    spec = spec_of(
        FLIP,
        {"kind": "RandomBrightness", "low": 0.5, "high": 1.5},
        {"kind": "Rescale", "scale": -0.5, "offset": 3.0},
        {"kind": "RandomChannelShift", "low": -1.0, "high": 1.0, "independent": True},
        {"kind": "Rescale", "scale": 3.0, "offset": 1.0},
        {"kind": "Normalize", "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4]},
        {"kind": "Rescale", "scale": 2.0, "offset": -1.0},
    )
    values = FLIPPED | {"brightness.factor": 1.3} | {f"channel_shift.shift_{c}": shift[c] for c in range(3)}
    expected = Tracked(flipped(images)).affine(1.3, low - low * 1.3).clamp(low, high)
    low, high = high * -0.5 + 3, low * -0.5 + 3
    expected.affine(-0.5, 3.0).affine(1.0, shift * (high - low)).clamp(low, high)
    low, high = low * 3 + 1, high * 3 + 1
    mean, std = np.array([0.4, 0.5, 0.6]), np.array([0.2, 0.3, 0.4])
    expected.affine(3.0, 1.0).affine(1 / ((high - low) * std), -(low / (high - low) + mean) / std).affine(2.0, -1.0)
    expected.check(render(spec, images, values, value_range))


@both
@in_ranges
@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize(("mean", "std"), [(True, True), (True, False), (False, True), (False, False)])
def test_standardize(render, dtype, value_range, mean, std, per_channel):
    """Each image by its own mean and population deviation; NumPy's sums run in another order, hence 1e-9 more."""
    images = noise(dtype, value_range, side=41)
    low, high = value_range
    epsilon = 0.001
    flags = {"mean": mean, "std": std, "per_channel": per_channel, "epsilon": epsilon}
    spec = spec_of(FLIP, {"kind": "Standardize", **flags}, {"kind": "Rescale", "scale": 0.5, "offset": 0.25})
    start = flipped(images)
    axes = (1, 2) if per_channel else (1, 2, 3)
    exact = start.astype(np.float64)
    a = 1 / (exact.std(axis=axes, keepdims=True) + epsilon * (high - low)) if std else np.ones((1, 1, 1, 1))
    b = -exact.mean(axis=axes, keepdims=True) * a if mean else 0.0 * a
    expected = Tracked(start).affine(a * 0.5, b * 0.5 + 0.25)
    expected.error += 1e-9 * (np.abs(exact * a) + np.abs(b))
    actual = render(spec, images, FLIPPED, value_range)
    expected.check(actual)
    if mean and std:
        assert np.abs(actual.mean(axis=axes) - 0.25).max() < 1e-5
        assert np.abs(actual.std(axis=axes) - 0.5).max() < 0.005


@both
@pytest.mark.parametrize("value", [0, 1, 128, 255])
def test_an_image_of_one_value_is_standardized_to_zero(render, value):
    """There is no deviation: epsilon keeps the division sane."""
    images = np.full((1, 19, 7, 3), value, np.uint8)
    flags = {"mean": True, "std": True, "per_channel": False, "epsilon": 1e-6}
    actual = render(spec_of({"kind": "Standardize", **flags}), images, {}, (0.0, 255.0))
    expected = Tracked(images).affine(1 / 255e-6, -value / 255e-6)
    assert np.abs(expected.truth).max() < 1e-9
    expected.check(actual)
