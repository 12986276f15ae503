"""Statistics of whatever can be read: arrays, files, folders, and what a pipeline makes of them."""

import io
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image

import samebatch as sb
from samebatch.source import Source
from samebatch.statistics import progress


class Rows(Source):
    """A source of its own kind, of which statistics may ask ``read`` alone; the later images come sooner."""

    labels = weights = height = width = native = value_range = channels = dtype = None

    def __init__(self, images, *, slow=False):
        self.images, self.slow, self.threads = images, slow, set()
        self.value_range = sb.ArraySource(images).value_range
        self.channels, self.dtype = images.shape[3], str(images.dtype)

    def __len__(self):
        return len(self.images)

    def read(self, index):
        self.threads.add(threading.get_ident())
        if self.slow:
            time.sleep(0.002 * (len(self) - index) / len(self))
        return self.images[index].copy()


@pytest.fixture
def folder(tmp_path):
    """40 images of different sizes in two classes, and their pixels."""
    random, pixels = np.random.default_rng(3), []
    for index in range(40):
        image = random.integers(0, 256, (5 + index % 7, 4 + index % 5, 3), dtype=np.uint8)
        path = tmp_path / "train" / "ab"[index // 20] / f"{index:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
        pixels.append(image)
    return tmp_path / "train", pixels


@pytest.mark.parametrize("fixture", ["images_u8", "images_f32"])
@pytest.mark.parametrize("robust", [None, "iqr", (2, 98)])
def test_neither_threads_nor_the_kind_of_source_count(fixture, robust, request):
    images = request.getfixturevalue(fixture)
    expected = sb.Statistics.of(sb.ArraySource(images), robust=robust, threads=1)
    for threads in (1, 2, 7):
        source = Rows(images, slow=True)
        assert sb.Statistics.of(source, robust=robust, threads=threads) == expected
        assert len(source.threads) == 1 if threads == 1 else len(source.threads) > 1
        assert sb.Statistics.of(sb.ArraySource(images), robust=robust, threads=threads) == expected


def test_files_and_folders(folder):
    root, pixels = folder
    flat = np.concatenate([image.reshape(-1, 3) for image in pixels])
    expected = sb.Statistics.of(sb.ArraySource(flat.reshape(1, 1, -1, 3)))
    for source in (sb.FolderSource(root), sb.FileSource(sorted(root.rglob("*.png"))[::-1])):
        for threads in (1, 2, 7):
            found = sb.Statistics.of(source, threads=threads)
            assert (found.samples, found.count, found.histogram) == (40, len(flat), expected.histogram)
            assert found.mean == expected.mean
            assert found.std == expected.std
            assert sb.Normalize.fit(source, threads=threads) == sb.Normalize(expected.mean, expected.std)
    assert sb.Statistics.of(sb.FolderSource(root)) == sb.Statistics.of(sb.FileSource(list(root.rglob("*.png"))))


def test_a_changed_file_does_not_match(folder):
    root, pixels = folder
    found = sb.Statistics.of(sb.FolderSource(root))
    assert found.matches(sb.FolderSource(root))
    pixels[7][2, 1, 0] ^= 1
    Image.fromarray(pixels[7]).save(root / "a" / "07.png")
    assert not found.matches(sb.FolderSource(root))


@pytest.mark.parametrize("threads", [1, 4])
def test_the_first_file_that_gives_no_image_is_named(folder, threads):
    root, pixels = folder
    for name in ("a/03.png", "a/05.png", "b/30.png"):
        (root / name).write_bytes(b"no image")
    with pytest.raises(sb.DecodeError, match=r"sample 3: .*03\.png"):
        sb.Normalize.fit(sb.FolderSource(root), threads=threads)
    with pytest.warns(sb.SkippedFilesWarning, match="3 of 40 files give no image, .* out of the statistics"):
        found = sb.Statistics.of(sb.FolderSource(root, on_error="skip"), threads=threads)
    left = [image for index, image in enumerate(pixels) if index not in (3, 5, 30)]
    assert found.samples == 37
    assert found.count == sum(image.shape[0] * image.shape[1] for image in left)
    for path in root.rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(sb.PixelError, match="there is no image to take statistics of"):
        sb.Statistics.of(sb.FolderSource(root, on_error="skip"), threads=threads)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_first_sample_with_nan_is_named(images_f32, threads):
    images_f32[9, 4, 3, 1] = np.nan
    images_f32[20, 0, 0, 0] = np.nan
    for source in (Rows(images_f32, slow=True), sb.ArraySource(images_f32)):
        with pytest.raises(sb.PixelError, match="sample 9: pixel at row 4, column 3, channel 1 is nan"):
            sb.Normalize.fit(source, threads=threads)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4)), np.zeros((4, 4, 2)), np.zeros((4, 4, 3), np.float32)])
