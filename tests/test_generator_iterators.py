"""The iterators against Keras' own, without augmentation: batches, labels, attributes, messages and errors."""

import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

for needed in ("keras", "pandas"):
    if find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed", allow_module_level=True)

import pandas as pd  # noqa: E402 (Keras was looked for first)
from keras.src.legacy.preprocessing import image as original  # noqa: E402

import samebatch.keras  # noqa: E402
from samebatch.keras import ImageDataGenerator  # noqa: E402

KINDS = {"ours": ImageDataGenerator, "theirs": original.ImageDataGenerator}
ATTRIBUTES = (
    "n", "batch_size", "shuffle", "seed", "samples", "filenames", "filepaths", "class_indices", "class_mode",
    "image_shape", "target_size", "color_mode", "data_format", "interpolation", "keep_aspect_ratio", "save_to_dir",
    "save_prefix", "save_format", "subset", "split", "directory", "num_classes", "batch_index", "total_batches_seen",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three classes (one in capitals, one empty), folders within, and files that are no images."""
    root = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(3)
    names = ["b/2.png", "b/10.jpg", "b/deep/1.bmp", "Zebra/x.PNG", "Zebra/a.jpeg", "a/1.ppm", "a/0.tif", "a/9.png"]
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (random.integers(5, 30), random.integers(5, 30), 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    (root / "empty").mkdir()
    (root / "b" / "notes.txt").write_text("no image")
    (root / "b" / "old.gif").write_text("not listed by Keras")
    (root / "outside.png").write_bytes((root / "a" / "9.png").read_bytes())
    return root


@pytest.fixture(scope="module")
def table():
    names = ["b/2.png", "Zebra/x.PNG", "a/0.tif", "missing.png", "b/10.jpg", "b/notes.txt", "a/9.png"]
    return pd.DataFrame(
        {
            "filename": names,
            "class": ["cat", "dog", "cat", "cat", "emu", "dog", "dog"],
            "two": ["cat", "dog", "cat", "cat", "dog", "dog", "dog"],
            "several": [["cat", "dog"], ["dog"], ("cat",), ["cat"], ["emu", "cat"], ["dog"], ["dog"]],
            "size": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5],
            "weight": np.arange(7) / 4,
        }
    )


def assert_same(ours, theirs):
    """Both are arrays, or nests of them, equal in type, shape and values."""
    if isinstance(theirs, tuple | list):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_same(one, other)
        return
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    np.testing.assert_array_equal(ours, theirs)


def both(call, capsys=None, **constructor):
    """Return what a call makes of our generator and of Keras', and what is printed and warned."""
    made, told = {}, {}
    for name, kind in KINDS.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            made[name] = call(kind(**constructor))
        told[name] = [str(w.message) for w in caught], capsys.readouterr().out if capsys else ""
    assert told["ours"] == told["theirs"]
    return made["ours"], made["theirs"]


def assert_alike(ours, theirs):
    for name in ATTRIBUTES:
        if hasattr(theirs, name) and not (name == "seed" and theirs.seed is None):
            assert getattr(ours, name) == getattr(theirs, name), name
    if getattr(theirs, "classes", None) is not None:
        np.testing.assert_array_equal(np.array(ours.classes, object), np.array(theirs.classes, object))
    assert len(ours) == len(theirs)
    for step in range(len(theirs)):
        assert_same(ours[step], theirs[step])
    ours.reset()
    for _ in range(len(theirs) + 1):
        assert_same(next(ours), next(theirs))
    np.testing.assert_array_equal(ours.index_array, theirs.index_array)


@pytest.mark.parametrize("class_mode", ["categorical", "binary", "sparse", "input", None])
@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
def test_a_folder(folder, class_mode, color_mode, capsys):
    arguments = {"target_size": (9, 12), "class_mode": class_mode, "color_mode": color_mode, "batch_size": 3}
    assert_alike(*both(lambda g: g.flow_from_directory(str(folder), shuffle=False, seed=3, **arguments), capsys))


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"])
def test_every_interpolation(folder, interpolation):
    arguments = {"shuffle": False, "target_size": (11, 7), "interpolation": interpolation, "class_mode": "sparse"}
    assert_alike(*both(lambda g: g.flow_from_directory(folder, **arguments)))


def test_chosen_classes_in_their_order_and_channels_first(folder, capsys):
    arguments = {"classes": ["b", "a", "nowhere"], "shuffle": False, "target_size": (6, 8), "seed": 1}
    constructor = {"data_format": "channels_first", "dtype": "float64", "rescale": 0.5}
    assert_alike(*both(lambda g: g.flow_from_directory(folder, **arguments), capsys, **constructor))


def test_an_empty_folder(tmp_path, capsys):
    ours, theirs = both(lambda g: g.flow_from_directory(tmp_path), capsys)
    assert (ours.samples, len(ours), ours.class_indices) == (theirs.samples, len(theirs), theirs.class_indices)
    with pytest.raises(ValueError, match="there are no images"):
        next(ours)


def test_a_tiff_of_that_name_warns_as_keras(folder, tmp_path):
    (tmp_path / "a").mkdir()
    Image.open(folder / "a" / "0.tif").save(tmp_path / "a" / "0.tiff")
    ours, _ = both(lambda g: g.flow_from_directory(tmp_path))
    with pytest.warns(UserWarning, match="Using .* will cause distortion"):
        ImageDataGenerator().flow_from_directory(tmp_path)
    assert ours.samples == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"class_mode": "sparse"},
        {"class_mode": "binary", "y_col": "two", "weight_col": "weight"},
        {"class_mode": "categorical", "y_col": "several"},
        {"class_mode": "categorical", "y_col": "several", "classes": ["emu", "dog"]},
        {"class_mode": "categorical", "classes": ["dog", "cat", "dog"]},
        {"class_mode": "raw", "y_col": "size"},
        {"class_mode": "raw", "y_col": ["size", "weight"], "weight_col": "weight"},
        {"class_mode": "multi_output", "y_col": ["size", "weight"]},
        {"class_mode": "input"},
        {"class_mode": None, "classes": ["dog"]},
        {"class_mode": "other", "y_col": "size"},
    ],
    ids=repr,
)
def test_a_data_frame(folder, table, arguments, capsys):
    given = {"directory": str(folder), "target_size": (8, 9), "batch_size": 2, "shuffle": False, "seed": 2} | arguments
    assert_alike(*both(lambda g: g.flow_from_dataframe(table, **given), capsys))


