"""Whitening against NumPy in float64, and against what Keras' ImageDataGenerator makes of the same images."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

import samebatch as sb
import whitenings
from engines import both
from handwritten import spec_of
from pictures import pixels

ROUNDING = 2.0**-24 * (1 + 1e-5)
TINY = 2.0**-149
BLOCK = 64
FLIP = {"kind": "RandomFlip", "horizontal": 1.0, "vertical": 0.0}
FLIPPED = {"flip.horizontal": 1.0, "flip.vertical": 0.0}
IDENTITY = {"kind": "Rescale", "scale": 1.0, "offset": 0.0}


@both
@pytest.mark.parametrize("style", ["noise", "zca", "odd"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (4, 4, 4), (13, 5, 1), (7, 9, 3), (1, 65, 2), (20, 20, 3)])
def test_a_whitened_number_is_a_dot_product(render, shape, style):
    """A product is rounded after its difference; its block has up to 64 sums, and one for each block follows."""
    images = pixels((2, *shape), "float32", (0.0, 1.0), "noise", 3)
    features = np.prod(shape)
    mean, matrix = (
        v.astype(np.float64) for v in whitenings.of({"transforms": [whitenings.transform(features, style)]})
    )
    actual = render(spec_of(FLIP, whitenings.transform(features, style)), images, FLIPPED, (0.0, 1.0))
    flat = images[:, :, ::-1].reshape(2, -1).astype(np.float64) - mean
    roundings = 2 + min(BLOCK, features) + -(-features // BLOCK)
    bound = roundings * (ROUNDING * (np.abs(flat) @ np.abs(matrix)) + features * TINY)
    assert (np.abs(actual.reshape(2, -1) - flat @ matrix) <= bound).all()


@both
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_numbers_are_in_the_order_row_column_channel(render, layout):
    """A matrix that moves numbers moves them exactly, and in either layout the same."""
    shape = (6, 5, 3)
    images = pixels((2, *shape), "float32", (0.0, 1.0), "noise", 4)
    order = np.random.default_rng(0).permutation(90)
    moves = whitenings.known(np.zeros(90, np.float32), np.eye(90, dtype=np.float32)[:, order])
    actual = render(spec_of(moves, layout=layout), images, {}, (0.0, 1.0))
    if layout == "channels_first":
        actual = actual.transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(actual, images.reshape(2, 90)[:, order].reshape(images.shape))


@both
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("before", ["Rescale", "Normalize", "Standardize"])
def test_what_stands_before_and_after(render, dtype, before):
    """Values come as the transforms before leave them, and a Rescale after changes whitened numbers."""
    high = 255.0 if dtype == "uint8" else 1.0
    images = pixels((3, 8, 7, 3), dtype, (0.0, high), "noise", 5)
    exact = images.astype(np.float64) / high
    steps = {
        "Rescale": ([{"kind": "Rescale", "scale": 2 / high, "offset": -1.0}], exact * 2 - 1),
        "Normalize": (
            [{"kind": "Normalize", "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4]}, IDENTITY],
            (exact - [0.4, 0.5, 0.6]) / [0.2, 0.3, 0.4],
        ),
        "Standardize": (
            [
                {"kind": "Standardize", "mean": True, "std": True, "per_channel": True, "epsilon": 1e-6},
                {"kind": "Rescale", "scale": 0.5, "offset": 0.25},
            ],
            (exact - exact.mean((1, 2), keepdims=True)) / (exact.std((1, 2), keepdims=True) + 1e-6) * 0.5 + 0.25,
        ),
    }
    transforms, values = steps[before]
    whiten = whitenings.transform(168, "zca")
    mean, matrix = (v.astype(np.float64) for v in whitenings.of({"transforms": [whiten]}))
    spec = spec_of(*transforms, whiten, {"kind": "Rescale", "scale": 0.25, "offset": 3.0})
    truth = ((values.reshape(3, -1) - mean) @ matrix) * 0.25 + 3.0
    actual = render(spec, images, {}, (0.0, high)).reshape(3, -1)
    np.testing.assert_allclose(actual, truth, rtol=0.0, atol=1e-6 * np.abs(values).max() * np.abs(matrix).sum(0).max())


@both
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_smaller_types_are_the_rounded_float32(render, dtype):
    images = pixels((2, 5, 9, 3), "uint8", (0.0, 255.0), "noise", 6)
    exact = render(spec_of(whitenings.transform(135)), images, {}, (0.0, 255.0))
    rounded = render(spec_of(whitenings.transform(135), dtype=dtype), images, {}, (0.0, 255.0))
    if dtype == "float16":
        np.testing.assert_array_equal(rounded, exact.astype(np.float16))
    else:
        back = (rounded.astype(np.uint32) << 16).view(np.float32)
        assert (np.abs(back - exact) <= np.abs(exact) * 2.0**-8).all()


def whitened(whiten, images, *before):
    source = sb.ArraySource(images)
    return sb.Batches(source, sb.Pipeline([*before, whiten]), batch_size=len(images), shuffle=False).batch(0, 0).x


def correlated(n, shape, seed=0):
    """Images whose numbers depend on one another, and differ in mean and spread."""
    rng = np.random.default_rng(seed)
    features = int(np.prod(shape))
    mixed = rng.normal(size=(n, features)) @ (rng.normal(size=(features, features)) / 6 + 2 * np.eye(features))
    return np.clip(np.rint(mixed * 12 + rng.uniform(80, 170, features)), 0, 255).astype(np.uint8).reshape(n, *shape)


def test_the_whitened_images_have_the_identity_as_covariance():
    images = correlated(600, (5, 4, 3))
    scale = sb.Rescale(1 / 255)
    whiten = sb.Whiten.fit(sb.ArraySource(images), pipeline=sb.Pipeline([scale]))
    flat = whitened(whiten, images, scale).reshape(600, 60).astype(np.float64)
    # eigenvalues below 1 by 2 * epsilon / sqrt(n * v), and numbers of float32
    np.testing.assert_allclose(flat.T @ flat / 600, np.eye(60), atol=2e-4)
    np.testing.assert_allclose(flat.mean(axis=0), 0.0, atol=1e-4)


def test_the_matrix_is_the_inverse_root_of_the_covariance():
    """Of all that whiten it is the one that is symmetric: ZCA."""
    images = correlated(300, (4, 4, 1))
    whiten = sb.Whiten.fit(sb.ArraySource(images), epsilon=0.0)
    flat = images.reshape(300, 16).astype(np.float64)
    covariance = np.cov(flat.T, bias=True)
    matrix = whiten.matrix.astype(np.float64)
    np.testing.assert_allclose(matrix @ covariance @ matrix, np.eye(16), atol=1e-5)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-7 * np.abs(matrix).max())
    np.testing.assert_allclose(whiten.mean, flat.mean(axis=0), rtol=1e-7)


KERAS = """
import sys
import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator
given = np.load(sys.argv[1])
found = {}
for name, images in given.items():
    made = ImageDataGenerator(
        featurewise_center=True, zca_whitening=True, zca_epsilon=1e-6 if "few" not in name else 0.5, rescale=1 / 255
    )
    made.fit(images)
    found[name + "/x"] = made.standardize(images.astype(np.float32))
    found[name + "/matrix"], found[name + "/mean"] = made.zca_whitening_matrix, made.mean
