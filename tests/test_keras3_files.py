"""`compat="keras3"`, images in files: pixels, labels, order, names and printed lines of Keras' own class."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from keras_twins import GEOMETRY, assert_equal, assert_same_batches, twins
from samebatch.keras.generator.keras3.loading import load

pandas = pytest.importorskip("pandas", reason="pandas is not installed")
keras = pytest.importorskip("keras", reason="Keras is not installed")

pytestmark = pytest.mark.filterwarnings("ignore:Please import .affine_transform:DeprecationWarning")

CLASSES = {
    "cat": ("jpg", "png", "bmp", "png", "jpg"),
    "dog": ("png", "tif", "jpg", "png"),
    "emu": ("png", "jpg", "png"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Photographs of all sizes and modes, in folders of classes, one of them with a folder within."""
    root = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(1)
    number = 0
    for name, endings in CLASSES.items():
        for ending in endings:
            number += 1
            channels = () if number % 4 == 0 else (4,) if number % 5 == 0 and ending == "png" else (3,)
            array = rng.integers(0, 256, (10 + number, 25 - number, *channels), dtype=np.uint8)
            path = root / name / ("inner" if number % 3 == 0 else "") / f"{30 - number}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(array).save(path)
    Image.fromarray(rng.integers(0, 65536, (14, 9), dtype=np.uint16)).save(root / "emu" / "deep.png")
    (root / "dog" / "notes.txt").write_text("no image", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def table(folder):
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.suffix != ".txt")
    return pandas.DataFrame(
        {
            "filename": files,
            "class": [file.split("/")[0] for file in files],
            "two": [["cat", "dog"] if i % 2 else ["emu"] for i in range(len(files))],
            "a": np.arange(len(files)) / 3,
            "b": np.arange(len(files)) * 2,
        }
    )


def both(capsys, generators, method, *args, **flow):
    """Return both iterators, whose printed lines are the same."""
    one, other = ((getattr(generator, method)(*args, **flow), capsys.readouterr().out) for generator in generators)
    assert one[1] == other[1] != ""
    return one[0], other[0]


@pytest.mark.parametrize("class_mode", ["categorical", "binary", "sparse", "input", None])
def test_directory(folder, capsys, class_mode):
    flow = {"class_mode": class_mode, "target_size": (12, 9), "batch_size": 5, "seed": 3}
    one, other = both(capsys, twins(**GEOMETRY, rescale=1 / 255), "flow_from_directory", str(folder), **flow)
    for name in ("filenames", "filepaths", "class_indices", "num_classes", "samples", "n", "image_shape", "target_size",
                 "classes", "labels", "directory", "color_mode", "interpolation", "class_mode", "split"):  # fmt: skip
        assert_equal(getattr(one, name), getattr(other, name))
    assert_same_batches(one, other, nexts=4)


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_a_subset_of_a_directory(folder, capsys, subset):
    flow = {"subset": subset, "classes": ["emu", "cat"], "target_size": (8, 8), "shuffle": False, "batch_size": 3}
    generators = twins(horizontal_flip=True, validation_split=0.4)
    one, other = both(capsys, generators, "flow_from_directory", str(folder), seed=1, **flow)
    assert_equal([one.filenames, one.classes], [other.filenames, other.classes])
    assert_same_batches(one, other)


@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_colors(folder, capsys, color_mode, data_format):
    flow = {"color_mode": color_mode, "target_size": (11, 16), "interpolation": "bicubic", "keep_aspect_ratio": True}
    generators = twins(**GEOMETRY, channel_shift_range=9.0, data_format=data_format)
    one, other = both(capsys, generators, "flow_from_directory", str(folder), seed=1, batch_size=7, **flow)
    assert_same_batches(one, other)


def test_brightness_and_floats(folder, capsys):
    generators = twins(**GEOMETRY, brightness_range=(0.2, 2.0), dtype="float64")
    one, other = both(capsys, generators, "flow_from_directory", str(folder), seed=1, target_size=(20, 15))
    assert_same_batches(one, other)


@pytest.mark.parametrize(
    ("class_mode", "y_col"),
    [("categorical", "class"), ("categorical", "two"), ("sparse", "class"), ("raw", ["a", "b"]), ("raw", "a"),
     ("multi_output", ["a", "b"]), ("input", "class"), (None, "class")],
)  # fmt: skip
def test_dataframe(folder, table, capsys, class_mode, y_col):
    flow = {"class_mode": class_mode, "y_col": y_col, "target_size": (9, 10), "batch_size": 5, "weight_col": "b"}
    one, other = both(capsys, twins(**GEOMETRY), "flow_from_dataframe", table, str(folder), seed=2, **flow)
    names = ["filenames", "filepaths", "samples", "n", "directory", "sample_weight", "split"]
    for name in names + ([] if class_mode in ("input", None) else ["labels"]):
        assert_equal(getattr(one, name), getattr(other, name))
    assert_same_batches(one, other, nexts=3)


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_a_subset_of_a_dataframe(folder, table, capsys, subset):
    generators = twins(**GEOMETRY, validation_split=0.35)
    flow = {
        "subset": subset,
        "classes": ["dog", "cat"],
        "class_mode": "binary",
        "target_size": (9, 10),
        "batch_size": 4,
    }
    one, other = both(capsys, generators, "flow_from_dataframe", table, str(folder), seed=2, **flow)
    assert_equal([one.filenames, one.classes, one.class_indices], [other.filenames, other.classes, other.class_indices])
    assert_same_batches(one, other)


def test_saved_files(folder, tmp_path):
    saved = []
    for generator, name in zip(twins(**GEOMETRY), ("one", "other"), strict=True):
        (tmp_path / name).mkdir()
        flow = {"target_size": (7, 6), "save_to_dir": str(tmp_path / name), "save_format": "jpeg", "batch_size": 4}
        iterator = generator.flow_from_directory(str(folder), seed=5, **flow)
        next(iterator), next(iterator)
        saved.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert saved[0] == saved[1]
    assert len(saved[0]) == 8


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"])
def test_loading(folder, interpolation):
    for path in sorted(folder.rglob("*.*")):
        if path.suffix == ".txt":
            continue
        for color_mode in ("rgb", "rgba", "grayscale"):
            for size, keep in (((20, 20), False), ((13, 17), True), ((64, 5), True), ((14, 9), False)):
                how = {"color_mode": color_mode, "interpolation": interpolation, "keep_aspect_ratio": keep}
                image = keras.utils.load_img(str(path), target_size=size, **how)
                expected = keras.utils.img_to_array(image, data_format="channels_first")
                assert_equal(expected, load(str(path), size=size, data_format="channels_first", **how))


def test_a_file_that_is_no_image_is_named(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "broken.png").write_bytes(b"no image")
    _, generator = twins()
    with pytest.raises(OSError, match=r"broken\.png"):
        generator.flow_from_directory(str(tmp_path), target_size=(4, 4))[0]
