"""The native core equals the reference to the byte, whatever is asked of it; test_levels.py runs this at each level."""

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import samebatch as sb
import whitenings
from handwritten import canonical, spec_of
from pictures import pixels
from samebatch import _native, reference
from samebatch.errors import PixelError, SpecError
from samebatch.reference import plan
from samebatch.reference.batch import rows_of
from samebatch.reference.params import draws, philox
from strategies import SETTINGS, Case, cases

WIDTHS = {"uint8": np.uint8, "float16": np.uint16, "float32": np.uint32, "uint16": np.uint16, "float64": np.uint64}


def assert_same_bits(actual, expected):
    """Raise unless type, shape and every bit are the same: -0.0 is not 0.0 here."""
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    bits = WIDTHS[expected.dtype.name]
    np.testing.assert_array_equal(np.ascontiguousarray(actual).view(bits), np.ascontiguousarray(expected).view(bits))


def draw_rows(spec, channels, seed, epoch, samples, repeats):
    rows = [
        draws.draw(spec, channels, seed, epoch, sample, repeat) for sample, repeat in zip(samples, repeats, strict=True)
    ]
    return np.array(rows, np.float64).reshape(len(rows), -1)


def bind(case):
    whitening = whitenings.native(case.spec)
    return _native.Pipeline(canonical(case.spec), *case.shape[1:], case.dtype, *case.value_range, whitening)


def check(case):
    """Compare one call; raises what differs."""
    pipeline, images = bind(case), case.images
    before = images.tobytes()
    rows, repeats = np.array(case.rows, np.int64), np.array(case.repeats, np.uint64)
    drawn = draw_rows(case.spec, case.shape[3], case.seed, case.epoch, case.rows, case.repeats)
    assert_same_bits(pipeline.draw(case.seed, case.epoch, rows.astype(np.uint64), repeats), drawn)
    assert list(pipeline.columns) == draws.columns(case.spec, case.shape[3])
    try:
        whitening = whitenings.of(case.spec)
        expected = reference.render_rows(case.spec, images, case.rows, drawn, case.value_range, whitening)
    except SpecError:
        # Several legal transforms may compose to a matrix beyond what is exact: then both refuse.
        with pytest.raises(SpecError, match="composes to the matrix"):
            pipeline.batch(images, rows, case.seed, case.epoch, repeats, case.threads, None)
        return
    assert expected.shape[1:] == tuple(pipeline.output_shape)
    assert_same_bits(pipeline.batch(images, rows, case.seed, case.epoch, repeats, case.threads, None), expected)
    room = np.full(expected.nbytes + 128, 0xA5, np.uint8)
    out = room[64:-64].view(expected.dtype).reshape(expected.shape)
    pipeline.render(images, rows, drawn, case.threads, out, None)
    assert_same_bits(out, expected)
    assert (room[:64] == 0xA5).all()
    assert (room[-64:] == 0xA5).all()
    assert images.tobytes() == before


