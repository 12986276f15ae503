"""The benchmarks that start from files: what they read is what it is said to be, and a wrong reading is found out."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

pytest.importorskip("rich")
pytest.importorskip("scipy")
pytest.importorskip("sklearn")

import samebatch as sb
from benches import folder, work
from benches.peers import file_peer, opencv_files
from benches.works import files
from samebatch import reference
from samebatch.cli.workload import WrongOutputError

BATCH = 16
ORDER = (sb.RandomFlip, sb.RandomRotation, sb.RandomZoom, sb.RandomShift, sb.RandomBrightness, sb.Normalize)
"""As peers have it, who shift last: each transform moves what the ones before it made."""


@pytest.fixture(scope="module")
def place():
    with folder.provided():
        yield folder.filled(quick=True)


def honest(place, draws, batch, **broken):
    """Return the next batches of a peer that is samebatch itself, but for what is broken."""
    source = sb.FolderSource(place)
    transforms = sorted(work.pipeline(draws).transforms, key=lambda one: ORDER.index(type(one)))
    pipeline = sb.Pipeline(transforms, size=(work.SIZE, work.SIZE))
    of = sb.Batches(source, pipeline, batch_size=batch, seed=1, threads=1)
    steps = iter(range(10**6))

    def following():
        made = of.batch(*divmod(next(steps), of.steps))
        return broken.get("x", np.array)(made.x), broken.get("y", np.array)(made.y)

    return following


def peer(**broken):
    return file_peer.FilePeer("peer", lambda *how: honest(*how, **broken), "samebatch")


def test_the_files_are_what_the_work_says(place):
    paths, labels = folder.listed(place)
    assert len(paths) == folder.count(quick=True) == 2 * work.BATCH
    assert 400 <= folder.count(quick=False) == work.BATCH * (folder.count(quick=False) // work.BATCH)
    assert [Path(path).parent.name for path in paths] == [folder.CLASSES[label] for label in labels]
    for path in paths[::40]:
        with Image.open(path) as opened:
            assert (opened.format, opened.size, opened.mode) == ("JPEG", (500, 375), "RGB")
            assert JpegImagePlugin.get_sampling(opened) == 2  # 4:2:0
    assert len({Path(path).read_bytes() for path in paths}) == len(paths)


def test_a_run_has_one_folder_and_leaves_nothing(monkeypatch):
    monkeypatch.delenv(folder.PLACE, raising=False)
    with folder.provided():
        first, root = folder.filled(quick=True), Path(os.environ[folder.PLACE])
        times = [path.stat().st_mtime_ns for path in first.rglob("*.jpg")]
        assert folder.filled(quick=True) == first
        assert [path.stat().st_mtime_ns for path in first.rglob("*.jpg")] == times
    assert not root.exists()
    assert folder.PLACE not in os.environ


def test_an_honest_peer_passes(place):
    words = peer().ready(place, work.MAIN, BATCH).verify()
    assert "within 0." in words
    assert words.endswith("every label of an epoch")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"x": lambda x: x[:, ::-1]}, "its flip is"),
        ({"x": lambda x: x[..., ::-1]}, "its flip is"),
        ({"y": lambda y: 1 - y}, "levels off in its mean colour"),
        ({"y": np.zeros_like}, "128 labels of china, expected 64"),
    ],
)
def test_a_peer_that_reads_wrongly_is_found_out(place, broken, said):
    with pytest.raises(WrongOutputError, match=said):
        peer(**broken).ready(place, work.MAIN, BATCH).verify()


def test_reading_alone_is_compared_with_pillow(place):
    paths, labels = folder.listed(place)
    batch = files.batches(place).evaluation().batch(0, 0)
    x, y = np.array(batch.x), batch.y
    paths, labels = [paths[row] for row in batch.indices], labels[batch.indices]
    file_peer.check_read(x, y, paths, labels)
    with pytest.raises(WrongOutputError, match="labels are not those"):
        file_peer.check_read(x, 1 - y, paths, labels)
    with pytest.raises(WrongOutputError, match="levels off on average"):
        file_peer.check_read(np.roll(x, 1, axis=2), y, paths, labels)


@pytest.mark.parametrize("fast", [False, True])
def test_samebatch_is_verified(place, fast, monkeypatch):
    of = files.batches(place, fast=fast)
    assert ("every byte" in files.verify(of, place, fast=fast)) is not fast
    right = reference.batch

    def wrong(*args):
        x, indices = right(*args)
        x.view(np.uint8)[1, 0, 0, 0] ^= 1
        return x, indices

    monkeypatch.setattr(reference, "batch", wrong)
    if not fast:
        with pytest.raises(WrongOutputError, match="image 1 of the batch differs from the reference"):
            files.verify(of, place)


@pytest.mark.parametrize(("shift", "right"), [(0, True), (1, False)])
def test_a_resize_that_is_off_by_a_pixel_is_found_out(shift, right):
    def resize(source, rows):
        images = [Image.fromarray(source[row]).resize((work.SIZE, work.SIZE), Image.Resampling.HAMMING) for row in rows]
        return np.roll(np.stack(images), shift, axis=2)

    if right:
        assert "within 0." in opencv_files._check_resizing(resize)
    else:
        with pytest.raises(WrongOutputError, match="levels off Pillow"):
            opencv_files._check_resizing(resize)
