"""Images in tar archives: the same bytes as from files, an index that is never wrong, and archives of every damage."""

import gzip
import os
import pickle
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from picture_files import PIPELINE
from samebatch import reference
from samebatch.source.shards import build, store
from samebatch.source.shards.expand import braces
from shard_files import CLASSES, members, shards, write

IMAGE = "jpg;png;bmp;gif;tif;webp"


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def made(tmp_path):
    return shards(tmp_path)


def source_of(tars, **options):
    return sb.ShardSource(tars, **{"image": IMAGE} | options)


def equal(source, paths, **options):
    """Compare with the same pictures in files, and with the reference."""
    files = sb.FileSource(paths, np.arange(len(paths)) % 3, **options)
    ours = sb.Batches(source, PIPELINE, batch_size=5, seed=3, threads=2)
    theirs = sb.Batches(files, PIPELINE, batch_size=5, seed=3, threads=2)
    for step in range(theirs.steps):
        assert ours.batch(1, step).digest() == theirs.batch(1, step).digest()
    np.testing.assert_array_equal(ours.batch(1, 2).x, reference.batch(ours, 1, 2)[0])
    for index in range(len(paths)):
        np.testing.assert_array_equal(source.read(index), files.read(index))


@pytest.mark.parametrize(
    "options",
    [{}, {"cache": "memory"}, {"cache": "folder"}, {"color": "grey", "upright": True}, {"color": "rgba"}],
    ids=str,
)
def test_batches_are_those_of_files(made, tmp_path, options):
    paths, tars = made
    if options.get("cache") == "folder":
        options = {"cache": str(tmp_path / "decoded")}
    source = source_of(tars, **options)
    equal(source, paths, **options)
    equal(source, paths, **options)
    assert source.cache_failure is None
    assert repr(source).startswith("<ShardSource: 24 images, ")


def test_fast_decodes_as_for_files(made):
    paths, tars = made
    batches = [
        sb.Batches(source, PIPELINE, batch_size=24, shuffle=False)
        for source in (source_of(tars, fast=True), sb.FileSource(paths, np.arange(24) % 3, fast=True))
    ]
    assert batches[0].batch(0, 0).digest() == batches[1].batch(0, 0).digest()


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_form_of_tar_is_read(made, tmp_path, form):
    paths, _ = made
    long = "f" * 90 + "/" + "g" * 60
    entries = [("__meta__", b"1"), *((f"{long}/{name}", content) for name, content in members(paths)), ("README", b"x")]
    source = source_of(write(tmp_path / "form.tar", entries, form))
    equal(source, paths)
    assert source.keys[4] == f"{long}/{CLASSES[1]}/004"
    assert source.names[4] == f"{tmp_path}/form.tar: {long}/{CLASSES[1]}/004.png"


def test_labels_come_from_text_and_json(made):
    _, tars = made
    numbers = np.arange(24) % 3
    np.testing.assert_array_equal(source_of(tars).labels, numbers)
    named = source_of(tars, label="json", field="label")
    assert named.classes == list(CLASSES)
    np.testing.assert_array_equal(named.labels, numbers)
    one_hot = source_of(tars, label="json", field="label", classes=["owl", "cat"], label_mode="categorical")
    assert one_hot.labels.shape == (16, 2)
    assert "8 samples of other classes left out" in repr(one_hot)
    raw = source_of(tars, label="json", field="area", label_mode="raw", weights=np.arange(24))
    np.testing.assert_array_equal(raw.labels, np.arange(24) / 4)
    np.testing.assert_array_equal(raw.weights, np.arange(24))
    assert source_of(tars, label=None).labels is None
    assert source_of(tars, label_mode="input").label_mode == "input"


def test_sides_of_a_split_are_disjoint_and_whole(made):
    _, tars = made
    sides = [source_of(tars, validation_split=0.3, subset=side).keys for side in ("training", "validation")]
    assert sorted(sides[0] + sides[1]) == sorted(source_of(tars).keys)
    assert not set(sides[0]) & set(sides[1])


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a-{000..002}.tar", ["a-000.tar", "a-001.tar", "a-002.tar"]),
        ("{9..11}", ["9", "10", "11"]),
        ("{3..1}", ["3", "2", "1"]),
        ("{0..6..3}", ["0", "3", "6"]),
        ("{a,b{1..2}}x{0,1}", ["ax0", "ax1", "b1x0", "b1x1", "b2x0", "b2x1"]),
        ("{a}", ["{a}"]),
        ("{,x}y", ["y", "xy"]),
    ],
)
def test_braces_are_those_of_webdataset(pattern, names):
    braceexpand = pytest.importorskip("braceexpand", reason="webdataset's braceexpand is not installed")
    assert braces(pattern) == names
    assert names == list(braceexpand.braceexpand(pattern))