def test_a_data_frame_that_is_taken_at_its_word(folder, table, capsys):
    full = table.assign(filename=[str(folder / name) for name in table["filename"]])[[True] * 3 + [False] * 4]
    given = {"validate_filenames": False, "shuffle": False, "target_size": (8, 9), "seed": 2}
    assert_alike(*both(lambda g: g.flow_from_dataframe(full, **given), capsys))


X = np.random.default_rng(1).integers(0, 256, (11, 6, 7, 3), dtype=np.uint8)
Y = np.arange(11) % 3


@pytest.mark.parametrize(
    ("x", "more"),
    [
        (X, {}),
        (X, {"y": Y}),
        (X, {"y": Y, "sample_weight": np.arange(11) / 2}),
        (X, {"y": list("abcabcabcab")}),
        (X, {"y": np.eye(3)[Y].astype("float32")}),
        ((X, np.arange(11)), {"y": Y}),
        ([X, [np.arange(11), np.ones((11, 2))]], {"y": Y}),
        (X.astype(np.int64), {"y": Y}),
        (X.astype(np.int16) - 100, {"y": Y}),
        ((X / 255).astype(np.float32), {"y": Y}),
        (X.astype(np.float64) * 3.5, {"y": Y}),
        (X > 100, {"y": Y}),
        (X[::-1, :, ::-2], {"y": Y}),
        (X.astype(">f4"), {}),
    ],
    ids=lambda v: f"{getattr(v, 'dtype', type(v).__name__)}",
)
def test_arrays(x, more):
    assert_alike(*both(lambda g: g.flow(x, batch_size=4, shuffle=False, seed=5, **more)))


def test_arrays_as_keras_has_them_channels_first_and_in_other_types():
    first = X.transpose(0, 3, 1, 2)
    for dtype in ("float16", "float32", "float64"):
        constructor = {"data_format": "channels_first", "dtype": dtype}
        assert_alike(*both(lambda g: g.flow(first, Y, batch_size=4, shuffle=False), **constructor))


