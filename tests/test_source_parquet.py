"""Images in Parquet files: the same bytes as from files, from row groups and extracted."""

import json
import os
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from picture_files import PIPELINE, pictures
from samebatch import reference

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

NAMES = ["cat", "dog", "owl"]


def table(paths, first, *, struct=True):
    images = [Path(path).read_bytes() for path in paths]
    numbers = list(range(first, first + len(paths)))
    column = (
        [{"bytes": image, "path": f"{i}.png"} for i, image in zip(numbers, images, strict=True)] if struct else images
    )
    made = pyarrow.table(
        {
            "image": column,
            "label": [i % 3 for i in numbers],
            "word": [NAMES[i % 3] for i in numbers],
            "weight": pyarrow.array([i / 4 for i in numbers], pyarrow.float32()),
        }
    )
    features = {"image": {"_type": "Image"}, "label": {"names": NAMES, "_type": "ClassLabel"}}
    return made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


@pytest.fixture(params=[True, False], ids=["struct", "binary"])
def made(request, tmp_path):
    """Return the paths of 24 pictures, and of three Parquet files of them in row groups of 3."""
    paths = pictures(tmp_path, 24)
    files = []
    for number in range(3):
        file = tmp_path / f"train-{number}.parquet"
        rows = paths[8 * number : 8 * number + 8]
        parquet.write_table(table(rows, 8 * number, struct=request.param), file, row_group_size=3)
        files.append(str(file))
    return paths, files


@pytest.fixture(params=["groups", "extracted"])
def options(request, tmp_path):
    return {} if request.param == "groups" else {"extract": tmp_path / "extracted"}


def batches_of(source, **options):
    return sb.Batches(source, PIPELINE, **{"batch_size": 5, "seed": 3, "threads": 2} | options)


def digests(source, **options):
    batches = batches_of(source, **options)
    return [batch.digest() for epoch in range(2) for batch in batches.epoch(epoch)]


def test_batches_are_those_of_files(made, options):
    paths, files = made
    for memory in (2**28, 0):
        source = sb.ParquetSource(files, label="label", weight="weight", memory=memory, **options)
        near = sb.FileSource(paths, np.arange(24) % 3, np.arange(24, dtype=np.float32) / 4)
        assert digests(source) == digests(near)
    batches = batches_of(source)
    np.testing.assert_array_equal(batches.batch(0, 1).x, reference.batch(batches, 0, 1)[0])
    np.testing.assert_array_equal(source.read(11), near.read(11))
    assert source.classes == NAMES
    assert source.names[11].endswith("images: row 3" if options else "train-1.parquet: row 3")
    assert digests(pickle.loads(pickle.dumps(source))) == digests(near)  # noqa: S301 (our own)


def test_labels_are_numbers_names_or_chosen(made, options):
    _, files = made
    pattern = str(Path(files[0]).parent / "train-*.parquet")
    np.testing.assert_array_equal(sb.ParquetSource(pattern, label="word", **options).labels, np.arange(24) % 3)
    chosen = sb.ParquetSource(pattern, label="label", classes=["owl", "cat"], label_mode="categorical", **options)
    assert chosen.classes == ["owl", "cat"]
    assert chosen.labels.shape == (16, 2)
    assert "8 rows of other classes left out" in repr(chosen)
    np.testing.assert_array_equal(sb.ParquetSource(files, label="weight", label_mode="raw").labels, np.arange(24) / 4)
    sides = [
        sb.ParquetSource(files, validation_split=0.3, subset=side, **options) for side in ("training", "validation")
    ]
    assert sorted([*sides[0].names, *sides[1].names]) == sorted(sb.ParquetSource(files, **options).names)


