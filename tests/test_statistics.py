"""Statistics: exact sums, so that they depend on the pixels alone."""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
from samebatch.statistics import stream
from strategies import SETTINGS, pixels


def oracle(images, value_range):
    """Mean and standard deviation in fractions, pixel by pixel."""
    low, high = (Fraction(end) for end in value_range)
    found = []
    for channel in range(images.shape[3]):
        values = [(Fraction(float(v)) - low) / (high - low) for v in images[..., channel].ravel()]
        mean = sum(values) / len(values)
        found.append((float(mean), sqrt(float(sum((v - mean) ** 2 for v in values) / len(values)))))
    return tuple(zip(*found, strict=True))


MEASURED_U8 = sb.Normalize(
    mean=(0.5033248081841433, 0.5066567206592782, 0.4983518044899119),
    std=(0.28798884951968806, 0.29031998712389, 0.2924348797990596),
)
MEASURED_F32 = sb.Normalize(
    mean=(0.4980549510406411, 0.49327809149804325, 0.5073538543089576),
    std=(0.28731516340692825, 0.29107585548742004, 0.29097334637747074),
)
RANGES = st.sampled_from(
    [("uint8", (0.0, 255.0)), ("uint8", (10.0, 200.0)), ("float32", (0.0, 1.0)), ("float32", (-3.0, 1e6))]
)


@SETTINGS
@given(
    shape=st.tuples(*[st.integers(1, 5)] * 4).filter(lambda s: s[0] * s[1] * s[2] > 1),
    kind=RANGES,
    style=st.sampled_from(["noise", "ends", "odd"]),
    seed=st.integers(0, 999),
    block=st.sampled_from([1, 7, 40, 2**17]),
    threads=st.sampled_from([1, 2, 7]),
)
def test_they_are_the_exact_numbers_rounded(shape, kind, style, seed, block, threads):
    dtype, value_range = kind
    images = pixels(shape, dtype, value_range, style, seed)
    before, stream.BLOCK_VALUES = stream.BLOCK_VALUES, block
    try:
        found = sb.Statistics.of(sb.ArraySource(images, value_range=value_range), threads=threads)
    finally:
        stream.BLOCK_VALUES = before
    mean, std = oracle(images, value_range)
    assert found.count == shape[0] * shape[1] * shape[2]
    assert found.mean == mean
    assert found.std == std


def test_every_kind_of_float_is_added_exactly():
    tiny, small, large = np.float32([1e-45, 1.1754944e-38, 3e29])
    values = np.float32([tiny, -tiny, small, 3 * small, large, -large, 0.1, -0.0, 1.0, 2.0**-126, 0.3, large])
    found = sb.Statistics.of(sb.ArraySource(values.reshape(1, 3, 4, 1), value_range=(-1e30, 1e30)))
    assert found.totals == (sum(Fraction(float(v)) for v in values),)
    assert found.squares == (sum(Fraction(float(v)) ** 2 for v in values),)


@SETTINGS
@given(values=st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=1, max_size=60))
def test_sums_of_any_floats_are_exact(values):
    found = sb.Statistics.of(sb.ArraySource(np.float32(values).reshape(1, 1, -1, 1), value_range=(-1e30, 1e30)))
    assert found.totals == (sum(map(Fraction, values)),)
    assert found.squares == (sum(Fraction(value) ** 2 for value in values),)


@pytest.mark.parametrize("fixture", ["images_u8", "images_f32"])
def test_order_and_memory_do_not_count(fixture, request):
    images = request.getfixturevalue(fixture)
    fitted = sb.Normalize.fit(sb.ArraySource(images))
    shuffled = images[np.random.default_rng(0).permutation(23)]
    for same in (shuffled, images[:, ::-1, ::-1], np.asfortranarray(images), images.transpose(0, 2, 1, 3)):
        assert sb.Normalize.fit(sb.ArraySource(same)) == fitted
    assert sb.Normalize.fit(sb.ArraySource(np.concatenate([images, images]))) == fitted


def test_they_are_in_units_of_the_value_range(images_u8, images_f32):
    fitted = sb.Normalize.fit(sb.ArraySource(images_u8))
    expected = images_u8.reshape(-1, 3) / 255
    np.testing.assert_allclose(fitted.mean, expected.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(fitted.std, expected.std(axis=0), rtol=1e-12)
    shifted = sb.Normalize.fit(sb.ArraySource(images_f32 * 2 - 1, value_range=(-1, 1)))
    np.testing.assert_allclose(shifted.mean, images_f32.reshape(-1, 3).mean(axis=0, dtype=np.float64), rtol=1e-6)


def test_normalised_data_have_mean_0_and_deviation_1(images_u8):
    source = sb.ArraySource(images_u8)
    pipeline = sb.Pipeline([sb.Normalize.fit(source, id="data")])
    assert pipeline.transforms[0].id == "data"
    x = sb.Batches(source, pipeline, batch_size=23).batch(0, 0).x.astype(np.float64).reshape(-1, 3)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), 1, rtol=1e-6)


def test_a_value_is_fixed_for_good(images_u8, images_f32):
    """Numbers that were computed once, so that no version computes others."""
    assert sb.Normalize.fit(sb.ArraySource(images_u8)) == MEASURED_U8
    assert sb.Normalize.fit(sb.ArraySource(images_f32)) == MEASURED_F32


@pytest.mark.parametrize("block", [1, 100, 2**17])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.001, 1.001])
def test_a_bad_pixel_is_named(images_f32, value, block, monkeypatch):
    monkeypatch.setattr(stream, "BLOCK_VALUES", block)
    images_f32[17, 11, 3, 2] = value
    with pytest.raises(sb.PixelError, match=r"sample 17: pixel at row 11, column 3, channel 2 is .*range \(0.0, 1.0\)"):
        sb.Normalize.fit(sb.ArraySource(images_f32))


def test_uint8_outside_a_narrower_range_is_named(images_u8):
    images_u8[...] = 50
    images_u8[3, 1, 0, 2] = 101
    with pytest.raises(sb.PixelError, match="sample 3: pixel at row 1, column 0, channel 2 is 101"):
        sb.Normalize.fit(sb.ArraySource(images_u8, value_range=(0, 100)))


@pytest.mark.parametrize("fixture", ["images_u8", "images_f32"])
def test_a_channel_of_equal_pixels_is_named(fixture, request):
    images = request.getfixturevalue(fixture)
    images[..., 1] = images[0, 0, 0, 1]
    with pytest.raises(sb.PixelError, match=r"standard deviation of channel 1 is 0.*nothing to divide by"):
        sb.Normalize.fit(sb.ArraySource(images))


def test_only_sources_have_statistics(images_u8):
    with pytest.raises(
        sb.SpecError, match=r"statistics are taken of a source, got ndarray; wrap it: ArraySource\(images\)"
    ):
        sb.Normalize.fit(images_u8)


def test_memory_stays_bounded():
    """Blocks are views of the source: of a memory of 4 GiB, made of one image, only blocks are looked at."""
    images = np.broadcast_to(np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1), (40000, 16, 16, 1))
    sizes = [block.size for _, _, block in stream.blocks(images)]
    assert sum(sizes) == images.size
    assert max(sizes) <= stream.BLOCK_VALUES
    tall = np.broadcast_to(np.uint8(0), (2, 16384, 16384, 32))
    first, *_, (image, row, last) = stream.blocks(tall)
    assert first[2].size == 16384 * 32, "one row at least"
    assert (image, row + last.shape[1]) == (1, 16384)
