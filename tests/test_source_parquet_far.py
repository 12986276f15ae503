"""Parquet files by URL: the same batches as from this machine, however often the network fails."""

import pickle
import threading
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fsspec", reason="fsspec is not installed")

import samebatch as sb
from far_files import Flaky, flaky, s3_server
from picture_files import PIPELINE, pictures
from samebatch.source.parquet import groups

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

FAST = sb.Remote(backoff=0.001)
LABELLED = {"label": "label", "weight": "weight"}
URLS = "flaky://set/train-{0..2}.parquet"


@pytest.fixture
def files(tmp_path):
    """Return the paths of three Parquet files of 24 pictures, in row groups of 3, which are objects as well."""
    paths, made = pictures(tmp_path, 24), []
    system = flaky()
    for number in range(3):
        rows = range(8 * number, 8 * number + 8)
        images = [{"bytes": Path(paths[row]).read_bytes(), "path": None} for row in rows]
        table = {"image": images, "label": [row % 3 for row in rows], "weight": [row / 4 for row in rows]}
        file = tmp_path / f"train-{number}.parquet"
        parquet.write_table(pyarrow.table(table), file, row_group_size=3)
        system.pipe_file(f"/set/{file.name}", file.read_bytes())
        made.append(str(file))
    return made


def digests(source, epochs=2):
    batches = sb.Batches(source, PIPELINE, batch_size=5, seed=3, threads=2)
    return [batch.digest() for epoch in range(epochs) for batch in batches.epoch(epoch)]