def test_what_is_extracted_is_used_again_until_a_file_changes(made, tmp_path):
    paths, files = made
    folder = tmp_path / "extracted"
    source = sb.ParquetSource(files, extract=folder)
    kept = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(kept) == 3
    assert sb.ParquetSource(files, extract=folder).digest == source.digest
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == kept
    os.utime(files[1], ns=(1, 1))
    assert digests(sb.ParquetSource(files, extract=folder)) == digests(sb.FileSource(paths))
    assert len(list(folder.iterdir())) == 4
    (path,) = folder.glob("train-0.*")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(sb.DecodeError, match="its file has changed"):
        digests(source)
    assert digests(sb.ParquetSource(files, extract=folder)) == digests(sb.FileSource(paths))
    with pytest.raises(sb.SpecError, match="extract: cannot write to"):
        sb.ParquetSource(files, extract="/proc/nowhere")


def test_a_decoded_image_is_kept_on_the_disk_if_it_is_extracted(made, tmp_path):
    paths, files = made
    for _ in range(2):
        source = sb.ParquetSource(files, extract=tmp_path / "e", cache=tmp_path / "decoded")
        assert digests(source) == digests(sb.FileSource(paths))
    with pytest.raises(sb.SpecError, match="use extract="):
        sb.ParquetSource(files, cache=tmp_path / "decoded")


def test_broken_and_missing_images_are_named_or_skipped(tmp_path, options):
    paths = pictures(tmp_path, 8)
    made = table(paths, 0).drop_columns(["image"])
    images = [{"bytes": Path(path).read_bytes(), "path": None} for path in paths]
    images[2]["bytes"] = b"no picture"
    images[5]["bytes"] = None
    Path(paths[2]).write_bytes(b"no picture")
    Path(paths[5]).write_bytes(b"")
    parquet.write_table(made.append_column("image", pyarrow.array(images)), tmp_path / "p.parquet")
    source = sb.ParquetSource(tmp_path / "p.parquet", on_error="skip", **options)
    with pytest.warns(sb.SkippedFilesWarning):
        expected = digests(sb.FileSource(paths, on_error="skip"))
    with pytest.warns(sb.SkippedFilesWarning):
        assert digests(source) == expected
    advice = "it has no bytes.*; write the table with embedded images"
    for row, words in ((2, "': it is not an image"), (5, rf"': {advice}| \({advice}\)': it is empty")):
        with pytest.raises(sb.DecodeError, match=rf"sample {row}: '.*row {row}({words})"):
            source.read(row)
    batches = batches_of(sb.ParquetSource(tmp_path / "p.parquet", **options), shuffle=False, batch_size=1)
    with pytest.raises(sb.DecodeError, match=rf"sample 5: .*row 5.*{advice}"):
        batches.batch(0, 5)


def test_what_is_no_parquet_is_refused(made, tmp_path):
    _, files = made
    (tmp_path / "no.parquet").write_bytes(b"nothing of the kind")
    (tmp_path / "cut.parquet").write_bytes(Path(files[0]).read_bytes()[:-20])
    parquet.write_table(pyarrow.table({"image": ["a"], "label": [-1]}), tmp_path / "text.parquet")
    parquet.write_table(pyarrow.table({"image": pyarrow.array([], pyarrow.binary())}), tmp_path / "none.parquet")
    for call, words in [
        (lambda: sb.ParquetSource(tmp_path / "no.parquet"), "no.parquet' cannot be read as Parquet"),
        (lambda: sb.ParquetSource(tmp_path / "cut.parquet"), "cut.parquet' cannot be read as Parquet"),
        (lambda: sb.ParquetSource(tmp_path / "missing.parquet"), "there is no such file"),
        (lambda: sb.ParquetSource(tmp_path / "text.parquet"), "must hold encoded images.*is string"),
        (lambda: sb.ParquetSource(tmp_path / "none.parquet"), "there are no rows"),
        (lambda: sb.ParquetSource(files, image="imag"), "no column 'imag' .did you mean 'image'"),
        (lambda: sb.ParquetSource(files, label="lable"), "no column 'lable'"),
        (lambda: sb.ParquetSource(files, label=3), "label must be the name"),
        (lambda: sb.ParquetSource(files, image=None), "image must be the name"),
        (lambda: sb.ParquetSource(files, extract=3), "extract must be a path"),
        (lambda: sb.ParquetSource(files, memory=-1), "memory must be"),
        (lambda: sb.ParquetSource([]), "files is empty"),
    ]:
        with pytest.raises(sb.SpecError, match=words):
            call()


