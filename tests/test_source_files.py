"""Sources of files: what they take and tell, the paths they keep, and what Pillow makes of each file."""

import multiprocessing
import os
import pickle
import tracemalloc
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import samebatch as sb
from image_files import content, picture, tree
from samebatch.source import pillow_pixels
from samebatch.source.paths import Paths
from strategies import SETTINGS


def test_what_it_tells(tmp_path):
    paths = [str(tmp_path / name) for name in ("a.png", "b.png")]
    source = sb.FileSource(paths, [1, 0], np.array([0.5, 1.0]))
    assert list(source.paths) == paths
    assert source.labels.tolist() == [1, 0]
    assert source.weights.tolist() == [0.5, 1.0]
    assert (len(source), source.height, source.width, source.channels) == (2, None, None, 3)
    assert (source.dtype, source.value_range) == ("uint8", (0.0, 255.0))
    assert (source.classes, source.class_indices) == (None, None)
    options = (source.on_error, source.cache, source.fast, source.color, source.upright)
    assert options == ("raise", None, False, "rgb", False)
    assert repr(source) == "<FileSource: 2 files, rgb, labels int64[2], weights float64[2]>"


@pytest.mark.parametrize(("color", "channels"), [("rgb", 3), ("rgba", 4), ("grey", 1)])
def test_colors(color, channels, tmp_path):
    image = picture(3, mode="RGBA")
    source = sb.FileSource([tree(tmp_path, {"a.png": content(image)}) / "a.png"], color=color)
    pixels = source.read(0)
    assert source.channels == channels
    assert pixels.shape == (6, 5, channels)
    assert pixels.flags.c_contiguous
    expected = np.asarray(image.convert({"rgb": "RGB", "rgba": "RGBA", "grey": "L"}[color])).reshape(pixels.shape)
    np.testing.assert_array_equal(pixels, expected)
    pixels[:] = 0
    np.testing.assert_array_equal(source.read(0), expected)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
