"""label_mode="input": the labels of a batch are its own images, whatever was done to them."""

import pickle
from hashlib import blake2b

import numpy as np
import pytest

import samebatch as sb
from picture_files import PIPELINE, misnamed, pictures

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
with pytest.MonkeyPatch.context() as environment:
    environment.setenv("KERAS_BACKEND", "torch")  # which is imported already
    keras = pytest.importorskip("keras", reason="Keras is not installed")

import samebatch.keras  # noqa: E402 (when their frameworks are there)
import samebatch.torch  # noqa: E402

FORMS = [("float32", "channels_last"), ("bfloat16", "channels_first"), ("uint8", "channels_first")]


@pytest.fixture
def folder(tmp_path):
    """23 pictures in two folders, and one in the root."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pictures(tmp_path / name, 11)
    pictures(tmp_path, 1)
    return tmp_path


def pipeline_of(dtype, layout):
    transforms = PIPELINE.transforms if dtype != "uint8" else PIPELINE.transforms[:-1]
    return sb.Pipeline(transforms, size=PIPELINE.size, dtype=dtype, layout=layout)


def batches_of(folder, dtype="float32", layout="channels_last", **options):
    source = sb.FolderSource(folder, label_mode="input", **options)
    return sb.Batches(source, pipeline_of(dtype, layout), batch_size=5, seed=7)


def check(batch):
    np.testing.assert_array_equal(batch.y, batch.x)
    assert batch.y.dtype == batch.x.dtype
    assert not np.shares_memory(batch.x, batch.y)


@pytest.mark.parametrize(("dtype", "layout"), FORMS)
def test_every_batch_has_its_images_as_labels(folder, dtype, layout):
    batches = batches_of(folder, dtype, layout)
    unlabelled = sb.Batches(sb.FolderSource(folder, label_mode="none"), batches.pipeline, batch_size=5, seed=7)
    for which in (batches, batches.evaluation(), batches.shard(1, 2), batches.evaluation().shard(0, 2)):
        for batch in which.epoch(1):
            check(batch)
    for step in range(batches.steps):
        np.testing.assert_array_equal(batches.batch(1, step).x, unlabelled.batch(1, step).x)
    assert not np.array_equal(batches.samples(1, [3]).y, batches.evaluation().samples(1, [3]).y)
    out = np.empty_like(batches.batch(0, 0).x)
    batch = batches.batch(0, 0, out=out)
    check(batch)
    assert batch.x is out
    assert f"y={dtype}" in repr(batch)


def test_shards_are_the_global_batch(folder):
    batches = batches_of(folder)
    shards = [batches.shard(rank, 2).batch(0, 1).y for rank in range(2)]
    np.testing.assert_array_equal(np.concatenate(shards), batches.batch(0, 1).x)


def test_what_stands_in_for_a_broken_file_is_its_own_label(folder):
    misnamed(folder / "a" / "003.tif")
    batches = batches_of(folder, on_error="skip")
    skipped = set()
    for step in range(batches.steps):
        batch = batches.batch(0, step)
        check(batch)
        skipped.update(batch.skipped)
    assert skipped == {4}


@pytest.mark.parametrize(("dtype", "layout"), FORMS)
def test_digests_are_equal_everywhere(folder, dtype, layout):
    batches = batches_of(folder, dtype, layout)
    last = batches_of(folder, dtype)
    sequence, dataset = samebatch.keras.Sequence(batches), samebatch.torch.Dataset(batches)
    loader = samebatch.torch.DataLoader(batches, num_workers=1)
    for step, loaded in enumerate(loader):
        batch = batches.batch(0, step)
        expected = batch.digest()
        assert last.batch(0, step).digest() == expected
        for x, y in (sequence[step], dataset[0, step], loaded):
            assert x.dtype == y.dtype
            assert sb.digest(x, y, layout=layout) == expected
        changed = batch.y.copy()
        changed.flat[5] += 1
        assert sb.digest(batch.x, changed, layout=layout) != expected
        assert sb.digest(batch.x, layout=layout) != expected
    x, y = dataset[3]
    assert torch.equal(x, y)


def test_the_digest_is_the_one_that_is_written_down(folder):
    batch = batches_of(folder, "bfloat16", "channels_first").batch(0, 0)
    values = np.ascontiguousarray(np.moveaxis(batch.x, 1, -1)).astype("<u2").tobytes()
    text = b"bfloat16 5,9,11,3;" + values
    assert batch.digest() == blake2b(b"x " + text + b"y " + text, digest_size=16).hexdigest()


def test_sources_of_their_own(folder):
    source = sb.FolderSource(folder, label_mode="input")
    assert (source.label_mode, source.labels, source.classes, len(source)) == ("input", None, None, 23)
    assert repr(source) == "<FolderSource: 23 files, rgb, labels: the images themselves>"
    assert pickle.loads(pickle.dumps(source)).label_mode == "input"  # noqa: S301 (our own)
    assert sb.FolderSource(folder).label_mode == "sparse"
    assert sb.ArraySource(np.zeros((1, 4, 4, 3), np.uint8)).label_mode is None
    assert sb.FileSource(source.paths).label_mode is None
    with pytest.raises(sb.SpecError, match='balance="classes" needs labels'):
        sb.Batches(source, PIPELINE, balance="classes")


def test_a_table_with_weights(folder):
    paths = [f"a/{number:03}.{form}" for number, form in ((0, "png"), (1, "jpg"), (2, "bmp"))]
    source = sb.TableSource({"path": paths, "w": [1.0, 2.0, 0.5]}, weight="w", root=folder, label_mode="input")
    assert (source.label_mode, source.labels) == ("input", None)
    batches = sb.Batches(source, PIPELINE, batch_size=3)
    batch = batches.batch(0, 0)
    check(batch)
    for x, y, weights in (samebatch.keras.Sequence(batches)[0], samebatch.torch.Dataset(batches)[0, 0]):
        assert sb.digest(x, y, weights) == batch.digest()


def test_fit_trains_an_autoencoder(folder):
    model = keras.Sequential([keras.layers.Conv2D(3, 3, padding="same")])
    model.compile(optimizer="sgd", loss="mse")
    history = model.fit(samebatch.keras.Sequence(batches_of(folder)), epochs=2, shuffle=False, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
