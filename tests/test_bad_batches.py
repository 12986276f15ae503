"""Batches that cannot be made: each an error that names what is wrong. No panic and no crash reaches Python."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
from samebatch import _native, binding
from strategies import SETTINGS

U8 = np.zeros((4, 6, 5, 3), np.uint8)
F32 = np.zeros((4, 6, 5, 3), np.float32)
U8 = np.zeros((4, 6, 5, 3), np.uint8)
F32 = np.zeros((4, 6, 5, 3), np.float32)
SOURCE = sb.ArraySource(U8, np.arange(4))
PIPELINE = sb.Pipeline([sb.RandomRotation(20), sb.RandomBrightness(0.5, 1.5)])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number from 1 to 2147483647, got 0"),
        ({"batch_size": -8}, "batch_size must be .* got -8"),
        ({"batch_size": 8.0}, "batch_size must be .* got 8.0"),
        ({"batch_size": True}, "batch_size must be"),
        ({"batch_size": None}, "batch_size must be .* got None"),
        ({"seed": -1}, "seed must be a whole number from 0 to 18446744073709551615, got -1"),
        ({"seed": 2**64}, "seed must be"),
        ({"seed": None}, "seed must be .* got None"),
        ({"seed": 1.5}, "seed must be"),
        ({"shuffle": 1}, "shuffle must be True or False, got 1"),
        ({"last_batch": "pad"}, "last_batch must be one of 'keep', 'drop'; got 'pad'"),
        (
            {"last_batch": "drop", "batch_size": 5},
            "leaves no batch: there are 4 images and batch_size is 5; use a smaller",
        ),
        ({"balance": "class"}, "balance .* must be one of 'classes'; got 'class' .*did you mean 'classes'"),
        ({"balance": True}, "balance .* must be one of 'classes'"),
        ({"threads": 0}, "threads .* from 1 to 1024, got 0"),
        ({"threads": 1025}, "threads .* got 1025"),
        ({"threads": 1.0}, "threads .* got 1.0"),
    ],
)
def test_arguments_of_batches(arguments, told):
    with pytest.raises(sb.SpecError, match=told):
        sb.Batches(SOURCE, PIPELINE, **arguments)


def test_what_batches_are_made_of():
    with pytest.raises(sb.SpecError, match=r"source must be a source, got an array .*; wrap arrays: ArraySource\("):
        sb.Batches(U8, PIPELINE)
    with pytest.raises(sb.SpecError, match=r"pipeline must be a Pipeline, got \[.*; wrap transforms: Pipeline\("):
        sb.Batches(SOURCE, [sb.RandomFlip()])


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (None, r'balance="classes" needs labels, and the source has none'),
        (np.eye(4), r"one label for each image .* shape \(4, 4\); for one-hot labels: labels.argmax\(axis=1\)"),
        ([0.0, 1.0, np.nan, 1.0], "label of sample 2 is NaN"),
    ],
)
def test_balance_needs_classes(labels, told):
    with pytest.raises(sb.SpecError, match=told):
        sb.Batches(sb.ArraySource(U8, labels), PIPELINE, balance="classes")


BINDINGS = [
    (
        [sb.Normalize()],
        {},
        U8,
        None,
        sb.SpecError,
        r"Normalize \(id 'normalize'\) is not fitted.*Normalize.fit\(source\)",
    ),
    ([sb.Normalize((0, 0), (1, 1))], {}, U8, None, sb.SpecError, "mean and std of 2 channels, and the source has 3"),
    (
        [sb.RandomQuarterTurn()],
        {},
        U8,
        None,
        sb.ShapeError,
        r"needs square images, and these are 6 x 5 .*turns=\(0, 2\)",
    ),
    ([sb.RandomQuarterTurn((3,))], {"size": (7, 8)}, U8, None, sb.ShapeError, "these are 7 x 8"),
    ([], {"fill_mode": "constant", "fill_value": 256}, U8, None, sb.SpecError, "fill_value is 256.0, outside .*255.0"),
    ([], {"fill_mode": "constant", "fill_value": -1}, F32, None, sb.SpecError, "fill_value is -1.0, outside"),
    ([], {"fill_mode": "constant", "fill_value": 0.5}, U8, None, sb.SpecError, "it must be a whole number"),
    (
        [],
        {"dtype": "uint8"},
        F32,
        None,
        sb.SpecError,
        r"results lie between 0.0 and 1.0; bring them there, as Rescale\(255\)",
    ),
    ([sb.Rescale(1 / 255)], {"dtype": "uint8"}, U8, None, sb.SpecError, "results lie between 0.0 and 1.0"),
    ([sb.Rescale(2)], {"dtype": "uint8"}, U8, None, sb.SpecError, "between 0.0 and 510.0"),
    ([sb.Rescale(-1)], {"dtype": "uint8"}, U8, None, sb.SpecError, "between -255.0 and -?0.0"),
    (
        [sb.Rescale(1e-30, 1)],
        {},
        U8,
        None,
        sb.SpecError,
        r"Rescale \(id 'rescale'\) takes the value range to \(1.0, 1.0\)",
    ),
    ([sb.Rescale(1e29)], {}, U8, None, sb.SpecError, "takes the value range to"),
]


@pytest.mark.parametrize(("transforms", "fields", "images", "value_range", "error", "told"), BINDINGS)
def test_pipelines_that_do_not_fit_the_source(transforms, fields, images, value_range, error, told):
    pipeline, source = sb.Pipeline(transforms, **fields), sb.ArraySource(images, value_range=value_range)
    with pytest.raises(error, match=told):
        sb.Batches(source, pipeline)
    with pytest.raises(error, match=told):
        pipeline(images, seed=0, value_range=value_range)
    with pytest.raises(error):  # the core's own words
        binding.bind(pipeline, source)


@pytest.mark.parametrize(
    ("transforms", "fields", "images"),
    [
        ([sb.RandomQuarterTurn((0, 2))], {}, U8),
        ([sb.RandomQuarterTurn()], {"size": (7, 7)}, U8),
        ([], {"fill_mode": "nearest", "fill_value": 1e9}, U8),
        ([], {"fill_mode": "constant", "fill_value": 255}, U8),
        ([sb.Rescale(255)], {"dtype": "uint8"}, F32),
        ([sb.Rescale(-1, 255)], {"dtype": "uint8"}, U8),
        ([sb.Normalize(0, 1)], {}, U8),
    ],
)
def test_pipelines_that_just_fit(transforms, fields, images):
    batches = sb.Batches(sb.ArraySource(images), sb.Pipeline(transforms, **fields), batch_size=4)
    assert batches.batch(0, 0).x.shape[0] == 4


@pytest.mark.parametrize(
    ("epoch", "step", "error", "told"),
    [
        (-1, 0, IndexError, "epoch -1 is out of range: epochs go from 0 to 9223372036854775807"),
        (2**63, 0, IndexError, "epoch 9223372036854775808 is out of range"),
        (0, 2, IndexError, "step 2 is out of range: an epoch has 2 steps, 0 to 1"),
        (0, -1, IndexError, "step -1 is out of range: .*never from the end"),
        (0.0, 0, TypeError, "epoch must be a whole number, got 0.0"),
        (0, 0.0, TypeError, "step must be a whole number, got 0.0"),
        (True, 0, TypeError, "epoch must be a whole number, got True"),
        (0, "1", TypeError, "step must be a whole number, got '1'"),
        (None, 0, TypeError, "epoch must be a whole number, got None"),
    ],
)
def test_epochs_and_steps(epoch, step, error, told):
    batches = sb.Batches(SOURCE, PIPELINE, batch_size=3)
    for call in (batches.batch, batches.indices, batches.rows):
        with pytest.raises(error, match=told):
            call(epoch, step)


def test_the_last_epoch_there_is():
    batches = sb.Batches(SOURCE, PIPELINE, batch_size=3, seed=2**64 - 1)
    assert batches.batch(np.int64(2**63 - 1), np.uint8(1)).epoch == 2**63 - 1


@pytest.mark.parametrize(
    ("rank", "world_size", "told"),
    [
        (2, 2, "rank .* from 0 to 1, got 2"),
        (-1, 2, "rank .* got -1"),
        (0, 0, "world_size must be .* got 0"),
        (0, 2.0, "world_size must be .* got 2.0"),
        (None, 2, "rank .* got None"),
    ],
)
def test_shards(rank, world_size, told):
    with pytest.raises(sb.SpecError, match=told):
        sb.Batches(SOURCE, PIPELINE).shard(rank, world_size)


def test_geometry_beyond_what_is_exact():
    zoom = sb.RandomZoom(1 / 64, 1 / 64)
    batches = sb.Batches(SOURCE, sb.Pipeline([zoom, zoom]), batch_size=4, shuffle=False)
    with pytest.raises(sb.SpecError, match="sample 0: its geometry composes to the matrix"):
        batches.batch(0, 0)


WRONG = st.sampled_from(
    [None, True, 1.5, -1, "a", [], (1, 2), {}, object(), 2**70, np.nan, U8, U8[0], np.zeros(0), b"x"]
)


@SETTINGS
@given(value=WRONG, other=WRONG)
def test_no_argument_whatever_causes_a_panic(value, other):
    """Everything public, called with nonsense: an Exception (a panic is a BaseException), or a result."""
    native = binding.bind(PIPELINE, SOURCE)
    rows, repeats = np.arange(2), np.zeros(2, np.uint64)
    batches = sb.Batches(SOURCE, PIPELINE)
    for call in (
        lambda: sb.ArraySource(value, other),
        lambda: sb.ArraySource(U8, value, other),
        lambda: sb.Pipeline(value, size=other),
        lambda: sb.Pipeline.from_json(value),
        lambda: PIPELINE.params(seed=value, indices=other),
        lambda: PIPELINE.apply(U8, value, threads=other),
        lambda: batches.batch(value, other),
        lambda: batches.batch(0, 0, out=value),
        lambda: batches.samples(0, value, other),
        lambda: batches.shard(value, other),
        lambda: sb.digest(value, other),
        lambda: native.batch(value, rows, 1, 2, repeats, 1, None),
        lambda: native.batch(U8, value, 1, 2, other, 1, None),
        lambda: native.batch(U8, rows, value, other, repeats, 1, None),
        lambda: native.batch(U8, rows, 1, 2, repeats, value, other),
        lambda: native.render(U8, rows, value, 1, None, other),
        lambda: native.draw(value, other, rows, repeats),
        lambda: native.draw(1, 2, value, other),
        lambda: _native.Pipeline(value, other, 5, 3, "uint8", 0.0, 255.0),
        lambda: _native.Pipeline(PIPELINE.to_json(), 6, 5, 3, "uint8", value, other),
        lambda: _native.permute(value, "a", 0, 0, 5, other),
        lambda: _native.permute(1, "a", other, 0, value, np.arange(3, dtype=np.uint64)),
        lambda: _native.words(1, value, other, 0, 0, 0),
        lambda: _native.columns(PIPELINE.to_json(), value),
    ):
        with suppress(Exception):
            call()