@pytest.mark.parametrize(
    "call",
    [
        lambda g: g.flow(X, Y[:5]),
        lambda g: g.flow(X, Y, sample_weight=Y[:5]),
        lambda g: g.flow((X, Y[:5]), Y),
        lambda g: g.flow(X[0]),
        lambda g: g.flow(X, Y, subset="both"),
        lambda g: g.flow(X, Y, batch_size=4)[3],
        lambda g: g.flow_from_directory("/nowhere/at/all"),
        lambda g: g.flow_from_directory(".", class_mode="raw"),
        lambda g: g.flow_from_directory(".", color_mode="cmyk"),
        lambda g: g.flow_from_dataframe(TABLE, class_mode="sparse", y_col="n"),
        lambda g: g.flow_from_dataframe(TABLE, class_mode="categorical", y_col="n"),
        lambda g: g.flow_from_dataframe(TABLE, class_mode="binary", y_col="c"),
        lambda g: g.flow_from_dataframe(TABLE, class_mode="binary", y_col="c", classes=["a"]),
        lambda g: g.flow_from_dataframe(TABLE, class_mode="multi_output", y_col="n"),
        lambda g: g.flow_from_dataframe(TABLE, class_mode="raw", y_col="n", weight_col="c"),
        lambda g: g.flow_from_dataframe(TABLE, x_col="n"),
        lambda g: g.flow_from_dataframe(TABLE, class_mode="soup"),
        lambda g: g.fit(X[0]),
    ],
    ids=range(18),
)
def test_errors_are_keras(call):
    generators = [kind(featurewise_center=True) for kind in (ImageDataGenerator, original.ImageDataGenerator)]
    with pytest.raises(Exception) as theirs:  # noqa: PT011 (whatever Keras raises)
        call(generators[1])
    with pytest.raises(theirs.type) as ours:
        call(generators[0])
    if "allowed_class_modes" not in str(theirs.value) and "expected one of: {" not in str(theirs.value):
        assert str(ours.value).split("expected")[0] == str(theirs.value).split("expected")[0]


TABLE = pd.DataFrame({"filename": ["a.png", "b.png", "c.png"], "c": list("abc"), "n": [1, 2, 3], "class": list("xyz")})


def test_odd_numbers_of_channels_warn_as_keras():
    both(lambda g: g.flow(np.zeros((2, 5, 5, 2), np.uint8)).n)
    with pytest.warns(UserWarning, match=r"expected either 1, 3, or 4 channels on axis 3.*\(2 channels\)"):
        ImageDataGenerator().flow(np.zeros((2, 5, 5, 2), np.uint8))


def test_images_are_saved_under_keras_names(tmp_path):
    generator = ImageDataGenerator(rotation_range=20)
    made = generator.flow(X, batch_size=4, seed=1, save_to_dir=tmp_path, save_prefix="aug", save_format="jpeg")
    next(made)
    next(made)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 8
    samples = sorted(int(name.split("_")[1]) for name in names)
    assert samples == sorted(made.index_array[:8].tolist())
    assert all(name.startswith("aug_") and name.endswith(".jpeg") for name in names)
    made[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == names  # the same batch, the same files
    with Image.open(Path(tmp_path, names[0])) as image:
        assert image.size == (7, 6)


def test_grey_values_of_16_bits_are_refused_and_not_clipped(tmp_path):
    (tmp_path / "a").mkdir()
    Image.fromarray(np.full((4, 4), 60_000, np.uint16)).save(tmp_path / "a" / "deep.png")
    made = ImageDataGenerator().flow_from_directory(tmp_path, color_mode="grayscale", target_size=(4, 4))
    with pytest.raises(ValueError, match=r"deep.png' has grey values of more than 8 bits .*compat=\"keras3\""):
        made[0]


def test_file_attributes_may_be_set_by_hand(folder):
    made = ImageDataGenerator().flow_from_directory(folder, target_size=(4, 4), shuffle=False)
    arguments = ((5, 6), "grayscale", "channels_last", None, "", "png", None, "bilinear", True)
    made.set_processing_attrs(made.image_data_generator, *arguments)
    assert made.image_shape == (5, 6, 1)
    assert made[0][0].shape == (8, 5, 6, 1)


def test_helpers_stand_beside_the_class(folder):
    image = samebatch.keras.load_img(folder / "a" / "9.png", target_size=(4, 5))
    array = samebatch.keras.img_to_array(image)
    assert array.shape == (4, 5, 3)
    assert samebatch.keras.array_to_img(array).size == (5, 4)
    with pytest.raises(AttributeError, match="no attribute 'rotate_randomly'"):
        samebatch.keras.rotate_randomly  # noqa: B018
    np.random.seed(0)  # noqa: NPY002 (Keras' own functions draw from the global generator)
    shifted = samebatch.keras.random_channel_shift(array, 20.0, channel_axis=2)
    assert shifted.shape == array.shape
