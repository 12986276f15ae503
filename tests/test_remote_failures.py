"""Whatever goes wrong far away is told: nothing is left out in silence, and the error says where and what to do."""

import pickle
import re
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fsspec", reason="fsspec is not installed")

import fsspec

import samebatch as sb
from far_files import Flaky, flaky
from picture_files import PIPELINE, pictures
from samebatch.source.remote.names import _walks
from samebatch.source.remote.objects import Objects
from samebatch.source.remote.options import Access
from samebatch.source.shards.expand import shard_paths
from shard_files import shards

IMAGE = "jpg;png;bmp;gif;tif;webp"
FAST = sb.Remote(tries=3, backoff=0.001)

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def album(tmp_path):
    """Return a file system with a folder of two classes."""
    system = flaky()
    for number, path in enumerate(pictures(tmp_path, 8)):
        name = f"/album/{('cat', 'dog')[number % 2]}/{'deep/' * (number > 5)}{Path(path).name}"
        system.pipe_file(name, Path(path).read_bytes())
    return system


@pytest.fixture
def tars(tmp_path):
    """Return the paths of three shards, which are objects as well."""
    system = flaky()
    _, made = shards(tmp_path)
    for tar in made:
        system.pipe_file(f"/set/{Path(tar).name}", Path(tar).read_bytes())
    return made


def digests(source):
    batches = sb.Batches(source, PIPELINE, batch_size=5, seed=3, threads=2)
    return [batch.digest() for batch in batches.epoch(0)]


@pytest.mark.parametrize("folder", ["/album", "/album/dog", "/album/dog/deep"])
@pytest.mark.parametrize("error", [OSError("down"), TimeoutError(), ConnectionError("reset"), PermissionError("no")])
@pytest.mark.usefixtures("album")
def test_a_folder_that_cannot_be_listed_is_told(folder, error):
    whole = sb.FolderSource("flaky://album")
    assert sb.FolderSource("walked://album").digest == whole.digest
    Flaky.errors[folder] = [error] * 99
    Flaky.calls.clear()
    with pytest.raises(sb.FetchError, match=rf"root: the folder 'walked:/{folder}': it c.* {type(error).__name__}"):
        sb.FolderSource("walked://album", remote=FAST)
    assert Flaky.calls[folder] == (1 if isinstance(error, PermissionError) else 3)
    if not isinstance(error, PermissionError):
        Flaky.errors[folder] = [error] * 2
        assert sb.FolderSource("walked://album", remote=FAST).digest == whole.digest


@pytest.mark.usefixtures("album")
def test_a_folder_that_is_gone_while_others_are_listed_is_told():
    Flaky.errors["/album/dog"] = [FileNotFoundError("dog")]
    with pytest.raises(sb.SpecError, match="the folder 'walked://album/dog' is gone"):
        sb.FolderSource("walked://album")


@pytest.mark.usefixtures("album")
def test_a_file_system_that_passes_on_is_walked_too():
    Flaky.errors["/album/dog"] = [OSError("down")] * 99
    with pytest.raises(sb.FetchError, match=r"the folder 'simplecache::walked://album/dog': .*OSError: down"):
        sb.FolderSource("simplecache::walked://album", remote=FAST)
    for inner, walks in (("walked", True), ("flaky", False)):
        assert _walks(fsspec.filesystem("dir", path="/album", fs=fsspec.filesystem(inner))) is walks