def test_braces_that_are_none_are_letters():
    assert braces("{a}}{") == ["{a}}{"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it leaves the archive open
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_samples_are_those_of_webdataset(made, tmp_path):
    webdataset = pytest.importorskip("webdataset", reason="webdataset is not installed")
    paths, _ = made
    entries = [
        *members(paths[:9]),
        ("a.b/c.d.jpg", b"two"),
        ("__x__/y.jpg", b"meta"),
        ("z.JPG", Path(paths[1]).read_bytes()),
    ]
    tar = write(tmp_path / "w.tar", entries)
    theirs = webdataset.WebDataset(tar, shardshuffle=False)
    expected = [(s["__key__"], s.get("jpg")) for s in theirs if "jpg" in s]
    source = sb.ShardSource(tar, image="jpg", label=None, on_error="skip")
    assert [(key, source.encoded(i)) for i, key in enumerate(source.keys)] == expected
    assert len(expected) == 3


def test_patterns_and_lists_name_shards(made, tmp_path):
    _, tars = made
    for given in (f"{tmp_path}/train-{{000..002}}.tar", f"{tmp_path}/train-*.tar", [Path(tar) for tar in tars]):
        assert source_of(given).shards == tars
    for given, words in [
        ([], "empty"),
        (f"{tmp_path}/none-*.tar", "there is no file"),
        (f"{tmp_path}/none.tar", "there is no such file"),
        (3, "path with braces"),
        ([b"x"], "must be paths"),
        ("{1..9999999}", "more than"),
    ]:
        with pytest.raises(sb.SpecError, match=words):
            source_of(given)


def test_what_is_asked_for_wrongly_is_refused(made):
    _, tars = made
    for options, words in [
        ({"image": ""}, "image must be"),
        ({"image": 3}, "image must be"),
        ({"label": "a/b"}, "label must be"),
        ({"label": "json"}, "name its entry"),
        ({"field": "label"}, "field= is for JSON"),
        ({"label": None, "label_mode": "sparse"}, "needs label="),
        ({"label_mode": "raw", "classes": ["a"]}, "classes= needs"),
        ({"index": 3}, "index must be"),
        ({"index": tars[0]}, "index must be a folder"),
        ({"progress": "yes"}, "progress must be"),
        ({"classes": ["cat"]}, "classes must be of the labels' type"),
    ]:
        with pytest.raises(sb.SpecError, match=words):
            source_of(tars, **options)
    with pytest.raises(sb.ShapeError, match="weights have length 3"):
        source_of(tars, weights=[1, 2, 3])


def test_incomplete_samples_are_told_or_left_out(made, tmp_path):
    paths, _ = made
    entries = [entry for entry in members(paths[:8]) if entry[0] != "dog/001.cls"]
    tar = write(tmp_path / "gap.tar", entries)
    with pytest.raises(
        sb.DecodeError, match=r"gap.tar': the sample 'dog/001': it has no label \(cls\), only: jpg, json"
    ):
        source_of(tar)
    source = source_of(tar, on_error="skip")
    assert len(source) == 7
    assert "1 incomplete samples left out" in repr(source)
    with pytest.raises(sb.SpecError, match=r"no samples in 1 shards.*has no image"):
        source_of(tar, image="jp2", on_error="skip")
    with pytest.raises(sb.SpecError, match=r"the sample 'cat/000': its label has no entry 'nothing'"):
        source_of(tar, label="json", field="nothing")


def test_a_broken_picture_is_named_and_skipped_as_in_files(made, tmp_path):
    paths, _ = made
    Path(paths[3]).write_bytes(b"no picture")
    source = source_of(write(tmp_path / "bad.tar", members(paths)))
    with pytest.raises(sb.DecodeError, match=r"sample 3: '.*bad.tar: cat/003.tif': it is not an image"):
        sb.Batches(source, PIPELINE, batch_size=24).batch(0, 0)
    with pytest.raises(sb.DecodeError, match=r"sample 3: '.*bad.tar: cat/003.tif': it is not an image"):
        source.read(3)
    ours = sb.Batches(source_of(source.shards, on_error="skip"), PIPELINE, batch_size=24, seed=1)
    theirs = sb.Batches(sb.FileSource(paths, np.arange(24) % 3, on_error="skip"), PIPELINE, batch_size=24, seed=1)
    assert ours.batch(0, 0).digest() == theirs.batch(0, 0).digest()
    assert ours.batch(0, 0).skipped == (3,)
    np.testing.assert_array_equal(ours.batch(0, 0).x, reference.batch(ours, 0, 0)[0])
    assert ours.source.skipped == [(source.names[3], "it is not an image that Pillow knows")]


def test_compressed_archives_are_refused(made, tmp_path):
    _, tars = made
    path = tmp_path / "c.tar"
    path.write_bytes(gzip.compress(Path(tars[0]).read_bytes()))
    with pytest.raises(sb.DecodeError, match=r"c.tar': at byte 0: it is compressed by gzip.*unpack it"):
        source_of(str(path))


def test_what_is_cut_off_is_told_or_used_up_to_there(made):
    paths, tars = made
    size = Path(tars[1]).stat().st_size
    os.truncate(tars[1], size // 2)
    with pytest.raises(sb.DecodeError, match=r"train-001.tar': at byte \d+: it ends within"):
        source_of(tars)
    with pytest.warns(sb.SkippedFilesWarning, match=r"train-001.tar': at byte \d+: it ends.*before it are used"):
        source = source_of(tars, on_error="skip")
    assert 16 < len(source) < 24
    np.testing.assert_array_equal(source.read(8), sb.FileSource(paths).read(8))


def test_mutated_archives_neither_crash_nor_hang(made, tmp_path):
    _, tars = made
    whole = Path(tars[0]).read_bytes()
    rng = np.random.default_rng(5)
    told = 0
    for number in range(150):
        data = bytearray(whole)
        for _ in range(1 + number % 4):
            block = 512 * int(rng.integers(0, len(data) // 512))
            data[block + int(rng.integers(0, 512))] = int(rng.integers(0, 256))
        path = tmp_path / f"m{number}.tar"
        path.write_bytes(data[: int(rng.integers(0, len(data)))] if number % 3 == 0 else data)
        try:
            source = source_of(str(path), index=None)
        except (sb.DecodeError, sb.SpecError) as error:
            assert str(path) in str(error) or "labels" in str(error)  # noqa: PT017 (it may as well be whole)
            told += 1
            continue
        for index in range(len(source)):
            try:
                source.read(index)
            except sb.DecodeError as error:  # noqa: PERF203 (few)
                assert str(path) in str(error)  # noqa: PT017
    assert 50 < told < 150


def index_files(folder):
    return sorted(Path(folder).rglob("*samebatch-index*"))


def scans(monkeypatch):
    """Return a list of the shards that are read from now on."""
    seen = []
    scan = build._native.scan_shard

    def counted(shard, *rest):
        seen.append(shard)
        return scan(shard, *rest)

    monkeypatch.setattr(build._native, "scan_shard", counted)
    return seen


def test_the_index_is_used_until_a_shard_changes(made, tmp_path, monkeypatch):
    paths, tars = made
    seen = scans(monkeypatch)
    first = source_of(tars)
    assert sorted(seen) == tars
    assert [path.parent for path in index_files(tmp_path)] == [tmp_path]
    seen.clear()
    again = source_of(tars)
    assert seen == []
    assert again.digest == first.digest
    assert again.names == first.names or list(again.names) == list(first.names)
    os.utime(tars[1], ns=(1, 1))
    equal(source_of(tars), paths)
    assert seen == [tars[1]]
    seen.clear()
    write(tars[2], list(members(paths[16:24], 16))[3:])
    assert len(source_of(tars)) == 23
    assert seen == [tars[2]]
    seen.clear()
    source_of(tars, label="json", field="label")
    assert sorted(seen) == tars
    assert len(index_files(tmp_path)) == 2


def test_the_index_moves_with_its_shards(made, tmp_path, monkeypatch):
    _, tars = made
    first = source_of(tars).digest
    seen = scans(monkeypatch)
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in [*map(Path, tars), *index_files(tmp_path)]:
        path.rename(moved / path.name)
    assert source_of(f"{moved}/train-{{000..002}}.tar").digest == first
    assert seen == []


def test_the_index_lies_where_it_is_told_to(made, tmp_path, monkeypatch):
    _, tars = made
    source_of(tars, index=None)
    assert index_files(tmp_path) == []
    source_of(tars, index=tmp_path / "a" / "b")
    assert [path.parent for path in index_files(tmp_path)] == [tmp_path / "a" / "b"]
    monkeypatch.setattr(store, "beside", lambda *_: Path("/proc/nowhere/index"))
    source_of(tars)
    assert len(index_files(tmp_path / "user")) == 1
    seen = scans(monkeypatch)
    source_of(tars)
    assert seen == []
    with pytest.raises(sb.SpecError, match="index: cannot write to"):
        source_of(tars, index="/proc/nowhere")


def test_a_damaged_index_is_made_anew(made, tmp_path, monkeypatch):
    _, tars = made
    digest = source_of(tars).digest
    (index,) = index_files(tmp_path)
    whole = index.read_bytes()
    seen = scans(monkeypatch)
    rng = np.random.default_rng(1)
    damaged = [b"", whole[:100], whole[: len(whole) // 2], whole[:-30], b"x" * 1000, gzip.compress(whole)]
    for _ in range(30):
        data = bytearray(whole)
        for at in rng.integers(0, len(data), 3):
            data[at] ^= int(rng.integers(1, 256))
        damaged.append(bytes(data))
    for data in damaged:
        index.write_bytes(data)
        assert source_of(tars).digest == digest
    assert len(seen) > 3 * 6
    seen.clear()
    source_of(tars)
    assert seen == []


def test_a_shard_that_changes_under_a_source_is_told(made):
    paths, tars = made
    source = source_of(tars)
    write(tars[0], members(paths[8:16]))
    batches = sb.Batches(source, PIPELINE, batch_size=24, shuffle=False)
    for call in (lambda: batches.batch(0, 0), lambda: source.read(0)):
        with pytest.raises(sb.DecodeError, match=r"sample 0: '.*train-000.tar: cat/000.png': its file has changed"):
            call()


BUILD = """
import sys, samebatch as sb
from samebatch.source.shards import store
if sys.argv[2] == "slow":
    import numpy as np, time
    whole = np.savez
    def savez(file, **arrays):
        whole(file, **arrays)
        file.flush()
        print("writing", flush=True)
        time.sleep(60)
    np.savez = savez
print(sb.ShardSource(sys.argv[1] + "/train-{000..002}.tar", image="jpg;png;bmp;gif;tif;webp").digest)
"""


def started(folder, how="fast"):
    command = [sys.executable, "-c", BUILD, str(folder), how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_may_build_at_once(made, tmp_path):
    running = [started(tmp_path) for _ in range(3)]
    digests = {process.communicate(timeout=60)[0].strip() for process in running}
    assert [process.returncode for process in running] == [0] * 3
    assert digests == {source_of(made[1]).digest}
    assert len(index_files(tmp_path)) == 1


def test_who_is_killed_while_writing_leaves_no_index(made, tmp_path, monkeypatch):
    process = started(tmp_path, "slow")
    assert process.stdout.readline() == "writing\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    (left,) = index_files(tmp_path)
    assert left.suffix == ".tmp"
    os.utime(left, (1, 1))
    seen = scans(monkeypatch)
    source_of(made[1])
    assert len(seen) == 3
    (index,) = index_files(tmp_path)
    assert index.suffix == ".npz"


def test_a_source_is_pickled_without_its_shards(made):
    source = source_of(made[1], cache="memory")
    sb.Batches(source, PIPELINE, batch_size=24).batch(0, 0)
    data = pickle.dumps(source)
    assert len(data) < 6000
    again = pickle.loads(data)  # noqa: S301 (our own)
    assert again.digest == source.digest
    equal(again, made[0], cache="memory")


def test_the_digest_is_of_the_data(made, tmp_path):
    paths, tars = made
    digest = source_of(tars).digest
    assert source_of(tars, cache="memory", on_error="skip").digest == digest
    assert source_of(tars[:2]).digest != digest
    assert source_of(tars, color="grey").digest != digest
    other = [(name, content + b"x" * (name == "cat/000.png")) for name, content in members(paths[:8])]
    assert source_of([write(tmp_path / "o.tar", other), *tars[1:]]).digest != digest


def test_progress_is_shown_if_it_is_asked_for(made, capsys):
    source_of(made[1], index=None, progress=True)
    assert "index: " in capsys.readouterr().err
    source_of(made[1], index=None)
    assert capsys.readouterr().err == ""


def test_twenty_shards_are_one_index(tmp_path):
    entries = [entry for i in range(1000) for entry in ((f"{i:06}.jpg", b"x"), (f"{i:06}.cls", b"%d" % (i % 10)))]
    first = Path(write(tmp_path / "l-00.tar", entries))
    for number in range(1, 20):
        os.link(first, tmp_path / f"l-{number:02}.tar")
    opened = [sb.ShardSource(f"{tmp_path}/l-{{00..19}}.tar") for _ in range(2)]
    assert opened[0].digest == opened[1].digest
    np.testing.assert_array_equal(opened[1].labels, np.tile(np.arange(20_000 // 20) % 10, 20))
    assert opened[1].names[19_999] == f"{tmp_path}/l-19.tar: 000999.jpg"