EVERYTHING = [
    {"kind": "RandomFlip", "horizontal": 0.5, "vertical": 0.25},
    {"kind": "RandomRotation", "low": -20.0, "high": 20.0},
    {"kind": "RandomShift", "width_low": -0.1, "width_high": 0.1, "height_low": -0.1, "height_high": 0.1},
    {"kind": "RandomShear", "x_low": -5.0, "x_high": 5.0, "y_low": 0.0, "y_high": 0.0},
    {"kind": "RandomZoom", "low": 0.8, "high": 1.2, "independent": False},
    {"kind": "RandomBrightness", "low": 0.8, "high": 1.2},
    {"kind": "RandomChannelShift", "low": -0.1, "high": 0.1, "independent": True},
    {"kind": "Normalize", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
]


@settings(SETTINGS, max_examples=4 * SETTINGS.max_examples)
@given(case=cases())
def test_the_core_equals_the_reference(case):
    check(case)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_many_samples_on_many_threads(dtype):
    """Enough rows that every thread gets some, and again in another order, beside each other in one process."""
    shape, rows = (20, 17, 33, 3), tuple(range(20)) * 5
    spec = spec_of(*EVERYTHING)
    images = pixels(shape, dtype, (0.0, 255.0), "noise", 0)
    drawn = draw_rows(spec, 3, 5, 6, rows, [0] * len(rows))
    expected = reference.render_rows(spec, images, rows, drawn, (0.0, 255.0))
    pipeline = _native.Pipeline(canonical(spec), *shape[1:], dtype, 0.0, 255.0)
    for threads in (1, 2, 7, 64):
        for order in (np.arange(len(rows)), np.arange(len(rows))[::-1].copy()):
            asked = np.array(rows, np.int64)[order]
            x = pipeline.batch(images, asked, 5, 6, np.zeros(len(rows), np.uint64), threads, None)
            assert_same_bits(x, expected[order])


@pytest.mark.parametrize("shape", [(37, 5, 7, 3), (19, 3, 4, 1)])
def test_many_whitened_samples_on_many_threads(shape):
    """They are whitened in groups: of any size, with a remainder, and each as if it were alone."""
    spec = spec_of(*EVERYTHING[:3], whitenings.transform(shape[1] * shape[2] * shape[3], "odd"))
    for threads in (1, 2, 7, 64):
        rows = tuple(np.random.default_rng(threads).permutation(shape[0]).tolist())
        check(Case(spec, shape, "uint8", (0.0, 255.0), "noise", "plain", rows, (1,) * len(rows), 3, 1, threads))


def test_the_largest_whitening():
    spec = spec_of(EVERYTHING[0], whitenings.transform(4096), layout="channels_first")
    check(Case(spec, (1, 32, 64, 2), "float32", (0.0, 1.0), "noise", "plain", (0, 0), (0, 1), 3, 1, 2))


def test_the_same_bad_pixel_is_named_on_any_number_of_threads():
    """The first in the batch's order, as in the reference, whichever thread is first to find one."""
    images = pixels((40, 9, 9, 1), "float32", (0.0, 1.0), "noise", 0)
    images[[7, 21, 38], [8, 0, 3], [2, 5, 5], 0] = [np.nan, 2.0, -np.inf]
    rows = np.arange(40)[::-1].copy()
    where = "sample 38: pixel at row 3, column 5, channel 0 is -inf"
    with pytest.raises(PixelError, match=where):
        reference.render_rows(spec_of(), images, rows, np.zeros((40, 0)), (0.0, 1.0))
    pipeline = _native.Pipeline(canonical(spec_of()), 9, 9, 1, "float32", 0.0, 1.0)
    for threads in (1, 2, 7) * 10:
        with pytest.raises(PixelError, match=where):
            pipeline.batch(images, rows, 0, 0, np.zeros(40, np.uint64), threads, None)


EXTREMES = [
    {"kind": "RandomZoom", "low": 1 / 64, "high": 1 / 64, "independent": False},
    {"kind": "RandomZoom", "low": 64.0, "high": 64.0, "independent": False},
    {"kind": "RandomShear", "x_low": 80.0, "x_high": 80.0, "y_low": -80.0, "y_high": -80.0},
    {"kind": "RandomShift", "width_low": 16.0, "width_high": 16.0, "height_low": -16.0, "height_high": -16.0},
    {"kind": "RandomRotation", "low": 3600.0, "high": 3600.0},
    {"kind": "RandomRotation", "low": 45.0, "high": 45.0},
]


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect", "wrap"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_extreme_geometry(dtype, fill_mode, interpolation):
    value_range = (0.0, 255.0)
    for number, transform in enumerate(EXTREMES):
        for shape in [(1, 1, 1, 1), (1, 1, 33, 3), (1, 33, 1, 3), (1, 40, 17, 4)]:
            chosen = {"interpolation": interpolation, "fill_mode": fill_mode, "fill_value": 3.0}
            tame = {"kind": "RandomShift", "width_low": -0.3, "width_high": 0.3, "height_low": -0.3, "height_high": 0.3}
            spec = spec_of(transform, tame, **chosen)
            check(Case(spec, shape, dtype, value_range, "noise", "plain", (0, 0), (0, 1), number, 5, 2))


@pytest.mark.parametrize("side", [(2, 16384), (16384, 2)])
def test_the_longest_images(side):
    turn = {"kind": "RandomRotation", "low": -3.0, "high": 3.0}
    shear = {"kind": "RandomShear", "x_low": -1.0, "x_high": 1.0, "y_low": -1.0, "y_high": 1.0}
    for dtype, fill_mode in [("uint8", "reflect"), ("float32", "nearest"), ("uint8", "wrap"), ("float32", "constant")]:
        spec = spec_of(turn, shear, fill_mode=fill_mode)
        check(Case(spec, (1, *side, 1), dtype, (0.0, 255.0), "noise", "plain", (0,), (0,), 3, 1, 1))


@SETTINGS
@given(
    side=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    channels=st.sampled_from([1, 2, 3, 4, 7]),
    dtype=st.sampled_from(["uint8", "float32"]),
    resample=st.sampled_from(["bilinear", "nearest"]),
    style=st.sampled_from(["noise", "ends", "odd"]),
)
@example(side=(1, 300), size=(1, 1), channels=1, dtype="uint8", resample="bilinear", style="noise")
@example(side=(1, 1), size=(67, 129), channels=3, dtype="float32", resample="bilinear", style="noise")
def test_resizing(side, size, channels, dtype, resample, style):
    spec = spec_of(size=list(size), resample=resample)
    value_range = (0.0, 255.0) if dtype == "uint8" else (-1.0, 1.0)
    check(Case(spec, (1, *side, channels), dtype, value_range, style, "plain", (0,), (0,), 11, 0, 1))


counters = st.integers(0, 2**63 - 1) | st.sampled_from([0, 1, 2**32, 2**63 - 1])
seeds = st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**64 - 1])
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789_.-", min_size=1, max_size=64)


