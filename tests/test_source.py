"""Sources: kept by reference, never copied, never written; what they take, and what they tell."""

import pickle

import numpy as np
import pytest

import samebatch as sb


def test_what_it_tells(images_u8, labels):
    weights = np.linspace(0, 1, 23)
    source = sb.ArraySource(images_u8, labels, weights)
    assert source.images is images_u8
    assert source.labels is labels
    assert source.weights is weights
    assert (len(source), source.height, source.width, source.channels) == (23, 12, 10, 3)
    assert source.dtype == "uint8"
    assert source.value_range == (0.0, 255.0)
    assert repr(source) == (
        "<ArraySource: 23 images of 12 x 10 x 3, uint8, labels int64[23], weights float64[23], "
        "value_range=(0.0, 255.0)>"
    )


def test_what_it_tells_of_floats(images_f32):
    source = sb.ArraySource(images_f32)
    assert source.images is images_f32
    assert source.dtype == "float32"
    assert source.value_range == (0.0, 1.0)
    assert source.labels is None
    assert source.weights is None


def test_images_without_channels_are_grey(images_u8):
    grey = images_u8[..., 0]
    source = sb.ArraySource(grey)
    assert source.channels == 1
    assert source.images.shape == (23, 12, 10, 1)
    assert np.shares_memory(source.images, grey)


def memory_mapped(images, tmp_path):
    path = tmp_path / "images.npy"
    np.save(path, images)
    return np.load(path, mmap_mode="r")


def read_only(images, _):
    images = images.copy()
    images.flags.writeable = False
    return images


@pytest.mark.parametrize(
    "view",
    [
        read_only,
        memory_mapped,
        lambda images, _: images[::-1, ::2, ::-1],
        lambda images, _: images.transpose(0, 2, 1, 3),
        lambda images, _: np.asfortranarray(images),
        lambda images, _: np.broadcast_to(images[:1], images.shape),
    ],
)
def test_any_memory_will_do_and_none_is_copied(images_u8, tmp_path, view):
    images = view(images_u8, tmp_path)
    source = sb.ArraySource(images)
    assert source.images is images
    pipeline = sb.Pipeline(dtype="uint8")
    batch = sb.Batches(source, pipeline, batch_size=23, shuffle=False).batch(0, 0)
    np.testing.assert_array_equal(batch.x, images)


class Column:
    """Like a column of a table: no array, but one for the asking."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


@pytest.mark.parametrize(
    ("labels", "dtype", "shape"),
    [
        (list(range(23)), np.int64, (23,)),
        (tuple([0.5] * 23), np.float64, (23,)),
        (Column(list(range(23))), np.int64, (23,)),
        (Column(np.array(["cat", "horse"] * 11 + ["cat"], object)), "<U5", (23,)),
        (["cat"] * 23, "<U3", (23,)),
        (np.eye(23, dtype=np.float32), np.float32, (23, 23)),
        ([True] * 23, np.bool_, (23,)),
        (np.arange(23, dtype=">i4"), np.int32, (23,)),
    ],
)
def test_labels_of_many_kinds(images_u8, labels, dtype, shape):
    source = sb.ArraySource(images_u8, labels)
    assert source.labels.dtype == dtype
    assert source.labels.shape == shape
    np.testing.assert_array_equal(source.labels, np.asarray(labels))


def test_labels_and_weights_of_another_byte_order_are_brought_to_ones_own(images_u8):
    weights = np.linspace(0, 1, 23)
    source = sb.ArraySource(images_u8, np.arange(23, dtype=">u2"), weights.astype(">f8"))
    assert (source.labels.dtype.isnative, source.weights.dtype.isnative) == (True, True)
    np.testing.assert_array_equal(source.weights, weights)
    assert source.digest == sb.ArraySource(images_u8, np.arange(23, dtype=np.uint16), weights).digest


@pytest.mark.parametrize("value_range", [(-1, 1), [0, 0.5], np.array([0.0, 2.0]), (np.float32(-3), np.int64(3))])
def test_value_ranges(images_f32, value_range):
    source = sb.ArraySource(images_f32, value_range=value_range)
    assert source.value_range == (float(value_range[0]), float(value_range[1]))
    assert [type(end) for end in source.value_range] == [float, float]


def test_a_float_range_is_what_float32_makes_of_it(images_f32):
    """0.1 as float32 is larger than 0.1: pixels that are exactly 'the highest value' must be inside."""
    images = np.full_like(images_f32, 0.1)
    source = sb.ArraySource(images, value_range=(0, 0.1))
    assert source.value_range == (0.0, float(np.float32(0.1)))
    assert sb.Batches(source, sb.Pipeline(), batch_size=4).batch(0, 0).x.max() == np.float32(0.1)


def test_it_can_be_pickled(images_u8, labels):
    source = sb.ArraySource(images_u8, labels, np.ones(23), value_range=(0, 255))
    again = pickle.loads(pickle.dumps(source))  # noqa: S301
    for name in ("images", "labels", "weights"):
        np.testing.assert_array_equal(getattr(again, name), getattr(source, name))
    assert again.value_range == source.value_range


@pytest.mark.parametrize("name", ["images", "labels", "weights", "value_range", "dtype", "height"])
def test_it_is_immutable(images_u8, name):
    with pytest.raises(AttributeError):
        setattr(sb.ArraySource(images_u8), name, None)


@pytest.mark.parametrize(
    "shape", [(1, 1, 1, 1), (1, 16384, 1, 1), (1, 1, 16384, 1), (2, 3, 4, 32), (1, 3, 5, 4), (2, 3, 3, 3)]
)
def test_the_largest_and_the_smallest(shape):
    assert sb.ArraySource(np.zeros(shape, np.uint8)).images.shape == shape
