"""What the arguments mean: the pipeline they become, and the distribution of what is drawn, against Keras' own."""

from importlib.util import find_spec

import numpy as np
import pytest
from scipy import stats

if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

from keras.src.legacy.preprocessing import image as original

import samebatch as sb
from samebatch.keras import ImageDataGenerator
from samebatch.keras.generator.shifts import shifts

DRAWS = 20_000
# Ten columns of each of a few settings are looked at: a sound translation's smallest p-value is about a hundredth.
LEAST_P = 1e-4
SHAPE = (60, 90, 3)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"rotation_range": -20}, [sb.RandomRotation(20)]),
        ({"shear_range": 0.2}, [sb.RandomShear(x=0.2)]),
        ({"zoom_range": 0.2}, [sb.RandomZoom(0.8, 1.2, independent=True, reciprocal=True)]),
        ({"zoom_range": [2, 0.5]}, [sb.RandomZoom(0.5, 2, independent=True, reciprocal=True)]),
        ({"zoom_range": [1, 1]}, []),
        ({"channel_shift_range": 51}, [sb.RandomChannelShift(0.2, independent=False)]),
        ({"horizontal_flip": True}, [sb.RandomFlip(0.5, 0.0)]),
        ({"vertical_flip": True}, [sb.RandomFlip(0.0, 0.5)]),
        ({"brightness_range": (1.5, 0.5)}, [sb.RandomBrightness(0.5, 1.5)]),
        ({"rescale": 2}, [sb.Rescale(2)]),
        ({"samplewise_center": True}, [sb.Standardize(std=False, epsilon=1e-6 / 255)]),
        (
            {"samplewise_center": True, "samplewise_std_normalization": True, "rescale": 0.5},
            [sb.Rescale(0.5), sb.Standardize(epsilon=1e-6 / 127.5)],
        ),
        ({"featurewise_center": True}, [sb.Normalize()]),
    ],
    ids=repr,
)
def test_each_argument_is_a_transform(given, expected):
    assert ImageDataGenerator(**given).pipeline == sb.Pipeline(expected)


def test_all_of_them_stand_in_keras_order():
    generator = ImageDataGenerator(
        rotation_range=1,
        width_shift_range=0.1,
        height_shift_range=0.1,
        shear_range=1,
        zoom_range=0.1,
        channel_shift_range=1,
        horizontal_flip=True,
        brightness_range=(0.9, 1.1),
        rescale=0.5,
        samplewise_center=True,
        fill_mode="constant",
        cval=7,
        interpolation_order=0,
        data_format="channels_first",
        dtype="float16",
    )
    names = [type(transform).__name__ for transform in generator.pipeline.transforms]
    geometry = ["RandomRotation", "RandomShift", "RandomShear", "RandomZoom"]
    assert names == [*geometry, "RandomChannelShift", "RandomFlip", "RandomBrightness", "Rescale", "Standardize"]
    pipeline = generator.pipeline
    told = pipeline.interpolation, pipeline.fill_mode, pipeline.fill_value, pipeline.layout, pipeline.dtype
    assert told == ("nearest", "constant", 7.0, "channels_first", "float16")


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (0, 0.0, []),
        (None, [], []),
        (0.2, 0.1, [sb.RandomShift(0.2, 0.1)]),
        (0.2, 0, [sb.RandomShift(0.2)]),
        (0, -0.5, [sb.RandomShift(height=0.5)]),
        (1.0, 2.5, [sb.RandomShift(1, 2.5, unit="pixels")]),
        (3, 0, [sb.RandomShift(widths=[0, -1, -2, 0, 1, 2], unit="pixels")]),
        (1, 0, [sb.RandomShift(widths=[0, 0], unit="pixels")]),
        (True, 0, [sb.RandomShift(widths=[0, 0], unit="pixels")]),
        ([2, 5], 0.1, [sb.RandomShift(widths=[-2, -5, 2, 5], unit="pixels"), sb.RandomShift(height=0.1)]),
        ((0.1, 0.5), [-3], [sb.RandomShift(widths=[-0.1, -0.5, 0.1, 0.5], heights=[3, -3])]),
        (np.array([0.1, 0.5]), 0, [sb.RandomShift(widths=[-0.1, -0.5, 0.1, 0.5])]),
        ([0.5, 2], 0, [sb.RandomShift(widths=[-0.5, -2, 0.5, 2], unit="pixels")]),
    ],
    ids=repr,
)
def test_all_of_keras_readings_of_a_shift(width, height, expected):
    assert shifts(width, height) == expected


