"""Params: what is drawn is a function of (seed, epoch, sample, repeat, transform id), and a table to look at."""

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
from samebatch.transforms import KINDS
from samples import DRAWN
from strategies import DEFAULT_IDS, SETTINGS, canonical, specs

SPECS = specs(12, 12, 3, "uint8", (0.0, 255.0))
SEEDS = st.integers(0, 2**64 - 1)
COUNTERS = st.integers(0, 2**63 - 1) | st.integers(0, 100)
COLUMNS = (
    "flip.horizontal flip.vertical rotation.angle shift.width shift.height shear.x shear.y zoom.x zoom.y zoom_2.x "
    "zoom_2.y quarter_turn.turns brightness.factor channel_shift.shift_0 channel_shift.shift_1 channel_shift.shift_2 "
    "channel_shift_2.shift_0 channel_shift_2.shift_1 channel_shift_2.shift_2"
)


def numpy_uniforms(seed, name, sample, epoch, repeat, count):
    """NumPy's own generator as an oracle: it adds one to the counter before it outputs."""
    key = [seed, int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")]
    start = int.from_bytes(np.array([0, sample, epoch, repeat], "<u8").tobytes(), "little") - 1
    generator = np.random.Philox(key=np.array(key, np.uint64), counter=start % 2**256)
    return (generator.random_raw(count) >> np.uint64(11)) * 2.0**-53


@SETTINGS
@given(seed=SEEDS, epoch=COUNTERS, sample=COUNTERS, repeat=COUNTERS)
def test_numpys_philox_draws_the_same(seed, epoch, sample, repeat):
    params = DRAWN.params(seed=seed, epoch=epoch, indices=[sample], repeats=[repeat])

    def u(name, count):
        return [float(value) for value in numpy_uniforms(seed, name, sample, epoch, repeat, count)]

    row = params[0]
    assert row["rotation.angle"] == -5.0 + (30.0 - -5.0) * u("rotation", 1)[0]
    assert [row["flip.horizontal"], row["flip.vertical"]] == [u("flip", 2)[0] < 0.5, u("flip", 2)[1] < 0.25]
    assert [row["zoom.x"], row["zoom.y"]] == [0.8 + (1.2 - 0.8) * v for v in u("zoom", 2)]
    assert row["zoom_2.x"] == row["zoom_2.y"] == 0.5 + (2.0 - 0.5) * u("zoom_2", 1)[0]
    assert row["quarter_turn.turns"] == int(u("quarter_turn", 1)[0] * 4)
    assert [row[f"channel_shift.shift_{c}"] for c in range(3)] == [
        -0.1 + (0.1 - -0.1) * v for v in u("channel_shift", 3)
    ]
    assert len({row[f"channel_shift_2.shift_{c}"] for c in range(3)}) == 1


def test_columns_stand_in_pipeline_order():
    assert DRAWN.params(seed=0, indices=[]).names == tuple(COLUMNS.split())
    assert [name for name in DRAWN.params(seed=0, indices=[], channels=1).names if "channel" in name] == [
        "channel_shift.shift_0",
        "channel_shift_2.shift_0",
    ]


@SETTINGS
@given(spec=SPECS, seed=SEEDS, epoch=COUNTERS, sample=COUNTERS, data=st.data())
def test_adding_a_transform_leaves_the_others_numbers(spec, seed, epoch, sample, data):
    """Taking away is adding, seen from the other side: ids of what stays are written out in the spec."""
    kept = [table for table in spec["transforms"] if data.draw(st.booleans())]
    more = sb.Pipeline.from_json(canonical(spec)).params(seed=seed, epoch=epoch, indices=[sample])
    fewer = sb.Pipeline.from_json(canonical({**spec, "transforms": kept})).params(
        seed=seed, epoch=epoch, indices=[sample]
    )
    assert set(fewer.names) <= set(more.names)
    for name in fewer.names:
        np.testing.assert_array_equal(fewer[name], more[name])


@pytest.mark.parametrize("kind", [k for k in KINDS if k.startswith("Random") and k != "RandomResizedCrop"])
def test_one_more_of_a_kind_at_the_end_leaves_the_others_numbers(kind):
    one = next(t for t in DRAWN.transforms if type(t).__name__ == kind)
    another = KINDS[kind].parse(one.fields())
    before = sb.Pipeline([t for t in DRAWN.transforms if not isinstance(t, sb.Normalize)])
    place = len(before.transforms) if before.transforms[-1].GROUP == another.GROUP else 7
    after = sb.Pipeline([*before.transforms[:place], another, *before.transforms[place:]])
    assert len(after.transforms) == len(before.transforms) + 1
    assert DEFAULT_IDS[kind] == another.DEFAULT_ID
    old, new = (pipeline.params(seed=9, epoch=2, indices=range(50)) for pipeline in (before, after))
    assert len(new.names) > len(old.names)
    for name in old.names:
        np.testing.assert_array_equal(old[name], new[name])


@SETTINGS
@given(
    seed=SEEDS,
    epoch=COUNTERS,
    samples=st.lists(COUNTERS, min_size=1, max_size=8),
    repeat=st.integers(0, 3),
    data=st.data(),
)
def test_a_sample_draws_the_same_in_any_company(seed, epoch, samples, repeat, data):
    together = DRAWN.params(seed=seed, epoch=epoch, indices=samples, repeats=[repeat] * len(samples))
    order = data.draw(st.permutations(range(len(samples))))
    shuffled = DRAWN.params(
        seed=seed, epoch=epoch, indices=[samples[i] for i in order], repeats=[repeat] * len(samples)
    )
    np.testing.assert_array_equal(shuffled.values, together.values[list(order)])
    alone = DRAWN.params(seed=seed, epoch=epoch, indices=samples[:1], repeats=[repeat])
    np.testing.assert_array_equal(alone.values, together.values[:1])


def test_each_of_seed_epoch_sample_and_repeat_draws_anew():
    tables = [
        DRAWN.params(seed=1, epoch=1, indices=[1], repeats=[1]),
        DRAWN.params(seed=2, epoch=1, indices=[1], repeats=[1]),
        DRAWN.params(seed=1, epoch=2, indices=[1], repeats=[1]),
        DRAWN.params(seed=1, epoch=1, indices=[2], repeats=[1]),
        DRAWN.params(seed=1, epoch=1, indices=[1], repeats=[2]),
    ]
    assert len({float(table["rotation.angle"][0]) for table in tables}) == len(tables)
    named = sb.Pipeline([sb.RandomRotation((-5, 30), id="other")]).params(seed=1, epoch=1, indices=[1], repeats=[1])
    assert named["other.angle"][0] != tables[0]["rotation.angle"][0]


def test_numbers_stay_in_their_ranges_and_fill_them():
    params = DRAWN.params(seed=5, indices=range(20000))
    for name, low, high in [
        ("rotation.angle", -5, 30),
        ("shift.height", 0, 0.2),
        ("zoom.y", 0.8, 1.2),
        ("shear.x", -5, 5),
    ]:
        column = params[name]
        assert low <= column.min() < low + (high - low) / 1000
        assert high - (high - low) / 1000 < column.max() < high
        counts = np.histogram(column, 20, (low, high))[0]
        assert ((counts - 1000) ** 2 / 1000).sum() < 43.8, "chi-square of 19 degrees of freedom, p = 0.001"
    for name, expected in [("flip.horizontal", 0.5), ("flip.vertical", 0.25)]:
        assert set(params[name]) == {0.0, 1.0}
        assert abs(params[name].mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / 20000)
    assert sorted(set(params["quarter_turn.turns"])) == [0.0, 1.0, 2.0, 3.0]


def test_probabilities_of_nought_and_one_are_certain():
    flips = sb.Pipeline([sb.RandomFlip(1.0, 0.0)]).params(seed=3, indices=range(5000))
    assert (flips["flip.horizontal"] == 1.0).all()
    assert (flips["flip.vertical"] == 0.0).all()