def expected(files):
    return digests(sb.ParquetSource(files, **LABELLED))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"memory": 0},
        {"memory": 4000},
        {"remote": sb.Remote(read_ahead=0)},
        {"remote": sb.Remote(read_ahead=7, concurrency=1)},
        {"extract": "extracted"},
    ],
    ids=["ahead", "one in memory", "some in memory", "not ahead", "a little ahead", "extracted"],
)
def test_batches_are_those_of_files(files, options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = sb.ParquetSource(URLS, **LABELLED, **options)
    near = sb.ParquetSource(files, **LABELLED)
    assert digests(source) == expected(files)
    assert digests(pickle.loads(pickle.dumps(source))) == expected(files)  # noqa: S301 (our own)
    np.testing.assert_array_equal(source.read(9), near.read(9))
    if "extract" not in options:
        assert source.digest == near.digest
        assert source.names[9] == "flaky://set/train-1.parquet: row 1"
    assert sb.ParquetSource("flaky://set/train-*.parquet").files == source.files


def test_a_row_group_is_fetched_once_where_there_is_room(files, monkeypatch):
    read, calls = groups.read_group, []
    monkeypatch.setattr(groups, "read_group", lambda *args: calls.append((args[0].path, args[1])) or read(*args))
    assert digests(sb.ParquetSource(URLS, **LABELLED)) == expected(files)
    far = [call for call in calls if call[0].startswith("flaky")]
    assert len(far) == len(set(far)) == 9


def test_row_groups_are_fetched_before_they_are_needed(files, monkeypatch):
    del files
    read, running, most, lock = groups.read_group, [0], [0], threading.Lock()

    def slow(*args):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return read(*args)

    monkeypatch.setattr(groups, "read_group", slow)
    batches = sb.Batches(sb.ParquetSource(URLS), PIPELINE, batch_size=5, threads=1)
    for step in range(len(batches)):
        batches.batch(0, step)
    assert 1 < most[0] <= groups.AT_ONCE + 1  # and the one that is needed now


def test_what_is_extracted_is_not_fetched_again(files, tmp_path):
    options = {"extract": tmp_path / "extracted", **LABELLED}
    first = digests(sb.ParquetSource(URLS, **options))
    Flaky.calls.clear()
    source = sb.ParquetSource(URLS, **options)
    looked = Flaky.calls.copy()
    assert digests(source) == first == expected(files)
    assert Flaky.calls == looked, "of the objects only their ends and other columns are read"
    Flaky().pipe_file("/set/train-1.parquet", Path(files[1]).read_bytes())  # written anew, so it may be another
    sb.ParquetSource(URLS, **options)
    assert len(list(options["extract"].glob("train-1.*.images"))) == 2


def test_what_fails_is_tried_again_and_named(files, tmp_path):
    want = expected(files)
    path = "/set/train-1.parquet"
    Flaky.errors[path] = [OSError("down"), TimeoutError()]
    source = sb.ParquetSource(URLS, **LABELLED, remote=FAST)
    Flaky.errors[path] = [OSError("down"), ConnectionResetError()]
    assert digests(source) == want
    few = sb.Remote(tries=2, backoff=0.0)
    source = sb.ParquetSource(URLS, **LABELLED, on_error="skip", remote=few)
    Flaky.errors[path] = [OSError("down")] * 1000
    words = r"sample 9: 'flaky://set/train-1.parquet: row 1': it could not be fetched, .* 2 times; .*OSError: down"
    with pytest.raises(sb.FetchError, match=words):
        source.read(9)
    with pytest.raises(sb.FetchError, match=r"train-1.parquet: row \d+': it could not be fetched"):
        digests(source)
    with pytest.raises(sb.FetchError, match=r"files: 'flaky://set/train-1.parquet': it could not be fetched"):
        sb.ParquetSource(URLS, remote=few)
    Flaky.errors.clear()
    source = sb.ParquetSource(URLS, remote=few)
    Flaky.errors[path] = [OSError("down")] * 1000
    with pytest.raises(sb.FetchError, match=r"files: 'flaky://set/train-1.parquet': "):
        sb.ParquetSource(URLS, remote=few, extract=tmp_path / "extracted")
    assert not list((tmp_path / "extracted").glob("*.tmp"))


def test_what_is_not_there_changed_or_does_not_fit_is_told(files, tmp_path):
    source = sb.ParquetSource(URLS)
    Flaky().pipe_file("/set/train-2.parquet", Path(files[0]).read_bytes())
    with pytest.raises(sb.DecodeError, match=r"sample 20: .*row 4.*its file has changed"):
        source.read(20)
    Flaky().rm_file("/set/train-2.parquet")
    with pytest.raises(sb.DecodeError, match=r"sample 20: .*row 4.*there is no such object"):
        source.read(20)
    Flaky().pipe_file("/set/no.parquet", b"nothing of the kind")
    for call, words in [
        (lambda: sb.ParquetSource(URLS), r"'flaky://set/train-2.parquet': there is no such object"),
        (lambda: sb.ParquetSource("flaky://set/none-*.parquet"), "there is no object"),
        (lambda: sb.ParquetSource("flaky://set/no.parquet"), "no.parquet' cannot be read as Parquet"),
        (lambda: sb.ParquetSource([files[0], "flaky://set/train-1.parquet"]), "paths and URLs mixed"),
        (lambda: sb.ParquetSource(files, remote=FAST), "are for URLs"),
        (
            lambda: sb.ParquetSource("flaky://set/train-0.parquet", remote=sb.Remote(folder=tmp_path)),
            r"Remote.folder=. is for images .* use extract=",
        ),
    ]:
        with pytest.raises(sb.SpecError, match=words):
            call()


def test_files_of_different_columns_are_not_mixed(tmp_path):
    picture = Path(pictures(tmp_path, 1)[0]).read_bytes()
    parquet.write_table(pyarrow.table({"image": [{"bytes": picture}]}), tmp_path / "0.parquet")
    parquet.write_table(pyarrow.table({"image": [picture]}), tmp_path / "1.parquet")
    with pytest.raises(sb.SpecError, match=r"is a struct with bytes in .*0.parquet' and binary in .*1.parquet'"):
        sb.ParquetSource(tmp_path / "[01].parquet")


def test_a_real_s3_client_sees_the_same_batches_however_requests_fail(files):
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    pytest.importorskip("moto", reason="moto is not installed")
    want = expected(files)
    with s3_server() as (options, trouble):
        import fsspec  # noqa: PLC0415 (it may not be there)

        system = fsspec.filesystem("s3", **options)
        system.mkdir("tables")
        for file in files:
            system.pipe_file(f"tables/{Path(file).name}", Path(file).read_bytes())
        trouble.every = 5
        source = sb.ParquetSource("s3://tables/train-*.parquet", **LABELLED, storage_options=options, remote=FAST)
        assert digests(source) == want
        trouble.every = 0