@pytest.mark.parametrize("system", ["flaky", "walked"])
@pytest.mark.usefixtures("tars")
def test_patterns_find_what_they_name(system):
    memory = fsspec.filesystem("flaky")
    for name in ("train-003.tar/part", "a/x-1.tar", "a/b/x-2.tar", "b/x-3.tar", "b/y-3.tar", ".x-4.tar"):
        memory.pipe_file(f"/set/{name}", b"")

    def found(pattern):
        return [url.removeprefix(f"{system}://set/") for url in shard_paths(f"{system}://{pattern}")]

    assert found("set/train-*.tar") == [f"train-{i:03}.tar" for i in range(3)]
    assert found("s[a-f]t/train-*[!02].tar") == ["train-001.tar"]
    assert found("set/*/x-*.tar") == ["a/x-1.tar", "b/x-3.tar"]
    assert found("set/*/b/x-*.tar") == ["a/b/x-2.tar"]
    assert found("set/**/x-*.tar") == ["a/b/x-2.tar", "a/x-1.tar", "b/x-3.tar"]
    assert found("set/a/**") == ["a/b/x-2.tar", "a/x-1.tar"]
    assert found("set/**/b/**/*3.tar") == ["b/x-3.tar", "b/y-3.tar"]
    for pattern in ("none/*.tar", "set/none-*.tar"):
        with pytest.raises(sb.SpecError, match=f"there is no object '{system}://{re.escape(pattern)}'"):
            found(pattern)
    with pytest.raises(sb.SpecError, match=r"and not within 'x\*\*'"):
        found("set/x**")


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [("set/*.tar", "/set"), ("*/*.tar", "/set"), ("set/**/*.tar", "/set/deep"), ("**/*.tar", "/set")],
)
def test_a_pattern_whose_folder_cannot_be_listed_is_told(tars, pattern, folder):
    fsspec.filesystem("flaky").pipe_file("/set/deep/x.tar", Path(tars[0]).read_bytes())
    Flaky.errors[folder] = [OSError("down")] * 99
    words = rf"shards: 'walked://{re.escape(pattern)}': the folder 'walked:/{folder}': .* tried 3 times.*OSError: down"
    with pytest.raises(sb.FetchError, match=words):
        sb.ShardSource(f"walked://{pattern}", remote=FAST)


@pytest.mark.usefixtures("album")
def test_what_was_not_found_for_another_reason_than_the_network_is_missing():
    error = FileNotFoundError("x")
    error.__cause__ = KeyError("x")
    Flaky.errors["/album/x"] = [error]
    with pytest.raises(sb.DecodeError, match="there is no such object"):
        sb.FileSource(["flaky://album/x"], remote=FAST).read(0)


def test_options_that_fail_late_are_not_damage_of_a_parquet_file(tmp_path, monkeypatch):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    images = [Path(path).read_bytes() for path in pictures(tmp_path, 6)]
    parquet.write_table(pyarrow.table({"image": images}), tmp_path / "x.parquet")
    flaky().pipe_file("/set/x.parquet", (tmp_path / "x.parquet").read_bytes())
    source = sb.ParquetSource("flaky://set/x.parquet", on_error="skip")

    def refuses(*_):
        raise sb.SpecError("storage_options: no")

    monkeypatch.setattr(Objects, "read", refuses)
    with pytest.raises(sb.SpecError, match="storage_options: no"):
        source.read(0)
    with pytest.raises(sb.SpecError, match="files: 'flaky://set': it is a folder"):
        sb.ParquetSource("flaky://set")


def test_a_shard_that_has_changed_is_told(tars):
    system = fsspec.filesystem("flaky")
    source = sb.ShardSource("flaky://set/train-{000..002}.tar", image=IMAGE)
    copy = pickle.loads(pickle.dumps(source))  # noqa: S301 (our own)
    system.pipe_file("/set/train-001.tar", Path(tars[1]).read_bytes()[::-1])
    source.read(0)
    for each in (source, copy):
        with pytest.raises(
            sb.DecodeError,
            match=r"sample 9: 'flaky://set/train-001.tar: .*': its file has changed .* make the source anew",
        ):
            each.read(9)
        with pytest.raises(sb.DecodeError, match="its file has changed since it was indexed"):
            digests(each)
    system.rm_file("/set/train-002.tar")
    source = pickle.loads(pickle.dumps(source))  # noqa: S301 (our own)
    with pytest.raises(sb.DecodeError, match=r"sample 20: 'flaky://set/train-002.tar: .*': there is no such object"):
        source.read(20)


@pytest.mark.usefixtures("tars")
def test_a_shard_is_asked_once_in_a_process_whether_it_has_changed(monkeypatch):
    source = sb.ShardSource("flaky://set/train-{000..002}.tar", image=IMAGE, remote=sb.Remote(memory=0, backoff=0.001))
    asked, info = [], Objects.info

    def slow(self, url):
        asked.append(url)
        time.sleep(0.05)  # so that other threads come meanwhile
        return info(self, url)

    monkeypatch.setattr(Objects, "info", slow)
    for _ in range(2):
        digests(source)
    assert sorted(asked) == source.shards

    def fails(*_):
        raise sb.FetchError("down")

    copy = pickle.loads(pickle.dumps(source))  # noqa: S301 (our own)
    monkeypatch.setattr(Objects, "info", fails)
    with pytest.raises(sb.FetchError, match=r"sample 9: 'flaky://set/train-001.tar: .*': down"):
        copy.read(9)
    monkeypatch.setattr(Objects, "info", info)
    np.testing.assert_array_equal(copy.read(9), source.read(9))


