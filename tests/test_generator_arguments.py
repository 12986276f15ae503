"""The arguments of ImageDataGenerator against Keras' own class: names, defaults, attributes, warnings, errors."""

import inspect
import warnings
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

from keras.src.legacy.preprocessing import image as original

import samebatch as sb
from samebatch.keras import (
    DataFrameIterator,
    DirectoryIterator,
    ImageDataGenerator,
    Iterator,
    NumpyArrayIterator,
)

METHODS = (
    "__init__", "flow", "flow_from_directory", "flow_from_dataframe", "fit", "standardize", "get_random_transform",
    "apply_transform", "random_transform",
)  # fmt: skip


def named(function):
    """Return (name, default) of the arguments that have a name."""
    kinds = inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL
    return [(p.name, p.default) for p in inspect.signature(function).parameters.values() if p.kind not in kinds]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_keras_arguments_in_their_order(method):
    theirs = named(getattr(original.ImageDataGenerator, method))
    assert named(getattr(ImageDataGenerator, method))[: len(theirs)] == theirs


@pytest.mark.parametrize("kind", [NumpyArrayIterator, DirectoryIterator, DataFrameIterator])
def test_every_iterator_has_keras_arguments_in_their_order(kind):
    theirs = named(getattr(original, kind.__name__).__init__)
    assert named(kind.__init__)[: len(theirs)] == theirs
    assert issubclass(kind, Iterator)
    assert kind.white_list_formats == original.Iterator.white_list_formats
    assert getattr(kind, "allowed_class_modes", None) == getattr(
        getattr(original, kind.__name__), "allowed_class_modes", None
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"zoom_range": 0.25},
        {"zoom_range": (0.5, 2)},
        {"zoom_range": [1, 1.5], "data_format": "channels_first", "dtype": "float64"},
        {"featurewise_std_normalization": True},
        {"samplewise_std_normalization": True},
        {"zca_whitening": True, "featurewise_std_normalization": True},
        {"zca_whitening": True, "featurewise_center": True},
        {"brightness_range": [0.5, 1.5], "validation_split": 0.25, "rescale": 1 / 255},
    ],
    ids=repr,
)
def test_attributes_and_warnings_are_keras(given):
    def made(kind):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            generator = kind(**given)
        return generator, [(str(w.message), w.category, w.filename) for w in caught if w.filename == __file__]

    (ours, told), (theirs, _) = made(ImageDataGenerator), made(original.ImageDataGenerator)
    for name, value in vars(theirs).items():
        assert getattr(ours, name) == value, name
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        original.ImageDataGenerator(**given)
    assert [message for message, _, _ in told] == [str(w.message) for w in caught]


@pytest.mark.parametrize(
    "given",
    [
        {"data_format": "channels_middle"},
        {"validation_split": 1.0},
        {"validation_split": -0.5},
        {"zoom_range": (0.5, 1, 2)},
        {"zoom_range": "no"},
        {"zoom_range": None},
        {"zoom_range": ("a", "b")},
        {"brightness_range": 0.5},
        {"brightness_range": (0.5, 1, 2)},
    ],
    ids=repr,
)
def test_errors_are_keras(given):
    with pytest.raises((TypeError, ValueError)) as theirs:
        original.ImageDataGenerator(**given)
    with pytest.raises(theirs.type) as ours:
        ImageDataGenerator(**given)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("name", ["shuffle", "batch_size", "seed", "target_size", "class_mode", "subset", "workers"])
def test_arguments_of_flow_are_refused_with_their_place(name):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}': it belongs to flow"):
        ImageDataGenerator(**{name: 1})


def test_an_unknown_argument_is_refused_with_what_may_be_meant():
    with pytest.raises(TypeError, match=r"'rotation_rage'.*did you mean 'rotation_range'"):
        ImageDataGenerator(rotation_rage=20)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"zoom_range": 1.5}, r"zoom_range comes to \[-0.5, 2.5\].* Keras mirrors the image.*zoom_range=\[0.5, 1.5\]"),
        ({"zoom_range": 1}, r"zoom_range comes to \[0.0, 2.0\]"),
        ({"interpolation_order": 3}, 'interpolation_order must be 0 .* got 3 .*compat="keras3"'),
        ({"fill_mode": "mirror"}, "fill_mode='mirror': fill_mode must be one of 'nearest'"),
        ({"brightness_range": (-0.5, 1)}, "brightness_range=.* reaches below 0, where Keras makes images black"),
        ({"shear_range": 90}, "shear_range=90: RandomShear: x must be .* from -80"),
        ({"rotation_range": 4000}, "rotation_range=4000: RandomRotation"),
        ({"width_shift_range": [[1], [2]]}, "width_shift_range must be a number or a list of numbers"),
        ({"height_shift_range": -20}, "height_shift_range=-20: RandomShift: height, low must be .* fraction"),
        ({"compat": "keras2"}, 'compat must be None .* or "keras3"'),
    ],
)
def test_what_would_train_a_worse_model_is_refused_and_how(given, told):
    with pytest.raises(ValueError, match=told):
        ImageDataGenerator(**given)


def test_a_channel_shift_beyond_the_value_range_is_refused_where_it_is_known():
    generator = ImageDataGenerator(channel_shift_range=20)
    generator.flow(np.zeros((2, 4, 4, 3), np.uint8))[0]
    with pytest.raises(ValueError, match=r"channel_shift_range=20 .* range is 1.0 wide .*channel_shift_range=0.1"):
        generator.flow(np.zeros((2, 4, 4, 3), np.float32))[0]


def test_repr_tells_what_was_given_and_the_pipeline():
    generator = ImageDataGenerator(rotation_range=20, rescale=0.5)
    assert repr(generator).startswith("<ImageDataGenerator(rotation_range=20, rescale=0.5): Pipeline([RandomRotation(")
    assert repr(generator.pipeline) in repr(generator)
    assert generator.pipeline == sb.Pipeline([sb.RandomRotation(20), sb.Rescale(0.5)])


def test_an_attribute_may_be_set_later_and_iterators_notice():
    generator = ImageDataGenerator()
    batches = generator.flow(np.full((3, 4, 4, 3), 100, np.uint8), shuffle=False)
    assert batches[0].max() == 100
    generator.rescale = 0.01
    assert batches[0].max() == np.float32(1)
    generator.featurewise_center, generator.mean = True, 0.25
    np.testing.assert_array_equal(batches[0], np.float32(0.75))
