"""Splits: disjoint, complete, stable when files are added, of the right share in each class, and as written."""

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import samebatch as sb
from image_files import tree
from samebatch.source.split import Split
from strategies import SETTINGS


def split(fraction, seed=0):
    return Split.checked(fraction, "validation", seed)


def many(count, start=0):
    return [b"class/image_%06d.jpg" % i for i in range(start, start + count)]


def test_the_rule_as_it_is_written():
    names = many(200)
    for seed in (0, 1, 2**64 - 1):
        hashes = [
            blake2b(name, digest_size=8, key=seed.to_bytes(8, "little"), person=b"samebatch.split") for name in names
        ]
        expected = [int.from_bytes(found.digest(), "little") < 0.25 * 2**64 for found in hashes]
        np.testing.assert_array_equal(split(0.25, seed).validation(names, np.zeros(200, np.int64)), expected)


def test_the_sides_never_change():
    """A release that moved these files would leak validation into training."""
    side = split(0.3, 7).validation(many(40), np.zeros(40, np.int64))
    assert np.flatnonzero(side).tolist() == [0, 2, 5, 8, 10, 11, 13, 18, 20, 25, 26, 27, 33, 38]


@pytest.mark.parametrize("fraction", [0.05, 0.2, 0.5, 0.9])
def test_the_share_of_each_class(fraction):
    names = [b"%d/%d.jpg" % (i % 4, i) for i in range(20_000)]
    groups = np.arange(20_000) % 4
    side = split(fraction).validation(names, groups)
    for group in range(4):
        taken = int(side[groups == group].sum())
        assert stats.binomtest(taken, 5000, fraction).pvalue > 1e-4


def test_sides_are_independent_of_the_place_in_the_list():
    """Neither the first nor the last are for validation more often: positions are uniform."""
    where = np.flatnonzero(split(0.2).validation(many(20_000), np.zeros(20_000, np.int64)))
    assert stats.kstest(where / 20_000, "uniform").pvalue > 1e-3


def test_another_seed_is_another_split():
    sides = [split(0.5, seed).validation(many(10_000), np.zeros(10_000, np.int64)) for seed in (1, 2)]
    assert abs((sides[0] == sides[1]).mean() - 0.5) < 0.03


@SETTINGS
@given(st.integers(30, 200), st.integers(1, 300), st.integers(0, 2**64 - 1), st.randoms())
def test_files_that_are_added_move_no_other(before, added, seed, random):
    names = many(before + added)
    old = set(random.sample(names, before))
    rule = split(0.5, seed)  # 30 files on one side: once in 2**29
    first = dict(zip(sorted(old), rule.validation(sorted(old), np.zeros(before, np.int64)).tolist(), strict=True))
    every = dict(zip(names, rule.validation(names, np.zeros(len(names), np.int64)).tolist(), strict=True))
    assert all(every[name] == first[name] for name in old)


@SETTINGS
@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.floats(0.001, 0.999), st.integers(0, 1000))
def test_small_classes_have_one_on_either_side(sizes, fraction, seed):
    names = [b"%d/%d" % (group, i) for group, size in enumerate(sizes) for i in range(size)]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    side = split(fraction, seed).validation(names, groups)
    for group, size in enumerate(sizes):
        if size > 1:
            assert 0 < side[groups == group].sum() < size


def test_an_image_that_stands_in_two_rows_is_on_one_side():
    names = [b"a", b"a", b"b", b"b", b"b"]
    for seed in range(40):
        side = split(0.05, seed).validation(names, np.zeros(5, np.int64))
        assert side[0] == side[1] != side[2] == side[3] == side[4]
        same = split(0.5, seed).validation([b"a", b"a"], np.zeros(2, np.int64))
        assert same[0] == same[1]


def test_a_folder_is_split(tmp_path):
    files = {f"{name}/{'deep/' if i % 2 else ''}{i}.png": None for name in ("a", "b") for i in range(30)}
    tree(tmp_path, files)
    options = {"validation_split": 0.3, "split_seed": 3}
    train, validation = (sb.FolderSource(tmp_path, subset=side, **options) for side in ("training", "validation"))
    everything = sb.FolderSource(tmp_path)
    assert not set(train.paths) & set(validation.paths)
    assert sorted([*train.paths, *validation.paths]) == sorted(everything.paths)
    assert train.classes == validation.classes == everything.classes
    known = dict(zip(everything.paths, everything.labels.tolist(), strict=True))
    for part in (train, validation):
        assert [known[path] for path in part.paths] == part.labels.tolist()
        assert list(part.paths) == [path for path in everything.paths if path in set(part.paths)]
    unlabelled = sb.FolderSource(tmp_path, subset="validation", label_mode="none", **options)
    assert set(unlabelled.paths) == set(validation.paths)


def test_a_folder_that_was_moved_splits_alike(tmp_path):
    files = {f"a/{i}.png": b"" for i in range(50)}
    sides = [
        sb.FolderSource(tree(tmp_path / name, files), validation_split=0.4, subset="validation").paths
        for name in ("here", "somewhere/else")
    ]
    assert [path.rsplit("/", 1)[1] for path in sides[0]] == [path.rsplit("/", 1)[1] for path in sides[1]]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"validation_split": 0.2}, "validation_split needs subset="),
        ({"subset": "training"}, "needs validation_split="),
        ({"validation_split": 0, "subset": "training"}, "must lie between 0 and 1, got 0"),
        ({"validation_split": 1.0, "subset": "training"}, "must lie between 0 and 1"),
        ({"validation_split": 20, "subset": "training"}, "from 0.0 to 1.0"),
        ({"validation_split": 0.5, "subset": "both"}, "subset must be one of 'training', 'validation'"),
        ({"validation_split": 0.5, "subset": "training", "split_seed": -1}, "split_seed must be"),
    ],
)
def test_splits_that_are_wrong(options, told, tmp_path):
    with pytest.raises(sb.SpecError, match=told):
        sb.FolderSource(tree(tmp_path, {"a/1.png": b"", "a/2.png": b""}), **options)


def test_a_side_without_files_is_an_error(tmp_path):
    tree(tmp_path, {"a/1.png": b""})
    with pytest.raises(sb.SpecError, match="leaves no file for training, of 1"):
        sb.FolderSource(tmp_path, validation_split=0.999999, subset="training")


def test_small_classes_of_a_table_have_one_on_either_side():
    table = {"path": [f"{i}.png" for i in range(40)], "y": [i // 2 for i in range(40)]}
    for side in ("training", "validation"):
        part = sb.TableSource(table, label="y", validation_split=0.3, subset=side)
        assert part.labels.tolist() == list(range(20))
