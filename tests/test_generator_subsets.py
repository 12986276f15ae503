"""validation_split: Keras' counts, disjoint, over all classes, not augmented, and the same for images and masks."""

from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

for needed in ("keras", "pandas"):
    if find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed", allow_module_level=True)

import pandas as pd  # noqa: E402 (Keras was looked for first)
from keras.src.legacy.preprocessing import image as original  # noqa: E402

from samebatch.keras import ImageDataGenerator  # noqa: E402

X = np.arange(50, dtype=np.uint8).reshape(50, 1, 1, 1) * np.ones((1, 4, 4, 1), np.uint8)
CLASSES = np.sort(np.arange(50) % 3)


def halves(call, share, kind=ImageDataGenerator, **more):
    generator = kind(validation_split=share, **more)
    return [call(generator, subset) for subset in ("training", "validation")]


def numbers(made):
    return sorted(int(value) for batch in range(len(made)) for value in made[batch][..., 0, 0, 0])


@pytest.mark.parametrize("share", [0.1, 0.25, 0.33, 0.5, 0.999])
def test_arrays_are_split_in_keras_numbers(share):
    def call(generator, subset):
        return generator.flow(X, subset=subset, batch_size=7)

    ours, theirs = halves(call, share), halves(call, share, original.ImageDataGenerator)
    assert [made.n for made in ours] == [made.n for made in theirs]
    assert sorted(numbers(ours[0]) + numbers(ours[1])) == list(range(50))
    assert numbers(ours[1]) != numbers(theirs[1])  # Keras takes the first ones


@pytest.mark.parametrize("y", [CLASSES, np.eye(3)[CLASSES], CLASSES.astype(str), CLASSES[:, None], CLASSES * 1.0])
def test_arrays_are_split_within_each_class(y):
    """Sorted labels, which Keras refuses."""
    training, validation = halves(lambda g, s: g.flow(X, y, subset=s, shuffle=False, batch_size=50), 0.2)
    held_out = validation[0][0][:, 0, 0, 0].astype(int)
    assert np.bincount(CLASSES[held_out]).tolist() == [4, 3, 3]
    np.testing.assert_array_equal(validation.y, y[held_out])
    np.testing.assert_array_equal(training.y, np.delete(y, held_out, axis=0))
    if y.ndim == 1:
        with pytest.raises(ValueError, match="different number of classes"):
            halves(lambda g, s: g.flow(X, y, subset=s), 0.2, original.ImageDataGenerator)


def test_labels_that_are_no_classes_are_refused_as_keras_does_unless_told():
    y = np.random.default_rng(0).random(50)
    with pytest.raises(ValueError, match="different number of classes after the split"):
        halves(lambda g, s: g.flow(X, y, subset=s), 0.2)
    training, validation = halves(lambda g, s: g.flow(X, y, subset=s, ignore_class_split=True), 0.2)
    assert (len(training.y), len(validation.y)) == (40, 10)


def test_weights_and_other_inputs_are_split_along():
    def call(generator, subset):
        rows = np.arange(50)
        return generator.flow((X, rows), CLASSES, sample_weight=rows / 2, subset=subset, batch_size=50)

    for made in halves(call, 0.3):
        (x, rows), y, weights = made[0]
        np.testing.assert_array_equal(x[:, 0, 0, 0], rows)
        np.testing.assert_array_equal(y, CLASSES[rows])
        np.testing.assert_array_equal(weights, rows / 2)


def test_validation_is_not_augmented():
    settings = {"rotation_range": 90, "brightness_range": (0.1, 0.2), "rescale": 0.5}
    noise = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3), dtype=np.uint8)
    training, validation = halves(lambda g, s: g.flow(noise, subset=s, shuffle=False, batch_size=50), 0.2, **settings)
    whole = ImageDataGenerator(rescale=0.5).flow(noise, shuffle=False, batch_size=50)[0]
    assert all(any((image == other).all() for other in whole) for image in validation[0])
    assert not any((image == other).all() for image in training[0] for other in whole)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("split")
    for number in range(31):
        for kind in ("images", "masks"):
            path = root / kind / "ab"[number > 10] / f"{kind}_{number:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((3, 3), number, np.uint8)).save(path)
    return root


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_folders_are_split_in_keras_numbers_class_by_class(folder, share, capsys):
    def call(generator, subset):
        return generator.flow_from_directory(folder / "images", subset=subset, target_size=(3, 3))

    ours, theirs = halves(call, share), halves(call, share, original.ImageDataGenerator)
    for own, other in zip(ours, theirs, strict=True):
        assert np.bincount(own.classes).tolist() == np.bincount(other.classes).tolist()
        assert own.split == other.split
    assert not set(ours[0].filenames) & set(ours[1].filenames)
    assert len(set(ours[0].filenames + ours[1].filenames)) == 31
    assert ours[0].filenames == sorted(ours[0].filenames)
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == told[2:]


def test_masks_are_split_as_images_are(folder):
    def call(kind):
        return halves(
            lambda g, s: g.flow_from_directory(folder / kind, subset=s, class_mode=None, target_size=(3, 3)), 0.3
        )

    for images, masks in zip(call("images"), call("masks"), strict=True):
        assert [name.replace("images", "masks") for name in images.filenames] == masks.filenames


def test_data_frames_are_split_in_keras_numbers(folder):
    names = [f"images_{number:02}.png" for number in range(31)]
    frame = pd.DataFrame({"filename": [f"{'ab'[n > 10]}/{names[n]}" for n in range(31)]})
    frame["class"], frame["weight"] = frame["filename"].str[0], np.arange(31) / 2

    def call(mode):
        def make(generator, subset):
            arguments = {"class_mode": mode, "weight_col": "weight", "target_size": (3, 3), "shuffle": False}
            return generator.flow_from_dataframe(frame, folder / "images", subset=subset, batch_size=31, **arguments)

        return make

    for mode in ("sparse", "raw"):
        ours, theirs = halves(call(mode), 0.3), halves(call(mode), 0.3, original.ImageDataGenerator)
        assert [made.n for made in ours] == [made.n for made in theirs] == [22, 9]
        assert not set(ours[0].filenames) & set(ours[1].filenames)
    _, validation = halves(call("sparse"), 0.3)
    assert np.bincount(validation.classes).tolist() == [3, 6]
    x, _, weights = validation[0]
    np.testing.assert_array_equal(x[:, 0, 0, 0], weights * 2)
