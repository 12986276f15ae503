"""Files that are no images: each is named, with the reason, and nothing hangs or crashes."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import samebatch as sb
from image_files import content, picture
from picture_files import DAMAGES, PIPELINE, misnamed, pictures
from samebatch import _native

BROKEN = 4


def batches_of(paths, threads=2, **options):
    source = sb.FileSource(paths, np.arange(len(paths)), **options)
    return sb.Batches(source, PIPELINE, batch_size=len(paths), shuffle=False, threads=threads)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("threads", [1, 3])
def test_the_sample_the_file_and_the_reason_are_named(tmp_path, damage, threads):
    paths = pictures(tmp_path, 9, forms=(("png", "RGB"),))
    damage(paths[BROKEN])
    with pytest.raises(sb.DecodeError, match=DAMAGES[damage]) as caught:
        batches_of(paths, threads).batch(0, 0)
    assert str(caught.value).startswith(f"sample {BROKEN}: {paths[BROKEN]!r}: ")


@pytest.mark.parametrize(
    "damage", [damage for damage in DAMAGES if damage.__name__ not in ("link_to_itself", "too_long")]
)
def test_read_tells_the_same(tmp_path, damage):
    """One that has too many pixels a side can be read, and loops of links are the system's words."""
    paths = pictures(tmp_path, BROKEN + 1, forms=(("png", "RGB"),))
    damage(paths[BROKEN])
    batches = batches_of(paths)
    with pytest.raises(sb.DecodeError) as by_batch:
        batches.batch(0, 0)
    with pytest.raises(sb.DecodeError) as by_read:
        batches.source.read(BROKEN)
    assert str(by_batch.value) == str(by_read.value)


def test_of_several_the_first_is_named_however_threads_race(tmp_path):
    paths = pictures(tmp_path)
    for number in (6, 7, 15, 22):
        misnamed(paths[number])
    for threads in (1, 2, 7):
        for _ in range(10):
            with pytest.raises(sb.DecodeError, match=r"^sample 6: "):
                batches_of(paths, threads).batch(0, 0)


def test_after_an_error_the_next_batch_is_right(tmp_path):
    paths = pictures(tmp_path)
    batches = sb.Batches(sb.FileSource(paths), PIPELINE, batch_size=4, shuffle=False)
    expected = [batches.batch(1, step).digest() for step in range(batches.steps)]
    whole = Path(paths[5]).read_bytes()
    misnamed(paths[5])
    steps = batches.epoch(1)
    found = []
    for step in range(batches.steps):
        if step == 1:
            with pytest.raises(sb.DecodeError, match="sample 5"):
                next(steps)
            found.append(expected[1])
        else:
            found.append(next(steps).digest())
    assert found == expected
    Path(paths[5]).write_bytes(whole)
    assert batches.batch(1, 1).digest() == expected[1]


def test_files_that_vanish_while_training(tmp_path):
    paths = pictures(tmp_path)
    batches = sb.Batches(sb.FileSource(paths), PIPELINE, batch_size=5, seed=1)
    steps = batches.epoch(0, prefetch=0)
    next(steps)
    lost = int(batches.indices(0, 3)[0])
    Path(paths[lost]).unlink()
    next(steps)
    next(steps)
    with pytest.raises(sb.DecodeError, match=rf"sample {lost}: .*there is no such file"):
        next(steps)


def test_a_file_that_changes_is_what_it_is_when_it_is_read(tmp_path):
    paths = pictures(tmp_path, 3)
    batches = sb.Batches(sb.FileSource(paths), PIPELINE, batch_size=3, shuffle=False)
    before = batches.batch(0, 0)
    Path(paths[1]).write_bytes(content(picture(99, (30, 31))))
    after = batches.batch(0, 0)
    np.testing.assert_array_equal(after.x[[0, 2]], before.x[[0, 2]])
    assert not np.array_equal(after.x[1], before.x[1])
    expected = PIPELINE(batches.source.read(1)[np.newaxis], seed=0)
    assert expected.shape[1:] == after.x.shape[1:]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file: run as a user")