@pytest.mark.parametrize("color", ["rgb", "rgba", "grey"])
def test_modes_are_what_pillow_makes_of_them(mode, color):
    image = picture(4).convert("I").convert("I;16") if mode == "I;16" else picture(4, mode=mode)
    data = content(image, "TIFF" if mode == "CMYK" else "PNG")
    with Image.open(BytesIO(data)) as opened:
        expected = np.asarray(opened.convert({"rgb": "RGB", "rgba": "RGBA", "grey": "L"}[color]))
    np.testing.assert_array_equal(pillow_pixels(data, color), expected.reshape(*expected.shape[:2], -1))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright(orientation, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = picture(5, (4, 7))
    path = tmp_path / "a.png"
    image.save(path, exif=exif)
    pixels = np.asarray(image)
    turned = {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.transpose(1, 0, 2),
        6: np.rot90(pixels, -1),
        7: pixels[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(pixels),
    }
    np.testing.assert_array_equal(sb.FileSource([path]).read(0), pixels)
    np.testing.assert_array_equal(sb.FileSource([path], upright=True).read(0), turned[orientation])


def test_the_first_frame_counts():
    frames = [picture(i, mode="P") for i in range(3)]
    data = content(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(pillow_pixels(data), np.asarray(frames[0].convert("RGB")))


def pipe(path):
    os.mkfifo(path)


def damaged(data):
    """A file whose middle is all zeros."""
    return data[: len(data) // 3] + bytes(len(data) // 3) + data[2 * (len(data) // 3) :]


JPEG = content(picture(6, (40, 40)), "JPEG")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda _: None, "there is no such file"),
        (lambda path: path.mkdir(), "it is a folder"),
        (pipe, "it is not a regular file"),
        (lambda path: path.write_bytes(b""), r"it is empty \(0 bytes\)"),
        (lambda path: path.write_bytes(b"no image at all"), "it is not an image that Pillow knows"),
        (lambda path: path.write_bytes(JPEG[:-200]), r"it is truncated \(.*\)"),
        (lambda path: path.write_bytes(content(picture())[:-30]), "it is truncated"),
        (lambda path: path.write_bytes(JPEG[:25]), "truncated|not an image"),
        (lambda path: path.write_bytes(damaged(content(picture(0, (64, 64))))), r"it cannot be decoded \("),
    ],
)
def test_files_that_give_no_image(make, told, tmp_path):
    path = tmp_path / "né.jpg"
    make(path)
    good = tree(tmp_path, {"good.png": None}) / "good.png"
    with pytest.raises(sb.DecodeError, match=f"^sample 1: '.*né.jpg': .*({told})") as caught:
        sb.FileSource([good, path]).read(1)
    assert caught.value.__cause__ is not None
    assert type(pickle.loads(pickle.dumps(caught.value))) is sb.DecodeError  # noqa: S301


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tree(tmp_path, {"a.png": None}) / "a.png"

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(sb.DecodeError, match=r"a\.png': permission denied; let this user read it"):
        sb.FileSource([path]).read(0)


def test_memory_that_is_short_is_no_fault_of_the_file(tmp_path, monkeypatch):
    path = tree(tmp_path, {"a.png": None}) / "a.png"

    def refuse(*_, **__):
        raise MemoryError

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(MemoryError):
        sb.FileSource([path]).read(0)


@pytest.mark.parametrize(
    ("limit", "kind"), [(14, "error"), (15, "warning"), (29, "warning"), (30, "none"), (None, "none")]
)
def test_decompression_bombs(limit, kind, tmp_path, monkeypatch):
    """30 pixels: an error above twice the limit, a warning above once."""
    source = sb.FileSource([tree(tmp_path, {"a.png": None}) / "a.png"])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    if kind == "error":
        with pytest.raises(sb.DecodeError, match=r"too many pixels .*set PIL\.Image\.MAX_IMAGE_PIXELS"):
            source.read(0)
    elif kind == "warning":
        with pytest.warns(Image.DecompressionBombWarning):
            assert source.read(0).shape == (6, 5, 3)
    else:
        assert source.read(0).shape == (6, 5, 3)


@pytest.mark.parametrize(("name", "told"), [(None, "a file of 2 bytes: it is"), ("x", "x: it is"), ("", "it is")])
def test_errors_name_the_file_as_asked(name, told):
    with pytest.raises(sb.DecodeError, match=f"^{told} not an image"):
        pillow_pixels(b"no", name=name)


@SETTINGS
@given(st.binary(max_size=60), st.integers(0, 400), st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"]))
def test_damage_is_an_image_or_a_decode_error(noise, place, form):
    data = content(picture(1, (9, 8)), form)
    damaged = data[:place] + noise + data[place + len(noise) :]
    try:
        pixels = pillow_pixels(damaged)
    except sb.DecodeError as error:
        assert str(error).startswith(f"a file of {len(damaged)} bytes: ")  # noqa: PT017
    else:
        assert pixels.dtype == np.uint8
        assert pixels.shape[2] == 3


@pytest.mark.parametrize("index", [-1, 2, 10**30])
def test_indices(index, tmp_path):
    source = sb.FileSource([tmp_path / "a", tmp_path / "b"])
    with pytest.raises(IndexError, match="there are 2 files"):
        source.read(index)
    with pytest.raises(TypeError):
        source.read(0.5)


def test_an_array_source_reads_too(images_u8):
    source = sb.ArraySource(images_u8[..., 0])
    image = source.read(22)
    np.testing.assert_array_equal(image, images_u8[22, :, :, :1])
    image[:] = 0
    np.testing.assert_array_equal(source.read(22), images_u8[22, :, :, :1])
    assert image.flags.c_contiguous
    with pytest.raises(IndexError, match="there are 23 images"):
        source.read(23)


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ([], "paths is empty"),
        ((), "paths is empty"),
        ("a.png", r"for one file: \['a.png'\]"),
        (Path("a.png"), "for one file"),
        (os.curdir, r"for a folder: FolderSource\('\.'\)"),
        ("x/labels.CSV", "for a table: TableSource"),
        (b"a.png", "for one file"),
        ([b"a.png"], r"paths\[0\] must be a path .*os\.fsdecode"),
        (["a.png", 3], r"paths\[1\] must be a path .* got 3"),
        (["a.png", ""], r"paths\[1\] must be a path, got an empty string"),
        (["a\0.png"], r"paths\[0\] must be a path"),
        (["\ud800.png"], "which no path of this system can be"),
        ({"a.png"}, "fixed order"),
        ({"path": ["a.png"]}, "TableSource"),
        (7, "must be a list of paths"),
        (None, "must be a list of paths"),
    ],
)
def test_paths_that_are_none(paths, told):
    with pytest.raises(sb.SpecError, match=told):
        sb.FileSource(paths)


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"labels": [1]}, sb.ShapeError, "labels have length 1, and there are 2 images"),
        ({"weights": [1, np.nan]}, sb.SpecError, "weights must be finite"),
        ({"on_error": "ignore"}, sb.SpecError, "on_error must be one of 'raise', 'skip'"),
        ({"color": "gray"}, sb.SpecError, "color must be one of .*did you mean 'grey'"),
        ({"fast": 1}, sb.SpecError, "fast must be True or False"),
        ({"upright": None}, sb.SpecError, "upright must be"),
        ({"cache": 3}, sb.SpecError, "cache must be None"),
        ({"cache": ""}, sb.SpecError, "cache must be None"),
        ({"cache": ("memory", 0)}, sb.SpecError, "bytes must be a whole number from 1"),
        ({"cache": ("disk", 10)}, sb.SpecError, "cache must be None"),
        ({"cache": __file__}, sb.SpecError, "cache must be a folder"),
    ],
)
def test_options_that_are_wrong(options, error, told):
    with pytest.raises(error, match=told):
        sb.FileSource(["a.png", "b.png"], **options)


