"""Bad input: each is an error that names what is wrong and where. No panic and no crash reaches Python."""

import numpy as np
import pytest

import samebatch as sb

U8 = np.zeros((4, 6, 5, 3), np.uint8)
F32 = np.zeros((4, 6, 5, 3), np.float32)
SOURCE = sb.ArraySource(U8, np.arange(4))
PIPELINE = sb.Pipeline([sb.RandomRotation(20), sb.RandomBrightness(0.5, 1.5)])


@pytest.mark.parametrize(
    ("images", "told"),
    [
        (U8.astype(np.float64), r'images must be uint8 or float32, got .*float64.*; images.astype\("float32"\)'),
        (U8.astype(np.float16), r"float16.*astype\(\"float32\"\)"),
        (U8.astype(np.int32), r'int32.*; images.astype\("uint8"\) if they lie in 0..255, else'),
        (U8.astype(np.int8), "int8"),
        (U8.astype(bool), r"bool.*value_range=\(0, 1\)"),
        (U8.astype(complex), "complex128"),
        (F32.astype(">f4"), r">f4.*foreign byte order: images.astype\(\"float32\"\)"),
        (U8.astype(">u2"), "foreign byte order"),
        (np.array([U8[0], U8[1, 1:]], object), r"object.*different sizes.*numpy.stack"),
        (U8.astype(str), "<U"),
        (U8.tolist(), r"must be a NumPy array .* got list; convert it"),
        (None, "got NoneType"),
        ("images/", "got str"),
        (memoryview(U8), "got memoryview"),
        (np.ma.masked_equal(U8, 0), "masked array"),
        (np.zeros((2, 3, 3), [("r", "u1")]), "must be uint8 or float32"),
    ],
)
def test_types_of_images(images, told):
    with pytest.raises(sb.PixelError, match=told):
        sb.ArraySource(images)


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((), r"got \(\), rank 0"),
        ((5,), "rank 1"),
        ((6, 5), r"rank 2; a single image is images\[numpy.newaxis\]"),
        ((1, 4, 6, 5, 3), "rank 5"),
        ((0, 6, 5, 3), r"there are no images in an array of images of shape \(0, 6, 5, 3\)"),
        ((4, 0, 5, 3), "there are no rows"),
        ((4, 6, 0, 3), "there are no columns"),
        ((4, 6, 5, 0), "there are no channels"),
        ((0, 6, 5), "there are no images"),
        ((1, 16385, 1, 1), "images are 16385 x 1 pixels .* at most 16384 a side"),
        ((1, 1, 16385), "images are 1 x 16385 pixels"),
        ((1, 40, 40, 33), "33 channels .* at most 32 can be read$"),
        ((1, 3, 224, 224), r"224 channels .*channels_first\? images.transpose\(0, 2, 3, 1\)"),
        ((9, 3, 32, 32), r"3 x 32 pixels with 32 channels; is it channels_first\? images.transpose\(0, 2, 3, 1\)"),
        ((9, 1, 28, 28), "1 x 28 pixels with 28 channels; is it channels_first"),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_shapes_of_images(shape, told, dtype):
    with pytest.raises(sb.ShapeError, match=told):
        sb.ArraySource(np.zeros(shape, dtype))


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"labels": [1, 2, 3]}, sb.ShapeError, "labels have length 3, and there are 4 images"),
        ({"labels": []}, sb.ShapeError, "labels have length 0"),
        ({"labels": 3}, sb.ShapeError, "labels must be an array of length 4, .* got 3"),
        ({"labels": [[1], [2, 3], [], [4]]}, sb.ShapeError, "labels cannot be made an array: .*inhomogeneous"),
        ({"labels": [1, None, 2, 3]}, sb.SpecError, "labels must be numbers, booleans or strings"),
        ({"weights": [1.0] * 5}, sb.ShapeError, "weights have length 5, and there are 4 images"),
        ({"weights": ["a"] * 4}, sb.SpecError, "weights must be numbers, got dtype <U1"),
        ({"weights": [True] * 4}, sb.SpecError, "weights must be numbers, got dtype bool"),
        ({"weights": [1, 2, np.nan, 4]}, sb.SpecError, "weights must be finite, got nan at sample 2"),
        ({"weights": [[1, 2]] * 3 + [[1, np.inf]]}, sb.SpecError, "weights must be finite, got inf at sample 3"),
        ({"value_range": (1, 0)}, sb.SpecError, r"low < high, got \(1, 0\)"),
        ({"value_range": (1, 1)}, sb.SpecError, "low < high"),
        ({"value_range": (0, np.inf)}, sb.SpecError, r"value_range\[1\] must be a finite number"),
        ({"value_range": (np.nan, 1)}, sb.SpecError, r"value_range\[0\] must be a finite number"),
        ({"value_range": (False, True)}, sb.SpecError, r"value_range\[0\] must be a finite number"),
        ({"value_range": (-1e31, 0)}, sb.SpecError, r"value_range\[0\] must be .* from -1e\+30 to 1e\+30"),
        ({"value_range": 255}, sb.SpecError, "value_range must be .low, high. or None, got 255"),
        ({"value_range": (0, 1, 2)}, sb.SpecError, "value_range must be"),
        ({"value_range": (0, 256)}, sb.SpecError, r"uint8 images must lie within \(0, 255\), got \(0, 256\)"),
        ({"value_range": (-1, 255)}, sb.SpecError, "uint8 images must lie within"),
    ],
)
def test_what_comes_with_images(arguments, error, told):
    with pytest.raises(error, match=told):
        sb.ArraySource(U8, **arguments)


