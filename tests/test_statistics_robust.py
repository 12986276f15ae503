"""Robust statistics: exact quantiles of all values, against NumPy and against fractions."""

import statistics
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
from samebatch.source import Source
from samebatch.statistics import quantiles
from strategies import SETTINGS, pixels

WIDE = (-1e6, 1e6)


def exact_quantile(values, q):
    """Return the quantile of a list of numbers, by NumPy's definition, in fractions."""
    ordered = sorted(Fraction(float(value)) for value in values)
    place = q * (len(ordered) - 1)
    rank = int(place)
    lower, upper = ordered[rank], ordered[min(rank + 1, len(ordered) - 1)]
    return lower + (upper - lower) * (place - rank)


def in_units(value, value_range):
    low, high = map(Fraction, value_range)
    return (value - low) / (high - low)


@SETTINGS
@given(
    shape=st.tuples(*[st.integers(1, 5)] * 4),
    kind=st.sampled_from([("uint8", (0.0, 255.0)), ("float32", (0.0, 1.0)), ("float32", (-3.0, 1e6))]),
    style=st.sampled_from(["noise", "ends", "odd", "flat"]),
    seed=st.integers(0, 999),
    qs=st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=4),
    threads=st.sampled_from([1, 3]),
)
def test_quantiles_are_exact(shape, kind, style, seed, qs, threads):
    dtype, value_range = kind
    images = pixels(shape, dtype, value_range, style, seed)
    source = sb.ArraySource(images, value_range=value_range)
    found = sb.Statistics.of(source, quantiles=qs, threads=threads)
    for q in qs:
        expected = [
            float(in_units(exact_quantile(images[..., c].ravel(), Fraction(q)), value_range)) for c in range(shape[3])
        ]
        assert found.quantile(q) == tuple(expected)


@SETTINGS
@given(values=st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=1, max_size=40))
def test_keys_are_in_the_order_of_the_values(values):
    array = np.float32(values)
    np.testing.assert_array_equal(np.sort(array), array[np.argsort(quantiles.keys(array), kind="stable")])
    assert [quantiles.value_of_key(int(key)) for key in quantiles.keys(array)] == list(array)


@pytest.mark.parametrize("fixture", ["images_u8", "images_f32"])
def test_they_are_numpys(fixture, request):
    images = request.getfixturevalue(fixture)
    high = 255 if images.dtype == np.uint8 else 1
    found = sb.Statistics.of(sb.ArraySource(images), quantiles=[0.01, 0.4, 0.5, 0.973])
    flat = images.reshape(-1, 3).astype(np.float64)
    for q in (0.01, 0.4, 0.973):
        np.testing.assert_allclose(found.quantile(q), np.percentile(flat, 100 * q, axis=0) / high, rtol=1e-12)
    assert found.quantile(0.5) == tuple(statistics.median(flat[:, c].tolist()) / high for c in range(3))


@pytest.mark.parametrize("fixture", ["images_u8", "images_f32"])
@pytest.mark.parametrize("ends", [(1, 99), (0, 100), (12.5, 50), (0, 0.001), (99.9, 100)])
@pytest.mark.parametrize("threads", [1, 7])
def test_clipped_mean_and_deviation_are_exact(fixture, ends, threads, request):
    images = request.getfixturevalue(fixture)[:5]
    value_range = sb.ArraySource(images).value_range
    expected = []
    for channel in range(3):
        values = [in_units(Fraction(float(v)), value_range) for v in images[..., channel].ravel()]
        low, high = (exact_quantile_of_fractions(values, Fraction(end) / 100) for end in ends)
        values = [min(max(value, low), high) for value in values]
        mean = sum(values) / len(values)
        variance = sum((value - mean) ** 2 for value in values) / len(values)
        expected.append((float(mean), sqrt(float(variance))))
    if any(std == 0 for _, std in expected):
        with pytest.raises(sb.PixelError, match="equal once it is clipped"):
            sb.Normalize.fit(sb.ArraySource(images), robust=ends)
        return
    mean, std = zip(*expected, strict=True)
    assert sb.Normalize.fit(sb.ArraySource(images), robust=ends, threads=threads) == sb.Normalize(mean, std)


def exact_quantile_of_fractions(values, q):
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    rank = int(place)
    return ordered[rank] + (ordered[min(rank + 1, len(ordered) - 1)] - ordered[rank]) * (place - rank)


def test_the_whole_range_clips_nothing(images_u8, images_f32):
    for images in (images_u8, images_f32):
        source = sb.ArraySource(images)
        assert sb.Normalize.fit(source, robust=(0, 100)) == sb.Normalize.fit(source)


