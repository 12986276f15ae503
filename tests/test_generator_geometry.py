"""Where things go: shifts along their own axis, turns about the middle, and single images as batches have them."""

import warnings
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

from keras.src.legacy.preprocessing import image as original

from samebatch.keras import ImageDataGenerator

BLACK = {"fill_mode": "constant", "cval": 0.0}


def dot(height, width, row, column, channels=1):
    image = np.zeros((height, width, channels), np.uint8)
    image[row, column] = 255
    return image


def place(image):
    """Return the centre of brightness."""
    weights = np.asarray(image, float)[..., 0]
    rows, columns = np.indices(weights.shape)
    return (rows * weights).sum() / weights.sum(), (columns * weights).sum() / weights.sum()


@pytest.mark.parametrize(
    ("name", "moving", "still"), [("height_shift_range", 0, 1), ("width_shift_range", 1, 0)], ids=["height", "width"]
)
@pytest.mark.parametrize("amount", [0.2, 2.5, 4, [1, 3]], ids=repr)
def test_a_shift_moves_along_its_own_axis(name, moving, still, amount):
    """Keras 3 moves across what is called height, and down what is called width."""
    images = dot(21, 31, 10, 15)[None].repeat(64, 0)
    batch = ImageDataGenerator(**BLACK, **{name: amount}).flow(images, seed=1, batch_size=64)[0]
    places = np.array([place(image) for image in batch])
    assert np.ptp(places[:, still]) < 1e-6
    moved = places[:, moving] - (10, 15)[moving]
    reach = {0.2: 0.2 * (21, 31)[moving], 2.5: 2.5, 4: 3}.get(amount, 3) if isinstance(amount, float | int) else 3
    assert moved.min() < -0.7 * reach
    assert moved.max() > 0.7 * reach
    assert np.abs(moved).max() <= reach + 1e-6
    if not isinstance(amount, float):
        allowed = {0.0, 1.0, 2.0, 3.0} if amount == 4 else {1.0, 3.0}
        assert set(np.abs(np.rint(moved))) == allowed


def test_a_turned_oblong_keeps_its_middle():
    """Keras 3 turns a 5 x 11 image about a point that is not its middle, and loses it."""
    image = dot(5, 11, 2, 5)
    turned = ImageDataGenerator(**BLACK).apply_transform(image, {"theta": 180})
    np.testing.assert_array_equal(turned, image)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lost = original.ImageDataGenerator(**BLACK).apply_transform(image, {"theta": 180})
    assert lost.max() == 0
    noise = np.random.default_rng(0).integers(0, 256, (5, 11, 3), dtype=np.uint8)
    turned = ImageDataGenerator(**BLACK).apply_transform(noise, {"theta": 180})
    np.testing.assert_array_equal(turned, noise[::-1, ::-1])


@pytest.mark.parametrize(
    ("parameters", "row", "column"),
    [
        ({"theta": 90}, 20 - 14, 4),  # counter-clockwise: what stood right of the middle stands above it
        ({"tx": 3}, 4 - 3, 14),  # what height_shift_range draws: up
        ({"ty": 3}, 4, 14 - 3),  # what width_shift_range draws: to the left
        ({"zx": 2}, 4, 12),  # twice as much is seen across
        ({"zy": 2}, 7, 14),
        ({"flip_horizontal": True}, 4, 6),
        ({"flip_vertical": 1}, 16, 14),
        ({"shear": 45}, 4, 14 - 6),  # leaning to the right going down, and the height stays
        ({}, 4, 14),
        ({"brightness": None, "channel_shift_intensity": None, "unknown": 3}, 4, 14),
    ],
    ids=repr,
)
def test_every_parameter_does_what_it_says(parameters, row, column):
    moved = ImageDataGenerator(**BLACK).apply_transform(dot(21, 21, 4, 14).astype(np.float32), parameters)
    np.testing.assert_allclose(place(moved), (row, column), atol=1e-3)


@pytest.mark.parametrize("parameters", [{"theta": 33.3}, {"zx": 0.7, "zy": 1.4}, {"flip_vertical": True}], ids=repr)
@pytest.mark.parametrize("order", [0, 1])
def test_square_images_look_as_keras_makes_them(parameters, order):
    """Where Keras' geometry is right, ours is the same but for the last bits of a coordinate."""
    y, x = np.mgrid[:48, :48] / 48.0
    image = np.stack([127 + 100 * np.sin(9 * x + 4 * y), 255 * x, 255 * y * y], -1).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        truth = original.ImageDataGenerator(interpolation_order=order).apply_transform(image, parameters)
    ours = ImageDataGenerator(interpolation_order=order).apply_transform(image, parameters)
    assert np.abs(ours - truth).mean() < 0.25


def test_brightness_takes_no_detour_through_bytes():
    """Keras turns images from 0 to 1 black, and rounds all others."""
    image = np.random.default_rng(0).random((6, 7, 3)).astype(np.float32)
    generator = ImageDataGenerator()
    np.testing.assert_array_equal(generator.apply_transform(image, {"brightness": 1.0}), image)
    halved = generator.apply_transform(image, {"brightness": 0.5})
    np.testing.assert_array_equal(halved, image / 2)
    doubled = generator.apply_transform(image, {"brightness": 2.0})
    np.testing.assert_array_equal(doubled, np.minimum(image * 2, 1))


