"""`compat="keras3"`, one image at a time: draws, transformations, normalisation and fitting as in Keras' own class."""

from __future__ import annotations

import sys
import warnings
from functools import partial

import numpy as np
import pytest

from keras_twins import GEOMETRY, assert_equal, keras, pixels, theirs, twins
from samebatch.errors import SpecError
from samebatch.keras import ImageDataGenerator

pytestmark = pytest.mark.filterwarnings("ignore:Please import .affine_transform:DeprecationWarning")

PARAMETERS = [
    {},
    {"theta": 180},
    {"theta": 33.3, "zx": 0.8, "zy": 1.3},
    {"tx": 2, "ty": -1},
    {"tx": 0.5, "ty": 0.25, "shear": 12.0},
    {"theta": -70, "tx": 1.5, "ty": -2.5, "shear": 5.0, "zx": 1.2, "zy": 0.7, "flip_horizontal": True},
    {"flip_vertical": True, "flip_horizontal": 1, "channel_shift_intensity": 20},
    {"channel_shift_intensity": -12.5},
    {"zx": -0.5, "zy": 2.5},
]
BRIGHTNESSES = (0, 0.4, 1, 1.0, 1.7, 100.0)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", ["nearest", "constant", "reflect", "wrap"])
def test_apply_transform(mode, order):
    one, other = twins(fill_mode=mode, cval=7.5, interpolation_order=order)
    for shape in ((1, 1, 3), (5, 11, 3), (9, 4, 4), (6, 7, 1), (333, 217, 1)):
        image = pixels((1, *shape))[0]
        for dtype in ("uint8", "float32", "float64", "int16", "uint16", "int64", "bool"):
            x = image > 128 if dtype == "bool" else image.astype(dtype) - (100 if dtype[0] in "fi" else 0)
            if shape[0] == 333 and dtype not in ("uint8", "float32"):
                continue
            for params in PARAMETERS if shape[0] < 300 else PARAMETERS[2:3]:
                if dtype == "bool" and "channel_shift_intensity" in params:
                    continue
                kept = x.copy()
                assert_equal(one.apply_transform(x, params), other.apply_transform(x, params))
                np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("kind", ["uint8", "unit", "wide"])
def test_brightness_takes_the_way_through_eight_bits(kind):
    one, other = twins()
    for shape in ((6, 7, 3), (6, 7, 1), (6, 7, 4), (3, 4, 3)):
        image = pixels((1, *shape), kind)[0]
        constant = np.full_like(image, 9)
        for x in (image, image.astype(np.float64), constant, image[:, ::-1], image + np.float32(0.7)):
            for brightness in BRIGHTNESSES:
                params = {"brightness": brightness, "theta": 9 if brightness > 1 else 0}
                assert_equal(one.apply_transform(x, params), other.apply_transform(x, params))


def test_brightness_of_channels_first_fails_or_misreads_as_in_keras():
    one, other = twins(data_format="channels_first")
    for shape in ((3, 6, 7), (3, 6, 4), (1, 5, 3)):
        x = pixels((1, *shape))[0]
        try:
            expected = one.apply_transform(x, {"brightness": 0.5})
        except ValueError:
            with pytest.raises(ValueError, match="Unsupported channel number"):
                other.apply_transform(x, {"brightness": 0.5})
        else:
            assert_equal(expected, other.apply_transform(x, {"brightness": 0.5}))


def test_what_is_no_image_is_refused():
    one, other = twins()
    for x in (pixels((4, 4, 3, 3)), pixels((4, 4))):
        for generator in (one, other):
            with pytest.raises(ValueError, match="must be multi-channel 2D images"):
                generator.apply_transform(x, {"theta": 1})
    with pytest.raises(RuntimeError, match="data type not supported"):
        other.apply_transform(pixels((3, 4, 3)).astype(np.float16), {"theta": 3})


