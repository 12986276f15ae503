"""Every transform and its opposite on an off-centre mark: what was asked for, and what ought to be seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from handwritten import spec_of
from truths import affine, by_scipy, forward

SIZES = [(5, 11), (11, 5), (32, 32), (24, 40)]
SQUARE = [(11, 11), (32, 32)]


@dataclass(frozen=True)
class Sign:
    """A transform with its numbers fixed; `turned` names the one that undoes it."""

    name: str
    transform: dict[str, Any]
    values: dict[str, float]
    opposite: str


PIXELS = {"unit": "pixels", "width_low": -4.0, "width_high": 4.0, "height_low": -4.0, "height_high": 4.0}
SEEN = {"reciprocal": True}


def _fixed(kind, column, value, more):
    """Return a transform of this kind whose range is one number in one column."""
    spread = {
        "RandomRotation": {"low": -45.0, "high": 45.0},
        "RandomShift": {"width_low": -1.0, "width_high": 1.0, "height_low": -1.0, "height_high": 1.0},
        "RandomShear": {"x_low": -45.0, "x_high": 45.0, "y_low": -45.0, "y_high": 45.0},
        "RandomZoom": {"low": 0.5, "high": 2.0, "independent": True},
        "RandomFlip": {"horizontal": 0.5, "vertical": 0.5},
        "RandomQuarterTurn": {"turns": [0, 1, 2, 3]},
    }
    still = {
        "RandomRotation": {"rotation.angle": 0.0},
        "RandomShift": {"shift.width": 0.0, "shift.height": 0.0},
        "RandomShear": {"shear.x": 0.0, "shear.y": 0.0},
        "RandomZoom": {"zoom.x": 1.0, "zoom.y": 1.0},
        "RandomFlip": {"flip.horizontal": 0.0, "flip.vertical": 0.0},
        "RandomQuarterTurn": {"quarter_turn.turns": 0.0},
    }
    return {"kind": kind, **spread[kind], **more}, still[kind] | {column: value}


def _signs():
    rows = [
        ("RandomRotation", "rotation.angle", {"angle +20": 20.0, "angle -20": -20.0}),
        ("RandomShift", "shift.width", {"width +0.2": 0.2, "width -0.2": -0.2}),
        ("RandomShift", "shift.height", {"height +0.2": 0.2, "height -0.2": -0.2}),
        ("RandomShear", "shear.x", {"shear x +25": 25.0, "shear x -25": -25.0}),
        ("RandomShear", "shear.y", {"shear y +25": 25.0, "shear y -25": -25.0}),
        ("RandomZoom", "zoom.x", {"zoom x 1.25": 1.25, "zoom x 0.8": 0.8}),
        ("RandomZoom", "zoom.y", {"zoom y 1.25": 1.25, "zoom y 0.8": 0.8}),
        ("RandomFlip", "flip.horizontal", {"flip horizontal": 1.0, "flip none": 0.0}),
        ("RandomFlip", "flip.vertical", {"flip vertical": 1.0, "flip no": 0.0}),
        ("RandomQuarterTurn", "quarter_turn.turns", {"turn 1": 1.0, "turn 3": 3.0}),
        ("RandomQuarterTurn", "quarter_turn.turns", {"turn 2": 2.0, "turn 0": 0.0}),
        ("RandomShift", "shift.width", {"width +1 pixel": 1.0, "width -1 pixel": -1.0}, PIXELS),
        ("RandomShift", "shift.height", {"height +1 pixel": 1.0, "height -1 pixel": -1.0}, PIXELS),
        ("RandomZoom", "zoom.x", {"seen x 1.25": 1.25, "seen x 0.8": 0.8}, SEEN),
        ("RandomZoom", "zoom.y", {"seen y 1.25": 1.25, "seen y 0.8": 0.8}, SEEN),
    ]
    for kind, column, pair, *more in rows:
        for name, opposite in (tuple(pair), tuple(pair)[::-1]):
            yield Sign(name, *_fixed(kind, column, pair[name], *(more or [{}])), opposite)


SIGNS = {sign.name: sign for sign in _signs()}


def sizes(sign):
    """Return the sizes it can be asked of: an odd quarter turn needs a square."""
    return SQUARE if "quarter_turn.turns" in sign.values else SIZES


def spec(sign, **fields):
    transform = sign.transform
    return spec_of(transform, **{"fill_mode": "constant", **fields})


def mark(height, width):
    """Return (row, column) of the off-centre pixel: up and to the right, well inside."""
    return round((height - 1) * 0.3), round((width - 1) * 0.7)


def dot(height, width):
    """Return an image that is black but for the mark."""
    image = np.zeros((height, width, 1), np.uint8)
    image[mark(height, width)] = 255
    return image


def face(height, width):
    """Return an image with a smooth ground and a bright mark that is like none of its mirror images."""
    y, x = np.mgrid[:height, :width]
    image = 40 + 60 * x / width + 30 * y / height
    row, column = mark(height, width)
    reach = max(1, min(height, width) // 8)
    image[row - reach : row + 1, column : column + reach + 1] = 255
    return np.rint(image).astype(np.uint8)[:, :, np.newaxis]


def expected_mark(sign, height, width):
    """Return (row, column) where the mark is to be seen, as a float."""
    row, column = mark(height, width)
    own = {name.split(".")[1]: value for name, value in sign.values.items()}
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    moved = forward(sign.transform, own, height, width) @ [*(np.array([column, row]) - centre), 1.0]
    return moved[1] + centre[1], moved[0] + centre[0]


def seen_mark(image):
    """Return (row, column) of the centre of brightness."""
    weights = image[:, :, 0].astype(np.float64)
    rows, columns = np.indices(weights.shape)
    return (rows * weights).sum() / weights.sum(), (columns * weights).sum() / weights.sum()


def by_pillow(sign, image):
    """Return what Pillow makes of it, with its own meaning of every word, black outside."""
    picture = Image.fromarray(image[:, :, 0])
    (width, height), values = picture.size, sign.values
    bilinear, transpose = Image.Resampling.BILINEAR, Image.Transpose
    match sign.transform["kind"]:
        case "RandomRotation":
            result = picture.rotate(values["rotation.angle"], bilinear)  # counter-clockwise, says Pillow
        case "RandomQuarterTurn":
            steps = [None, transpose.ROTATE_90, transpose.ROTATE_180, transpose.ROTATE_270]
            step = steps[int(values["quarter_turn.turns"])]
            result = picture if step is None else picture.transpose(step)
        case "RandomFlip":
            result = picture.transpose(transpose.FLIP_LEFT_RIGHT) if values["flip.horizontal"] else picture
            result = result.transpose(transpose.FLIP_TOP_BOTTOM) if values["flip.vertical"] else result
        case _:
            # Pillow's affine takes (column + 0.5, row + 0.5) of the result to the same of the source.
            m = affine(spec(sign), values, height, width)
            half = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
            m = half @ m @ np.linalg.inv(half)
            result = picture.transform(picture.size, Image.Transform.AFFINE, tuple(m[:2].ravel()), bilinear)
    return np.asarray(result)[:, :, np.newaxis]


def scipy_truth(sign, image):
    return by_scipy(image, affine(spec(sign), sign.values, *image.shape[:2]), "constant", 0.0)