def test_a_source_that_breaks_its_word_is_named(images_u8, wrong):
    source = Rows(images_u8)
    source.read = lambda _: wrong
    with pytest.raises(sb.PixelError, match=r"sample 0: the source's read\(\) gave an array of shape"):
        sb.Statistics.of(source)


@pytest.mark.parametrize("threads", [1, 7])
def test_memory_stays_flat(threads):
    """2,000 images of 64 x 64 are 25 MB as they are and 200 MB as float64; a few are looked at at a time."""

    class Endless(Rows):
        def __init__(self, n):
            super().__init__(np.zeros((1, 64, 64, 3), np.uint8))
            self.n = n

        def __len__(self):
            return self.n

        def read(self, index):
            return np.full((64, 64, 3), index % 256, np.uint8)

    def peak(n):
        tracemalloc.start()
        sb.Statistics.of(Endless(n), threads=threads)
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(20)
    few, many = peak(200), peak(2000)
    assert many < 2**22
    assert many < few + 2**20


@pytest.mark.parametrize("fixture", ["images_u8", "images_f32"])
@pytest.mark.parametrize("size", [None, (12, 10), (5, 7)])
def test_a_pipeline_is_taken_up_to_its_normalize(fixture, size, request):
    source = sb.ArraySource(request.getfixturevalue(fixture))
    scale = 1 / 255 if source.dtype == "uint8" else 1.0
    pipeline = sb.Pipeline(
        [sb.RandomFlip(), sb.RandomRotation(20), sb.RandomBrightness(0.5, 2), sb.Rescale(scale), sb.Normalize()],
        size=size,
        dtype="float16",
        layout="channels_first",
    )
    resized = sb.Batches(source, sb.Pipeline(size=size), batch_size=23, shuffle=False).batch(0, 0).x
    images = sb.ArraySource(resized.astype(source.dtype))
    for robust in (None, "iqr", (1, 99)):
        expected = sb.Statistics.of(images, robust=robust)
        for threads in (1, 3):
            assert sb.Statistics.of(source, pipeline=pipeline, robust=robust, threads=threads) == expected
        fitted = sb.Normalize.fit(source, pipeline=pipeline, robust=robust, id="data")
        assert fitted == sb.Normalize.fit(images, robust=robust, id="data")
    whole = sb.Pipeline([*pipeline.transforms[:-1], sb.Normalize.fit(source, pipeline=pipeline)], size=size)
    x = sb.Batches(source, whole, batch_size=23).evaluation().batch(0, 0).x.astype(np.float64).reshape(-1, 3)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), 1, rtol=1e-6)


