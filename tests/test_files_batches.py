"""Batches straight from files: the bytes of the reference, however they are made."""

import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import samebatch as sb
from image_files import content, picture
from picture_files import PIPELINE, pictures
from samebatch import _native, reference

EPOCH = 3


@pytest.fixture
def paths(tmp_path):
    return pictures(tmp_path)


def batches_of(paths, pipeline=PIPELINE, *, batch_size=5, seed=7, threads=2, **options):
    return sb.Batches(
        sb.FileSource(paths, np.arange(len(paths)), **options),
        pipeline,
        batch_size=batch_size,
        seed=seed,
        threads=threads,
    )


def assert_is_reference(batches, epoch=EPOCH):
    for step in range(batches.steps):
        batch = batches.batch(epoch, step)
        x, indices = reference.batch(batches, epoch, step)
        np.testing.assert_array_equal(batch.indices, indices)
        np.testing.assert_array_equal(batch.y, indices)
        assert batch.x.dtype == x.dtype
        np.testing.assert_array_equal(batch.x, x)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_batches_are_those_of_the_reference(paths, threads):
    assert_is_reference(batches_of(paths, threads=threads))


@pytest.mark.parametrize("color", ["rgb", "rgba", "grey"])
@pytest.mark.parametrize("upright", [False, True])
def test_every_color_and_orientation(tmp_path, color, upright):
    paths = pictures(tmp_path, 8)
    for number, orientation in enumerate((3, 6, 8)):
        image = picture(number, (9, 14))
        exif = image.getexif()
        exif[0x0112] = orientation
        Path(paths[number]).write_bytes(content(image, "JPEG", exif=exif))
    assert_is_reference(batches_of(paths, color=color, upright=upright))


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_every_layout_and_dtype(paths, layout, dtype):
    pipeline = sb.Pipeline([sb.RandomFlip(), sb.RandomZoom(0.7, 1.4)], size=(10, 9), layout=layout, dtype=dtype)
    assert_is_reference(batches_of(paths[:8], pipeline, batch_size=3))


CUTS = [
    ([sb.RandomResizedCrop(), sb.RandomFlip()], {}),
    ([sb.CenterCrop((7, 6))], {}),
    ([sb.RandomFlip()], {"fit": "crop"}),
    ([sb.RandomFlip()], {"fit": "pad", "resample": "bicubic"}),
]


@pytest.mark.parametrize(("transforms", "fields"), CUTS)
def test_what_is_cut_out_of_images_of_many_sizes(paths, transforms, fields):
    assert_is_reference(batches_of(paths, sb.Pipeline(transforms, size=(8, 9), **fields)))


@pytest.mark.parametrize(("transforms", "fields"), CUTS[:2])
def test_what_is_cut_out_is_never_decoded_at_a_reduced_scale(tmp_path, transforms, fields):
    path = tmp_path / "large.jpg"
    path.write_bytes(content(picture(1, (64, 80)), "JPEG"))
    pipeline = sb.Pipeline(transforms, size=(8, 9), **fields)
    assert_is_reference(batches_of([path], pipeline, fast=True))
    plain = sb.Pipeline(size=(8, 9))
    fast, slow = (batches_of([path], plain, fast=fast).batch(0, 0).x for fast in (True, False))
    assert not np.array_equal(fast, slow)