@SETTINGS
@given(seed=seeds, name=names, draw=st.integers(0, 1000), sample=counters, epoch=counters, repeat=counters)
def test_words(seed, name, draw, sample, epoch, repeat):
    numbers = np.array([draw, draw + 1, draw + 2, draw + 3, draw + 4], np.uint64)
    expected = [philox.word(seed, name, int(number), sample, epoch, repeat) for number in numbers]
    actual = _native.words(seed, name, numbers, sample, epoch, repeat)
    assert_same_bits(actual.view(np.float64), np.array(expected, np.uint64).view(np.float64))


@SETTINGS
@given(seed=seeds, epoch=counters, tweak=counters, n=st.integers(1, 3000) | st.integers(1, 2**62), data=st.data())
def test_permutations(seed, epoch, tweak, n, data):
    positions = data.draw(st.lists(st.integers(0, n - 1) | st.sampled_from([0, n - 1]), min_size=1, max_size=8))
    expected = [plan.permute(seed, plan.ORDER, epoch, tweak, n, position) for position in positions]
    actual = _native.permute(seed, plan.ORDER, epoch, tweak, n, np.array(positions, np.uint64))
    np.testing.assert_array_equal(actual, np.array(expected, np.uint64))


@SETTINGS
@given(data=st.data())
def test_whole_batches(data):
    """Batches, with plan, shards and balance, against the reference's own plan and pixels."""
    n = data.draw(st.integers(1, 12))
    channels = data.draw(st.sampled_from([1, 3]))
    images = pixels((n, 6, 5, channels), "uint8", (0.0, 255.0), "noise", n)
    balance = data.draw(st.sampled_from([None, "classes"]))
    pipeline = sb.Pipeline(
        [sb.RandomFlip(0.5, 0.5), sb.RandomRotation(30), sb.RandomBrightness(0.5, 1.5), sb.Normalize(0.5, 0.25)],
        fill_mode="reflect",
        layout=data.draw(st.sampled_from(["channels_last", "channels_first"])),
    )
    batches = sb.Batches(
        sb.ArraySource(images, data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))),
        pipeline,
        batch_size=data.draw(st.integers(1, 7)),
        seed=data.draw(seeds),
        shuffle=data.draw(st.booleans()),
        balance=balance,
        threads=data.draw(st.sampled_from([1, 2, 7])),
    )
    ranks = data.draw(st.integers(1, 3))
    shard = batches if ranks == 1 else batches.shard(data.draw(st.integers(0, ranks - 1)), ranks)
    epoch, step = data.draw(counters), data.draw(st.integers(0, batches.steps - 1))
    rows = rows_of(shard, epoch, step)
    batch = shard.batch(epoch, step)
    np.testing.assert_array_equal(batch.indices, np.array([sample for sample, _ in rows], np.int64))
    np.testing.assert_array_equal(batch.repeats, np.array([repeat for _, repeat in rows], np.uint64))
    if rows:  # a shard of a small last batch may be empty
        assert_same_bits(batch.x, reference.batch(shard, epoch, step)[0])


def test_a_spec_of_these_tests_is_what_a_pipeline_writes():
    spec = spec_of(*EXTREMES, *EVERYTHING)
    assert sb.Pipeline.from_json(canonical(spec)).to_json() == canonical(spec)
    assert json.loads(canonical(spec)) == spec
