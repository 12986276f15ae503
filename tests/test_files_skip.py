"""Files that give no image, passed over: others stand in their place, the same ones whoever asks."""

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from picture_files import DAMAGES, PIPELINE, misnamed, pictures
from samebatch import reference
from samebatch.batch import skip

BROKEN = (2, 5, 11, 12, 19)


@pytest.fixture
def paths(tmp_path):
    paths = pictures(tmp_path)
    for number in BROKEN:
        misnamed(paths[number])
    return paths


def batches_of(paths, *, batch_size=5, threads=2, balance=None, **options):
    source = sb.FileSource(paths, np.arange(len(paths)) % 3, np.arange(len(paths)) / 7, on_error="skip", **options)
    return sb.Batches(source, PIPELINE, batch_size=batch_size, seed=3, threads=threads, balance=balance)


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("balance", [None, "classes"])
def test_batches_are_those_of_the_reference(paths, threads, balance):
    batches = batches_of(paths, threads=threads, balance=balance)
    missing = set()
    for epoch in range(3):
        for step in range(batches.steps):
            batch = batches.batch(epoch, step)
            x, indices = reference.batch(batches, epoch, step)
            np.testing.assert_array_equal(batch.indices, indices)
            np.testing.assert_array_equal(batch.x, x)
            np.testing.assert_array_equal(batch.y, indices % 3)
            np.testing.assert_array_equal(batch.weights, indices / 7)
            planned, repeats = batches.rows(epoch, step)
            moved = np.isin(planned, BROKEN)
            np.testing.assert_array_equal(batch.indices != planned, moved)
            np.testing.assert_array_equal(batch.repeats, repeats + np.uint64(2**32) * moved)
            assert batch.skipped == tuple(sorted(set(planned[moved].tolist())))
            missing.update(batch.skipped)
    assert missing == set(BROKEN)


def test_a_row_that_stands_in_is_drawn_by_its_own_numbers(paths):
    batches = batches_of(paths)
    batch = next(batch for batch in (batches.batch(0, step) for step in range(5)) if batch.skipped)
    again = batches.samples(0, batch.indices, batch.repeats)
    np.testing.assert_array_equal(again.x, batch.x)
    row = int(np.flatnonzero(batch.repeats)[0])
    assert not np.array_equal(batches.samples(0, [batch.indices[row]]).x[0], batch.x[row])
    for index, image in enumerate(batches.source.read(i) for i in batch.indices.tolist()):
        alone = PIPELINE.params(seed=3, epoch=0, indices=batch.indices[[index]], repeats=batch.repeats[[index]])
        np.testing.assert_array_equal(
            sb.Pipeline(PIPELINE.transforms, size=PIPELINE.size).apply(image[np.newaxis], alone)[0], batch.x[index]
        )


def test_it_is_pure(paths):
    expected = {}
    first = batches_of(paths)
    for step in range(first.steps):
        expected[step] = first.batch(1, step).digest()
    other = batches_of(paths, threads=1)
    for step in reversed(range(other.steps)):
        assert other.batch(1, step).digest() == expected[step]
    for step in range(first.steps):
        assert pickle.loads(pickle.dumps(first)).batch(1, step).digest() == expected[step]  # noqa: S301 (our own)
    whole = first.batch(1, 2)
    shards = [first.shard(rank, 2).batch(1, 2) for rank in range(2)]
    np.testing.assert_array_equal(np.concatenate([shard.x for shard in shards]), whole.x)
    out = np.empty_like(whole.x)
    assert first.batch(1, 2, out=out).x is out
    np.testing.assert_array_equal(out, whole.x)


def test_batches_without_broken_files_are_untouched(tmp_path):
    paths = pictures(tmp_path)
    strict = sb.Batches(sb.FileSource(paths), PIPELINE, batch_size=5, seed=3)
    skipping = sb.Batches(sb.FileSource(paths, on_error="skip"), PIPELINE, batch_size=5, seed=3)
    for step in range(strict.steps):
        assert strict.batch(0, step).digest() == skipping.batch(0, step).digest()
    assert skipping.source.skipped == []


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_every_damage_is_passed_over_and_listed(tmp_path, damage):
    paths = pictures(tmp_path, 6, forms=(("png", "RGB"),))
    damage(paths[4])
    batches = batches_of(paths, batch_size=6)
    batch = batches.batch(0, 0)
    assert batch.skipped == (4,)
    assert 4 not in batch.indices
    [(path, reason)] = batches.source.skipped
    assert path == paths[4]
    assert reason
    assert paths[4] not in reason


def test_one_that_is_left_stands_for_all(tmp_path):
    paths = pictures(tmp_path, 9)
    for path in paths[:4] + paths[5:]:
        misnamed(path)
    batches = batches_of(paths, batch_size=9)
    batch = batches.batch(0, 0)
    assert batch.indices.tolist() == [4] * 9
    assert sorted(batch.repeats.tolist()) == [0] + [2**32] * 8
    np.testing.assert_array_equal(batch.x, reference.batch(batches, 0, 0)[0])


def test_none_that_is_left_raises(tmp_path):
    paths = pictures(tmp_path, 20)
    for path in paths:
        misnamed(path)
    told = r"sample \d+: '.*': it is not an image that Pillow knows; and none of the 20 samples that could stand"
    with pytest.raises(sb.DecodeError, match=told):
        batches_of(paths).batch(0, 0)


def test_it_gives_up_after_so_many(tmp_path, monkeypatch):
    """Where nearly nothing is there, looking at a million files for each row would be to hang."""
    monkeypatch.setattr(skip, "MOST_TRIES", 18)
    monkeypatch.setattr(reference.plan, "MOST_TRIES", 18)
    paths = pictures(tmp_path, 40)
    for path in paths[1:]:
        misnamed(path)
    batches = batches_of(paths, batch_size=1)

    def compare(step):
        try:
            indices = reference.batch(batches, 0, step)[1]
        except sb.DecodeError:
            with pytest.raises(sb.DecodeError, match="none of the 18 samples"):
                batches.batch(0, step)
            return "none"
        np.testing.assert_array_equal(batches.batch(0, step).indices, indices)
        return "one"

    outcomes = {compare(step) for step in range(40)}
    assert outcomes == {"none", "one"}


def test_an_epoch_warns_once_at_its_end(paths):
    batches = batches_of(paths)
    steps = batches.epoch(4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(batches.steps):
            next(steps)
    with pytest.warns(sb.SkippedFilesWarning) as caught:
        assert list(steps) == []
    [warning] = caught
    assert warning.filename == __file__
    text = str(warning.message)
    assert text.startswith("5 files give no image, and in epoch 4 other samples stood in their place")
    assert text.count("not an image that Pillow knows") == 3
    assert repr(paths[2]) in text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(steps) == []
        for _ in range(2):
            batches.epoch(4, start=3).close()


def test_an_epoch_of_whole_files_does_not_warn(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for batch in batches_of(pictures(tmp_path)).epoch(0):
            assert batch.skipped == ()


def test_strict_sources_raise(paths):
    source = sb.FileSource(paths)
    batches = sb.Batches(source, PIPELINE, batch_size=23)
    with pytest.raises(sb.DecodeError):
        batches.batch(0, 0)
    assert source.skipped == []


def test_a_file_that_is_mended_is_back(paths):
    batches = batches_of(paths, batch_size=23)
    assert batches.batch(0, 0).skipped == BROKEN
    Path(paths[5]).write_bytes(Path(paths[0]).read_bytes())
    assert batches.batch(0, 0).skipped == (2, 11, 12, 19)
