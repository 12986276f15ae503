"""`compat="keras3"`, `flow`: batch by batch the bits that Keras' own class gives, over a grid of arguments."""

from __future__ import annotations

import numpy as np
import pytest

from keras_twins import GEOMETRY, assert_equal, assert_same_batches, pixels, theirs, twins

pytestmark = pytest.mark.filterwarnings("ignore:Please import .affine_transform:DeprecationWarning")

GRID = {
    "nothing": {},
    "geometry": GEOMETRY,
    "nearest pixel": GEOMETRY | {"interpolation_order": 0},
    "shifts of whole pixels": {"width_shift_range": 3, "height_shift_range": 2},
    "shifts of pixels": {"width_shift_range": 2.5, "height_shift_range": 1.0},
    "listed shifts": {"width_shift_range": [-1, 2, 3.5], "height_shift_range": [0.1, 0.25]},
    "negative shifts": {"width_shift_range": -2, "height_shift_range": -0.2},
    "zooms that mirror": {"zoom_range": 1.5},
    "zoom bounds": {"zoom_range": [0.5, 1.5]},
    "flips": {"horizontal_flip": True, "vertical_flip": True},
    "channel shift": {"channel_shift_range": 30.0},
    "all": GEOMETRY | {"channel_shift_range": 30.0, "rescale": 1 / 255},
    "samplewise": GEOMETRY | {"samplewise_center": True, "samplewise_std_normalization": True},
    "samplewise, no geometry": {
        "samplewise_center": True,
        "samplewise_std_normalization": True,
        "channel_shift_range": 10.0,
        "horizontal_flip": True,
    },
    "function": GEOMETRY | {"preprocessing_function": lambda image: image[..., ::-1] * 2 - 1, "rescale": 0.5},
    "function that writes": {"preprocessing_function": lambda image: np.multiply(image, 2, out=image)},
    "float64": GEOMETRY | {"dtype": "float64", "rescale": 1 / 255},
    "float16": {"dtype": "float16", "horizontal_flip": True, "rescale": 1 / 255},
} | {f"{mode}, {cval}": GEOMETRY | {"fill_mode": mode, "cval": cval}
     for mode in ("constant", "reflect", "wrap") for cval in (0.0, -300.0)}  # fmt: skip
BRIGHTNESS = {
    "brightness": {"brightness_range": (0.3, 1.7)},
    "brightness and all": GEOMETRY | {"brightness_range": [0.5, 1.5], "channel_shift_range": 20.0, "rescale": 1 / 255},
    "brightness, float64": GEOMETRY | {"brightness_range": (0.5, 1.5), "dtype": "float64"},
    "brightness, samplewise": GEOMETRY | {"brightness_range": (0.5, 1.5), "samplewise_std_normalization": True,
                                          "samplewise_center": True},
}  # fmt: skip
IMAGES = [((9, 9, 5, 3), "uint8"), ((7, 5, 11, 1), "unit"), ((3, 1, 1, 4), "wide"), ((3, 1, 7, 3), "wide")]


@pytest.mark.parametrize("name", GRID)
def test_flow(name):
    for shape, kind in IMAGES:
        for data_format in ("channels_last", "channels_first"):
            one, other = twins(**GRID[name], data_format=data_format)
            x = pixels(shape, kind)
            x = np.moveaxis(x, 3, 1) if data_format == "channels_first" else x
            flow = {"batch_size": 4, "shuffle": data_format == "channels_last", "seed": 7}
            assert_same_batches(
                one.flow(x, np.arange(len(x)), **flow), other.flow(x, np.arange(len(x)), **flow), nexts=4
            )


@pytest.mark.parametrize("name", BRIGHTNESS)
def test_flow_with_brightness(name):
    one, other = twins(**BRIGHTNESS[name])
    for shape, kind in IMAGES:
        x = pixels(shape, kind)
        assert_same_batches(one.flow(x, seed=3, batch_size=4), other.flow(x, seed=3, batch_size=4), nexts=3)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", ["nearest", "constant", "reflect", "wrap"])
def test_larger_images(mode, order):
    one, other = twins(**GEOMETRY, fill_mode=mode, cval=9.0, interpolation_order=order)
    x = pixels((2, 333, 217, 3))
    assert_same_batches(one.flow(x, seed=1), other.flow(x, seed=1), epochs=1)