@pytest.mark.parametrize(("size", "scale"), [((26, 36), 2), ((27, 36), 1), ((26, 37), 1), ((13, 17), 4), ((6, 1), 8)])
def test_fast_is_pillows_draft_of_three_quarters_of_the_size(tmp_path, size, scale):
    path = tmp_path / "some.jpg"
    path.write_bytes(content(picture(1, (41, 55)), "JPEG", quality=95))
    with Image.open(path) as image:
        image.draft("RGB", (55 // scale, 41 // scale))
        drafted = np.asarray(image)[np.newaxis]
    assert drafted.shape[1:3] == (-(-41 // scale), -(-55 // scale))
    pipeline = sb.Pipeline([sb.RandomFlip(), sb.Rescale(1 / 255)], size=size)
    expected = sb.Batches(sb.ArraySource(drafted), pipeline, seed=7).batch(EPOCH, 0).x
    np.testing.assert_array_equal(batches_of([path], pipeline, fast=True).batch(EPOCH, 0).x, expected)


@pytest.mark.parametrize("level", _native.levels())
def test_every_level_gives_the_same_bytes(paths, level):
    batches = batches_of(paths)
    script = (
        "import pickle, sys; batches = pickle.load(sys.stdin.buffer); from samebatch import _native;"
        f"assert _native.level() == {level!r};"
        f"print([batches.batch({EPOCH}, step).digest() for step in range(batches.steps)])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        input=pickle.dumps(batches),
        capture_output=True,
        check=True,
        env={"SAMEBATCH_LEVEL": level, "PYTHONPATH": ":".join(sys.path)},
    )
    assert run.stdout.decode().strip() == str([batches.batch(EPOCH, step).digest() for step in range(batches.steps)])


def test_files_of_one_size_are_the_batches_of_their_array(tmp_path):
    paths = []
    for number in range(11):
        path = tmp_path / f"{number}.png"
        path.write_bytes(content(picture(number, (9, 7))))
        paths.append(path)
    images = np.stack([sb.FileSource(paths).read(i) for i in range(11)])
    in_files = batches_of(paths, batch_size=4)
    in_array = sb.Batches(sb.ArraySource(images, np.arange(11)), PIPELINE, batch_size=4, seed=7)
    for step in range(3):
        assert in_files.batch(2, step).digest() == in_array.batch(2, step).digest()


def test_names_of_any_bytes(tmp_path):
    data = content(picture(1))
    names = [
        "with space.png",
        "ünïcode-猫.png",
        "quote'\".png",
        b"not-utf8-\xff.png".decode(errors="surrogateescape"),
        "new\nline.png",
    ]
    for name in names:
        (tmp_path / name).write_bytes(data)
    missing = tmp_path / b"gone-\xff.png".decode(errors="surrogateescape")
    paths = [tmp_path / name for name in names]
    assert_is_reference(batches_of(paths))
    tif = content(picture(1), "TIFF")  # asks the fallback, by name
    for path in paths:
        path.write_bytes(tif)
    assert_is_reference(batches_of(paths))
    with pytest.raises(sb.DecodeError, match="gone-"):
        batches_of([missing]).batch(0, 0)


def test_any_order_samples_shards_and_out(paths):
    batches = batches_of(paths)
    whole = batches.batch(EPOCH, 1)
    parts = [batches.shard(rank, 3).batch(EPOCH, 1) for rank in range(3)]
    np.testing.assert_array_equal(np.concatenate([part.x for part in parts]), whole.x)
    some = batches.samples(EPOCH, whole.indices[::-1])
    np.testing.assert_array_equal(some.x, whole.x[::-1])
    out = np.zeros_like(whole.x)
    assert batches.batch(EPOCH, 1, out=out).x is out
    np.testing.assert_array_equal(out, whole.x)
    ahead = [batch.digest() for batch in batches.epoch(EPOCH, prefetch=3)]
    assert ahead == [batches.batch(EPOCH, step).digest() for step in range(batches.steps)]
    assert batches.evaluation().batch(0, 0).indices.tolist() == [0, 1, 2, 3, 4]


def test_threads_share_one_source(paths):
    batches = batches_of(paths, cache="memory")
    expected = [batches_of(paths).batch(EPOCH, step).digest() for step in range(batches.steps)]
    found = {}

    def ask(number):
        found[number] = [batches.batch(EPOCH, step).digest() for step in range(batches.steps)]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == dict.fromkeys(range(4), expected)


def test_a_pickle_holds_paths_and_no_pixels(paths):
    batches = batches_of(paths, cache="memory")
    digest = batches.batch(0, 0).digest()
    data = pickle.dumps(batches)
    assert len(data) < 4000 + 2 * sum(map(len, paths))
    copy = pickle.loads(data)  # noqa: S301 (our own)
    assert copy.source.native.cached == 0
    assert copy.batch(0, 0).digest() == digest


def test_a_folder_source_pickles(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pictures(tmp_path / name, 3)
    batches = sb.Batches(sb.FolderSource(tmp_path), PIPELINE, batch_size=4)
    copy = pickle.loads(pickle.dumps(batches))  # noqa: S301 (our own)
    assert copy.batch(1, 1).digest() == batches.batch(1, 1).digest()
    assert copy.source.classes == ["a", "b"]
    assert repr(copy.source) == repr(batches.source)


def test_files_need_a_size(paths):
    with pytest.raises(sb.SpecError, match=r"differ in size.*size=\(224, 224\)"):
        sb.Batches(sb.FileSource(paths), sb.Pipeline([sb.RandomFlip()]))


def test_a_native_pipeline_of_another_kind_refuses_files(paths):
    files = sb.FileSource(paths, color="grey").native
    for channels, dtype, high in ((3, "uint8", 255.0), (1, "float32", 1.0)):
        native = _native.Pipeline(PIPELINE.to_json(), None, None, channels, dtype, 0.0, high)
        with pytest.raises(sb.ShapeError, match="files are Uint8 with 1 channels"):
            native.batch(files, np.zeros(1, np.int64), 0, 0, np.zeros(1, np.uint64), 1)


def test_native_files_are_checked(paths):
    for ends in ([3, 1], [5], [-1], [1 << 62]):
        with pytest.raises(sb.ShapeError, match="ends of paths must ascend, up to their 4 bytes"):
            _native.Files(b"abcd", np.array(ends), "rgb", False, False, print)
    with pytest.raises(sb.SpecError, match="color must be"):
        _native.Files(b"", np.zeros(0, np.int64), "RGB", False, False, print)
    with pytest.raises(sb.SpecError, match="int64"):
        _native.Files(b"", np.zeros(0), "rgb", False, False, print)
    source = sb.FileSource(paths)
    native = _native.Pipeline(PIPELINE.to_json(), None, None, 3, "uint8", 0.0, 255.0)
    for row in (len(paths), -1):
        with pytest.raises(sb.SpecError, match=rf"rows\[0\] = {row} is out of range for 23 images"):
            native.batch(source.native, np.array([row]), 0, 0, np.zeros(1, np.uint64), 1)


FORKED = """
import os, pickle, sys, threading
batches = pickle.load(sys.stdin.buffer)
expected = [batches.batch(1, step).digest() for step in range(batches.steps)]
stop = threading.Event()
def busy():
    while not stop.is_set():
        batches.batch(2, 0)
thread = threading.Thread(target=busy); thread.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        good = [batches.batch(1, step).digest() for step in range(batches.steps)] == expected
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
stop.set(); thread.join()
print("done")
"""


@pytest.mark.skipif(not hasattr(sys, "getswitchinterval") or sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize("cache", [None, "memory"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_forked_children_read_files_while_the_parent_does(paths, cache):
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED],
        input=pickle.dumps(batches_of(paths, cache=cache)),
        capture_output=True,
        check=False,
        timeout=120,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert run.stdout.decode().strip() == "done", run.stderr.decode()


ENDING = """
import pickle, sys, threading
batches = pickle.load(sys.stdin.buffer)
epoch = batches.epoch(0, prefetch=4)
next(epoch)
def busy():
    while True:
        batches.batch(2, 0)
for _ in range(3):
    threading.Thread(target=busy, daemon=True).start()
next(epoch)
print("ends", flush=True)
"""


def test_the_interpreter_ends_while_files_are_read(tmp_path):
    paths = pictures(tmp_path, 23, forms=(("tif", "RGB"),))  # each asks Python
    for _ in range(5):
        run = subprocess.run(
            [sys.executable, "-c", ENDING],
            input=pickle.dumps(batches_of(paths)),
            capture_output=True,
            check=False,
            timeout=60,
            env={"PYTHONPATH": ":".join(sys.path)},
        )
        assert (run.returncode, run.stdout.decode().strip()) == (0, "ends"), run.stderr.decode()
