"""Plans: who is in which batch, for every step alone, and for all of them together."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import samebatch as sb
from samebatch import _native
from samebatch.plan import BALANCE, ORDER, Classes, Plan
from samebatch.reference import plan as reference
from strategies import SETTINGS

SEEDS = st.integers(0, 2**64 - 1)
EPOCHS = st.integers(0, 2**63 - 1) | st.integers(0, 5)


def permute(n, positions=None, seed=7, epoch=3):
    positions = np.arange(n, dtype=np.uint64) if positions is None else positions
    return _native.permute(seed, ORDER, epoch, 0, n, positions)


def test_every_size_up_to_2000_is_a_permutation():
    for n in range(1, 2001):
        order = permute(n, epoch=n)
        assert np.bincount(order.astype(np.int64), minlength=n).tolist() == [1] * n


def test_a_million_is_a_permutation():
    order = permute(10**6).astype(np.int64)
    assert (np.bincount(order, minlength=10**6) == 1).all()
    assert abs(np.corrcoef(np.arange(10**6), order)[0, 1]) < 0.004, "four deviations of a correlation of a million"


@pytest.mark.parametrize("n", [2**40, 2**40 - 87, 10**12 + 39, 2**62])
def test_large_sizes_have_no_two_positions_alike(n):
    random = np.random.default_rng(0)
    positions = np.unique(np.concatenate([np.arange(1000), n - 1 - np.arange(1000), random.integers(0, n, 20000)]))
    positions = positions.astype(np.uint64)
    order = permute(n, positions)
    assert int(order.max()) < n
    assert len(np.unique(order)) == len(positions)
    for at in (0, 500, len(positions) - 1):
        assert int(order[at]) == reference.permute(7, ORDER, 3, 0, n, int(positions[at]))


@pytest.mark.parametrize("n", [5, 12, 30])
def test_every_sample_is_as_likely_at_every_place(n):
    """Chi-square over (place, sample) of many epochs; rows and columns are fixed, hence (n-1)^2 degrees of freedom."""
    epochs = 200 * n
    table = np.zeros((n, n))
    for epoch in range(epochs):
        table[np.arange(n), permute(n, epoch=epoch).astype(np.int64)] += 1
    chi = ((table - epochs / n) ** 2 / (epochs / n)).sum()
    degrees = (n - 1) ** 2
    assert abs(chi - degrees) < 4 * np.sqrt(2 * degrees), (chi, degrees)


def test_small_permutations_all_occur():
    """4! orders of 4, each as often as the others (23 degrees of freedom, p = 0.0001)."""
    counts = {}
    for epoch in range(4800):
        key = tuple(permute(4, epoch=epoch).tolist())
        counts[key] = counts.get(key, 0) + 1
    assert len(counts) == 24
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 58.6


def test_seeds_and_epochs_give_other_orders():
    orders = [permute(50, seed=seed, epoch=epoch).tobytes() for seed in range(5) for epoch in range(5)]
    assert len(set(orders)) == 25


PLANS = st.builds(
    Plan,
    n=st.integers(1, 60),
    batch_size=st.integers(1, 20),
    seed=SEEDS,
    shuffle=st.booleans(),
    last_batch=st.just("keep"),
)


def epoch_of(plan, epoch):
    rows = [plan.rows(epoch, step) for step in range(plan.steps)]
    return np.concatenate([r[0] for r in rows]), np.concatenate([r[1] for r in rows])


@SETTINGS
@given(plan=PLANS, epoch=EPOCHS)
def test_an_epoch_has_every_sample_once(plan, epoch):
    indices, repeats = epoch_of(plan, epoch)
    assert sorted(indices.tolist()) == list(range(plan.n))
    assert not repeats.any()
    assert (indices.dtype, repeats.dtype) == (np.int64, np.uint64)
    if not plan.shuffle:
        assert indices.tolist() == list(range(plan.n))
    sizes = [len(plan.rows(epoch, step)[0]) for step in range(plan.steps)]
    assert sizes[:-1] == [plan.batch_size] * (plan.steps - 1)
    assert 1 <= sizes[-1] <= plan.batch_size


@SETTINGS
@given(plan=PLANS, epoch=EPOCHS, world_size=st.sampled_from([1, 2, 3, 5, 30]))
def test_shards_are_slices_of_the_global_batch(plan, epoch, world_size):
    shards = [plan.shard(rank, world_size) for rank in range(world_size)]
    for step in range(plan.steps):
        rows = [shard.rows(epoch, step) for shard in shards]
        for part in (0, 1):
            np.testing.assert_array_equal(np.concatenate([r[part] for r in rows]), plan.rows(epoch, step)[part])
        sizes = [len(r[0]) for r in rows]
        assert max(sizes) - min(sizes) <= 1


@SETTINGS
@given(plan=PLANS, size=st.integers(1, 60), epoch=EPOCHS)
def test_the_order_does_not_depend_on_the_batch_size(plan, size, epoch):
    other = Plan(plan.n, size, plan.seed, plan.shuffle, "keep")
    np.testing.assert_array_equal(epoch_of(plan, epoch)[0], epoch_of(other, epoch)[0])


@SETTINGS
@given(n=st.integers(1, 40), size=st.integers(1, 40), seed=SEEDS)
def test_dropping_drops_the_last_batch_only(n, size, seed):
    keep, drop = (Plan(n, size, seed, shuffle=True, last_batch=last) for last in ("keep", "drop"))
    assert (keep.steps, drop.steps) == (-(-n // size), n // size)
    for step in range(drop.steps):
        np.testing.assert_array_equal(keep.rows(2, step)[0], drop.rows(2, step)[0])
        assert len(drop.rows(2, step)[0]) == size


def test_a_far_step_needs_none_before_it():
    plan = Plan(n=2**61, batch_size=3, seed=1, shuffle=True, last_batch="keep")
    step = plan.steps - 1
    indices, _ = plan.rows(2**63 - 1, step)
    expected = [
        reference.permute(1, ORDER, 2**63 - 1, 0, 2**61, position) for position in reference.positions(2**61, 3, step)
    ]
    assert indices.tolist() == expected


class TestBalance:
    @SETTINGS
    @given(
        labels=st.lists(st.integers(0, 5), min_size=1, max_size=40),
        size=st.integers(1, 9),
        seed=SEEDS,
        epoch=EPOCHS,
        shuffle=st.booleans(),
    )
    @example(labels=[2] * 5 + [0] * 80 + [1] * 15, size=7, seed=1, epoch=0, shuffle=True)
    @example(labels=[2] * 5 + [0] * 80 + [1] * 15, size=7, seed=1, epoch=4, shuffle=False)
    def test_it_is_the_written_rule(self, labels, size, seed, epoch, shuffle):
        labels = np.array(labels)
        plan = Plan(len(labels), size, seed, shuffle, "keep", Classes.of(labels))
        members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        expected = [
            reference.row(seed, epoch, len(labels), position, shuffle=shuffle, members=members)
            for position in range(len(labels))
        ]
        indices, repeats = epoch_of(plan, epoch)
        assert list(zip(indices.tolist(), repeats.tolist(), strict=True)) == expected

    @pytest.mark.parametrize("shuffle", [True, False])
    def test_classes_get_equal_shares_and_small_ones_repeat(self, shuffle):
        labels = np.array([0] * 80 + [1] * 15 + [2] * 5)
        plan = Plan(100, 10, 3, shuffle, "keep", Classes.of(labels))
        shares = []
        for epoch in range(6):
            indices, repeats = epoch_of(plan, epoch)
            counts = np.bincount(labels[indices])
            assert counts.max() - counts.min() <= 1
            shares.append(counts)
            pairs = set(zip(indices.tolist(), repeats.tolist(), strict=True))
            assert len(pairs) == 100, "the same draw of a sample must not come twice in an epoch"
            for label, size in ((0, 80), (1, 15), (2, 5)):
                times = np.bincount(
                    indices[labels[indices] == label] - np.flatnonzero(labels == label)[0], minlength=size
                )
                assert times.max() - times.min() <= 1, "all members come before one comes again"
        assert (np.sum(shares, axis=0) == 200).all(), "who gets one more takes turns over the epochs"

    def test_repeats_are_drawn_anew(self, images_u8):
        labels = np.array([0] * 22 + [1])
        pipeline = sb.Pipeline([sb.RandomRotation(20)])
        batch = sb.Batches(sb.ArraySource(images_u8, labels), pipeline, batch_size=23, balance="classes").batch(0, 0)
        rare = batch.indices == 22
        assert rare.sum() in (11, 12)
        assert len(np.unique(batch.params["rotation.angle"][rare])) == rare.sum()
        assert len(np.unique(batch.x[rare], axis=0)) == rare.sum()

    def test_labels_may_be_strings(self):
        words = np.array(["dog", "cat", "cat", "ape"])
        classes = Classes.of(words)
        assert classes.counts.tolist() == [1, 2, 1]
        assert classes.members.tolist() == [3, 1, 2, 0]
        assert classes.starts.tolist() == [0, 1, 3]

    def test_the_stream_is_its_own(self):
        assert BALANCE != ORDER
        assert (
            _native.permute(1, BALANCE, 0, 0, 100, np.arange(100, dtype=np.uint64)).tolist()
            != permute(100, seed=1, epoch=0).tolist()
        )
