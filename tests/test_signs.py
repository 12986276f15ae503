"""Signs and centres: every transform and its opposite move an off-centre mark where Pillow and SciPy move it."""

import numpy as np
import pytest

from engines import both
from render_signs import sheet
from signs import SIGNS, by_pillow, dot, expected_mark, face, mark, scipy_truth, seen_mark, sizes, spec

RANGE = (0.0, 255.0)
signs = pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)


def seen(render, sign, image):
    return render(spec(sign), image[np.newaxis], sign.values, RANGE)[0]


@both
@signs
def test_the_mark_goes_where_it_is_said_to_go(render, sign):
    """Within a third of a pixel of the place; and nearer to it than to where the opposite would put it."""
    for height, width in sizes(sign):
        actual = seen_mark(seen(render, sign, dot(height, width)))
        expected = expected_mark(sign, height, width)
        away = expected_mark(SIGNS[sign.opposite], height, width)
        assert np.hypot(*np.subtract(actual, expected)) <= 1 / 3
        assert np.hypot(*np.subtract(actual, expected)) < np.hypot(*np.subtract(actual, away))


WORDS = {
    # The mark stands up and to the right. rows, columns: -1 up or left, +1 down or right, 0 still.
    "angle +20": (-1, -1),
    "angle -20": (+1, +1),
    "width +0.2": (0, +1),
    "width -0.2": (0, -1),
    "height +0.2": (+1, 0),
    "height -0.2": (-1, 0),
    "shear x +25": (0, -1),  # above the centre, so to the left
    "shear x -25": (0, +1),
    "shear y +25": (+1, 0),  # right of the centre, so down
    "shear y -25": (-1, 0),
    "zoom x 1.25": (0, +1),  # away from the centre
    "zoom x 0.8": (0, -1),
    "zoom y 1.25": (-1, 0),
    "zoom y 0.8": (+1, 0),
    "width +1 pixel": (0, +1),
    "width -1 pixel": (0, -1),
    "height +1 pixel": (+1, 0),
    "height -1 pixel": (-1, 0),
    "seen x 1.25": (0, -1),  # more is seen, so it lies nearer to the centre
    "seen x 0.8": (0, +1),
    "seen y 1.25": (+1, 0),
    "seen y 0.8": (-1, 0),
    "flip horizontal": (0, -1),
    "flip vertical": (+1, 0),
    "turn 1": (0, -1),
    "turn 3": (+1, 0),
    "turn 2": (+1, -1),
    "turn 0": (0, 0),
    "flip none": (0, 0),
    "flip no": (0, 0),
}


@both
@signs
def test_the_direction_in_words(render, sign):
    """The same without any matrix: a positive angle is counter-clockwise, a positive shift right or down..."""
    height, width = sizes(sign)[-1]
    moved = np.subtract(seen_mark(seen(render, sign, dot(height, width))), mark(height, width))
    np.testing.assert_array_equal(np.where(np.abs(moved) < 0.5, 0, np.sign(moved)), WORDS[sign.name])


@both
@signs
def test_it_looks_as_scipy_makes_it(render, sign):
    for height, width in sizes(sign):
        image = face(height, width)
        difference = np.abs(seen(render, sign, image) - scipy_truth(sign, image))
        assert difference.mean() <= 0.25
        assert difference.max() <= 2.0


@both
@signs
def test_it_looks_as_pillow_makes_it(render, sign):
    """Pillow cuts at the border where we fade into the fill, and rounds to whole levels: compared one pixel inside."""
    for height, width in sizes(sign):
        image = face(height, width)
        actual, expected = seen(render, sign, image), by_pillow(sign, image).astype(np.float64)
        # Where the black from outside is not blended in: SciPy with a white outside says so.
        whole = seen(render, sign, np.full_like(image, 255)) == 255
        difference = np.abs(actual - expected)[whole]
        assert difference.size > image.size / 3
        assert difference.max() <= 3.0


@both
@signs
def test_the_opposite_undoes_it(render, sign):
    """There and back again leaves the mark within half a pixel of its place."""
    opposite = SIGNS[sign.opposite]
    if "flip" in sign.name or sign.name in ("turn 2", "turn 0"):
        opposite = sign
    for height, width in sizes(sign):
        there = np.rint(seen(render, sign, dot(height, width))).astype(np.uint8)
        back = seen_mark(seen(render, opposite, there))
        assert np.hypot(*np.subtract(back, mark(height, width))) <= 0.5


def test_the_contact_sheet_is_drawn(tmp_path):
    path = tmp_path / "signs.png"
    sheet(path)
    assert path.stat().st_size > 1000