def test_iqr_of_normal_data_is_their_deviation():
    images = np.random.default_rng(5).normal(3.0, 2.0, (40, 50, 50, 1)).astype(np.float32)
    source = sb.ArraySource(images, value_range=(-100, 100))
    plain, robust = sb.Normalize.fit(source), sb.Normalize.fit(source, robust="iqr")
    np.testing.assert_allclose(robust.std, plain.std, rtol=0.01)  # 100,000 values: 0.4 % is one standard error
    np.testing.assert_allclose(robust.mean, plain.mean, atol=0.01 * plain.std[0])
    lower, upper = np.percentile(images.astype(np.float64), [25, 75])
    np.testing.assert_allclose(robust.std[0] * 200, (upper - lower) / 1.3489795003921634, rtol=1e-12)


@pytest.mark.parametrize("robust", ["iqr", (5, 95)])
def test_outliers_weigh_little(images_f32, robust):
    clean = sb.Normalize.fit(sb.ArraySource(images_f32, value_range=WIDE), robust=robust)
    images_f32[3, 2, 1] = 9e5
    images_f32[4, 0, 0] = -1e5
    source = sb.ArraySource(images_f32, value_range=WIDE)
    found = sb.Normalize.fit(source, robust=robust, threads=2)
    np.testing.assert_allclose(np.subtract(found.mean, 0.5) * 2e6, np.subtract(clean.mean, 0.5) * 2e6, atol=0.01)
    np.testing.assert_allclose(found.std, clean.std, rtol=0.01)
    flat = [Fraction(float(v)) for v in images_f32[..., 1].ravel()]
    mean = sum(flat) / len(flat)
    plain = sb.Statistics.of(source)
    assert plain.mean[1] == float((mean + 10**6) / (2 * 10**6))
    assert plain.totals[1] == sum(flat)
    assert plain.squares[1] == sum(v * v for v in flat)


@pytest.mark.parametrize("robust", [None, "iqr", (1, 99)])
def test_a_range_that_is_far_too_wide_is_named(robust, images_f32):
    with pytest.raises(sb.PixelError, match=r"channel 0 is .*e-31 of the value range, .*value_range="):
        sb.Normalize.fit(sb.ArraySource(images_f32, value_range=(-1e30, 1e30)), robust=robust)


@pytest.mark.parametrize("fixture", ["images_u8", "images_f32"])
def test_nothing_to_divide_by_is_named(fixture, request):
    images = request.getfixturevalue(fixture)
    images[:20, ..., 1] = images[0, 0, 0, 1]
    with pytest.raises(sb.PixelError, match="interquartile range of channel 1 is 0, at least half of its pixels"):
        sb.Normalize.fit(sb.ArraySource(images), robust="iqr")
    with pytest.raises(sb.PixelError, match=r"standard deviation of channel 1 is 0, .*equal once it is clipped"):
        sb.Normalize.fit(sb.ArraySource(images), robust=(20, 80))


@pytest.mark.parametrize(
    "robust", ["IQR", 3, (1,), (1, 2, 3), (99, 1), (5, 5), (-1, 99), (1, 100.1), (np.nan, 5), (True, 5), {1, 99}]
)
def test_other_methods_are_refused(robust, images_u8):
    with pytest.raises(sb.SpecError, match="robust"):
        sb.Normalize.fit(sb.ArraySource(images_u8), robust=robust)
    with pytest.raises(sb.SpecError, match="robust"):
        sb.Normalize.from_statistics(sb.Statistics.of(sb.ArraySource(images_u8)), robust=robust)


@pytest.mark.parametrize("qs", [0.5, "0.5", [1.1], [-0.1], [None], [0.5] * 101])
def test_other_quantiles_are_refused(qs, images_u8):
    with pytest.raises(sb.SpecError, match="quantiles"):
        sb.Statistics.of(sb.ArraySource(images_u8), quantiles=qs)


def test_what_was_not_asked_for_is_named(images_f32):
    found = sb.Statistics.of(sb.ArraySource(images_f32), quantiles=[0.1])
    found.quantile(0.1)
    with pytest.raises(sb.SpecError, match=r"quantile 0.2 of float32 pixels is not known.*quantiles=\[0.2"):
        found.quantile(0.2)
    with pytest.raises(sb.SpecError, match=r"quantile 0.25 .*robust="):
        sb.Normalize.from_statistics(found, robust="iqr")
    with pytest.raises(sb.SpecError, match=r"percentiles \(1.0, 99.0\) are not known.*robust=\(1.0, 99.0\)"):
        sb.Normalize.from_statistics(found, robust=(1, 99))
    with pytest.raises(sb.SpecError, match="q must be"):
        found.quantile(1.5)


class Restless(Source):
    """A source whose pixels are others in the second reading."""

    labels = weights = height = width = native = None
    value_range, channels, dtype = (0.0, 1.0), 1, "float32"

    def __init__(self):
        self.reads = 0

    def __len__(self):
        return 3

    def read(self, _):
        self.reads += 1
        return np.full((4, 4, 1), 0.25 if self.reads <= 3 else 0.75, np.float32)


def test_pixels_that_change_between_readings_are_noticed():
    with pytest.raises(sb.PixelError, match="changed between two readings"):
        sb.Statistics.of(Restless(), quantiles=[0.5], threads=1)
