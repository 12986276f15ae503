"""The benches' checks can fail, and when they do no number is shown."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from samebatch.cli import packages, photographs, timing, workload

ROOT = Path(__file__).parents[1]


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


def test_a_wrong_output_shows_no_number(monkeypatch, capsys):
    pytest.importorskip("rich")
    monkeypatch.syspath_prepend(ROOT)
    benches, against_idg, harness = (
        import_module(f"benches.{name}") for name in ("__main__", "against_idg", "harness")
    )
    worked = []

    def fail():
        raise workload.WrongOutputError("the peer turned the image the wrong way")

    wrong = [
        harness.Contender("samebatch", lambda: None, lambda: worked.append(1) or 1),
        harness.Contender("peer", fail, lambda: worked.append(1) or 1),
    ]
    monkeypatch.setattr(against_idg, "data", lambda *, quick: (None, f"work {quick}"))
    monkeypatch.setattr(against_idg, "contenders", lambda _: wrong)
    assert benches.main(["--rounds", "1"]) == 1
    assert worked == []
    said = capsys.readouterr().out
    assert "no number, for an output is wrong. the peer turned the image the wrong way" in " ".join(said.split())
    assert "per second" not in said


def test_the_benches_run(tmp_path):
    if packages.missing((packages.KERAS, *packages.EXTRAS_OF_THE_DEMO)):
        pytest.skip("the benches need keras, scikit-learn, scipy and rich")
    results = tmp_path / "results.json"
    answer = subprocess.run(
        [sys.executable, "-m", "benches", "--quick", "--json", str(results)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": "numpy"},
    )
    assert answer.returncode == 0, answer.stderr
    (result,) = json.loads(results.read_text())
    ours, peer = result["contenders"].values()
    assert ours["first_is_times_as_fast"] == 1.0
    assert peer["first_is_times_as_fast"] > 1.0
    assert "images per second" in answer.stdout
