"""Vectors: what stream 1 made when it was fixed, and makes for ever, in the reference as in the core."""

import importlib.util
import json
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from samebatch import _native, reference
from samebatch.reference import plan
from samebatch.reference.batch import rows_of
from samebatch.reference.params import draws, matrix, philox, trig

FOLDER = Path(__file__).parent / "vectors"
FILES = {
    stem: json.loads((FOLDER / f"{stem}.json").read_text())
    for stem in ("randomness", "order", "params", "batches", "whitening")
}


def entries(stem, prefix=""):
    found = {name: entry for name, entry in FILES[stem]["entries"].items() if name.startswith(prefix)}
    return pytest.mark.parametrize("entry", found.values(), ids=found)


def floats(values):
    return [float.fromhex(value) for value in values]


@pytest.mark.parametrize("document", FILES.values(), ids=FILES)
def test_a_file_states_its_rule(document):
    assert document["stream"] == 1
    assert "never edited" in document["_comment"]
    assert len(document["entries"]) >= 12


@entries("randomness", "words-")
def test_words(entry):
    place = (entry["sample"], entry["epoch"], entry["repeat"])
    key = int.from_bytes(blake2b(entry["id"].encode(), digest_size=8).digest(), "little")
    assert philox.stream_key(entry["id"]) == entry["key"] == key
    assert [philox.word(entry["seed"], entry["id"], draw, *place) for draw in range(9)] == entry["words"]
    native = _native.words(entry["seed"], entry["id"], np.arange(9, dtype=np.uint64), *place)
    assert native.tolist() == entry["words"]
    uniforms = [philox.uniform(entry["seed"], entry["id"], draw, *place) for draw in range(9)]
    assert uniforms == floats(entry["uniforms"]) == [(word >> 11) / 2**53 for word in entry["words"]]


@entries("randomness", "sine-cosine-")
def test_sine_and_cosine(entry):
    assert list(trig.sincos_degrees(float.fromhex(entry["degrees"]))) == floats(entry["sine_cosine"])


@pytest.mark.parametrize("prefix", ["all-of-", "some-of-many-"])
def test_permutations(prefix):
    found = {name: entry for name, entry in FILES["order"]["entries"].items() if name.startswith(prefix)}
    assert found
    for entry in found.values():
        place = tuple(entry[name] for name in ("seed", "stream", "epoch", "tweak", "n"))
        assert [plan.permute(*place, position) for position in entry["positions"]] == entry["samples"]
        assert _native.permute(*place, np.array(entry["positions"], np.uint64)).tolist() == entry["samples"]


@pytest.mark.parametrize("batch_size", [1, 4, 100])
@pytest.mark.parametrize("prefix", ["shuffled-", "in-order-"])
def test_epochs(prefix, batch_size):
    found = {name: entry for name, entry in FILES["order"]["entries"].items() if name.startswith(prefix)}
    assert found
    for entry in found.values():
        source = sb.ArraySource(np.zeros((entry["n"], 2, 2, 1), np.uint8), entry["labels"])
        chosen = {name: entry[name] for name in ("seed", "shuffle", "balance")}
        batches = sb.Batches(source, sb.Pipeline([]), batch_size=batch_size, **chosen)
        rows = []
        for step in range(batches.steps):
            indices, repeats = batches.rows(entry["epoch"], step)
            rows += [[int(sample), int(repeat)] for sample, repeat in zip(indices, repeats, strict=True)]
        assert rows == entry["rows"]
        by_reference = [rows_of(batches, entry["epoch"], step) for step in range(batches.steps)]
        assert [list(row) for step in by_reference for row in step] == entry["rows"]


@entries("params")
def test_params(entry):
    spec, channels = json.loads(entry["spec"]), entry["channels"]
    place = tuple(entry[name] for name in ("seed", "epoch", "sample", "repeat"))
    assert draws.columns(spec, channels) == _native.columns(entry["spec"], channels) == entry["columns"]
    values = draws.draw(spec, channels, *place)
    assert values == floats(entry["values"])
    sample, repeat = (np.array([number], np.uint64) for number in place[2:])
    assert _native.draw(entry["spec"], channels, *place[:2], sample, repeat).tolist() == [values]
    affine = matrix.matrix(spec, dict(zip(entry["columns"], values, strict=True)), entry["height"], entry["width"])
    assert list(affine) == floats(entry["matrix"])
    fixed = matrix.fixed(affine, place[2])
    assert [fixed.xx, fixed.xy, fixed.x0, fixed.yx, fixed.yy, fixed.y0] == entry["fixed"]
    assert sb.Pipeline.from_json(entry["spec"]).to_json() == entry["spec"]


