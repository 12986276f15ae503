"""Native decoders give Pillow's pixels to the byte, and take what they are there for."""

import os
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

import corpus
import corpus_png
from samebatch import _native

MODES = {"rgb": "RGB", "rgba": "RGBA", "grey": "L"}

# SAMEBATCH_CORPUS=full widens the choice of sizes and qualities from half a minute to ten.
FULL = os.environ.get("SAMEBATCH_CORPUS") == "full"
SIDES = range(1, 34)
SIZES = (
    [(height, width) for height in SIDES for width in SIDES]
    if FULL
    else [(side, (side * 7 + 11) % 33 + 1) for side in SIDES] + [(97, 130), (64, 64)]
)
FILES = {
    "jpeg": lambda: corpus.jpegs(SIZES, range(1, 101, 1 if FULL else 3)),
    "odd-jpeg": corpus.odd_jpegs,
    "png": corpus_png.pngs,
    "webp": corpus.webps,
    "bmp": corpus.bmps,
    "gif": corpus.gifs,
    "others": corpus.others,
}


def by_pillow(data, color, *, upright=False, at_least=None):
    """Return what the decoders have to equal, or raise what Pillow raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.open(BytesIO(data))
        if at_least is not None:
            image.draft("RGB", at_least[::-1])
        if upright:
            image = ImageOps.exif_transpose(image)
        pixels = np.asarray(image.convert(MODES[color]))
    return pixels.reshape(*pixels.shape[:2], -1)


def check(file, color, *, upright=False, at_least=None):
    """Compare one file; return whether it was taken natively."""
    pixels = _native.decode(file.data, color, upright, at_least)
    if pixels is None:
        return False
    expected = by_pillow(file.data, color, upright=upright, at_least=at_least)
    np.testing.assert_array_equal(pixels, expected, err_msg=f"{file.name} {color}", strict=True)
    return True


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("color", MODES)
@pytest.mark.parametrize("kind", FILES)
def test_pixels_are_those_of_pillow(kind, color, upright):
    if upright and (kind == "jpeg" or color == "rgba"):
        color = "rgb"  # what is turned is pixels, of whatever channels
    declined = [file.name for file in FILES[kind]() if not check(file, color, upright=upright) and file.native]
    assert declined == []


def test_what_is_left_to_pillow_is_declined():
    """A decoder that takes one of these may be right, but then the corpus has to say so."""
    taken = [
        file.name
        for files in FILES.values()
        if files is not FILES["jpeg"]
        for file in files()
        if not file.native and all(check(file, color, upright=True) for color in MODES)
    ]
    assert taken == []


@pytest.mark.parametrize("color", MODES)
def test_jpegs_at_a_reduced_scale(color):
    taken = 0
    for place, (height, width) in enumerate([(240, 320), (97, 130), (333, 251), (64, 65), (200, 40)]):
        for at_least in [(height, width), (height // 2, width // 2), (30, 30), (13, 9), (1, 1), (height // 4 + 1, 1)]:
            for sampling in ("4:4:4", "4:2:2", "4:2:0"):
                jpeg = corpus.encoded(
                    corpus.image("RGB", height, width, place), "JPEG", subsampling=sampling, progressive=place % 2 == 1
                )
                taken += check(corpus.File(f"{height}x{width} {at_least}", jpeg), color, at_least=at_least)
    assert taken == 90


def test_the_reduced_size_is_that_of_the_upright_image():
    jpeg = corpus.encoded(corpus.image("RGB", 240, 120), "JPEG", exif=corpus.exif(6))
    assert _native.decode(jpeg, "rgb", True, (60, 120)).shape == (60, 120, 3)
    assert _native.decode(jpeg, "rgb", True, (61, 120)).shape == (120, 240, 3)


def test_files_larger_than_asked_for_are_declined():
    for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF"):
        data = corpus.encoded(corpus.image("RGB", 20, 30), kind)
        assert _native.decode(data, "rgb", largest=600).shape == (20, 30, 3)
        assert _native.decode(data, "rgb", largest=599) is None


def test_an_unknown_color_is_refused():
    with pytest.raises(ValueError, match='"rgb", "rgba" or "grey"'):
        _native.decode(b"", "bgr")


def photographs(package, folder):
    """Return the image files that a package brings along."""
    module = pytest.importorskip(package, reason=f"the photographs are those of {package}")
    kinds = {".jpg", ".png", ".gif"}
    return sorted(path for path in (Path(module.__file__).parent / folder).iterdir() if path.suffix in kinds)


@pytest.mark.parametrize(("package", "folder", "count"), [("sklearn.datasets", "images", 2), ("skimage", "data", 27)])
def test_photographs(package, folder, count):
    paths = photographs(package, folder)
    assert len(paths) >= count
    for path in paths:
        photograph = corpus.File(path.name, path.read_bytes())
        for color in MODES:
            assert check(photograph, color)
            for at_least in [(200, 300), (50, 50)] if path.suffix == ".jpg" else []:
                assert check(photograph, color, at_least=at_least)
