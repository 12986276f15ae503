"""Coordinates against float64: within 1/256 of a pixel, for images up to 16,384 a side."""

import math

import numpy as np
import pytest

from engines import both
from geometry import FILLS, GEOMETRY, some_values
from handwritten import spec_of
from samebatch.reference.kernels.warp import _coordinates
from samebatch.reference.params.matrix import fixed, matrix
from truths import affine, places


def _folded(place, size, fill_mode):
    """Return what a ramp of 0, 1, ... size - 1 holds at a place, and where that is defined by a slope of one."""
    if fill_mode == "nearest":
        return np.clip(place, 0, size - 1), np.ones(place.shape, bool)
    if fill_mode == "reflect":
        t = np.mod(place + 0.5, 2 * size)
        return np.clip(np.where(t > size, 2 * size - t, t) - 0.5, 0, size - 1), np.ones(place.shape, bool)
    t = np.mod(place, size)
    # At the seam, wrap falls back to 0 within one pixel.
    return t, (t <= size - 1 - 1 / 256) & (t >= 1 / 256)


@both
@pytest.mark.parametrize("fill_mode", ["nearest", "reflect", "wrap"])
@pytest.mark.parametrize("side", [16384, 16383, 4099])
def test_coordinates_stay_within_a_256th_of_a_pixel(render, fill_mode, side):
    """A float32 ramp shows its own coordinate, exactly; the error must also not lean to one side."""
    random = np.random.default_rng(11)
    ramp = np.arange(side, dtype=np.float32)
    for height, width in [(4, side), (side, 4)]:
        axis = 0 if width == side else 1
        image = np.broadcast_to(ramp if axis == 0 else ramp[:, np.newaxis], (height, width))[
            np.newaxis, :, :, np.newaxis
        ]
        spec = spec_of(*GEOMETRY, fill_mode=fill_mode)
        for _ in range(2):
            values = some_values(random) | {"rotation.angle": random.uniform(-30, 30)}
            place = places(affine(spec, values, height, width), height, width)[axis]
            truth, defined = _folded(place, side, fill_mode)
            actual = render(spec, image, values, (0.0, 16384.0))[0, :, :, 0]
            error = (actual - truth)[defined]
            assert defined.mean() > 0.99
            assert np.abs(error).max() <= 1 / 256
            assert abs(error.mean()) <= 1 / 4096


@pytest.mark.parametrize("fill_mode", FILLS)
def test_coordinates_all_over_the_largest_image(fill_mode):
    """The formula of the reference on rows of a 16384 x 16384 image, without the image."""
    side = 16384
    random = np.random.default_rng(12)
    spec = spec_of(*GEOMETRY)
    x = np.arange(side, dtype=np.float64)
    for _ in range(20):
        values = some_values(random)
        m = affine(spec, values, side, side)
        f = fixed(matrix(spec, values, side, side), 0)
        for row in (0, 1, int(random.integers(side)), side - 1):
            for along, down, origin, line in [(f.xx, f.xy, f.x0, m[0]), (f.yx, f.yy, f.y0, m[1])]:
                truth = line[0] * x + line[1] * row + line[2]
                got = _coordinates(origin + row * down, along, down, (1, side), side, fill_mode)[0]
                error = ((got + 64) >> 7) / 256 - truth
                if fill_mode in ("reflect", "wrap"):
                    period = 2 * side if fill_mode == "reflect" else side
                    error = np.mod(error + period / 2, period) - period / 2
                else:
                    error = error[np.abs(truth) < side]  # far outside, coordinates are cut off
                assert np.abs(error).max(initial=0.0) <= 1 / 256


def test_the_matrix_equals_numpy_in_float64():
    """Composition and centres, against 3x3 matrices multiplied and inverted by NumPy: within 1e-9 of a pixel."""
    random = np.random.default_rng(13)
    for _ in range(200):
        values = some_values(random)
        height, width = (int(v) for v in random.integers(1, 300, 2))
        order = [GEOMETRY[i] for i in random.permutation(len(GEOMETRY))]
        spec = spec_of(*order)
        a, b, ox, c, d, oy = matrix(spec, values, height, width)
        np.testing.assert_allclose(
            [[a, b, ox], [c, d, oy], [0, 0, 1]], affine(spec, values, height, width), rtol=0, atol=1e-9
        )


def test_the_matrix_is_rounded_half_to_even_at_32_bits():
    half = 2.0**-33
    assert fixed((1.0 + half, half, 3 * half, -half, -3 * half, 0.0), 0).xx == 1 << 32
    f = fixed((1.0, half, 3 * half, -half, -3 * half, math.nextafter(half, 1.0)), 0)
    assert (f.xy, f.x0, f.yx, f.yy, f.y0) == (0, 2, 0, -2, 1)
