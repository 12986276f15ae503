"""Batches: every byte is a function of the data, the pipeline, the seed and (epoch, step), and of nothing else."""

import pickle
import random
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
import whitenings
from samebatch import binding, reference
from samples import BATCHED, EVERY_STAGE, assert_equal, digests
from strategies import SETTINGS, canonical, pixels, specs


def test_a_batch_is_what_the_reference_makes(train):
    for step in range(train.steps):
        x, indices = reference.batch(train, 3, step)
        batch = train.batch(3, step)
        np.testing.assert_array_equal(batch.x, x)
        np.testing.assert_array_equal(batch.indices, indices)
        np.testing.assert_array_equal(batch.y, train.source.labels[indices])
        np.testing.assert_array_equal(batch.weights, train.source.weights[indices])


def test_what_a_batch_tells(train):
    batch = train.batch(epoch=1, step=2)
    assert (batch.epoch, batch.step, batch.seed, batch.layout) == (1, 2, 7, "channels_last")
    assert (len(batch), batch.x.shape, batch.x.dtype) == (7, (7, 12, 10, 3), np.float32)
    np.testing.assert_array_equal(batch.indices, train.indices(1, 2))
    np.testing.assert_array_equal(batch.repeats, train.rows(1, 2)[1])
    assert batch.params == BATCHED.params(seed=7, epoch=1, indices=batch.indices)
    assert repr(batch) == "<Batch: epoch=1, step=2, x=float32[7, 12, 10, 3], y=int64[7], weights=float32[7]>"
    assert_equal(pickle.loads(pickle.dumps(batch)), batch)  # noqa: S301


def test_what_batches_tell(train):
    assert (len(train), train.steps, train.batch_size, train.seed) == (3, 3, 8, 7)
    assert (train.shuffle, train.last_batch, train.balance, train.threads) == (True, "keep", None, None)
    assert (train.rank, train.world_size) == (0, 1)
    assert train.pipeline is BATCHED
    assert repr(train).startswith("<Batches: 3 steps of 8, seed=7, <ArraySource: 23 images")
    assert "rank 1 of 2" in repr(train.shard(1, 2))
    for name in ("source", "seed", "rank", "new"):
        with pytest.raises(AttributeError):
            setattr(train, name, None)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "uint8"])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("size", [None, (5, 7)])
def test_shapes_and_types(images_u8, dtype, layout, size):
    batches = sb.Batches(sb.ArraySource(images_u8), sb.Pipeline(dtype=dtype, layout=layout, size=size), batch_size=4)
    height, width = size or (12, 10)
    assert batches.output_shape == ((height, width, 3) if layout == "channels_last" else (3, height, width))
    assert batches.output_dtype == dtype
    batch = batches.batch(0, 0)
    assert batch.x.shape == (4, *batches.output_shape)
    assert batch.x.dtype == {"bfloat16": "uint16"}.get(dtype, dtype)
    assert f"x={dtype}[4, " in repr(batch)
    assert batch.y is None
    assert batch.weights is None
    native = binding.bind(batches.pipeline, batches.source)
    assert tuple(native.output_shape) == batches.output_shape
    assert native.output_dtype == dtype


def test_asked_in_any_order_gives_the_same(source):
    wanted = [(epoch, step) for epoch in range(3) for step in range(3)]
    straight = sb.Batches(source, BATCHED, batch_size=8, seed=7)
    expected = {key: straight.batch(*key).digest() for key in wanted}
    order = wanted * 2
    order = [order[i] for i in np.random.default_rng(0).permutation(len(order))]
    crooked = sb.Batches(source, BATCHED, batch_size=8, seed=7)
    for key in order:
        assert crooked.batch(*key).digest() == expected[key]
    assert len(set(expected.values())) == len(wanted)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_threads_change_no_byte(source, train, count):
    batches = sb.Batches(source, BATCHED, batch_size=8, seed=7, threads=count)
    for step in range(3):
        assert_equal(batches.batch(4, step), train.batch(4, step))


def test_layouts_hold_the_same_numbers(source, train):
    first = sb.Batches(source, sb.Pipeline(EVERY_STAGE, layout="channels_first"), batch_size=8, seed=7)
    for step in range(3):
        one, other = first.batch(2, step), train.batch(2, step)
        np.testing.assert_array_equal(one.x, other.x.transpose(0, 3, 1, 2))
        assert one.digest() == other.digest()


def test_pickling_gives_the_same(train):
    for warm in (False, True):
        if warm:
            train.batch(0, 0)
        again = pickle.loads(pickle.dumps(train))  # noqa: S301
        assert digests(again) == digests(train)
        assert (again.pipeline, again.threads, again.world_size) == (train.pipeline, train.threads, train.world_size)
    shard = pickle.loads(pickle.dumps(train.shard(1, 3)))  # noqa: S301
    assert (shard.rank, shard.world_size) == (1, 3)
    assert digests(shard) == digests(train.shard(1, 3))
    balanced = sb.Batches(train.source, BATCHED, batch_size=8, balance="classes")
    assert digests(pickle.loads(pickle.dumps(balanced))) == digests(balanced)  # noqa: S301


