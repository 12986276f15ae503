"""Hugging Face's datasets: the same bytes as from files, whatever was selected, sorted or saved."""

import pickle
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from picture_files import PIPELINE, pictures
from samebatch import reference

datasets = pytest.importorskip("datasets", reason="datasets is not installed")

NAMES = ["cat", "dog", "owl"]


@pytest.fixture
def made(tmp_path):
    """Return the paths of 24 pictures, and a dataset of them with a column of numbers, of names and of weights."""
    paths = pictures(tmp_path, 24)
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=NAMES),
            "word": datasets.Value("string"),
            "weight": datasets.Value("float32"),
        }
    )
    cells = {
        "image": [{"bytes": Path(path).read_bytes(), "path": None} for path in paths],
        "label": [i % 3 for i in range(24)],
        "word": [NAMES[i % 3] for i in range(24)],
        "weight": [i / 4 for i in range(24)],
    }
    return paths, datasets.Dataset.from_dict(cells, features=features)


def digests(source):
    batches = sb.Batches(source, PIPELINE, batch_size=5, seed=3, threads=2)
    return [batch.digest() for epoch in range(2) for batch in batches.epoch(epoch)]


def test_batches_are_those_of_files(made, tmp_path):
    paths, dataset = made
    near = sb.FileSource(paths, np.arange(24) % 3, np.arange(24, dtype=np.float32) / 4)
    source = sb.huggingface.source(dataset, weight="weight")
    assert digests(source) == digests(near)
    assert source.classes == NAMES
    batches = sb.Batches(source, PIPELINE, batch_size=5)
    np.testing.assert_array_equal(batches.batch(0, 1).x, reference.batch(batches, 0, 1)[0])
    np.testing.assert_array_equal(source.read(3), near.read(3))
    dataset.save_to_disk(tmp_path / "saved")
    again = sb.huggingface.source(datasets.load_from_disk(tmp_path / "saved"), weight="weight")
    assert digests(again) == digests(near)
    assert again.digest == source.digest
    assert digests(pickle.loads(pickle.dumps(again))) == digests(near)  # noqa: S301 (our own)
    assert sb.huggingface.source(dataset, color="grey").digest != source.digest


def test_selections_and_orders_hold(made):
    paths, dataset = made
    order = [5, 3, 20, 3, 11]
    source = sb.huggingface.source(dataset.select(order))
    assert digests(source) == digests(sb.FileSource([paths[i] for i in order], np.array(order) % 3))
    words = sb.huggingface.source(dataset.select(order), label="word")
    assert (words.classes, words.labels.tolist()) == (["cat", "owl"], [1, 0, 1, 0, 1])
    owls = sb.huggingface.source(dataset, classes=["owl"])
    np.testing.assert_array_equal(owls.labels, np.zeros(8))
    assert list(owls.names) == [f"row {i}" for i in range(2, 24, 3)]
    assert "16 rows of other classes left out" in repr(owls)
    np.testing.assert_array_equal(
        sb.huggingface.source(dataset, label="weight", label_mode="raw").labels, np.arange(24) / 4
    )
    assert sb.huggingface.source(dataset, label=None).labels is None


def test_a_dataset_may_name_files_or_hold_bytes(made):
    paths, dataset = made
    named = datasets.Dataset.from_dict({"image": paths}).cast_column("image", datasets.Image())
    assert digests(sb.huggingface.source(named, label=None)) == digests(sb.FileSource(paths))
    plain = datasets.Dataset.from_dict({"image": [Path(path).read_bytes() for path in paths]})
    assert digests(sb.huggingface.source(plain, label=None)) == digests(sb.FileSource(paths))
    Path(paths[4]).unlink()
    with pytest.raises(sb.DecodeError, match=r"sample 4: 'row 4': the dataset names the file '.*004.png': there is no"):
        sb.huggingface.source(named, label=None).read(4)
    del dataset


def test_broken_images_are_skipped_as_in_files(made):
    paths, dataset = made
    broken = [Path(path).read_bytes() for path in paths]
    broken[7] = b"no picture"
    Path(paths[7]).write_bytes(b"no picture")
    source = sb.huggingface.source(datasets.Dataset.from_dict({"image": broken}), label=None, on_error="skip")
    with pytest.warns(sb.SkippedFilesWarning):
        expected = digests(sb.FileSource(paths, on_error="skip"))
    with pytest.warns(sb.SkippedFilesWarning, match="'row 7': it is not an image"):
        assert digests(source) == expected
    del dataset


def test_a_missing_label_or_weight_is_named_by_its_column(made):
    _, dataset = made
    gap = dataset.add_column("gap", [None if i == 2 else float(i) for i in range(24)])
    for options in ({"label": "gap", "label_mode": "raw"}, {"weight": "gap"}):
        with pytest.raises(sb.SpecError, match=r"the dataset: row 2 \(counted from 0\) has no value in column 'gap'"):
            sb.huggingface.source(gap, **options)


def test_the_mode_of_images_must_be_that_of_the_color(made):
    paths, dataset = made
    grey = dataset.cast_column("image", datasets.Image(mode="L"))
    with pytest.raises(
        sb.SpecError,
        match=r"""'image' is of type Image\(mode='L'\), and color="rgb" gives mode 'RGB'.*color="grey", or """,
    ):
        sb.huggingface.source(grey)
    source = sb.huggingface.source(grey, color="grey")
    np.testing.assert_array_equal(source.read(3), sb.FileSource(paths, color="grey").read(3))
    np.testing.assert_array_equal(source.read(3)[..., 0], np.asarray(grey[3]["image"]))
    assert sb.huggingface.source(dataset.cast_column("image", datasets.Image(mode="RGB"))).channels == 3
    with pytest.raises(sb.SpecError, match=r"mode='CMYK'.*; use dataset.cast_column\('image', datasets.Image\(\)\)"):
        sb.huggingface.source(dataset.cast_column("image", datasets.Image(mode="CMYK")))


def test_what_is_no_dataset_is_refused(made, tmp_path):
    _, dataset = made
    for call, words in [
        (lambda: sb.huggingface.source([1]), "must be a datasets.Dataset, got list"),
        (lambda: sb.huggingface.source(datasets.DatasetDict(train=dataset)), r"name one, dataset\['train'\]"),
        (lambda: sb.huggingface.source(dataset.to_iterable_dataset()), "streaming=False"),
        (lambda: sb.huggingface.source(dataset, image="img"), "no column 'img'"),
        (lambda: sb.huggingface.source(dataset, image="word"), "must be of type Image or binary"),
        (lambda: sb.huggingface.source(dataset, label="lable"), "did you mean 'label'"),
        (lambda: sb.huggingface.source(dataset, label=3), "label must be the name"),
        (lambda: sb.huggingface.source(dataset, cache=tmp_path), 'use cache="memory"'),
        (lambda: sb.huggingface.source(dataset.select([])), "no rows"),
        (lambda: sb.huggingface.source(dataset, label=None, label_mode="sparse"), "needs label="),
    ]:
        with pytest.raises(sb.SpecError, match=words):
            call()
