"""The statistics of draws and of the epoch's order. Every seed is written down, so a verdict never changes."""

import numpy as np
import pytest
from scipy import stats

from handwritten import canonical, spec_of
from samebatch import _native

DRAWS = 100_000
SEED = 20_240_607
# A thousand p-values are looked at, so a sound generator's smallest is about a thousandth.
LEAST_P = 1e-5
LARGEST_R = 4.5 / np.sqrt(DRAWS)
TURNS = [0, 1, 2, 3]
SPEC = spec_of(
    {"kind": "RandomFlip", "horizontal": 0.5, "vertical": 0.3},
    {"kind": "RandomRotation", "low": 0.0, "high": 1.0},
    {"kind": "RandomShift", "width_low": 0.0, "width_high": 1.0, "height_low": 0.0, "height_high": 1.0},
    {"kind": "RandomShear", "x_low": 0.0, "x_high": 1.0, "y_low": 0.0, "y_high": 1.0},
    {"kind": "RandomZoom", "low": 1.0, "high": 2.0, "independent": True},
    {"kind": "RandomZoom", "low": 1.0, "high": 2.0, "independent": False},
    {"kind": "RandomQuarterTurn", "turns": TURNS},
    {"kind": "RandomBrightness", "low": 0.0, "high": 1.0},
    {"kind": "RandomChannelShift", "low": 0.0, "high": 1.0, "independent": True},
    {"kind": "RandomChannelShift", "low": 0.0, "high": 1.0, "independent": False},
)
CHANNELS = 3
COLUMNS = _native.columns(canonical(SPEC), CHANNELS)
# Columns that are one and the same draw by definition.
COPIES = {
    "zoom_2.y": "zoom_2.x",
    "channel_shift_2.shift_1": "channel_shift_2.shift_0",
    "channel_shift_2.shift_2": "channel_shift_2.shift_0",
}


def table(*, seed=SEED, epoch=0, samples=0, repeats=0):
    count = max(np.size(samples), np.size(repeats))
    of = (np.broadcast_to(np.asarray(v, np.uint64), count).copy() for v in (samples, repeats))
    return _native.draw(canonical(SPEC), CHANNELS, seed, epoch, *of)


def along(axis):
    """Return DRAWS rows that differ in one coordinate only."""
    numbers = np.arange(DRAWS)
    match axis:
        case "samples":
            return table(samples=numbers)
        case "repeats":
            return table(repeats=numbers)
        case "epochs":
            return np.concatenate([table(epoch=int(epoch)) for epoch in numbers])
        case "seeds":
            return np.concatenate([table(seed=int(seed)) for seed in numbers])
    raise AssertionError(axis)


@pytest.fixture(scope="module", params=["samples", "repeats", "epochs", "seeds"])
def rows(request):
    return along(request.param)


def uniform(values, name):
    """Return a column as numbers in [0, 1)."""
    return values - 1.0 if name.startswith("zoom") else values


def assert_like(counts, expected):
    assert stats.chisquare(counts, expected).pvalue > LEAST_P
    # Too good to be true is a fault as well: draws that are dealt out evenly are no draws.
    assert stats.chisquare(counts, expected).pvalue < 1 - LEAST_P


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_is_uniform(rows, name):
    values = uniform(rows[:, COLUMNS.index(name)], name)
    if name.startswith("flip"):
        p = 0.5 if name.endswith("horizontal") else 0.3
        counts, expected = np.bincount(values.astype(int), minlength=2), np.array([1 - p, p]) * DRAWS
        assert set(np.unique(values)) == {0.0, 1.0}
        assert stats.chisquare(counts, expected).pvalue > LEAST_P
    elif name.startswith("quarter_turn"):
        counts = np.bincount(values.astype(int), minlength=4)
        assert stats.chisquare(counts).pvalue > LEAST_P
    else:
        counts, _ = np.histogram(values, bins=256, range=(0.0, 1.0))
        assert counts.sum() == DRAWS
        assert_like(counts, np.full(256, DRAWS / 256))


def assert_unrelated(first, second):
    """No linear relation, and none of any shape that a 16 x 16 table of counts would show."""
    assert abs(np.corrcoef(first, second)[0, 1]) < LARGEST_R
    counts, _, _ = np.histogram2d(first, second, bins=16)
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    assert stats.chi2_contingency(counts).pvalue > LEAST_P