@pytest.mark.parametrize("world_size", [1, 2, 3, 5])
@pytest.mark.parametrize("batch_size", [8, 5, 23])
def test_shards_concatenate_to_the_global_batch(source, batch_size, world_size):
    whole = sb.Batches(source, BATCHED, batch_size=batch_size, seed=3)
    shards = [whole.shard(rank, world_size) for rank in range(world_size)]
    for shard in shards:
        assert shard.steps == whole.steps
    for step in range(whole.steps):
        parts = [shard.batch(1, step) for shard in shards]
        for name in ("x", "y", "weights", "indices"):
            joined = np.concatenate([getattr(part, name) for part in parts])
            np.testing.assert_array_equal(joined, getattr(whole.batch(1, step), name))


def test_a_shard_of_a_shard_is_one_of_the_whole(train):
    assert digests(train.shard(0, 2).shard(2, 3)) == digests(train.shard(2, 3))


def test_an_empty_shard_is_an_empty_batch(source):
    batch = sb.Batches(source, BATCHED, batch_size=2).shard(0, 3).batch(0, 0)
    assert (batch.x.shape, len(batch), len(batch.y)) == ((0, 12, 10, 3), 0, 0)


def test_evaluation_is_in_order_and_without_randomness(source, train):
    valid = train.evaluation()
    assert [type(t).__name__ for t in valid.pipeline.transforms] == ["Normalize"]
    assert not valid.shuffle
    x = np.concatenate([batch.x for batch in valid.epoch(0)])
    np.testing.assert_array_equal(np.concatenate([batch.indices for batch in valid.epoch(0)]), np.arange(23))
    np.testing.assert_array_equal(x, sb.Pipeline([EVERY_STAGE[-1]])(source.images, seed=0))
    assert digests(valid, epochs=1) == [valid.batch(5, step).digest() for step in range(3)]
    dropped = sb.Batches(source, BATCHED, batch_size=8, last_batch="drop", balance="classes", threads=2)
    assert digests(dropped.evaluation(), epochs=1) == digests(valid, epochs=1)
    assert dropped.evaluation().threads == 2
    assert digests(train.shard(1, 2).evaluation()) == digests(valid.shard(1, 2))


@SETTINGS
@given(size=st.integers(1, 23), epoch=st.integers(0, 2**63 - 1), threads=st.sampled_from([1, 2, 7]))
def test_a_samples_pixels_do_not_depend_on_its_batch(size, epoch, threads):
    images = pixels((23, 12, 10, 3), "uint8", (0.0, 255.0), "noise", 5)
    batches = sb.Batches(sb.ArraySource(images), BATCHED, batch_size=size, seed=1, threads=threads)
    whole = sb.Batches(sb.ArraySource(images), BATCHED, batch_size=23, seed=1, shuffle=False).batch(epoch, 0)
    for step in {0, batches.steps - 1}:
        batch = batches.batch(epoch, step)
        np.testing.assert_array_equal(batch.x, whole.x[batch.indices])


def strided(images):
    return np.repeat(images, 2, axis=0)[::2]


@pytest.mark.parametrize(
    "view", [np.asarray, strided, lambda v: v[::-1, ::-1, :, ::-1], lambda v: v.transpose(0, 2, 1, 3)]
)
@pytest.mark.parametrize("writeable", [True, False])
def test_the_source_is_never_written(source, view, writeable):
    base = source.images.copy()
    labels, weights = np.arange(23), np.linspace(0, 1, 23)
    images = view(base)
    for array in (base, images, labels, weights):
        array.flags.writeable = writeable
    before = [sha256(array.tobytes()).digest() for array in (base, images, labels, weights)]
    batches = sb.Batches(sb.ArraySource(images, labels, weights), BATCHED, batch_size=8, threads=2)
    plain = sb.Batches(sb.ArraySource(np.ascontiguousarray(images), labels, weights), BATCHED, batch_size=8)
    assert digests(batches, epochs=2) == digests(plain, epochs=2)
    assert [sha256(array.tobytes()).digest() for array in (base, images, labels, weights)] == before


def test_a_batch_is_the_users_own(train):
    """Writing into what one got changes neither the source nor any other batch."""
    batch = train.batch(0, 0)
    digest, other = batch.digest(), train.batch(0, 1).digest()
    for array in (batch.x, batch.y, batch.weights, batch.indices, batch.repeats):
        array[...] = 1
    assert train.batch(0, 0).digest() == digest
    assert train.batch(0, 1).digest() == other


def test_a_kept_batch_never_changes(train):
    kept = [train.batch(epoch, step) for epoch in range(4) for step in range(3)]
    before = [batch.digest() for batch in kept]
    assert digests(train, epochs=4) == before
    assert [batch.digest() for batch in kept] == before


def test_no_global_generator_is_read_or_moved(train):
    def outcome(seed):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        states = random.getstate(), pickle.dumps(np.random.get_state())  # noqa: NPY002
        found = digests(train, epochs=1)
        assert (random.getstate(), pickle.dumps(np.random.get_state())) == states  # noqa: NPY002
        return found

    assert outcome(0) == outcome(1)


@SETTINGS
@given(spec=specs(9, 9, 2, "float32", (-1.0, 1.0)))
def test_whatever_the_strategies_draw_can_be_bound(spec):
    """Python's own checks of a pipeline against a source refuse nothing that the core takes."""
    source = sb.ArraySource(np.zeros((2, 9, 9, 2), np.float32), value_range=(-1, 1))
    found = whitenings.of(spec)
    whiten = None if found is None else sb.Whiten(*found[::-1])
    batches = sb.Batches(source, sb.Pipeline.from_json(canonical(spec), whiten=whiten), batch_size=2)
    native = binding.bind(batches.pipeline, source)
    assert tuple(native.output_shape) == batches.output_shape
