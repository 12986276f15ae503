"""Statistics as a value: parts merge to the whole, files give back what was saved, fingerprints tell data apart."""

import json
import pickle
from functools import reduce
from hashlib import blake2b
from operator import or_

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
from samebatch.statistics import record
from strategies import SETTINGS, pixels


def taken(images, **settings):
    return sb.Statistics.of(sb.ArraySource(images, **settings), threads=1)


@pytest.fixture(params=["images_u8", "images_f32"])
def images(request):
    return request.getfixturevalue(request.param)


@SETTINGS
@given(
    dtype=st.sampled_from(["uint8", "float32"]),
    cuts=st.lists(st.integers(1, 10), max_size=5, unique=True),
    order=st.randoms(use_true_random=False),
    seed=st.integers(0, 999),
)
def test_parts_merge_to_the_whole(dtype, cuts, order, seed):
    images = pixels((11, 3, 2, 2), dtype, (0.0, 255.0 if dtype == "uint8" else 1.0), "noise", seed)
    parts = [taken(part) for part in np.split(images, sorted(cuts))]
    order.shuffle(parts)
    assert reduce(or_, parts) == taken(images)


def test_a_merge_gives_every_statistic_of_the_whole(images_u8):
    whole, merged = taken(images_u8), taken(images_u8[:7]) | taken(images_u8[7:])
    assert merged.quantile(0.37) == whole.quantile(0.37)
    for robust in (None, "iqr", (3, 88)):
        assert sb.Normalize.from_statistics(merged, robust=robust) == sb.Normalize.from_statistics(whole, robust=robust)


def test_what_does_not_merge_is_named(images):
    found = taken(images)
    with pytest.raises(sb.SpecError, match=r"of the same 23 images .*count twice; merge statistics of parts"):
        found | taken(images[::-1])
    with pytest.raises(sb.SpecError, match=r"channels 3 and 1 cannot be merged"):
        found | taken(images[..., :1])
    with pytest.raises(sb.SpecError, match=r"dtype (uint8|float32) and (uint8|float32) cannot be merged"):
        found | taken((images[:3] > 0.5).astype("uint8" if images.dtype == np.float32 else "float32"))
    with pytest.raises(sb.SpecError, match=r"value_range .* cannot be merged"):
        taken(images // 2, value_range=(0, 200)) | found
    with pytest.raises(TypeError, match="unsupported operand"):
        found | 3


@pytest.mark.parametrize("robust", [None, "iqr", (0.5, 99)])
def test_saved_and_loaded_is_equal(images, robust, tmp_path):
    found = sb.Statistics.of(sb.ArraySource(images), quantiles=[0.3, 1], robust=robust)
    path = tmp_path / "statistics.json"
    path.write_text("something else, to be replaced")
    found.save(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["statistics.json"]
    for same in (sb.Statistics.load(path), sb.Statistics.load(str(path)), pickle.loads(pickle.dumps(found))):  # noqa: S301 (our own)
        assert same == found
        assert hash(same) == hash(found)
        assert same.quantile(0.3) == found.quantile(0.3)
        assert sb.Normalize.from_statistics(same, robust=robust) == sb.Normalize.from_statistics(found, robust=robust)


def test_what_cannot_be_written_leaves_nothing(images, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        taken(images).save(tmp_path / "folder")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_a_changed_file_is_refused(images, tmp_path):
    path = tmp_path / "statistics.json"
    taken(images).save(path)
    text = path.read_text()
    saved = json.loads(text)
    changes = {"samples": 24, "fingerprint": "0" * 64, "totals": ["1", "2", "3"], "dtype": "uint16", "hash": "0"}
    for key, value in changes.items():
        path.write_text(json.dumps({**saved, key: value}))
        with pytest.raises(sb.SpecError, match=r"was changed after it was written.*restore it"):
            sb.Statistics.load(path)
    path.write_text(text.replace("\n ", "\n    "))
    assert sb.Statistics.load(path) == taken(images), "spaces are no change"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100000, "is not JSON"),
        (b"[1]", r"holds no statistics; Statistics\.save"),
        (b'{"format": "other"}', r"holds no statistics; Statistics\.save"),
        (b'{"format": "samebatch statistics", "version": 2}', "is of version 2.*reads version 1"),
        (b'{"format": "samebatch statistics", "version": 1}', "was changed"),
    ],
)
def test_other_files_are_refused(text, message, tmp_path):
    path = tmp_path / "statistics.json"
    path.write_bytes(text)
    with pytest.raises(sb.SpecError, match=message):
        sb.Statistics.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"value_range": [1.0]},
        {"totals": ["1/0"]},
        {"count": None},
        {"histogram": 3},
        {"clipped": [["1"]]},
        {"count": 0},
        {"totals": []},
        {"dtype": "int16"},
        {"value_range": [1.0, 1.0]},
        {"histogram": [[1]]},
        {"fingerprint": "xyz"},
    ],
)
def test_a_file_with_a_fitting_hash_and_wrong_contents_is_refused(images_u8, change, tmp_path):
    path = tmp_path / "statistics.json"
    taken(images_u8).save(path)
    document = {**json.loads(path.read_text()), **change}
    del document["hash"]
    path.write_text(json.dumps({**document, "hash": record._hash(document)}))
    with pytest.raises(sb.SpecError, match="holds no whole statistics"):
        sb.Statistics.load(path)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        sb.Statistics.load(tmp_path / "none.json")