def test_a_pipeline_resizes_files_as_pillow_does(folder):
    root, pixels = folder
    resized = np.stack([np.asarray(Image.fromarray(p).resize((9, 8), Image.Resampling.BILINEAR)) for p in pixels])
    pipeline = sb.Pipeline([sb.RandomFlip(), sb.Rescale(1 / 255), sb.Normalize()], size=(8, 9))
    expected = sb.Statistics.of(sb.ArraySource(resized))
    for threads in (1, 3):
        found = sb.Statistics.of(sb.FolderSource(root), pipeline=pipeline, threads=threads)
        assert found == expected
    assert found.matches(sb.FolderSource(root), pipeline=pipeline)
    (root / "a" / "04.png").write_bytes(b"no image")
    source = sb.FolderSource(root, on_error="skip")
    with pytest.warns(sb.SkippedFilesWarning) as caught:
        found = sb.Statistics.of(source, pipeline=pipeline)
    [warning] = caught  # nothing stands in for the file, and nothing says so
    assert str(warning.message).startswith("1 of 40 files give no image, and on_error=")
    assert warning.filename == __file__
    assert found == sb.Statistics.of(sb.ArraySource(np.delete(resized, 4, axis=0)))


def middle(image):
    """Return what CenterCrop((5, 4)) leaves of an image, at 8 x 9."""
    (height, width), (h, w) = image.size[::-1], (min(5, image.height), min(4, image.width))
    top, left = (height - h) // 2, (width - w) // 2
    return image.resize((9, 8), Image.Resampling.BILINEAR, (left, top, left + w, top + h))


def whole(image):
    """Return what evaluation() leaves of an image without its RandomResizedCrop."""
    return image.resize((9, 8), Image.Resampling.BILINEAR)


@pytest.mark.parametrize(("crop", "as_pillow"), [(sb.CenterCrop((5, 4)), middle), (sb.RandomResizedCrop(), whole)])
def test_a_crop_counts_as_evaluation_has_it(folder, crop, as_pillow):
    root, pixels = folder
    cropped = sb.ArraySource(np.stack([np.asarray(as_pillow(Image.fromarray(image))) for image in pixels]))
    pipeline = sb.Pipeline([crop, sb.RandomFlip(), sb.Rescale(1 / 255), sb.Normalize()], size=(8, 9))
    source = sb.FolderSource(root)
    found = sb.Statistics.of(source, pipeline=pipeline)
    assert found.dtype == "uint8"
    assert found == sb.Statistics.of(cropped)
    for robust in (None, "iqr", (2, 98)):
        fitted = sb.Normalize.fit(source, pipeline=pipeline, robust=robust)
        assert fitted == sb.Normalize.fit(cropped, robust=robust)
    floats = sb.ArraySource(cropped.images / np.float32(255))
    rendered = sb.Batches(floats, sb.Pipeline([crop], size=(5, 6)).evaluation()).samples(0, np.arange(40)).x
    unfitted = sb.Pipeline([crop, sb.Normalize()], size=(5, 6))
    assert sb.Statistics.of(floats, pipeline=unfitted) == sb.Statistics.of(sb.ArraySource(rendered))


@pytest.mark.parametrize("robust", [None, "iqr", (10, 99)])
@pytest.mark.parametrize("fixture", ["images_u8", "images_f32"])
def test_a_range_that_is_turned_round(fixture, robust, request):
    """What is bright becomes dark: the statistics are those of the images turned round by hand."""
    images = request.getfixturevalue(fixture)
    high = images.dtype.type(255 if images.dtype == np.uint8 else 1)
    images = np.round(images * 128) / 128 if high == 1 else images  # so that 1 - pixel is exact
    negative = sb.Pipeline([sb.Rescale(-2.0, 3.0), sb.Rescale(0.5), sb.Normalize()])
    found = sb.Statistics.of(sb.ArraySource(images), pipeline=negative, robust=robust, quantiles=[0.2])
    turned = sb.Statistics.of(sb.ArraySource(high - images), robust=robust, quantiles=[0.2])
    assert found.mean == turned.mean
    assert found.std == turned.std
    assert found.quantile(0.2) == turned.quantile(0.2)
    by_hand = sb.Normalize.from_statistics(turned, robust=robust)
    assert sb.Normalize.fit(sb.ArraySource(images), pipeline=negative, robust=robust) == by_hand
    if robust is None:
        x = sb.Batches(sb.ArraySource(images), sb.Pipeline([*negative.transforms[:-1], by_hand]), batch_size=23)
        np.testing.assert_allclose(x.batch(0, 0).x.astype(np.float64).mean(axis=(0, 1, 2)), 0, atol=1e-6)
    with pytest.raises(sb.SpecError, match=r"value_range .* cannot be merged"):
        found | sb.Statistics.of(sb.ArraySource(images[:5]))


