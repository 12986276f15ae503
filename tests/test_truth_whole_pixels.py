"""Geometry that moves whole pixels, against NumPy exactly; and the order in which transforms are applied."""

import numpy as np
import pytest

from engines import both
from geometry import FILLS, VALUE_RANGES, picture
from handwritten import spec_of


@both
@pytest.mark.parametrize(
    "order", [("flip", "rotation"), ("rotation", "flip"), ("shift", "rotation"), ("rotation", "shift")]
)
def test_the_order_of_the_list_is_the_order_of_application(render, order):
    """Turn then shift is not shift then turn."""
    kinds = {
        "flip": (
            {"kind": "RandomFlip", "horizontal": 1.0, "vertical": 0.0},
            {"flip.horizontal": 1.0, "flip.vertical": 0.0},
        ),
        "rotation": ({"kind": "RandomRotation", "low": 90.0, "high": 90.0}, {"rotation.angle": 90.0}),
        "shift": (
            {"kind": "RandomShift", "width_low": 0.25, "width_high": 0.25, "height_low": 0.0, "height_high": 0.0},
            {"shift.width": 0.25, "shift.height": 0.0},
        ),
    }
    steps = {
        "flip": lambda image: image[:, ::-1],
        "rotation": np.rot90,
        "shift": lambda image: np.roll(image, image.shape[1] // 4, axis=1),
    }
    image = picture("noise", (12, 12, 1), "uint8", np.random.default_rng(0))
    expected = image
    for name in order:
        expected = steps[name](expected)
    spec = spec_of(*(kinds[name][0] for name in order), fill_mode="wrap")
    values = {column: value for name in order for column, value in kinds[name][1].items()}
    np.testing.assert_array_equal(render(spec, image[np.newaxis], values, (0.0, 255.0))[0], expected)


@both
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("fill_mode", FILLS)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_quarter_turns_flips_and_identity_are_exact(render, dtype, fill_mode, interpolation):
    random = np.random.default_rng(9)
    fields = {"interpolation": interpolation, "fill_mode": fill_mode}
    for side in (1, 2, 5, 16, 33):
        image = picture("noise", (side, side, 3), dtype, random)
        for turns in range(4):
            expected = np.rot90(image, turns).astype(np.float32)
            turn = spec_of({"kind": "RandomQuarterTurn", "turns": [turns]}, **fields)
            actual = render(turn, image[np.newaxis], {"quarter_turn.turns": turns}, VALUE_RANGES[dtype])[0]
            np.testing.assert_array_equal(actual, expected)
            angle = 90.0 * turns - 360.0
            rotation = spec_of({"kind": "RandomRotation", "low": angle, "high": angle}, **fields)
            actual = render(rotation, image[np.newaxis], {"rotation.angle": angle}, VALUE_RANGES[dtype])[0]
            np.testing.assert_array_equal(actual, expected)
    for height, width in [(1, 1), (1, 17), (16, 1), (5, 11), (33, 31)]:
        image = picture("noise", (height, width, 3), dtype, random)
        flip = spec_of({"kind": "RandomFlip", "horizontal": 0.5, "vertical": 0.5}, **fields)
        for horizontal in (0, 1):
            for vertical in (0, 1):
                expected = image[:: 1 - 2 * vertical, :: 1 - 2 * horizontal].astype(np.float32)
                values = {"flip.horizontal": horizontal, "flip.vertical": vertical}
                actual = render(flip, image[np.newaxis], values, VALUE_RANGES[dtype])[0]
                np.testing.assert_array_equal(actual, expected)


@both
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize(
    ("fill_mode", "padding"),
    [
        ("nearest", {"mode": "edge"}),
        ("constant", {"constant_values": 1}),
        ("reflect", {"mode": "symmetric"}),
        ("wrap", {"mode": "wrap"}),
    ],
)
def test_whole_pixel_shifts_are_exact(render, dtype, fill_mode, padding, interpolation):
    random = np.random.default_rng(10)
    spec = spec_of(
        {"kind": "RandomShift", "width_low": -16.0, "width_high": 16.0, "height_low": -16.0, "height_high": 16.0},
        fill_mode=fill_mode,
        fill_value=1.0,
        interpolation=interpolation,
    )
    for height, width in [(1, 1), (3, 7), (17, 16), (23, 49)]:
        image = picture("noise", (height, width, 1), dtype, random)
        for _ in range(4):
            right, down = (
                int(v)
                for v in (random.integers(-2 * width, 2 * width + 1), random.integers(-2 * height, 2 * height + 1))
            )
            # np.pad on both sides, as far as it shifts, then the window that is seen.
            across, below = abs(right), abs(down)
            padded = np.pad(image, ((below, below), (across, across), (0, 0)), **padding)
            expected = padded[below - down : below - down + height, across - right : across - right + width]
            values = {"shift.width": right / width, "shift.height": down / height}
            actual = render(spec, image[np.newaxis], values, VALUE_RANGES[dtype])[0]
            np.testing.assert_array_equal(actual, expected.astype(np.float32))
            if fill_mode == "wrap":
                np.testing.assert_array_equal(actual, np.roll(image, (down, right), (0, 1)).astype(np.float32))