@pytest.mark.parametrize(("order", "mode"), [(3, "reflect"), (2, "nearest"), (1, "mirror"), (0, "grid-wrap")])
def test_what_only_scipy_can_is_left_to_it(order, mode):
    one, other = twins(**GEOMETRY, interpolation_order=order, fill_mode=mode)
    x = pixels((5, 12, 10, 3))
    assert_same_batches(one.flow(x, seed=1), other.flow(x, seed=1))


@pytest.mark.parametrize(
    "arguments",
    [
        {"featurewise_center": True, "featurewise_std_normalization": True, "rescale": 0.1},
        {"zca_whitening": True, "featurewise_center": True},
        GEOMETRY | {"featurewise_center": True, "featurewise_std_normalization": True, "dtype": "float64"},
    ],
    ids=["featurewise", "zca", "float64"],
)
@pytest.mark.parametrize("fit", [{}, {"augment": True, "rounds": 2, "seed": 5}], ids=["plain", "augmented"])
def test_fitted(arguments, fit):
    for shape in ((9, 6, 5, 3), (7, 5, 4, 1)):
        for data_format in ("channels_last", "channels_first"):
            one, other = twins(**arguments, data_format=data_format)
            x = pixels(shape)
            x = np.moveaxis(x, 3, 1) if data_format == "channels_first" else x
            for generator in (one, other):
                generator.fit(x, **fit)
            for name in ("mean", "std", "zca_whitening_matrix"):
                assert_equal(getattr(one, name), getattr(other, name))
            assert_same_batches(one.flow(x, seed=2, batch_size=4), other.flow(x, seed=2, batch_size=4))


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_a_subset_is_the_first_part_and_augmented(subset):
    one, other = twins(**GEOMETRY, validation_split=0.3)
    x, y, weights = pixels((23, 6, 5, 3)), np.arange(23) % 2, np.linspace(0, 1, 23)
    flow = {"subset": subset, "seed": 4, "batch_size": 5, "sample_weight": weights}
    assert_same_batches(one.flow(x, y, **flow), other.flow(x, y, **flow))
    with pytest.raises(ValueError, match="different number of classes"):
        other.flow(x, np.arange(23), subset=subset)
    flow["ignore_class_split"] = True
    assert_same_batches(one.flow(x, np.arange(23), **flow), other.flow(x, np.arange(23), **flow))


def test_several_inputs_labels_of_any_kind_and_no_labels():
    one, other = twins(**GEOMETRY)
    x, more = pixels((9, 6, 5, 3)), np.arange(18).reshape(9, 2)
    for y in (None, np.arange(9), np.eye(9, dtype=np.float32), np.array(list("abcdefghi"))):
        for inputs in (x, (x, more), (x, [more, more[:, 0]])):
            assert_same_batches(one.flow(inputs, y, seed=1, batch_size=4), other.flow(inputs, y, seed=1, batch_size=4))


def test_saved_files_have_keras_names_and_contents(tmp_path):
    x = pixels((5, 6, 7, 3))
    for generator, folder in zip(twins(**GEOMETRY), ("one", "other"), strict=True):
        (tmp_path / folder).mkdir()
        flow = generator.flow(x, seed=1, batch_size=2, save_to_dir=str(tmp_path / folder), save_prefix="p")
        for step in range(3):
            flow[step]
        flow.on_epoch_end()
        flow[0]
    files = [{path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()} for folder in ("one", "other")]
    assert files[0] == files[1]
    assert len(files[0]) == 7


def test_attributes_are_keras():
    one, other = (generator.flow(pixels((9, 6, 5, 3)), batch_size=4, seed=1) for generator in twins())
    for iterator in (one, other):
        iterator[1]
        next(iterator)
    for name in ("n", "batch_size", "seed", "shuffle", "batch_index", "total_batches_seen", "dtype", "data_format",
                 "white_list_formats", "workers", "use_multiprocessing", "max_queue_size", "x", "y"):  # fmt: skip
        assert_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.index_array, other.index_array)
    assert len(one) == len(other) == 3
    assert issubclass(type(other), theirs.PyDataset)
