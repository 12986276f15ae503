"""What is read of an image and where it goes: `fit`, CenterCrop and RandomResizedCrop against Pillow's own words.

Each box is worked out anew, in fractions or in Pillow, and then given to Pillow's resize.
"""

import math
from fractions import Fraction

import numpy as np
import PIL
import pytest
from PIL import Image, ImageOps

from engines import both
from handwritten import spec_of

pytestmark = pytest.mark.skipif(int(PIL.__version__.split(".")[0]) < 13, reason="the order of passes is Pillow 13's")

METHODS = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
RANGE = (0.0, 255.0)


def noise(seed, height, width):
    return np.random.default_rng(seed).integers(0, 256, (2, height, width, 3), np.uint8)


def by_pillow(image, size, method, box):
    left, top, right, bottom = box
    picture = Image.fromarray(image)
    made = picture.resize((size[1], size[0]), Image.Resampling[method.upper()], (left, top, right, bottom))
    return np.asarray(made)


def sizes(seed, count, most=70):
    for case, sides in enumerate(np.random.default_rng(seed).integers(1, most, (count, 4))):
        height, width, out_height, out_width = (int(side) for side in sides)
        yield METHODS[case % len(METHODS)], (height, width), (out_height, out_width)


def within(middle, size):
    """Return a box as Pillow has it around the middle of an image, half a pixel up and left where it lies between."""
    (rows, columns), (height, width) = middle, size
    top, left = math.floor(Fraction(height - rows, 2)), math.floor(Fraction(width - columns, 2))
    return left, top, left + columns, top + rows


@both
def test_center_crop(render):
    random = np.random.default_rng(1)
    for method, size, out in sizes(2, 120):
        wanted = tuple(int(v) for v in random.integers(1, 80, 2))
        crop = {"kind": "CenterCrop", "height": wanted[0], "width": wanted[1]}
        images = noise(3, *size)
        actual = render(spec_of(crop, size=list(out), resample=method, dtype="uint8"), images, {}, RANGE)
        part = min(wanted[0], size[0]), min(wanted[1], size[1])
        for image, result in zip(images, actual, strict=True):
            np.testing.assert_array_equal(result, by_pillow(image, out, method, within(part, size)))


@both
def test_random_resized_crop(render):
    random = np.random.default_rng(4)
    crop = {"kind": "RandomResizedCrop", "scale_low": 0.01, "scale_high": 1.0, "ratio_low": 0.1, "ratio_high": 10.0}
    for method, (height, width), out in sizes(5, 150):
        images = noise(6, height, width)
        area, x, y = random.uniform((0.01, 0, 0), 1, (2, 3)).T
        ratio = np.exp(random.uniform(-2, 2, 2))
        area[0], x[0], y[0] = random.choice([0.01, 1.0]), random.choice([0.0, 1.0]), random.choice([0.0, 1.0])
        values = {
            f"resized_crop.{name}": v for name, v in zip(("area", "ratio", "x", "y"), (area, ratio, x, y), strict=True)
        }
        spec = spec_of(crop, size=list(out), resample=method, dtype="uint8")
        actual = render(spec, images, values, RANGE)
        for i, (image, result) in enumerate(zip(images, actual, strict=True)):
            pixels = area[i] * (height * width)
            columns = min(max(int(np.rint(np.sqrt(pixels * ratio[i]))), 1), width)
            rows = min(max(int(np.rint(np.sqrt(pixels / ratio[i]))), 1), height)
            left = min(math.floor(x[i] * (width - columns + 1)), width - columns)
            top = min(math.floor(y[i] * (height - rows + 1)), height - rows)
            box = (left, top, left + columns, top + rows)
            np.testing.assert_array_equal(result, by_pillow(image, out, method, box))


@both
def test_crop_to_fit(render):
    for method, (height, width), out in sizes(7, 150):
        images = noise(8, height, width)
        spec = spec_of(size=list(out), resample=method, dtype="uint8", fit="crop")
        aspect = Fraction(out[1], out[0])
        if width > height * aspect:
            part = height, max(math.floor(height * aspect + Fraction(1, 2)), 1)
        else:
            part = max(math.floor(width / aspect + Fraction(1, 2)), 1), width
        for image, result in zip(images, render(spec, images, {}, RANGE), strict=True):
            np.testing.assert_array_equal(result, by_pillow(image, out, method, within(part, (height, width))))
            # Where the part has the aspect to the pixel, ImageOps.fit agrees but for half a pixel of its middle.
            if (width - part[1]) % 2 == (height - part[0]) % 2 == 0 and part[1] == part[0] * aspect:
                fitted = ImageOps.fit(Image.fromarray(image), out[::-1], Image.Resampling[method.upper()])
                np.testing.assert_array_equal(result, np.asarray(fitted))


@both
@pytest.mark.parametrize("fill_value", [0.0, 77.0])
def test_pad_to_fit(render, fill_value):
    compared = 0
    for method, (height, width), out in sizes(9, 200):
        images = noise(10, height, width)
        spec = spec_of(size=list(out), resample=method, dtype="uint8", fit="pad", fill_value=fill_value)
        actual = render(spec, images, {}, RANGE)
        for image, result in zip(images, actual, strict=True):
            picture = Image.fromarray(image)
            colour = (int(fill_value),) * 3
            if 0 in ImageOps.contain(picture, out[::-1]).size:
                # Pillow leaves nothing of an image that is too long; here a row or a column stays.
                assert (result != fill_value).any()
                continue
            padded = ImageOps.pad(picture, out[::-1], Image.Resampling[method.upper()], colour)
            np.testing.assert_array_equal(result, np.asarray(padded))
            compared += 1
    assert compared > 300


@both
def test_a_crop_is_fitted_after_it_is_cut(render):
    """A part of 20 x 30 of an image of 41 x 61, cropped and padded to 12 x 12."""
    images = noise(11, 41, 61)
    crop = {"kind": "CenterCrop", "height": 20, "width": 30}
    cropped = render(spec_of(crop, size=[12, 12], dtype="uint8", fit="crop"), images, {}, RANGE)
    padded = render(spec_of(crop, size=[12, 12], dtype="uint8", fit="pad", fill_value=5.0), images, {}, RANGE)
    for image, result, other in zip(images, cropped, padded, strict=True):
        np.testing.assert_array_equal(result, by_pillow(image, (12, 12), "bilinear", (20, 10, 40, 30)))
        np.testing.assert_array_equal(other[2:10], by_pillow(image, (8, 12), "bilinear", (15, 10, 45, 30)))
        assert (other[:2] == 5).all()
        assert (other[10:] == 5).all()


@both
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("method", METHODS)
def test_nothing_leaves_the_value_range(render, dtype, method):
    low, high = (16.0, 235.0) if dtype == "uint8" else (-0.5, 0.25)
    ends = np.random.default_rng(12).choice([low, high], (2, 30, 40, 1)).astype(dtype)
    for size in ([13, 90], [60, 20]):
        made = render(spec_of(size=size, resample=method), ends, {}, (low, high))
        assert made.min() >= low
        assert made.max() <= high
        if method in ("bicubic", "lanczos"):
            assert (made == low).any()
            assert (made == high).any()