def source_of(entry):
    """Return the images by the rule in the file's comment, written here once more."""
    n, height, width, channels = entry["shape"]
    low, high = entry["value_range"]
    images = np.empty((n, height, width, channels), entry["dtype"])
    for i, r, c, k in np.ndindex(images.shape):
        v = (37 * i + 11 * r + 7 * c + 101 * k + (i + 1) * r * c) % 251
        images[i, r, c, k] = low + v % (high - low + 1) if entry["dtype"] == "uint8" else low + (high - low) * (v / 256)
    return images


def assert_is(x, entry):
    spec = json.loads(entry["spec"])
    expected = floats(entry["first_values"]) if x.dtype.kind == "f" else entry["first_values"]
    expected = np.array(expected, x.dtype)
    first = x[0].reshape(-1)[: len(expected)]
    np.testing.assert_array_equal(first, expected)
    np.testing.assert_array_equal(np.signbit(first), np.signbit(expected))
    assert sb.digest(x, layout=spec["layout"]) == entry["digest"]


def whitening_of(entry):
    """Return the mean and the matrix by the rule in the file's comment, written here once more; None without any."""
    for transform in json.loads(entry["spec"])["transforms"]:
        if transform["kind"] == "Whiten":
            count = transform["features"]
            mean = np.array([7 * j % 16 / 64 for j in range(count)], np.float32)
            rows = [[((37 * j + 11 * i + (j + 1) * i) % 251 - 125) / 128 for i in range(count)] for j in range(count)]
            whiten = sb.Whiten(rows, mean)
            assert whiten.digest == transform["digest"]
            return whiten
    return None


every_batch = pytest.mark.parametrize(
    "entry",
    [entry for stem in ("batches", "whitening") for entry in FILES[stem]["entries"].values()],
    ids=[name for stem in ("batches", "whitening") for name in FILES[stem]["entries"]],
)


@every_batch
def test_the_reference_makes_these_batches(entry):
    spec, images, whiten = json.loads(entry["spec"]), source_of(entry), whitening_of(entry)
    table = [
        draws.draw(spec, images.shape[3], entry["seed"], entry["epoch"], sample, repeat)
        for sample, repeat in zip(entry["samples"], entry["repeats"], strict=True)
    ]
    table = np.array(table, np.float64).reshape(len(table), -1)
    numbers = whiten and (whiten.mean, whiten.matrix)
    assert_is(reference.render_rows(spec, images, entry["samples"], table, tuple(entry["value_range"]), numbers), entry)


@every_batch
@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_core_makes_these_batches(entry, threads):
    images, rows = source_of(entry), np.array(entry["samples"], np.int64)
    whiten = whitening_of(entry)
    bound = (entry["spec"], *images.shape[1:], entry["dtype"], *entry["value_range"])
    pipeline = _native.Pipeline(*bound, whiten and whiten.native())
    repeats = np.array(entry["repeats"], np.uint64)
    assert_is(pipeline.batch(images, rows, entry["seed"], entry["epoch"], repeats, threads, None), entry)


@pytest.fixture
def generator(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    specification = importlib.util.spec_from_file_location("generate_vectors", FOLDER / "generate.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_generator_has_nothing_to_add(generator, tmp_path):
    """What it would write is what stands there."""
    for stem in FILES:
        (tmp_path / f"{stem}.json").write_text((FOLDER / f"{stem}.json").read_text())
    generator.main(tmp_path)
    for stem in FILES:
        assert (tmp_path / f"{stem}.json").read_text() == (FOLDER / f"{stem}.json").read_text()


def test_the_generator_edits_nothing(generator, tmp_path):
    for stem in FILES:
        (tmp_path / f"{stem}.json").write_text((FOLDER / f"{stem}.json").read_text())
    document = json.loads((tmp_path / "batches.json").read_text())
    del document["entries"]["training"]
    document["entries"]["floats"]["digest"] = "0" * 32
    changed = json.dumps(document)
    (tmp_path / "batches.json").write_text(changed)
    with pytest.raises(SystemExit, match=r"batches.json: floats is there and says something else"):
        generator.main(tmp_path)
    assert (tmp_path / "batches.json").read_text() == changed


def test_the_generator_adds_what_is_missing(generator, tmp_path):
    for stem in FILES:
        document = json.loads((FOLDER / f"{stem}.json").read_text())
        del document["entries"][next(reversed(document["entries"]))]
        (tmp_path / f"{stem}.json").write_text(generator.text_of(document))
    generator.main(tmp_path)
    for stem in FILES:
        assert (tmp_path / f"{stem}.json").read_text() == (FOLDER / f"{stem}.json").read_text()
