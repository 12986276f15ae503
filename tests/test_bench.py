"""What the demo and the benchmarks measure with: taking turns, medians, and checks that can fail."""

import numpy as np
import pytest

import samebatch as sb
from samebatch.cli import photographs, timing, workload


class Peer:
    """Does what ImageDataGenerator does, but for what a test breaks."""

    def __init__(self, broken=""):
        self.broken = broken

    def apply_transform(self, image, params):
        name, value = next(iter(params.items()))
        if name == self.broken:
            return image + 2
        if name == "theta":
            return workload._with_scipy(image, value, *(params[key] for key in ("tx", "ty", "zx", "zy")))
        if name == "flip_horizontal":
            return image[:, ::-1]
        if name == "brightness":
            return np.floor(image * value)
        return np.clip(image + value, image.min(), image.max())

    def standardize(self, image):
        return image if self.broken == "standardize" else (image / 255 - workload.MEAN) / workload.STD


@pytest.fixture
def images():
    pytest.importorskip("sklearn")
    return photographs.crops(5, 32)


@pytest.fixture
def batches(images):
    return sb.Batches(sb.ArraySource(images), workload.pipeline(), batch_size=5, seed=1, threads=1)


def test_contenders_take_turns_and_the_order_reverses():
    now, calls = [0.0], []

    def contender(name, images, seconds):
        def work():
            calls.append(name)
            now[0] += seconds
            return images

        return work

    work = {"a": contender("a", 100, 1.0), "b": contender("b", 10, 2.0)}
    ticks = []
    rates = timing.race(work, 3, tick=lambda: ticks.append(1), clock=lambda: now[0])
    assert calls == ["a", "b", "a", "b", "b", "a", "a", "b"]
    assert len(ticks) == len(calls)
    assert rates.rounds == {"a": (100.0,) * 3, "b": (5.0,) * 3}


def test_medians_and_ratios():
    rates = timing.Rates({"a": (10.0, 30.0, 20.0), "b": (5.0, 3.0, 1.0)})
    assert rates.median("a") == 20.0
    assert rates.ratios("a", "b") == (2.0, 10.0, 20.0)
    assert rates.ratio("a", "b") == 10.0


def test_no_rounds_are_refused():
    with pytest.raises(ValueError, match="rounds must be at least 1, got 0"):
        timing.race({}, 0)


def test_the_check_of_samebatch_passes_on_what_is_right(batches):
    workload.check_samebatch(batches, epoch=2, step=0)


def test_the_check_of_samebatch_fails_on_one_wrong_byte(batches, monkeypatch):
    right = workload.reference.render_rows

    def wrong(*arguments):
        x = right(*arguments)
        x.reshape(-1).view(np.uint8)[0] ^= 1
        return x

    monkeypatch.setattr(workload.reference, "render_rows", wrong)
    with pytest.raises(workload.WrongOutputError, match="image 0 of the batch differs from the reference"):
        workload.check_samebatch(batches, epoch=0, step=0)


def test_the_check_of_keras_passes_on_what_is_right(images):
    pytest.importorskip("scipy")
    workload.check_keras(Peer(), images, np.zeros((5, 32, 32, 3), np.float32))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("theta", "geometry"),
        ("flip_horizontal", "flip"),
        ("brightness", "brightness"),
        ("channel_shift_intensity", "channel shift"),
        ("standardize", "normalisation"),
    ],
)
def test_the_check_of_keras_fails_on_a_broken_stage(images, broken, said):
    pytest.importorskip("scipy")
    with pytest.raises(workload.WrongOutputError, match=f"its {said} is "):
        workload.check_keras(Peer(broken), images, np.zeros((5, 32, 32, 3), np.float32))


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((5, 32, 32, 3), np.float64),
        np.zeros((4, 32, 32, 3), np.float32),
        np.full((5, 32, 32, 3), 255, np.float32),
        np.full((5, 32, 32, 3), np.nan, np.float32),
    ],
)
def test_the_check_of_keras_fails_on_a_batch_that_cannot_be_right(images, batch):
    pytest.importorskip("scipy")
    with pytest.raises(workload.WrongOutputError, match="ImageDataGenerator"):
        workload.check_keras(Peer(), images, batch)


def test_crops_are_the_photographs_own_pixels():
    pytest.importorskip("sklearn")
    crops = photographs.crops(4, 200)
    windows = [np.lib.stride_tricks.sliding_window_view(p, (200, 200, 3))[:, :, 0] for p in photographs.load()]
    for i, crop in enumerate(crops):
        corners = np.argwhere((windows[i % 2][:, :, 0, 0] == crop[0, 0]).all(axis=2))
        assert any(np.array_equal(windows[i % 2][top, left], crop) for top, left in corners)
    np.testing.assert_array_equal(crops, photographs.crops(4, 200))
