"""The digest of a source: equal for equal data in every process, another one for anything that changes a batch."""

import pickle
import shutil
import subprocess
import sys
from hashlib import blake2b

import numpy as np
import pytest
from PIL import Image

import samebatch as sb
from samebatch.source import identity


@pytest.fixture
def folder(tmp_path, images_u8):
    for i, image in enumerate(images_u8[:6]):
        path = tmp_path / "photos" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return tmp_path / "photos"


def test_it_is_written_down(images_u8):
    labels = np.arange(23, dtype=np.int16)
    said = blake2b(digest_size=16, person=b"samebatch.source")
    said.update(b"images list 12;[23,12,10,3]pixels list 19;" + b'["uint8",0.0,255.0]')
    said.update(b"labels <i2 23;" + labels.astype("<i2").tobytes())
    for i, image in enumerate(images_u8):
        said.update(b"image %d |u1 12,10,3;" % i + image.tobytes())
    assert sb.ArraySource(images_u8, labels).digest == said.hexdigest()


def test_equal_data_have_equal_digests_however_they_lie_in_memory(images_u8, labels):
    digest = sb.ArraySource(images_u8, labels).digest
    assert sb.ArraySource(np.asfortranarray(images_u8), labels.astype(">i8")).digest == digest
    assert pickle.loads(pickle.dumps(sb.ArraySource(images_u8, list(labels)))).digest == digest  # noqa: S301


def test_other_data_have_other_digests(images_u8, images_f32, labels):
    brighter = images_u8.copy()
    brighter[22, 11, 9, 2] ^= 1
    sources = [
        sb.ArraySource(images_u8),
        sb.ArraySource(images_u8, labels),
        sb.ArraySource(images_u8, labels.astype(np.int32)),
        sb.ArraySource(images_u8, labels[::-1]),
        sb.ArraySource(images_u8, weights=labels),
        sb.ArraySource(images_u8, labels, labels),
        sb.ArraySource(images_u8, value_range=(0, 256 - 1.5)),
        sb.ArraySource(brighter),
        sb.ArraySource(images_u8[::-1]),
        sb.ArraySource(images_u8[1:]),
        sb.ArraySource(images_u8.reshape(23, 10, 12, 3)),
        sb.ArraySource(images_f32),
        sb.ArraySource(images_f32, value_range=(0, 2)),
        sb.ArraySource(images_u8, [str(label) for label in labels]),
    ]
    assert len({source.digest for source in sources}) == len(sources)


def test_of_many_images_the_ends_and_some_between_are_looked_at():
    assert identity.spread(3) == [0, 1, 2]
    places = identity.spread(10**9)
    assert (len(places), places[0], places[1], places[-1]) == (64, 0, 15873015, 10**9 - 1)
    images = np.zeros((10**6, 1, 1, 1), np.uint8)
    digest = sb.ArraySource(images).digest
    for place, seen in ((10**6 - 1, True), (identity.spread(10**6)[7], True), (1, False)):
        other = images.copy()
        other[place] = 1
        assert (sb.ArraySource(other).digest != digest) is seen


def test_of_a_large_image_some_rows_are_looked_at():
    image = np.zeros((4096, 1024, 3), np.uint8)
    part = identity.part_of(image)
    assert part.shape == (341, 1024, 3)
    image[-1] = 1
    assert identity.part_of(image).any()
    wide = np.zeros((3, 2**14, 32), np.float32)
    assert identity.part_of(wide).shape == (1, 2**14, 32)


def test_a_billion_images_cost_what_64_cost():
    images = np.broadcast_to(np.zeros((4, 4, 3), np.uint8), (10**9, 4, 4, 3))
    assert len(sb.ArraySource(images).digest) == 32


def test_a_folder_that_was_moved_is_the_same_data_and_another_process_sees_it_so(folder, tmp_path):
    digest = sb.FolderSource(folder).digest
    moved = shutil.move(folder, tmp_path / "elsewhere")
    assert sb.FolderSource(moved).digest == digest
    code = f"import samebatch as sb; print(sb.FolderSource({str(moved)!r}).digest)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest


def test_what_decides_the_pixels_of_files_decides_their_digest(folder):
    plain = sb.FolderSource(folder)
    paths = list(plain.paths)
    sources = [
        plain,
        sb.FolderSource(folder, color="grey"),
        sb.FolderSource(folder, upright=True),
        sb.FolderSource(folder, fast=True),
        sb.FolderSource(folder, label_mode="none"),
        sb.FolderSource(folder, label_mode="input"),
        sb.FolderSource(folder, label_mode="categorical"),
        sb.FolderSource(folder, classes=["b", "a"]),
        sb.FolderSource(folder, classes=["b"]),
        sb.FileSource(paths),
        sb.FileSource(paths[::-1]),
        sb.FileSource(paths, weights=range(6)),
        sb.FileSource([*paths[:4], paths[4][:-1], paths[4][-1] + paths[5]]),
    ]
    assert len({source.digest for source in sources}) == len(sources)
    for other in (
        sb.FolderSource(folder, cache="memory"),
        sb.FolderSource(folder, on_error="skip"),
        pickle.loads(pickle.dumps(plain)),  # noqa: S301
    ):
        assert other.digest == plain.digest


def test_a_table_of_the_same_files_is_the_same_data(folder):
    plain = sb.FolderSource(folder)
    names = [path.removeprefix(f"{folder}/") for path in plain.paths]
    table = {"path": names, "animal": [name[0] for name in names]}
    assert sb.TableSource(table, label="animal", root=folder).digest == plain.digest


def test_no_file_is_opened(tmp_path):
    assert len(sb.FileSource([tmp_path / "not-there.png"]).digest) == 32