def test_uint8_images_of_zeros_and_ones_with_a_pipeline(images_u8):
    source = sb.ArraySource(images_u8 % 2, value_range=(0, 1))
    pipeline = sb.Pipeline([sb.Normalize()])
    assert sb.Statistics.of(source, pipeline=pipeline) == sb.Statistics.of(source)


def test_a_pipeline_that_does_not_fit_is_named(images_u8):
    source = sb.ArraySource(images_u8)
    with pytest.raises(sb.SpecError, match="pipeline must be a Pipeline or None, got"):
        sb.Normalize.fit(source, pipeline=[sb.RandomFlip()])
    images = images_u8.astype(np.float32)
    images[11, 0, 0, 0] = np.nan
    with pytest.raises(sb.PixelError, match="sample 11"):
        sb.Normalize.fit(sb.ArraySource(images, value_range=(0, 255)), pipeline=sb.Pipeline(size=(4, 4)))


@pytest.mark.parametrize("settings", [{"threads": 0}, {"progress": 1}, {"progress": "yes"}])
def test_other_settings_are_refused(settings, images_u8):
    for call in (sb.Statistics.of, sb.Normalize.fit, sb.Statistics.of(sb.ArraySource(images_u8)).matches):
        with pytest.raises(sb.SpecError, match=next(iter(settings))):
            call(sb.ArraySource(images_u8), **settings)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    monkeypatch.setattr(progress, "LOG_PAUSE", 0.0)


@pytest.mark.parametrize("rich", [True, False])
@pytest.mark.usefixtures("impatient")
def test_a_terminal_sees_progress(rich, images_u8, monkeypatch):
    if not rich:
        monkeypatch.setitem(sys.modules, "rich.progress", None)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    sb.Normalize.fit(Rows(images_u8), threads=1)
    told = terminal.getvalue()
    assert "statistics" in told
    assert "100" in told
    assert told.endswith("\r\x1b[K") or rich
    monkeypatch.setattr(sys, "stderr", quiet := Terminal())
    sb.Normalize.fit(Rows(images_u8), progress=False)
    assert quiet.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_nothing_is_printed_where_nobody_looks(images_u8, monkeypatch, capsys):
    sb.Normalize.fit(Rows(images_u8))
    assert capsys.readouterr() == ("", "")
    sb.Normalize.fit(Rows(images_u8), progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == "statistics: 23 of 23 images, 100 %"
    monkeypatch.setattr(sys, "stderr", None)
    sb.Normalize.fit(Rows(images_u8), progress=True)


@pytest.mark.parametrize(("robust", "readings"), [(None, 1), ("iqr", 2), ((1, 99), 3)])
@pytest.mark.usefixtures("impatient")
def test_progress_counts_every_reading(robust, readings, images_f32, capsys):
    sb.Normalize.fit(Rows(images_f32), robust=robust, progress=True)
    shown = capsys.readouterr().err.splitlines()
    total = 23 * readings
    assert shown == [f"statistics: {i} of {total} images, {100 * i // total} %" for i in range(1, total + 1)]


def test_what_is_fast_shows_nothing(images_u8, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    sb.Normalize.fit(Rows(images_u8))
    assert terminal.getvalue() == ""


def test_rich_is_not_imported_for_nothing():
    code = (
        "import sys, numpy, samebatch as sb\n"
        "sb.Normalize.fit(sb.ArraySource(numpy.arange(48, dtype='uint8').reshape(1, 4, 4, 3)))\n"
        "print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
