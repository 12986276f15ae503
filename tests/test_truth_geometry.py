"""Geometry against SciPy in float64, within stated bounds."""

import numpy as np
import pytest

from engines import both
from geometry import FILLS, GEOMETRY, VALUE_RANGES, picture, some_values
from handwritten import spec_of
from truths import affine, by_scipy, places


@both
@pytest.mark.parametrize("kind", ["smooth", "noise"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("fill_mode", FILLS)
def test_bilinear_equals_scipy_within_a_quarter_level(render, kind, dtype, fill_mode):
    """At most 0.25 of 255 on average; and at most 2 of 255 anywhere: 1/256 pixel in x and in y of a full step."""
    random = np.random.default_rng(7)
    low, high = VALUE_RANGES[dtype]
    fill_value = 51.0 if dtype == "uint8" else 0.25
    spec = spec_of(*GEOMETRY, fill_mode=fill_mode, fill_value=fill_value)
    for height, width in [(64, 64), (5, 11), (11, 5), (97, 61), (1, 40), (40, 1), (120, 150)]:
        image = picture(kind, (height, width, 2), dtype, random)
        for _ in range(3):
            values = some_values(random)
            truth = by_scipy(image, affine(spec, values, height, width), fill_mode, fill_value)
            actual = render(spec, image[np.newaxis], values, (low, high))[0]
            levels = np.abs(actual - truth) * (255 / (high - low))
            assert levels.mean() <= 0.25
            assert levels.max() <= 2.0


@both
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("fill_mode", FILLS)
def test_nearest_equals_scipy_away_from_ties(render, dtype, fill_mode):
    """Wherever the true coordinate is 1/256 pixel or more from a tie, the very same pixel is chosen."""
    random = np.random.default_rng(8)
    fill_value = 51.0 if dtype == "uint8" else 0.25
    spec = spec_of(*GEOMETRY, fill_mode=fill_mode, fill_value=fill_value, interpolation="nearest")
    for height, width in [(64, 64), (5, 11), (11, 5), (97, 61), (1, 40)]:
        image = picture("noise", (height, width, 2), dtype, random)
        for _ in range(3):
            values = some_values(random)
            m = affine(spec, values, height, width)
            clear = np.ones((height, width), bool)
            for place in places(m, height, width):
                clear &= np.abs(place - np.floor(place) - 0.5) >= 1 / 256
            assert clear.mean() > 0.9
            truth = by_scipy(image, m, fill_mode, fill_value, order=0)
            actual = render(spec, image[np.newaxis], values, VALUE_RANGES[dtype])[0]
            np.testing.assert_array_equal(actual[clear], truth[clear])
