"""The integer weights of every filter against Pillow's own, all 22 bits of them.

Pillow resizes a picture of mode I (32 bits) in float64 and rounds once, as it rounds its integer weights for uint8. So
a pixel of 2**22 alone in its surroundings comes out as the weight it has.
"""

import numpy as np
import PIL
import pytest
from PIL import Image

from samebatch.reference.kernels.filters import SUPPORT
from samebatch.reference.kernels.resize import PRECISION, coefficients

METHODS = sorted(SUPPORT)
pytestmark = pytest.mark.skipif(int(PIL.__version__.split(".")[0]) < 10, reason="mode I is resized so since Pillow 10")


def by_pillow(size, box, out, method):
    """Return (first, integer weights) for each pixel made; pixels so far apart that no run has two are done at once."""
    (start, length), reach = box, int(np.ceil(SUPPORT[method] * max(box[1] / out, 1.0)))
    step = 2 * reach + 2
    impulses = np.zeros((size, min(step, size)), np.int32)
    impulses[np.arange(size), np.arange(size) % step] = 1 << PRECISION
    picture = Image.fromarray(impulses)
    columns = impulses.shape[1]
    made = picture.resize((columns, out), Image.Resampling[method.upper()], (0, start, columns, start + length))
    return np.asarray(made), step


def assert_like_pillow(size, box, out, method):
    made, step = by_pillow(size, box, out, method)
    expected = np.zeros_like(made)
    for i, (first, weights) in enumerate(coefficients(size, box, out, method)):
        for k, weight in enumerate(weights):
            rounded = int(weight * (1 << PRECISION) + (-0.5 if weight < 0 else 0.5))
            expected[i, (first + k) % step] = rounded
    np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize("method", METHODS)
def test_every_size_from_1_to_64(method):
    for size in range(1, 65):
        for out in range(1, 65):
            if size != out:
                assert_like_pillow(size, (0, size), out, method)


@pytest.mark.parametrize("method", METHODS)
def test_sizes_and_boxes_up_to_2000(method):
    random = np.random.default_rng(METHODS.index(method))
    for _ in range(60):
        size, out = (int(side) for side in random.integers(1, 2001, 2))
        start = int(random.integers(0, size))
        length = int(random.integers(1, size - start + 1))
        if size != out:
            assert_like_pillow(size, (0, size), out, method)
        if (start, length) != (0, out):
            assert_like_pillow(size, (start, length), out, method)
