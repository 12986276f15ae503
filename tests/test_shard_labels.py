"""Labels of shards that are wrong: whose they are is told, and no class gets another number without a word."""

import bz2
import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from picture_files import pictures
from shard_files import shards, write


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Return what writes shards of samples with these labels, and makes a source of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    image = Path(pictures(tmp_path, 1)[0]).read_bytes()

    def source(*labels, ending="cls", **options):
        tars = []
        for number, own in enumerate(labels):
            entries = []
            for i, label in enumerate(own):
                content = label if isinstance(label, bytes) else label.encode()
                entries += [(f"{'ab'[number]}/{i}.jpg", image), (f"{'ab'[number]}/{i}.{ending}", content)]
            tars.append(write(tmp_path / f"{'ab'[number]}.tar", entries))
        return sb.ShardSource(tars, **{"image": "jpg", "label": ending, "index": None} | options)

    return source


TEN = [str(i) for i in range(11)]


def test_one_label_that_is_no_number_does_not_renumber_the_others(make):
    assert make(TEN).labels.tolist() == list(range(11))
    with pytest.raises(
        sb.SpecError,
        match=r"the labels \(cls\) of the shards: 12 of 13 labels are whole numbers, and that of the sample 'b/1' of "
        r"'.*b.tar' is '1l' \(str\); mend it, or name the classes, as texts: classes=\[",
    ):
        make(TEN, ["1", "1l"])
    chosen = make(TEN, ["1", "1l"], classes=TEN)
    assert chosen.labels.tolist() == [*range(11), 1]
    assert "1 samples of other classes left out" in repr(chosen)
    assert make(["01", "02", "10"]).classes == ["01", "02", "10"]
    assert make(["cat", "n01"]).classes == ["cat", "n01"]


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["2.0", "0.5"], r"not all of them whole, and that of the sample 'a/1' of '.*a.tar' is '0.5' .*"),
        (["0", "1e-1"], r"1 of 2 labels are whole numbers, and that of the sample 'a/1' of '.*a.tar' is '1e-1' .*"),
    ],
)
def test_numbers_that_are_not_whole_are_no_classes(make, labels, told):
    with pytest.raises(sb.SpecError, match=told + 'label_mode="raw"'):
        make(labels)
    assert make(labels, label_mode="raw").labels.tolist() == [float(label) for label in labels]
    assert make(["1.0", "2.0"]).classes == ["1.0", "2.0"]
    with pytest.raises(sb.SpecError, match=r"must hold numbers, and that of the sample 'a/0' of '.*a.tar' is 'cat'"):
        make(["cat"], label_mode="raw")


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        (b"x\xff", r"is not UTF-8 \(invalid start byte at byte 1\)"),
    ],
)
@pytest.mark.parametrize("index", [None, "beside"])
def test_a_label_that_is_none_is_an_incomplete_sample(make, label, reason, index):
    labels = ["7", "3"], ["1", label, "ünï", "2"]
    for _ in range(2):
        with pytest.raises(sb.DecodeError, match=rf"shard '.*b.tar': the sample 'b/1': its label \(cls\) {reason};"):
            make(*labels, index=index)
    source = make(*labels, index=index, on_error="skip", classes=["1", "2", "3", "7", "ünï"])
    assert source.keys == ["a/0", "a/1", "b/0", "b/2", "b/3"]
    assert source.labels.tolist() == [3, 2, 0, 4, 1]
    assert source.classes[4] == "ünï"
    assert "1 incomplete samples left out" in repr(source)
    np.testing.assert_array_equal(source.read(4), source.read(0))
    assert len(make(*labels, index=index, label=None)) == 6
    with pytest.raises(sb.SpecError, match=rf"no samples in 1 shards; '.*a.tar': the sample 'a/0': .* {reason}"):
        make([label], on_error="skip")


@pytest.mark.parametrize("entry", ['" "', '"\\udcff"', "null", "[1]", '""'])
def test_an_entry_that_is_no_text_is_told_and_skipped(make, entry):
    labels = ['{"x": " cat "}', f'{{"x": {entry}}}', '{"x": "dog"}']
    with pytest.raises(sb.DecodeError, match=r"the sample 'a/1': the entry 'x' of its label is .*neither text nor"):
        make(labels, ending="json", field="x")
    source = make(labels, ending="json", field="x", on_error="skip")
    assert (source.classes, source.labels.tolist()) == (["cat", "dog"], [0, 1])


def test_a_field_without_a_label_is_refused(make):
    with pytest.raises(sb.SpecError, match=r"label=None and field='x': field= is for JSON"):
        make(["1"], label=None, field="x")
    assert make(['{"x": 1}'], ending="json", field="x", label_mode="none").labels is None


def test_a_folder_is_no_shard(tmp_path):
    _, tars = shards(tmp_path, 1)
    folder = tmp_path / "folder"
    folder.mkdir()
    options = {"image": "jpg;png;bmp;gif;tif;webp", "index": None}
    advice = r"a folder is no shard: name the shards in it, '.*/folder/\*\.tar', or use FolderSource"
    with pytest.raises(sb.DecodeError, match=rf"folder': .*it is a folder; {advice}$"):
        sb.ShardSource([*tars, folder], **options)
    with pytest.warns(sb.SkippedFilesWarning, match=rf"{advice}$"):
        assert len(sb.ShardSource([*tars, folder], on_error="skip", **options)) == 8
    with pytest.raises(sb.SpecError, match=rf"no samples in 1 shards; .*{advice}$"):
        sb.ShardSource(folder, on_error="skip", **options)


@pytest.mark.parametrize(("packer", "command"), [(gzip, "gunzip"), (bz2, "bunzip2"), (lzma, "unxz")])
def test_a_compressed_archive_is_to_be_unpacked(tmp_path, packer, command):
    _, tars = shards(tmp_path, 1)
    packed = tmp_path / "packed.tar"
    packed.write_bytes(packer.compress(Path(tars[0]).read_bytes()))
    with pytest.raises(sb.DecodeError, match=rf"it is compressed by .*; unpack it to a plain .tar \({command}\)$"):
        sb.ShardSource(packed, index=None)


@pytest.mark.parametrize("cache", ["mem", "Memory", "RAM", "disk"])
def test_a_slip_is_no_folder_of_decoded_images(make, cache, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(sb.SpecError, match=rf"""cache='{cache}': did you mean "memory".*"\./{cache}\""""):
        make(["1"], cache=cache)
    source = make(["1"], cache=f"./{cache}")
    sb.Batches(source, sb.Pipeline(size=(8, 8)), batch_size=1).batch(0, 0)
    assert (tmp_path / cache).is_dir()


def test_a_folder_may_be_called_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = sb.FileSource([pictures(tmp_path, 1)[0]], cache=Path("memory"))
    sb.Batches(source, sb.Pipeline(size=(8, 8))).batch(0, 0)
    assert Path("memory").is_dir()
