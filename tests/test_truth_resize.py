"""Resizing against Pillow: its bytes for uint8, within one float32 rounding of its mode F for float32."""

import numpy as np
import PIL
import pytest
from PIL import Image

from engines import both
from handwritten import spec_of

METHODS = {
    name: getattr(Image.Resampling, name.upper())
    for name in ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
}
RANGES = {"uint8": (0.0, 255.0), "float32": (-1.0, 1.0)}


def by_pillow(image, size, method):
    """Resize a grey or an RGB image as Pillow 13 does; an older Pillow is asked once an axis, in the order of 13."""
    (height, width), (out_height, out_width) = image.shape[:2], size
    picture = Image.fromarray(image)
    if int(PIL.__version__.split(".")[0]) >= 13:
        return np.asarray(picture.resize((out_width, out_height), METHODS[method]))
    rows_first = height > out_height and height - out_height > 2 * (width - out_width)
    middle = (width, out_height) if rows_first else (out_width, height)
    for step in (middle, (out_width, out_height)):
        if step != picture.size:
            picture = picture.resize(step, METHODS[method])
    return np.asarray(picture)


def assert_like_pillow(render, images, size, method):
    dtype = images.dtype.name
    actual = render(spec_of(size=list(size), resample=method), images, {}, RANGES[dtype])
    expected = np.stack(
        [np.stack([by_pillow(image[:, :, c], size, method) for c in range(image.shape[2])], -1) for image in images]
    )
    if dtype == "uint8" or method == "nearest":
        np.testing.assert_array_equal(actual, expected.astype(np.float32))
    else:
        # Both add up in float64 and round once a pass: at most one unit in the last place of float32 apart, or of the
        # values that cancel out where weights are negative.
        if method in ("bicubic", "lanczos"):
            expected = np.clip(expected, *RANGES[dtype])
        bound = np.maximum(np.spacing(np.abs(expected)), 1e-7 if method in ("bicubic", "lanczos") else 0)
        assert (np.abs(actual.astype(np.float64) - expected) <= bound).all()


def noise(shape, dtype, seed):
    random = np.random.default_rng(seed)
    if dtype == "uint8":
        return random.integers(0, 256, shape, np.uint8)
    return random.uniform(-1, 1, shape).astype(np.float32)


@both
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_every_size_from_1_to_33(render, dtype, method):
    for size in range(1, 34):
        for out in range(1, 34):
            # Tall for the vertical pass, and its transpose for the horizontal one.
            assert_like_pillow(render, noise((1, size, 2, 1), dtype, out), (out, 2), method)
            assert_like_pillow(render, noise((1, 2, size, 1), dtype, out), (2, out), method)


@both
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_both_axes(render, dtype, method):
    """Every combination of shrinking and enlarging, on both sides of the rule for which axis is first."""
    random = np.random.default_rng(3)
    sizes = [tuple(int(v) for v in random.integers(1, 90, 4)) for _ in range(40)]
    edges = [
        (30, 20, 20, 15),
        (30, 20, 19, 15),
        (30, 20, 20, 14),
        (375, 500, 224, 224),
        (28, 28, 224, 224),
        (1, 9, 9, 1),
    ]
    for height, width, out_height, out_width in sizes + edges:
        assert_like_pillow(render, noise((2, height, width, 2), dtype, height), (out_height, out_width), method)


@both
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_long_images(render, dtype, method):
    for (height, width), size in [
        ((16384, 1), (7, 1)),
        ((1, 16384), (1, 10007)),
        ((1, 3), (1, 16384)),
        ((16384, 2), (1, 2)),
    ]:
        assert_like_pillow(render, noise((1, height, width, 1), dtype, 5), size, method)


@both
@pytest.mark.parametrize("method", METHODS)
def test_colour_images_are_resized_as_pillow_resizes_them(render, method):
    images = noise((3, 41, 67, 3), "uint8", 1)
    actual = render(spec_of(size=[30, 90], resample=method, dtype="uint8"), images, {}, RANGES["uint8"])
    for image, result in zip(images, actual, strict=True):
        np.testing.assert_array_equal(result, by_pillow(image, (30, 90), method))


@both
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_values_at_the_ends_of_the_range_stay_inside(render, dtype):
    """Weights are rounded: their sum must not push white beyond white, nor black below black."""
    low, high = RANGES[dtype]
    for value in (low, high):
        for size, out in [(7, 3), (33, 32), (100, 7), (3, 100), (1, 5)]:
            images = np.full((1, size, size, 1), value, dtype)
            np.testing.assert_array_equal(
                render(spec_of(size=[out, out]), images, {}, RANGES[dtype]),
                np.full((1, out, out, 1), value, np.float32),
            )