def test_a_channel_shift_clips_to_the_value_range():
    image = np.array([[[10, 100, 250]]], np.uint8)
    generator = ImageDataGenerator()
    shifted = generator.apply_transform(image, {"channel_shift_intensity": 20.0})
    assert (shifted.tolist(), shifted.dtype) == ([[[30, 120, 255]]], np.uint8)
    assert generator.apply_transform(image, {"channel_shift_intensity": -1000.0}).max() == 0


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int32"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_single_image_keeps_its_type_shape_and_layout(dtype, data_format):
    image = np.random.default_rng(0).integers(0, 256, (6, 9, 3)).astype(dtype)
    moves = {"theta": 20, "zx": 1.3, "flip_horizontal": True, "brightness": 0.9}
    last = ImageDataGenerator().apply_transform(image, moves)
    assert (last.dtype, last.shape) == (np.dtype(dtype), image.shape)
    if data_format == "channels_first":
        first = ImageDataGenerator(data_format=data_format).apply_transform(image.transpose(2, 0, 1), moves)
        np.testing.assert_array_equal(first.transpose(1, 2, 0), last)


def test_a_random_transform_applies_what_is_drawn():
    generator = ImageDataGenerator(rotation_range=30, width_shift_range=0.2, height_shift_range=3, zoom_range=0.3)
    image = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    drawn = generator.get_random_transform(image.shape, seed=9)
    np.testing.assert_array_equal(generator.random_transform(image, seed=9), generator.apply_transform(image, drawn))
    assert (generator.random_transform(image) != generator.random_transform(image)).any()


def test_what_a_dictionary_says_is_what_the_pipeline_does():
    """A row of the batch's own params, told in Keras' words, gives the same image."""
    from samebatch.keras.generator import drawn  # noqa: PLC0415 (after the check for Keras)

    settings = {"rotation_range": 30, "width_shift_range": 0.2, "height_shift_range": 3, "shear_range": 20}
    settings |= {"zoom_range": 0.3, "channel_shift_range": 40, "horizontal_flip": True, "brightness_range": (0.5, 1.5)}
    generator = ImageDataGenerator(**settings)
    images = np.random.default_rng(0).integers(0, 256, (9, 16, 24, 3), dtype=np.uint8)
    batch = generator.flow(images.astype(np.float32), seed=5, shuffle=False).batches.batch(0, 0)
    for row, params in enumerate(batch.params):
        told = drawn.to_keras(batch.pipeline.transforms, params, (16, 24), 255.0)
        again = generator.apply_transform(images[row].astype(np.float32), told)
        np.testing.assert_allclose(again, batch.x[row], atol=0.02 * 255, rtol=0)
        assert np.abs(again - batch.x[row]).mean() < 0.05


@pytest.mark.parametrize(
    ("parameters", "told"),
    [({"zx": -1}, "zoom.x = -1 must be in"), ({"shear": 85}, "shear.x = 85 must be in"), ({"theta": np.nan}, "finite")],
    ids=repr,
)
def test_parameters_out_of_range_are_refused(parameters, told):
    with pytest.raises(ValueError, match=told):
        ImageDataGenerator().apply_transform(dot(5, 5, 1, 1), parameters)


@pytest.mark.parametrize(
    "call",
    [
        lambda g: g.apply_transform(np.zeros((2, 5, 5, 3)), {}),
        lambda g: g.get_random_transform((5, 5)),
        lambda g: g.standardize(np.zeros((5, 5))),
        lambda g: g.flow(np.full((2, 4, 4, 1), np.nan))[0],
        lambda g: g.flow(np.zeros((2, 4, 4, 1), object))[0],
    ],
    ids=range(5),
)
def test_what_is_no_image_is_refused(call):
    with pytest.raises(ValueError, match=r"rank|finite|numbers"):
        call(ImageDataGenerator())


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.array([0.0, 1.0]), (0.0, 1.0)),
        (np.array([0.0, 0.0]), (0.0, 1.0)),
        (np.array([0.25, 1.5]), (0.0, 255.0)),
        (np.array([-1.0, 1.0]), (-1.0, 1.0)),
        (np.array([0.0, 4095.0]), (0.0, 4095.0)),
        (np.array([-3.0, -3.0]), (-3.0, 0.0)),
    ],
    ids=repr,
)
def test_the_value_range_is_found_from_the_data(pixels, expected):
    made = ImageDataGenerator().flow(pixels.reshape(2, 1, 1, 1))
    assert made._value_range() == expected
    np.testing.assert_array_equal(np.sort(made[0].ravel()), pixels.astype(np.float32))


@pytest.mark.parametrize("cval", [-1.0, 0.1, 7.5, 300.0])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_any_fill_value_will_do_for_arrays(cval, dtype):
    image = np.full((1, 5, 5, 1), 100, dtype)
    made = ImageDataGenerator(fill_mode="constant", cval=cval, width_shift_range=[5.0]).flow(image)
    np.testing.assert_array_equal(np.unique(made[0]), [np.float32(cval)])
