"""Fitted statistics, each image's own, whitening and a user's function: against NumPy and Keras' own."""

import warnings
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

for needed in ("keras", "pandas"):
    if find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed", allow_module_level=True)

import pandas as pd  # noqa: E402 (Keras was looked for first)
from keras.src.legacy.preprocessing import image as original  # noqa: E402

import samebatch as sb  # noqa: E402
from samebatch.keras import ImageDataGenerator  # noqa: E402

X = np.random.default_rng(1).integers(0, 256, (60, 6, 7, 3), dtype=np.uint8)
FEATUREWISE = {"featurewise_center": True, "featurewise_std_normalization": True}
# float32 sums of Keras against exact ones here: 60 images of values up to 255.
ROUNDING = {"rtol": 2e-5, "atol": 2e-5}


def fitted(kind=ImageDataGenerator, x=X, **arguments):
    generator = kind(**arguments)
    generator.fit(x)
    return generator


@pytest.mark.parametrize(
    "arguments",
    [
        FEATUREWISE,
        {"featurewise_center": True},
        FEATUREWISE | {"rescale": 1 / 255},
        FEATUREWISE | {"rescale": -2.0},
        FEATUREWISE | {"rescale": 1 / 255, "dtype": "float64"},
        {"featurewise_center": True, "zca_whitening": True, "rescale": 1 / 255},
        {"featurewise_center": True, "zca_whitening": True, "zca_epsilon": 0.1},
        {"samplewise_center": True, "samplewise_std_normalization": True},
        {"samplewise_center": True, "rescale": 1 / 255},
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_statistics_and_batches_are_keras(arguments, data_format):
    x = X if data_format == "channels_last" else X.transpose(0, 3, 1, 2)
    ours, theirs = (
        fitted(kind, x, data_format=data_format, **arguments)
        for kind in (ImageDataGenerator, original.ImageDataGenerator)
    )
    for name in ("mean", "std", "zca_whitening_matrix"):
        own, other = getattr(ours, name), getattr(theirs, name)
        assert (own is None) == (other is None)
        if other is not None:
            assert own.shape == other.shape
            np.testing.assert_allclose(own, other, **ROUNDING)
    batch, truth = (next(g.flow(x, batch_size=60, shuffle=False)) for g in (ours, theirs))
    assert batch.dtype == truth.dtype
    np.testing.assert_allclose(batch, truth, **ROUNDING)
    np.testing.assert_array_equal(ours.standardize(x), batch)
    np.testing.assert_array_equal(ours.standardize(x[3]), batch[3])


@pytest.mark.parametrize("name", ["featurewise_center", "featurewise_std_normalization", "zca_whitening"])
def test_a_statistic_that_is_missing_raises_and_says_what_to_do(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        generator = ImageDataGenerator(**{name: True})
    for call in (lambda: generator.flow(X)[0], lambda: next(generator.flow(X)), lambda: generator.standardize(X)):
        with pytest.raises(ValueError, match=r"=True needs statistics of the training images.*generator\.fit\(x\)"):
            call()
    made = generator.flow(X)
    generator.fit(X)
    assert made[0].shape == (32, 6, 7, 3)


def test_statistics_may_be_set_by_hand():
    one, other = fitted(**FEATUREWISE), ImageDataGenerator(**FEATUREWISE)
    other.mean, other.std = one.mean, one.std
    np.testing.assert_array_equal(one.flow(X, seed=1)[0], other.flow(X, seed=1)[0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("fit")
    for number, pixels in enumerate(X):
        path = root / "ab"[number % 2] / f"{number:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(path)
    return root


@pytest.mark.parametrize(
    "arguments", [FEATUREWISE | {"rescale": 0.5}, {"featurewise_center": True, "zca_whitening": True}]
)
def test_anything_that_holds_images_can_be_fitted(folder, arguments, capsys):
    truth = fitted(**arguments)
    names = [f"{'ab'[n % 2]}/{n:02}.png" for n in range(60)]
    frame = pd.DataFrame({"filename": names, "class": [name[0] for name in names]})
    generator = ImageDataGenerator(**arguments)
    whatever = [
        generator.flow(X),
        generator.flow_from_directory(folder, target_size=(6, 7)),
        generator.flow_from_dataframe(frame, folder, target_size=(6, 7)),
        sb.ArraySource(X),
        X.astype(np.int32),
        X.astype(float),
    ]
    for x in whatever:
        generator.fit(x)
        for name in ("mean", "std", "zca_whitening_matrix"):
            if getattr(truth, name) is not None:
                np.testing.assert_allclose(getattr(generator, name), getattr(truth, name), rtol=1e-4, atol=1e-4)
    capsys.readouterr()


def test_an_iterators_own_size_and_subset_are_fitted(folder, capsys):
    generator = ImageDataGenerator(**FEATUREWISE, validation_split=0.5)
    training = generator.flow_from_directory(folder, target_size=(3, 3), subset="training", shuffle=False)
    generator.fit(training)
    plain = ImageDataGenerator(validation_split=0.5)
    same = plain.flow_from_directory(folder, target_size=(3, 3), subset="training", shuffle=False, batch_size=30)
    images = same[0][0].astype(np.float64)
    np.testing.assert_allclose(generator.mean.ravel(), images.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(generator.std.ravel(), images.std((0, 1, 2)), rtol=1e-6)
    capsys.readouterr()


def test_augmented_images_are_fitted_when_asked():
    settings = {"brightness_range": (0.2, 0.6), "horizontal_flip": True}
    generator = ImageDataGenerator(**FEATUREWISE, **settings)
    generator.fit(X, augment=True, rounds=3, seed=5)
    own = ImageDataGenerator(**settings).flow(X, batch_size=60, seed=5)
    rounds = np.concatenate([own.batches.batch(epoch, 0).x for epoch in range(3)]).astype(np.float64)
    np.testing.assert_allclose(generator.mean.ravel(), rounds.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(generator.std.ravel(), rounds.std((0, 1, 2)), rtol=1e-6)
    again = ImageDataGenerator(**FEATUREWISE, **settings)
    again.fit(X, augment=True, rounds=3, seed=5)
    np.testing.assert_array_equal(again.mean, generator.mean)
    again.fit(X, augment=True, rounds=3, seed=6)
    assert (again.mean != generator.mean).all()


def squared(image):
    return image**2


@pytest.mark.parametrize(
    "arguments",
    [
        {"preprocessing_function": squared},
        {"preprocessing_function": squared, "rescale": 1e-3},
        {"samplewise_center": True},
        {"samplewise_center": True, "samplewise_std_normalization": True, "preprocessing_function": squared},
    ],
    ids=repr,
)
def test_statistics_are_of_what_reaches_them(arguments):
    """Keras takes them before the function and each image's own; here batches come out with mean 0 and deviation 1."""
    generator = fitted(**FEATUREWISE, **arguments)
    batch = generator.flow(X, batch_size=60)[0].astype(np.float64)
    np.testing.assert_allclose(batch.mean((0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(batch.std((0, 1, 2)), 1, atol=1e-4)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_function_sees_each_augmented_image_before_it_is_rescaled(data_format):
    seen = []

    def function(image):
        seen.append((image.shape, image.dtype, float(image.max())))
        return image + 1

    x = X if data_format == "channels_last" else X.transpose(0, 3, 1, 2)
    settings = {"data_format": data_format, "horizontal_flip": True, "rescale": 0.5}
    made = ImageDataGenerator(**settings, preprocessing_function=function).flow(x, seed=3, batch_size=8)
    plain = ImageDataGenerator(**settings).flow(x, seed=3, batch_size=8)
    np.testing.assert_array_equal(made[1], plain[1] + np.float32(0.5))
    assert len(seen) == 8
    assert {(shape, dtype.name) for shape, dtype, _ in seen} == {(x.shape[1:], "float32")}
    assert max(largest for *_, largest in seen) > 200


def test_what_a_function_returns_is_taken_as_keras_takes_it():
    def check(function, expected):
        np.testing.assert_array_equal(
            ImageDataGenerator(preprocessing_function=function).flow(X, shuffle=False)[0], expected
        )

    floats = X[:32].astype(np.float32)
    check(lambda image: image[..., :1], np.repeat(floats[..., :1], 3, axis=-1))
    check(lambda image: image.astype("uint8"), floats)
    check(lambda image: image.astype("float64") / 3, (floats.astype(float) / 3).astype(np.float32))
    check(lambda image: np.flip(image, 0).tolist(), floats[:, ::-1])
    check(lambda image: image.__itruediv__(2), floats / 2)


@pytest.mark.parametrize(
    ("function", "error", "told"),
    [
        (
            lambda _: None,
            TypeError,
            "sample 3: preprocessing_function .*<lambda> returned None; it must return the image",
        ),
        (lambda image: image[:2], ValueError, r"sample 3: .* returned an array of shape \(2, 7, 3\).*\(6, 7, 3\)"),
        (lambda _: "no", ValueError, "sample 3: .* returned 'no'"),
        (lambda image: image * np.nan, ValueError, "sample 3: .* a pixel that is not finite"),
    ],
)
def test_a_function_that_fails_is_named_with_its_sample(function, error, told):
    generator = ImageDataGenerator(preprocessing_function=function)
    with pytest.raises(error, match=told):
        generator.flow(X[3:4].repeat(4, 0), shuffle=False)._get_batches_of_transformed_samples(np.array([3]))


def test_what_a_function_raises_comes_through_and_names_the_sample():
    def function(image):
        raise KeyError(f"no colour in {image.shape}")

    with pytest.raises((KeyError, RuntimeError), match="no colour in") as raised:
        ImageDataGenerator(preprocessing_function=function).flow(X, shuffle=False)[0]
    notes = getattr(raised.value, "__notes__", [str(raised.value)])  # Python 3.10 has no notes
    assert any("preprocessing_function" in note and "sample 0" in note for note in notes)


def test_a_samples_bytes_do_not_depend_on_its_companions():
    """Values of very different size are scaled each with a range that follows from the image alone."""
    sizes = iter([1.0, 1e6, 1.0, 1e6])
    pixels = X[:4].astype(np.float32) * np.array([next(sizes) for _ in range(4)], np.float32)[:, None, None, None]
    settings = FEATUREWISE | {"preprocessing_function": squared, "rescale": 0.3}
    generator = fitted(x=pixels, **settings)
    whole = generator.flow(pixels, shuffle=False)[0]
    for sample in range(4):
        np.testing.assert_array_equal(generator.standardize(pixels[sample]), whole[sample])


def test_both_kinds_of_statistics_without_a_function():
    generator = fitted(**FEATUREWISE, samplewise_center=True)
    assert generator.flow(X, batch_size=4)[0].shape == (4, 6, 7, 3)
    assert generator.flow(X, batch_size=4).batches.output_dtype == "float32"