def test_files_that_may_not_be_read(tmp_path):
    paths = pictures(tmp_path, 3)
    Path(paths[1]).chmod(0)
    with pytest.raises(sb.DecodeError, match=r"sample 1: .*permission denied; let this user read it"):
        batches_of(paths).batch(0, 0)


def test_a_file_of_two_gigabytes_is_refused_unread(tmp_path):
    paths = pictures(tmp_path, 2)
    with Path(paths[1]).open("wb") as file:
        file.truncate(2**31)  # a hole: it fills no disk
    with pytest.raises(sb.DecodeError, match=r"sample 1: .*it has 2147483648 bytes, and files of 2\*\*31"):
        batches_of(paths).batch(0, 0)


def test_files_that_the_system_makes_up(tmp_path):
    paths = pictures(tmp_path, 2)
    Path(paths[1]).unlink()
    Path(paths[1]).symlink_to("/proc/self/status")
    with pytest.raises(sb.DecodeError, match=r"sample 1: .*not an image|it is empty"):
        batches_of(paths).batch(0, 0)


def test_too_many_pixels_are_a_matter_of_pillows_number(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    Image.new("RGB", (40, 40)).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 700)
    with pytest.raises(sb.DecodeError, match=r"it has too many pixels .*MAX_IMAGE_PIXELS"):
        batches_of([path]).batch(0, 0)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert batches_of([path]).batch(0, 0).x.shape == (1, 9, 11, 3)


class OwnError(BaseException):
    """Neither an Exception nor known to anyone."""


@pytest.mark.parametrize("error", [KeyboardInterrupt("told"), SystemExit(3), MemoryError("none left"), OwnError(1, 2)])
@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("skip", [False, True])
def test_what_is_not_about_the_file_comes_as_it_is(tmp_path, error, threads, skip):
    def broken_off(_):
        raise error

    with pytest.raises(type(error)) as caught:
        call(tmp_path, broken_off, threads, [] if skip else None)
    assert caught.value is error


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (None, "TypeError: the fallback returned .*NoneType"),
        (np.zeros((2, 2, 3), np.float32), "no array of uint8 with 3 axes"),
        (np.zeros((2, 2), np.uint8), "no array of uint8 with 3 axes"),
        (np.zeros((2, 2, 4), np.uint8), "4 channels, not 3"),
        (np.zeros((0, 2, 3), np.uint8), "it has 0 x 2 pixels"),
    ],
)
def test_a_fallback_that_returns_no_image(tmp_path, made, told):
    with pytest.raises(sb.DecodeError, match=told):
        call(tmp_path, lambda _: made)


def test_a_fallbacks_array_may_lie_in_memory_in_any_way(tmp_path):
    image = np.random.default_rng(1).integers(0, 256, (7, 6, 3), np.uint8)
    expected = call(tmp_path, lambda _: image)
    for other in (np.asfortranarray(image), image[::-1].copy()[::-1], np.repeat(image, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(call(tmp_path, lambda _, other=other: other), expected)


def test_a_fallback_runs_while_other_python_threads_do(tmp_path):
    """It attaches from native threads: while they wait for Python's lock, Python waits for none of theirs."""
    turns = []
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            turns.append(1)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for _ in range(20):
            call(tmp_path, lambda _: np.zeros((2, 2, 3), np.uint8), 4)
    finally:
        stop.set()
        thread.join()
    assert turns


def call(folder, fallback, threads=1, skipped=None):
    """Render 12 files that every native decoder declines."""
    path = Path(folder, "file")
    path.write_bytes(b"no image")
    name = os.fsencode(path)
    files = _native.Files(name * 12, len(name) * np.arange(1, 13), "rgb", False, False, fallback)
    native = _native.Pipeline(PIPELINE.to_json(), None, None, 3, "uint8", 0.0, 255.0)
    return native.batch(files, np.arange(12), 0, 0, np.zeros(12, np.uint64), threads, None, skipped)