SETTINGS = {
    "fractions": {
        "rotation_range": 30,
        "width_shift_range": 0.2,
        "height_shift_range": 0.3,
        "shear_range": 15,
        "zoom_range": 0.3,
        "channel_shift_range": 40,
        "horizontal_flip": True,
        "vertical_flip": True,
        "brightness_range": (0.5, 1.5),
    },
    "pixels": {
        "width_shift_range": 7.5,
        "height_shift_range": 5,
        "zoom_range": [0.5, 1.0],
        "channel_shift_range": 0.1,
        "horizontal_flip": True,
    },
    "lists": {"width_shift_range": [1, 2, 2, 9], "height_shift_range": [0.1, 0.25], "brightness_range": [0.2, 0.4]},
    "nothing": {},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_drawn_has_keras_distribution(name):
    """Every parameter of 20,000 draws: Kolmogorov-Smirnov, and the two zooms are independent."""
    ours, theirs = ImageDataGenerator(**SETTINGS[name]), original.ImageDataGenerator(**SETTINGS[name])
    ours._seed = 5
    drawn = [ours.get_random_transform(SHAPE) for _ in range(DRAWS)]
    state = np.random.get_state()  # noqa: NPY002 (Keras draws from the global generator)
    np.random.seed(7)  # noqa: NPY002
    expected = [theirs.get_random_transform(SHAPE) for _ in range(DRAWS)]
    np.random.set_state(state)  # noqa: NPY002
    assert drawn[0].keys() == expected[0].keys()
    for key in expected[0]:
        own, other = ([row[key] for row in rows] for rows in (drawn, expected))
        if other[0] is None:
            assert set(own) == {None}
        else:
            assert stats.ks_2samp(np.array(own, float), np.array(other, float)).pvalue > LEAST_P, key
    zooms = np.array([[row["zx"], row["zy"]] for row in drawn])
    if "zoom_range" in SETTINGS[name]:
        assert abs(np.corrcoef(zooms.T)[0, 1]) < 4.5 / np.sqrt(DRAWS)


def test_a_batch_draws_what_get_random_transform_draws():
    """The pipeline's own ranges, in the units of the dictionary."""
    generator = ImageDataGenerator(**SETTINGS["fractions"])
    batches = generator.flow(np.zeros((400, *SHAPE), np.uint8), seed=3, batch_size=400).batches
    params = batches.batch(0, 0).params
    assert stats.kstest(params["zoom.x"], stats.uniform(0.7, 0.6).cdf).pvalue > LEAST_P
    assert stats.kstest(params["shift.width"], stats.uniform(-0.2, 0.4).cdf).pvalue > LEAST_P
    assert stats.kstest(params["shift.height"], stats.uniform(-0.3, 0.6).cdf).pvalue > LEAST_P
    assert stats.kstest(params["channel_shift.shift_2"] * 255, stats.uniform(-40, 80).cdf).pvalue > LEAST_P
    assert (params["channel_shift.shift_0"] == params["channel_shift.shift_2"]).all()


def test_a_seed_draws_the_same_and_none_something_else_each_time():
    generator = ImageDataGenerator(rotation_range=20)
    assert generator.get_random_transform(SHAPE, seed=4) == generator.get_random_transform(SHAPE, seed=4)
    assert generator.get_random_transform(SHAPE, seed=5) != generator.get_random_transform(SHAPE, seed=4)
    assert generator.get_random_transform(SHAPE)["theta"] != generator.get_random_transform(SHAPE)["theta"]
    state = np.random.get_state()[1].tolist()  # noqa: NPY002 (the promise is not to touch it)
    generator.get_random_transform(SHAPE, seed=4)
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