@pytest.mark.parametrize(
    ("cache", "kept"),
    [
        (None, None),
        ("memory", "memory"),
        (("memory", 10**9), ("memory", 10**9)),
        (Path("some/where"), str(Path("some/where"))),
    ],
)
def test_caches(cache, kept):
    assert sb.FileSource(["a.png"], cache=cache).cache == kept


@pytest.mark.parametrize("name", ["paths", "labels", "weights", "classes", "color", "cache"])
def test_it_is_immutable(name):
    with pytest.raises(AttributeError):
        setattr(sb.FileSource(["a.png"]), name, None)


NAMES = st.lists(st.binary(min_size=1, max_size=12).filter(lambda name: b"\0" not in name), min_size=1, max_size=9)


@SETTINGS
@given(NAMES, st.sampled_from([None, b"root", b"/", b"a/b/"]))
def test_paths_are_a_sequence(names, root):
    paths = Paths(names, root)
    prefix = {None: b"", b"root": b"root/", b"/": b"/", b"a/b/": b"a/b/"}[root]
    expected = [os.fsdecode(prefix + name) for name in names]
    assert list(paths) == expected
    assert [paths[i] for i in range(len(names))] == expected
    assert [paths[i - len(names)] for i in range(len(names))] == expected
    assert paths[1:3] == expected[1:3]
    assert paths[::-1] == expected[::-1]
    begins = [0, *paths.ends[:-1].tolist()]
    assert [paths.blob[a:b] for a, b in zip(begins, paths.ends.tolist(), strict=True)] == list(
        map(os.fsencode, expected)
    )
    assert paths.ends.dtype == np.int64
    assert pickle.loads(pickle.dumps(paths)) == paths  # noqa: S301
    assert expected[0] in paths
    with pytest.raises(IndexError):
        paths[len(names)]


def test_names_that_are_not_utf8(tmp_path):
    name = os.fsdecode(b"caf\xe9\n.png")
    try:
        tree(tmp_path, {name: None})
    except OSError:
        pytest.skip("this file system holds no names that are not UTF-8")
    source = sb.FolderSource(tmp_path, label_mode="none")
    assert list(source.paths) == [str(tmp_path / name)]
    assert source.read(0).shape == (6, 5, 3)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(sb.DecodeError, match=r"caf\\udce9\\n\.png") as caught:
        source.read(0)
    str(caught.value).encode()


def loaded(data, answer):
    source = pickle.loads(data)  # noqa: S301
    answer.put((list(source.paths), source.labels.tolist(), source.color, source.class_indices))


def test_a_spawned_process_gets_the_same(tmp_path):
    source = sb.FolderSource(tree(tmp_path, {"a/1.png": None, "b/2.png": None}), color="grey")
    context = multiprocessing.get_context("spawn")
    answer = context.SimpleQueue()
    process = context.Process(target=loaded, args=(pickle.dumps(source), answer))
    process.start()
    expected = ([str(tmp_path / "a/1.png"), str(tmp_path / "b/2.png")], [0, 1], "grey", {"a": 0, "b": 1})
    assert answer.get() == expected
    process.join()


def test_a_path_takes_little_memory():
    count = 20_000
    names = [f"folder/{i:08}.jpg" for i in range(count)]
    tracemalloc.start()
    source = sb.FileSource(names, np.zeros(count, np.int64))
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < count * (len(names[0]) + 40)
    assert len(pickle.dumps(source)) < count * (len(names[0]) + 40)