def test_a_range_that_float32_cannot_tell_apart():
    with pytest.raises(sb.SpecError, match="low < high"):
        sb.ArraySource(F32, value_range=(1.0, 1.0 + 1e-12))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1e-6, 1.0000001, 255.0])
@pytest.mark.parametrize("sizes", [{}, {"size": (3, 3)}])
@pytest.mark.parametrize("threads", [1, 2])
def test_pixels_that_are_not_in_the_range(value, sizes, threads):
    images = F32.copy()
    images[2, 4, 3, 1] = value
    source = sb.ArraySource(images)
    pipeline = sb.Pipeline(PIPELINE.transforms, **sizes)
    batches = sb.Batches(source, pipeline, batch_size=4, threads=threads)
    number = "(NaN|nan)" if np.isnan(value) else ".*"
    told = rf"sample 2: pixel at row 4, column 3, channel 1 is {number}, outside the value range \(0, 1\)"
    with pytest.raises(sb.PixelError, match=told):
        batches.batch(0, 0)
    with pytest.raises(sb.PixelError, match="sample 2"):
        batches.samples(0, [3, 2])
    assert batches.samples(0, [0, 1, 3]).x.shape[0] == 3, "an error must leave everything usable"
    with pytest.raises(sb.PixelError, match="sample 77: pixel at row 4"):
        pipeline.apply(images, pipeline.params(seed=0, indices=[75, 76, 77, 78]))


def test_uint8_pixels_outside_a_narrower_range():
    images = U8.copy()
    images[1, 2, 3, 0] = 101
    batches = sb.Batches(sb.ArraySource(images, value_range=(0, 100)), PIPELINE, batch_size=4, shuffle=False)
    with pytest.raises(sb.PixelError, match="sample 1: pixel at row 2, column 3, channel 0 is 101"):
        batches.batch(0, 0)


def test_the_first_bad_sample_is_told_whatever_the_threads():
    images = np.zeros((40, 6, 5, 3), np.float32)
    images[5:] = np.nan
    for threads in (1, 2, 7):
        batches = sb.Batches(sb.ArraySource(images), PIPELINE, batch_size=40, shuffle=False, threads=threads)
        with pytest.raises(sb.PixelError, match="sample 5: pixel at row 0, column 0, channel 0"):
            batches.batch(0, 0)
