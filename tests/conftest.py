"""Small images that many tests share."""

import numpy as np
import pytest

import samebatch as sb
from samples import BATCHED


@pytest.fixture
def images_u8():
    """23 RGB images of 12 x 10 pixels: an odd number, so that the last batch is not full."""
    return np.random.default_rng(1).integers(0, 256, (23, 12, 10, 3), dtype=np.uint8)


@pytest.fixture
def images_f32():
    """The same number of images of floats from 0 to 1."""
    return np.random.default_rng(2).random((23, 12, 10, 3), dtype=np.float32)


@pytest.fixture
def labels():
    return np.arange(23) % 4


@pytest.fixture(params=["uint8", "float32"])
def source(request, images_u8, images_f32, labels):
    images = images_u8 if request.param == "uint8" else images_f32
    return sb.ArraySource(images, labels, np.linspace(0, 1, 23, dtype=np.float32))


@pytest.fixture
def train(source):
    return sb.Batches(source, BATCHED, batch_size=8, seed=7)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """Indices of shards that lie in the user's cache folder are this test's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
