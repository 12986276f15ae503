"""The calls besides `batch(epoch, step)`: samples, out=, epoch, and how many threads they use."""

import numpy as np
import pytest

import samebatch as sb
from samebatch import threads
from samples import BATCHED, assert_equal


class TestSamples:
    def test_any_samples_in_any_order(self, train):
        batch = train.batch(2, 1)
        order = np.array([3, 0, 7, 3])
        chosen = train.samples(2, batch.indices[order])
        np.testing.assert_array_equal(chosen.x, batch.x[order])
        np.testing.assert_array_equal(chosen.y, batch.y[order])
        np.testing.assert_array_equal(chosen.weights, batch.weights[order])
        assert (chosen.epoch, chosen.step) == (2, None)
        assert "step=None" in repr(chosen)

    def test_repeats(self, train):
        three = train.samples(0, [4, 4, 4], repeats=[0, 1, 0])
        np.testing.assert_array_equal(three.x[0], three.x[2])
        assert (three.x[0] != three.x[1]).any()
        assert three.params == BATCHED.params(seed=7, indices=[4, 4, 4], repeats=[0, 1, 0])

    def test_none_at_all(self, train):
        assert train.samples(0, []).x.shape == (0, 12, 10, 3)

    @pytest.mark.parametrize(
        ("arguments", "error", "told"),
        [
            ((0, [23]), IndexError, r"indices\[0\] is 23, out of range: they go from 0 to 22"),
            ((0, [0, -1]), IndexError, r"indices\[1\] is -1"),
            ((0, [1.0]), TypeError, "indices must be whole numbers"),
            ((-1, [1]), IndexError, "epoch -1"),
            ((0, [1], [0, 0]), sb.ShapeError, "repeats has length 2"),
            ((0, 1), sb.ShapeError, "indices must be a sequence"),
        ],
    )
    def test_what_is_refused(self, train, arguments, error, told):
        with pytest.raises(error, match=told):
            train.samples(*arguments)


class TestOut:
    def test_it_is_filled_and_returned(self, train):
        room = np.full((10, 12, 10, 3), 7, np.float32)
        batch = train.batch(0, 0, out=room[1:9])
        np.testing.assert_array_equal(room[1:9], train.batch(0, 0).x)
        assert np.shares_memory(batch.x, room)
        assert (room[0] == 7).all()
        assert (room[9] == 7).all()
        train.samples(0, [3], out=room[:1])
        np.testing.assert_array_equal(room[:1], train.samples(0, [3]).x)

    @pytest.mark.parametrize(
        "out",
        [
            np.zeros((8, 12, 10, 4), np.float32),
            np.zeros((7, 12, 10, 3), np.float32),
            np.zeros((8, 12, 10, 3), np.float64),
            np.zeros((8, 12, 10, 3), ">f4"),
            np.zeros((8, 12, 10, 6), np.float32)[..., ::2],
            np.zeros((8, 12, 10, 3), np.float32)[::-1],
            np.asfortranarray(np.zeros((8, 12, 10, 3), np.float32)),
            np.broadcast_to(np.float32(0), (8, 12, 10, 3)),
        ],
    )
    def test_what_is_refused(self, train, out):
        before = out.tobytes()
        with pytest.raises((sb.ShapeError, sb.PixelError, sb.SpecError), match="out"):
            train.batch(0, 0, out=out)
        assert out.tobytes() == before

    def test_no_array(self, train):
        with pytest.raises(TypeError, match="out"):
            train.batch(0, 0, out=[])

    def test_the_source_is_no_place_for_results(self, images_u8):
        before = images_u8.copy()
        batches = sb.Batches(sb.ArraySource(images_u8), sb.Pipeline([sb.RandomFlip(1)], dtype="uint8"), batch_size=23)
        with pytest.raises(ValueError, match="out"):
            batches.batch(0, 0, out=images_u8)
        np.testing.assert_array_equal(images_u8, before)


class TestEpoch:
    @pytest.mark.parametrize("start", [0, 1, 3])
    def test_it_iterates_from_a_step_on(self, train, start):
        steps = list(train.epoch(2, start=start))
        assert [(batch.epoch, batch.step) for batch in steps] == [(2, step) for step in range(start, 3)]
        for batch in steps:
            assert_equal(batch, train.batch(2, batch.step))

    @pytest.mark.parametrize(
        ("arguments", "error", "told"),
        [
            ((-1,), IndexError, "epoch -1 is out of range"),
            ((0, 4), IndexError, "start 4 is out of range: an epoch has 3 steps"),
            ((0, -1), IndexError, "start -1 is out of range"),
            ((0.0,), TypeError, "epoch must be a whole number"),
        ],
    )
    def test_it_refuses_at_once(self, train, arguments, error, told):
        with pytest.raises(error, match=told):
            train.epoch(*arguments)


class TestThreads:
    def test_what_the_user_says_comes_first(self, monkeypatch):
        monkeypatch.setenv("SAMEBATCH_THREADS", "3")
        assert threads.resolve_threads(5) == 5
        assert threads.resolve_threads(None) == 3

    def test_else_all_cores(self, monkeypatch):
        monkeypatch.delenv("SAMEBATCH_THREADS", raising=False)
        monkeypatch.setattr(threads._native, "available_threads", lambda: 11)
        assert threads.resolve_threads(None) == 11
        monkeypatch.setenv("SAMEBATCH_THREADS", "")
        assert threads.resolve_threads(None) == 11

    def test_one_in_a_worker(self, monkeypatch):
        monkeypatch.delenv("SAMEBATCH_THREADS", raising=False)
        monkeypatch.setattr(threads._native, "available_threads", lambda: 11)
        monkeypatch.setattr("multiprocessing.current_process", lambda: type("Worker", (), {"daemon": True}))
        assert threads.resolve_threads(None) == 1
        assert threads.resolve_threads(4) == 4

    @pytest.mark.parametrize("told", ["0", "-1", "two", "1.5", "1025", "٣"])
    def test_what_the_environment_may_not_say(self, monkeypatch, told):
        monkeypatch.setenv("SAMEBATCH_THREADS", told)
        with pytest.raises(sb.SpecError, match="SAMEBATCH_THREADS must be a whole number from 1 to 1024"):
            threads.resolve_threads(None)