def test_labels_outside_the_classes_are_refused(tmp_path):
    paths = pictures(tmp_path, 3)
    made = table(paths, 0).set_column(1, "label", [[0, -1, 2]])
    parquet.write_table(made, tmp_path / "p.parquet")
    with pytest.raises(sb.SpecError, match=r"row 1 .*has the label -1.*from 0 to 2"):
        sb.ParquetSource(tmp_path / "p.parquet", label="label")


def test_a_missing_label_is_named_by_its_file_row_and_column(made):
    paths, files = made
    cells = [None if i == 2 else 0.5 for i in range(8)]
    for column in ("s", "w"):
        for number, values in enumerate(([1.0] * 8, cells)):
            own = table(paths[8 * number : 8 * number + 8], 0).append_column(column, [values])
            parquet.write_table(own, files[number])
        options = {"label": "s", "label_mode": "raw"} if column == "s" else {"weight": "w"}
        with pytest.raises(
            sb.SpecError, match=rf"row 2 \(counted from 0\) of '.*train-1.parquet' has no value in column '{column}'"
        ):
            sb.ParquetSource(files[:2], **options)


def test_a_table_of_names_alone_is_not_extracted(made, tmp_path):
    paths, _ = made
    folder = tmp_path / "extracted"
    names = [{"bytes": None, "path": path} for path in paths[:3]]
    kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    parquet.write_table(pyarrow.table({"image": pyarrow.array(names, kind)}), tmp_path / "names.parquet", 2)
    for _ in range(2):
        with pytest.raises(sb.SpecError, match=r"no image of 1 Parquet files has bytes.*with embedded images"):
            sb.ParquetSource(tmp_path / "names.parquet", extract=folder)
        assert list(folder.iterdir()) == []


def test_what_is_extracted_without_bytes_is_a_range_of_none(tmp_path, monkeypatch):
    image = Path(pictures(tmp_path, 1)[0]).read_bytes()
    parquet.write_table(pyarrow.table({"image": [image, None]}), tmp_path / "p.parquet")
    monkeypatch.chdir(tmp_path)
    source = sb.ParquetSource("p.parquet", extract="extracted")
    (written,) = Path("extracted").iterdir()
    assert written.read_bytes()[len(image) : -16] == np.array([0, len(image), len(image), 2], "<i8").tobytes()
    assert dict(source._origin.parts())["names"] == b"row 0row 1"
    again = source.portable()
    assert again.digest == source.digest
    assert again.names[1].endswith("row 1 (it has no bytes in the table; write the table with embedded images)")


def test_a_file_that_changes_under_a_source_is_told(made):
    _, files = made
    source = sb.ParquetSource(files)
    os.utime(files[1], ns=(1, 1))
    with pytest.raises(sb.DecodeError, match=r"sample 8: '.*train-1.parquet: row 0': its file has changed"):
        source.read(8)


def test_threads_share_row_groups_and_keep_to_their_bound(made, monkeypatch):
    paths, files = made
    source = sb.ParquetSource(files, memory=1)
    calls = []
    from samebatch.source.parquet import groups  # noqa: PLC0415

    read = groups.read_group
    monkeypatch.setattr(groups, "read_group", lambda *args: calls.append(args[1]) or read(*args))
    wrong = []

    def look(start):
        for number in range(48):
            index = (start * 5 + number * 7) % 24
            if source.encoded(index) != Path(paths[index]).read_bytes():
                wrong.append(index)

    threads = [threading.Thread(target=look, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert len(source._origin._here()._used) == 1
    calls.clear()
    whole = sb.ParquetSource(files)
    for index in (*range(24), *range(24)):
        whole.encoded(index)
    assert len(calls) == 9
