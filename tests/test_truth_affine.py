"""`_native.affine` against the function whose rules it follows, SciPy's `affine_transform` of each channel: equal to
the last bit, on sums of float64 that are rounded once."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from scipy import ndimage

from samebatch import _native
from samebatch.errors import PixelError, ShapeError, SpecError

MODES = ("nearest", "constant", "reflect", "wrap")
SHAPES = ((1, 1, 1), (1, 5, 3), (5, 1, 4), (2, 2, 3), (5, 11, 3), (33, 21, 1), (8, 8, 4), (6, 17, 5), (333, 217, 3))
IDENTITY = np.eye(2)


def scipy(image, matrix, offset, order, mode, cval):
    channels = [
        ndimage.affine_transform(image[..., k], matrix, offset, order=order, mode=mode, cval=cval)
        for k in range(image.shape[2])
    ]
    return np.stack(channels, axis=-1)


def images(shape, rng):
    values = rng.random(shape) * 255
    return [values.astype(np.uint8), (values - 100).astype(np.float32), values - 100]


def maps(height, width, rng):
    """Turns, mirrors, zooms, degenerate maps and places far outside; whole and half pixels among them."""
    yield IDENTITY, np.zeros(2)
    yield IDENTITY, np.array([-0.5, 0.5])
    yield IDENTITY, np.array([1.0, -2.0])
    yield -IDENTITY, np.array([height - 1.0, width - 1.0])
    yield np.array([[0.0, 1.0], [-1.0, 0.0]]), np.array([0.0, height - 1.0])
    yield IDENTITY * 3, np.array([-4.0, 2.5])
    yield np.zeros((2, 2)), np.array([0.5, 0.25])
    yield np.array([[0.0, 0.0], [0.3, 1.0]]), np.array([height / 3, -1.0])
    yield IDENTITY * 1e6, np.array([-1e7, 3.0])
    yield IDENTITY * -1e12, np.array([1e12, 1e-300])
    yield IDENTITY, np.array([-1e-17, width - 1 + 1e-13])
    yield np.array([[np.nan, 1.0], [0.0, 1.0]]), np.zeros(2)
    for _ in range(3):
        yield rng.normal(size=(2, 2)), rng.normal(size=2) * max(height, width)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_equals_scipy(shape, order, mode):
    rng = np.random.default_rng([*shape, order])
    for matrix, offset in maps(*shape[:2], rng):
        cval = float(rng.choice([0, 300, -4, 77.5]))
        for image in images(shape, rng):
            kept = image.copy()
            result = _native.affine(image, matrix, offset, order, mode, cval)
            assert result.dtype == image.dtype
            np.testing.assert_array_equal(result, scipy(image, matrix, offset, order, mode, cval), str(matrix))
            np.testing.assert_array_equal(image, kept)


@pytest.mark.parametrize("order", [0, 1])
def test_pixels_that_are_no_numbers_spread_as_far_as_in_scipy(order):
    image = np.random.default_rng(3).random((9, 8, 3), dtype=np.float32)
    image[2, 3, 0], image[8, 7, 1], image[5, 7, 2], image[0, 0, 0] = np.nan, np.inf, -np.inf, -0.0
    matrix, offset = np.array([[0.8, -0.4], [0.4, 0.8]]), np.array([2.0, -1.0])
    for mode in MODES:
        for m, o in ((matrix, offset), (IDENTITY, np.zeros(2)), (-IDENTITY, np.array([8.0, 7.0]))):
            expected = scipy(image, m, o, order, mode, -3.5)
            result = _native.affine(image, m, o, order, mode, -3.5)
            np.testing.assert_array_equal(result, expected)
            np.testing.assert_array_equal(np.signbit(result[result == 0]), np.signbit(expected[expected == 0]))


def test_any_memory_is_read_and_written():
    rng = np.random.default_rng(4)
    matrix, offset = rng.normal(size=(2, 2)), np.array([3.0, 4.0])
    whole = rng.random((20, 24, 6), dtype=np.float32)
    expected = scipy(whole[::-2, 3:20, ::2], matrix, offset, 1, "reflect", 0.0)
    frozen = whole.copy()
    frozen.setflags(write=False)
    for source in (whole, frozen):
        for out in (
            None,
            np.empty((3, 10, 17), np.float32).transpose(1, 2, 0),
            np.empty((30, 17, 3), np.float32)[::-3],
        ):
            result = _native.affine(source[::-2, 3:20, ::2], matrix, offset, 1, "reflect", 0.0, out)
            np.testing.assert_array_equal(result, expected)
            assert out is None or result is out


@pytest.mark.parametrize("shape", [(0, 3, 3), (3, 0, 3), (3, 3, 0)])
def test_nothing_gives_nothing(shape):
    for order in (0, 1):
        assert _native.affine(np.empty(shape), IDENTITY, np.zeros(2), order, "wrap", 0.0).shape == shape


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e19, -1e19, 1e300, -1e300, 5e-324])
def test_no_number_leaves_the_image(value):
    image = np.full((5, 6, 3), 7, np.uint8)
    for mode in MODES:
        for order in (0, 1):
            result = _native.affine(
                image, np.array([[value, 1.0], [0.5, value]]), np.array([value, 0.0]), order, mode, 9.0
            )
            assert set(np.unique(result)) <= {0, 7, 9}


def test_bad_arguments_are_named():
    image, offset = np.zeros((4, 5, 3), np.uint8), np.zeros(2)

    def call(image=image, matrix=IDENTITY, offset=offset, order=1, mode="wrap", out=None):
        _native.affine(image, matrix, offset, order, mode, 0.0, out)

    frozen = np.zeros_like(image)
    frozen.setflags(write=False)
    unaligned = np.zeros(4 * 5 * 3 * 4 + 1, np.uint8)[1:].view(np.float32).reshape(4, 5, 3)
    for error, name, given in (
        (SpecError, "order", {"order": 2}),
        (SpecError, "mode", {"mode": "mirror"}),
        (ShapeError, "matrix", {"matrix": np.eye(3)}),
        (SpecError, "matrix", {"matrix": np.eye(2, dtype=np.float32)}),
        (ShapeError, "offset", {"offset": np.zeros(3)}),
        (TypeError, "image", {"image": [[1]]}),
        (ShapeError, "image", {"image": image[0]}),
        (PixelError, "image", {"image": image.astype(np.int16)}),
        (PixelError, "image", {"image": image.astype(">f4")}),
        (SpecError, "image", {"image": unaligned}),
        (ShapeError, "out", {"out": np.zeros((5, 4, 3), np.uint8)}),
        (SpecError, "out", {"out": np.zeros(image.shape)}),
        (SpecError, "out", {"out": frozen}),
        (SpecError, "out", {"out": image}),
        (SpecError, "out", {"out": image[::-1]}),
        (SpecError, "out", {"image": np.zeros((4, 5, 3), np.float32), "out": unaligned}),
    ):
        with pytest.raises(error, match=name):
            call(**given)


def test_threads_do_not_disturb_each_other():
    rng = np.random.default_rng(5)
    image = rng.random((200, 150, 3), dtype=np.float32)
    jobs = [(rng.normal(size=(2, 2)), rng.normal(size=2) * 50) for _ in range(8)]
    expected = [_native.affine(image, *job, 1, "reflect", 0.0) for job in jobs]
    found = [None] * len(jobs)

    def work(i):
        found[i] = _native.affine(image, *jobs[i], 1, "reflect", 0.0)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