class Refusing(Flaky):
    """Takes its options when it is opened, or when it is used first, as that of S3 does."""

    protocol = "refusing"

    def __init__(self, *, lazy=None):
        super().__init__()
        self.lazy = lazy

    def cat_file(self, path, **options):
        if self.lazy:
            raise TypeError("AioSession.__init__() got an unexpected keyword argument 'lazy'")
        return super().cat_file(path, **options)


@pytest.mark.usefixtures("album")
def test_options_that_do_not_fit_are_told():
    fsspec.register_implementation("refusing", Refusing, clobber=True)
    words = r"storage_options: the file system of 'refusing' cannot be used with these .'{0}'.: .*'{0}'"
    with pytest.raises(sb.SpecError, match=words.format("endpoint")) as told:
        sb.FolderSource("refusing://album", storage_options={"endpoint": "secret"})
    assert "secret" not in str(told.value)
    with pytest.raises(sb.SpecError, match=words.format("lazy")):
        sb.FileSource(["refusing://album/x"], storage_options={"lazy": 1}, remote=FAST).read(0)
    with pytest.raises(sb.SpecError, match=r"storage_options must have names \(str\) as keys, got 3"):
        sb.FileSource(["refusing://album/x"], storage_options={3: 1})


def test_options_that_s3_does_not_know_are_told():
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    options = {"endpoint": "http://127.0.0.1:1"}
    for call in (
        lambda: sb.ShardSource("s3://bucket/x.tar", storage_options=options, remote=FAST),
        lambda: sb.FolderSource("s3://bucket/x", storage_options=options, remote=FAST),
        lambda: digests(sb.FileSource(["s3://bucket/x.png"], storage_options=options, remote=FAST)),
    ):
        with pytest.raises(sb.SpecError, match=r"storage_options: the file system of 's3' .*'endpoint'"):
            call()


def test_protocols_are_checked_when_the_source_is_made():
    flaky()
    fsspec.register_implementation("lacking", "no_such_module.System", errtxt="install it", clobber=True)
    for make in (
        lambda url: sb.FileSource([f"{url}/x.png"]),
        lambda url: sb.TableSource({"path": ["x.png"]}, root=url),
        sb.FolderSource,
        lambda url: sb.ShardSource(f"{url}/x.tar"),
        lambda url: sb.ShardSource(f"{url}/*.tar"),
    ):
        with pytest.raises(sb.SpecError, match="nothing"):
            make("nothing://x")
        with pytest.raises(sb.SpecError, match="in small letters: 's3://'"):
            make("S3://bucket")
        with pytest.raises(ImportError, match=r"lacking://.*install it"):
            make("lacking://x")
    Objects(Access()).check("zip://a.png::simplecache::flaky://x.zip")
    Objects(Access()).check("zip://a.png::/tmp/x.zip")


@pytest.mark.usefixtures("album")
def test_a_file_is_no_folder_and_a_folder_no_file(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.py").write_bytes(b"1")
    for system in ("flaky", "walked"):
        name = f"{system}:/{fsspec.filesystem('flaky').find('/album/cat')[0]}"
        with pytest.raises(sb.SpecError, match=f"got '{name}': it is a file; for files: FileSource"):
            sb.FolderSource(name)
    with pytest.raises(sb.SpecError, match="it is a file; for files: FileSource"):
        sb.FolderSource((tmp_path / "x.py").as_uri())
    for name in ("empty", "none"):
        with pytest.raises(sb.SpecError, match="there is nothing there, no such folder or an empty one"):
            sb.FolderSource((tmp_path / name).as_uri())
    with pytest.raises(sb.SpecError, match="shards: 'flaky://album/cat': it is a folder"):
        sb.ShardSource("flaky://album/cat")
