"""Sources and batches in the form in which they travel to other processes and machines."""

import os
import pickle
import tarfile

import numpy as np
import pytest
from PIL import Image

import samebatch as sb


def test_arrays_in_one_piece_are_passed_on_as_they_are(images_u8):
    source = sb.ArraySource(images_u8)
    assert source.portable() is source


@pytest.mark.parametrize("kind", ["mapped", "strided"])
def test_other_arrays_become_one_piece_that_pickle_does_not_copy(kind, images_u8, labels, tmp_path):
    if kind == "mapped":
        np.save(tmp_path / "images.npy", images_u8)
        images = np.load(tmp_path / "images.npy", mmap_mode="r")
    else:
        images = np.repeat(images_u8, 2, axis=2)[:, :, ::2]
    source = sb.ArraySource(images, labels, value_range=(0, 255))
    portable = source.portable()
    assert type(portable.images) is np.ndarray
    assert np.shares_memory(portable.images, images) == (kind == "mapped")
    buffers = []
    inside = pickle.dumps(portable, protocol=5, buffer_callback=buffers.append)
    assert len(inside) < 4096
    again = pickle.loads(inside, buffers=buffers)  # noqa: S301 (its own)
    assert np.shares_memory(again.images, portable.images)
    np.testing.assert_array_equal(again.images, images_u8)
    np.testing.assert_array_equal(again.labels, labels)
    assert again.value_range == (0, 255)
    assert source.images is images  # as it was


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a/0.png", "a/1.png", "b/0.png"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 5), (len(name), 7, ord(name[0]))).save(path)
        path.with_suffix(".cls").write_text(name[2], encoding="ascii")
    with tarfile.open(tmp_path / "photos.tar", "w") as archive:
        for path in sorted((tmp_path / "photos").rglob("*.*")):
            archive.add(path, str(path.relative_to(tmp_path / "photos")))
    return tmp_path


@pytest.mark.parametrize(
    "make",
    [
        lambda: sb.FolderSource("photos", cache="decoded"),
        lambda: sb.FileSource(["photos/a/0.png", os.path.abspath("photos/b/0.png")], [0, 1]),  # noqa: PTH100 (a str)
        lambda: sb.ShardSource("photos.tar", index=None),
        lambda: sb.TableSource({"path": ["a/0.png", "b/0.png"], "label": [0, 1]}, root="photos", label="label"),
    ],
)
def test_paths_no_longer_count_from_the_current_folder(make, folder, monkeypatch):
    source = make()
    wanted = [source.read(i) for i in range(len(source))]
    portable = source.portable()
    assert type(portable) is type(source)
    assert all(name.startswith(str(folder)) for name in portable.names)
    if hasattr(source, "paths"):
        assert list(portable.paths) == list(portable.names)
    assert portable.cache in (None, str(folder / "decoded"))
    np.testing.assert_array_equal(portable.labels, source.labels)
    assert portable.portable() is portable
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for i, image in enumerate(wanted):
        np.testing.assert_array_equal(portable.read(i), image)
    with pytest.raises(sb.DecodeError):
        source.read(0)


def test_batches_are_the_same_by_other_threads(train):
    portable = train.shard(1, 3).portable(2)
    assert portable.threads == 2
    assert (portable.rank, portable.world_size) == (1, 3)
    assert portable.batch(2, 1).digest() == train.shard(1, 3).batch(2, 1).digest()
    assert train.portable(None).threads is train.threads is None
    with pytest.raises(sb.SpecError, match="threads"):
        train.portable(0)
