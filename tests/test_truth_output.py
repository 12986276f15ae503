"""Output types against NumPy, ml_dtypes and PyTorch: to the nearest, halves to even, saturating; and layouts."""

import numpy as np
import pytest

from engines import both
from handwritten import spec_of


def halfway(dtype):
    """Return float32 values around every kind of rounding to a smaller type: ties, ends, subnormals, zeros."""
    random = np.random.default_rng(4)
    ties = np.arange(-4, 520, dtype=np.float64) / 2
    exponents = 2.0 ** np.arange(-30, 17)[:, np.newaxis]
    mantissa = (
        (2048 + np.arange(0, 2049, 37))[np.newaxis] / 2048 if dtype == "float16" else np.linspace(1, 2, 129)[np.newaxis]
    )
    around = [(exponents * mantissa * sign).ravel() for sign in (1, -1)]
    edges = [65503.99, 65504.0, 65519.99, 65520.0, 65536.0, 1e5, 5.96e-8, 2.98e-8, 2.981e-8, 6.1e-5, 0.0, -0.0]
    values = np.concatenate([ties, *around, edges, np.negative(edges), random.normal(0, 1000, 5000)]).astype(np.float32)
    return np.concatenate([values, np.nextafter(values, np.float32(np.inf)), np.nextafter(values, np.float32(-np.inf))])


def converted(render, values, dtype, low, high):
    """Return values through a pipeline that does nothing but convert."""
    images = np.zeros((1, -(-len(values) // 61), 61, 1), np.float32)
    images.reshape(-1)[: len(values)] = values
    return render(spec_of(dtype=dtype), images, {}, (low, high)).reshape(-1)[: len(values)]


@both
def test_float16(render):
    values = halfway("float16")
    expected = np.clip(values + np.float32(0.0), -65504, 65504).astype(np.float16)
    np.testing.assert_array_equal(
        converted(render, values, "float16", -1e6, 1e6).view(np.uint16), expected.view(np.uint16)
    )


@both
@pytest.mark.parametrize("oracle", ["ml_dtypes", "torch"])
def test_bfloat16(render, oracle):
    library = pytest.importorskip(oracle)
    largest = float(np.array([0x7F7F0000], np.uint32).view(np.float32)[0])
    values = np.concatenate([halfway("bfloat16"), np.float32([1e30, -1e30, 1e-30, 1e-38, 1e-40, 1e-45])]) + np.float32(
        0.0
    )
    clipped = np.clip(values, -largest, largest)
    if oracle == "torch":
        expected = library.from_numpy(clipped).to(library.bfloat16).view(library.int16).numpy().view(np.uint16)
    else:
        expected = clipped.astype(library.bfloat16).view(np.uint16)
    np.testing.assert_array_equal(converted(render, values, "bfloat16", -1e30, 1e30), expected)


@both
def test_float16_and_bfloat16_saturate(render):
    """Beyond the largest finite number there is no infinity."""
    grow = {"kind": "Normalize", "mean": [0.5], "std": [1e-30]}
    rescale = {"kind": "Rescale", "scale": 6.8e8, "offset": 0.0}
    images = np.array([[-1.0, 1.0]], np.float32).reshape(1, 1, 2, 1)
    for dtype, largest in [("float16", 0x7BFF), ("bfloat16", 0x7F7F)]:
        actual = render(spec_of(grow, rescale, dtype=dtype), images, {}, (-1.0, 1.0)).reshape(-1).view(np.uint16)
        assert actual.tolist() == [largest | 0x8000, largest]


@both
def test_uint8(render):
    """To the nearest, halves to even."""
    values = np.concatenate([np.arange(0, 511) / 2, np.random.default_rng(5).uniform(0, 255, 5000)]).astype(np.float32)
    values = np.clip(
        np.concatenate([values, np.nextafter(values, np.float32(0)), np.nextafter(values, np.float32(256))]), 0, 255
    )
    np.testing.assert_array_equal(converted(render, values, "uint8", 0.0, 255.0), np.rint(values).astype(np.uint8))


@both
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "uint8"])
def test_channels_first_holds_the_same_numbers(render, dtype):
    images = np.random.default_rng(2).integers(0, 256, (2, 23, 19, 3), np.uint8)
    turn = {"kind": "RandomRotation", "low": 17.0, "high": 17.0}
    last = render(spec_of(turn, dtype=dtype), images, {"rotation.angle": 17.0}, (0.0, 255.0))
    first = render(spec_of(turn, dtype=dtype, layout="channels_first"), images, {"rotation.angle": 17.0}, (0.0, 255.0))
    np.testing.assert_array_equal(first, last.transpose(0, 3, 1, 2))