def test_fingerprints_tell_pixels_and_shapes(images):
    found = taken(images)
    other = images.copy()
    other[22, 11, 9, 2] = 0 if other[22, 11, 9, 2] else 1
    assert taken(other).fingerprint != found.fingerprint
    assert taken(images.transpose(0, 2, 1, 3)).fingerprint != found.fingerprint
    assert taken(images.reshape(23, 10, 12, 3)).fingerprint != found.fingerprint
    assert taken(images[:22]).fingerprint != found.fingerprint
    assert taken(np.concatenate([images, images[:1]])).fingerprint != found.fingerprint
    for same in (images[::-1], np.asfortranarray(images), images.copy()):
        assert taken(same).fingerprint == found.fingerprint


def test_a_fingerprint_is_fixed_for_good(images_u8):
    """By hand, and a number that was computed once, so that saved files stay valid."""
    hashes = [blake2b(b"uint8 12,10,3;" + image.tobytes(), digest_size=32).digest() for image in images_u8]
    total = sum(int.from_bytes(one, "big") for one in hashes) % 2**256
    assert taken(images_u8).fingerprint == f"{total:064x}" == FINGERPRINT


FINGERPRINT = "14823e128772d2921631e711b8713580fac6a68634c1141c058492784196818d"


def test_it_knows_its_source(images):
    source = sb.ArraySource(images)
    found = sb.Statistics.of(source)
    assert found.matches(source)
    assert found.matches(sb.ArraySource(images[::-1]), threads=2)
    assert not found.matches(sb.ArraySource(images[:22]))
    assert not found.matches(sb.ArraySource(images // 2, value_range=(0, 200)))
    assert not found.matches(sb.ArraySource(images[..., :1]))
    other = images.copy()
    other[0, 0, 0, 0] = 0 if other[0, 0, 0, 0] else 1
    assert not found.matches(sb.ArraySource(other))
    pipeline = sb.Pipeline(size=(5, 5))
    assert not found.matches(source, pipeline=pipeline)
    assert sb.Statistics.of(source, pipeline=pipeline).matches(source, pipeline=pipeline)


def test_it_says_what_it_is(images_u8):
    found = taken(images_u8)
    assert repr(found).startswith("<Statistics: 23 images, 2760 pixels of 3 channels, uint8, value_range=(0.0, 255.0)")
    with pytest.raises(AttributeError):
        found.count = 3
    with pytest.raises(sb.SpecError, match=r"statistics must be a Statistics, got .*Statistics\.of\(source\)"):
        sb.Normalize.from_statistics(sb.ArraySource(images_u8))