@pytest.mark.parametrize(
    "arguments",
    [{}, GEOMETRY, GEOMETRY | {"zoom_range": 2, "width_shift_range": 4, "height_shift_range": [1, 2.5]},
     {"channel_shift_range": 3, "brightness_range": (0.5, 2)}, {"zoom_range": (1, 1.5), "width_shift_range": -3}],
)  # fmt: skip
def test_draws(arguments):
    one, other = twins(**arguments)
    for seed in range(20):
        assert_equal(one.get_random_transform((9, 5, 3), seed), other.get_random_transform((9, 5, 3), seed))
        assert_equal(one.get_random_transform((9, 5, 3)), other.get_random_transform((9, 5, 3)))
        x = pixels((1, 9, 5, 3), "unit")[0]
        assert_equal(one.random_transform(x, seed=seed), other.random_transform(x, seed=seed))


@pytest.mark.parametrize("rank", ["image", "batch"])
def test_standardize_returns_what_keras_writes_and_leaves_its_input(rank):
    for arguments in (
        {"rescale": 1 / 255},
        {"rescale": np.float64(1 / 255)},
        {"samplewise_center": True, "samplewise_std_normalization": True},
        {"preprocessing_function": lambda x: x + 1, "rescale": 3},
        {"zca_whitening": True, "featurewise_center": True},
        {"featurewise_center": True, "featurewise_std_normalization": True, "rescale": 0.5},
    ):
        one, other = twins(**arguments)
        batch = pixels((6, 5, 4, 3), "wide")
        for generator in (one, other):
            generator.fit(batch)
        for x in (
            batch if rank == "batch" else batch[2],
            batch[::-1].astype(np.float64) if rank == "batch" else batch[1].T.T,
        ):
            kept = x.copy()
            assert_equal(one.standardize(x.copy()), other.standardize(x))
            np.testing.assert_array_equal(x, kept)


def test_whole_numbers_cannot_be_rescaled():
    for generator in twins(rescale=1 / 255):
        with pytest.raises(TypeError, match="Cannot cast ufunc"):
            generator.standardize(pixels((4, 4, 3)))


def test_warnings_are_keras():
    x = pixels((5, 4, 4, 2), "unit")
    arguments = [
        {"featurewise_std_normalization": True},
        {"samplewise_std_normalization": True},
        {"zca_whitening": True, "featurewise_std_normalization": True},
    ]
    seen = []
    for kind in (theirs.ImageDataGenerator, partial(ImageDataGenerator, compat="keras3")):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for given in arguments:
                generator = kind(**given)
                generator.standardize(x[0].copy())
                generator.flow(x)
                generator.fit(x)
        seen.append([" ".join(str(warning.message).split()) for warning in caught])
    assert seen[0] == seen[1]
    assert len(seen[0]) > 8


def test_a_pipeline_is_refused_and_repr_is_short():
    _, other = twins(rotation_range=3)
    assert repr(other) == "<ImageDataGenerator(rotation_range=3, compat='keras3')>"
    with pytest.raises(SpecError, match="keras3"):
        other.pipeline  # noqa: B018 (it raises)


def test_without_scipy_higher_orders_are_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    _, other = twins(interpolation_order=3)
    with pytest.raises(ImportError, match=r"interpolation_order=3.*SciPy"):
        other.apply_transform(pixels((4, 4, 3)), {"theta": 5})
    _, other = twins(interpolation_order=1)
    other.apply_transform(pixels((4, 4, 3)), {"theta": 5})


def test_keras_floatx_and_data_format_are_those_of_the_moment():
    try:
        keras.config.set_floatx("float64")
        keras.config.set_image_data_format("channels_first")
        one, other = twins(brightness_range=(0.5, 1.5))
        x = pixels((5, 3, 6, 7), "unit")
        for a, b in zip((one.flow(x, seed=1)[0],), (other.flow(x, seed=1)[0],), strict=True):
            assert_equal(a, b)
        assert b.dtype == np.float64
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_image_data_format("channels_last")