@pytest.mark.parametrize("name", COLUMNS)
def test_neighbours_are_unrelated(rows, name):
    """Sample i and i + 1, epoch e and e + 1, repeat r and r + 1, seed s and s + 1."""
    values = rows[:, COLUMNS.index(name)]
    for distance in (1, 2, 16):
        assert_unrelated(values[:-distance], values[distance:])


def test_transforms_and_draws_are_unrelated(rows):
    names = [name for name in COLUMNS if name not in COPIES]
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            assert_unrelated(rows[:, COLUMNS.index(first)], rows[:, COLUMNS.index(second)])
    for copy, original in COPIES.items():
        np.testing.assert_array_equal(rows[:, COLUMNS.index(copy)], rows[:, COLUMNS.index(original)])


def test_coordinates_are_not_interchangeable():
    """Sample 3 of epoch 5 is not sample 5 of epoch 3, nor is their sum or a swap with the repeat what counts."""
    numbers = np.arange(DRAWS // 100)
    samples, epochs = table(samples=numbers, epoch=1), np.concatenate([table(samples=1, epoch=int(e)) for e in numbers])
    repeats = table(samples=1, epoch=1, repeats=numbers)
    column = COLUMNS.index("rotation.angle")
    assert samples[1, column] == epochs[1, column] == repeats[0, column]
    everything = np.concatenate([samples[:, column], epochs[:, column], repeats[:, column]])
    # (1, 1, 0) stands in all three; all other places differ and so do their draws.
    assert len(np.unique(everything)) == len(everything) - 2


def test_every_bit_of_a_word_is_fair():
    words = np.concatenate(
        [_native.words(SEED, "rotation", np.arange(64, dtype=np.uint64), s, 0, 0) for s in range(2000)]
    )
    ones = ((words[:, np.newaxis] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).sum(axis=0)
    assert stats.chi2.sf(((ones - len(words) / 2) ** 2 / (len(words) / 4)).sum(), 64) > LEAST_P


def orders(n, epochs, seed=SEED):
    positions = np.arange(n, dtype=np.uint64)
    return np.array(
        [_native.permute(seed, "samebatch.order", epoch, 0, n, positions) for epoch in range(epochs)]
    ).astype(int)


@pytest.mark.parametrize("n", [2, 3, 7, 64, 100, 101])
def test_every_sample_is_as_likely_at_every_position(n):
    epochs = 20_000 if n < 64 else 5_000
    found = orders(n, epochs)
    for position in range(min(n, 8)):
        for column in (found[:, position], found[:, n - 1 - position]):
            assert_like_flat(np.bincount(column, minlength=n))


def assert_like_flat(counts):
    assert stats.chisquare(counts).pvalue > LEAST_P


@pytest.mark.parametrize("n", [4, 5, 6])
def test_every_order_of_a_few_samples_is_as_likely(n):
    """All 24, or 120, of them; over epochs, and over seeds."""
    weights = n ** np.arange(n)
    for found in (orders(n, 24_000), np.concatenate([orders(n, 1, seed) for seed in range(24_000)])):
        _, counts = np.unique(found @ weights, return_counts=True)
        assert len(counts) == {4: 24, 5: 120, 6: 720}[n]
        assert_like_flat(counts)


def test_positions_of_neighbours_are_unrelated():
    """Neighbours of one epoch, and one position in neighbouring epochs."""
    n = 1000
    found = orders(n, DRAWS // n)
    assert_unrelated(found[:, :-1].ravel(), found[:, 1:].ravel())
    assert_unrelated(found[:-1].ravel(), found[1:].ravel())
    # How often the next sample follows in the order by chance: about once an epoch, as in a true shuffle.
    follows = (np.diff(found, axis=1) == 1).sum()
    assert stats.poisson.sf(follows - 1, len(found)) > LEAST_P
    assert stats.poisson.cdf(follows, len(found)) > LEAST_P


def test_seeds_make_unrelated_orders():
    n = DRAWS
    first, second = (orders(n, 1, seed)[0] for seed in (SEED, SEED + 1))
    assert_unrelated(first, second)
    assert_unrelated(first, np.arange(n))
    assert (first == np.arange(n)).sum() <= 10
    assert (first == second).sum() <= 10