np.savez(sys.argv[2], **found)
"""


@pytest.fixture(scope="module")
def keras(tmp_path_factory):
    """What Keras makes of the images: more of them than they have numbers, and fewer."""
    if importlib.util.find_spec("keras") is None:
        pytest.skip("Keras is not installed")
    folder = tmp_path_factory.mktemp("keras")
    images = {"many": correlated(400, (5, 6, 3), 1), "few": correlated(40, (6, 6, 3), 2)}
    np.savez(folder / "images.npz", **images)
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", KERAS, folder / "images.npz", folder / "found.npz"],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / "found.npz") as found:
        return images, dict(found)


@pytest.mark.parametrize("name", ["many", "few"])
def test_keras_whitens_as_we_do(keras, name):
    """Keras takes off the channels' means and whitens about 0, by a float32 decomposition: hence the bound of 0.1 %."""
    images, found = keras
    source = sb.ArraySource(images[name])
    before = [sb.Rescale(1 / 255), sb.Normalize(found[f"{name}/mean"].ravel(), (1.0, 1.0, 1.0))]
    epsilon = 0.5 if name == "few" else 1e-6
    whiten = sb.Whiten.fit(source, pipeline=sb.Pipeline(before), epsilon=epsilon, center=False)
    expected = found[f"{name}/matrix"]
    assert not whiten.mean.any()
    np.testing.assert_allclose(whiten.matrix, expected, atol=1e-3 * np.abs(expected).max())
    x = whitened(whiten, images[name], *before)
    np.testing.assert_allclose(x, found[f"{name}/x"], atol=1e-3 * np.abs(x).max())
