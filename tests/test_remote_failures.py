"""Whatever goes wrong far away is told: nothing is left out in silence, and the error says where and what to do."""

import pickle
import re
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
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
ONCE = sb.Remote(tries=1, timeout=0.3)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))


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


class Handler(SimpleHTTPRequestHandler):
    """Serves files, and answers otherwise what it is told to: a status, or None for a connection that breaks."""

    answers: dict = {}  # noqa: RUF012 (of one test at a time)
    calls: Counter = Counter()  # noqa: RUF012

    def do_GET(self):
        if not self.is_other():
            super().do_GET()

    def do_HEAD(self):
        if not self.is_other():
            super().do_HEAD()

    def is_other(self):
        Handler.calls[self.path.rstrip("/")] += 1
        left = Handler.answers.get(self.path.rstrip("/"))
        if not left:
            return False
        status = left.pop()
        if status is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        else:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return True

    def finish(self):
        if not self.connection._closed:
            super().finish()

    def log_message(self, *_):
        pass


@pytest.fixture
def web(tmp_path):
    """Return the URL of a server of files, and their folder."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    Handler.answers.clear()
    Handler.calls.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path)))
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def dumb():
    """Yield the port of a server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


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


def test_a_folder_of_pages_is_listed_whole_or_not_at_all(web):
    url, folder = web
    for name in ("cat", "dog"):
        (folder / "album" / name).mkdir(parents=True)
        pictures(folder / "album" / name, 3)
    near = sb.FolderSource(folder / "album")
    Handler.answers["/album/dog"] = [None, 503]
    assert sb.FolderSource(f"{url}/album", remote=FAST).digest == near.digest
    for answer, words in ((None, "tried 3 times"), (503, "tried 3 times.* 503"), (403, "cannot be fetched: .* 403")):
        Handler.answers["/album/dog"] = [answer] * 99
        with pytest.raises(sb.FetchError, match=f"root: the folder '{url}/album/dog': .*{words}"):
            sb.FolderSource(f"{url}/album", remote=FAST)
    with pytest.raises(sb.SpecError, match="there is nothing there"):
        sb.FolderSource(f"{url}/none")


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


def test_a_server_that_never_answers_is_left_after_a_while():
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    with dumb() as port:
        for call in (
            lambda: sb.FolderSource(f"http://127.0.0.1:{port}/album", remote=ONCE),
            lambda: sb.ShardSource(f"http://127.0.0.1:{port}/*.tar", remote=ONCE),
            lambda: sb.ShardSource(f"http://127.0.0.1:{port}/x.tar", remote=ONCE),
            lambda: sb.FileSource([f"http://127.0.0.1:{port}/x.png"], remote=ONCE).read(0),
        ):
            with pytest.raises(sb.FetchError, match=f"127.0.0.1:{port}.* tried once; .*Timeout"):
                call()


def test_a_server_of_objects_that_never_answers_is_left_after_a_while():
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    with dumb() as port:
        options = {"key": "k", "secret": "s", "endpoint_url": f"http://127.0.0.1:{port}"}
        for call in (
            lambda: sb.FolderSource("s3://bucket/album", storage_options=options, remote=ONCE),
            lambda: sb.ShardSource("s3://bucket/*.tar", storage_options=options, remote=ONCE),
            lambda: sb.ShardSource("s3://bucket/**/*.tar", storage_options=options, remote=ONCE),
        ):
            with pytest.raises(sb.FetchError, match=r"'s3://bucket.* tried once; .*Timeout"):
                call()


def test_a_server_that_is_down_is_not_an_object_that_is_missing(web):
    url, folder = web
    _, tars = shards(folder)
    name = f"/{Path(tars[0]).name}"
    for answers in ([None] * 4, [503] * 4, [None, 500, 503, None]):
        Handler.answers[name] = list(answers)  # two of each try: HEAD and GET
        sb.ShardSource(url + name, image=IMAGE, index=None, remote=FAST)
    for answer, words in (
        (None, "tried 3 times; the last time: Client|tried 3 times; the last time: Server"),
        (503, "tried 3 times; .*503"),
        (401, "it cannot be fetched: .*401"),
        (403, "it cannot be fetched: .*403"),
    ):
        Handler.answers[name] = [answer] * 99
        Handler.calls.clear()
        with pytest.raises(sb.FetchError, match=f"shards: '{url}{name}': .*({words})"):
            sb.ShardSource(url + name, image=IMAGE, remote=FAST)
        if answer:  # of a connection that breaks aiohttp makes another one by itself
            assert Handler.calls[name] == (6 if answer == 503 else 2)
        Handler.calls.clear()
        with pytest.raises(sb.FetchError, match=f"sample 0: '{url}{name}': .*({words})"):
            sb.FileSource([url + name], remote=FAST).read(0)
        if answer:
            assert Handler.calls[name] == (3 if answer == 503 else 1)
    for answer in (404, 410):
        Handler.answers[name] = [answer] * 99
        with pytest.raises(sb.SpecError, match="there is no such object"):
            sb.ShardSource(url + name, image=IMAGE, remote=FAST)
        with pytest.raises(sb.DecodeError, match="there is no such object"):
            sb.FileSource([url + name], remote=FAST).read(0)


def test_nobody_listens_is_not_an_object_that_is_missing():
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    with dumb() as port:
        pass
    with pytest.raises(sb.FetchError, match="tried 3 times; the last time: Client"):
        sb.ShardSource(f"http://127.0.0.1:{port}/x.tar", remote=FAST)


@pytest.mark.usefixtures("album")
def test_what_was_not_found_for_another_reason_than_the_network_is_missing():
    error = FileNotFoundError("x")
    error.__cause__ = KeyError("x")
    Flaky.errors["/album/x"] = [error]
    with pytest.raises(sb.DecodeError, match="there is no such object"):
        sb.FileSource(["flaky://album/x"], remote=FAST).read(0)


def test_a_server_without_ranges_is_told_at_once(web):
    url, folder = web
    _, tars = shards(folder)
    name = f"/{Path(tars[0]).name}"
    source = sb.ShardSource(url + name, image=IMAGE, remote=FAST)
    Handler.calls.clear()
    with pytest.raises(sb.FetchError, match=r"sample 1: .*: \d+ bytes came, .* does not give ranges .* download"):
        source.read(1)
    assert Handler.calls[name] == 2, "whether it has changed, and the object"
    large = folder / "large.tar"
    large.write_bytes(Path(tars[0]).read_bytes() + bytes(2**21))
    with pytest.raises(sb.FetchError, match=rf"shards: '{url}/large.tar', at byte 0: .* does not give ranges"):
        sb.ShardSource(f"{url}/large.tar", image=IMAGE, remote=FAST)


def test_parquet_files_of_a_server_without_ranges_are_told_at_once(web):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    url, folder = web
    # Of a small file pyarrow asks for the whole.
    images = [np.random.default_rng(seed).bytes(50_000) for seed in range(6)]
    parquet.write_table(pyarrow.table({"image": images}), folder / "x.parquet")
    with pytest.raises(sb.FetchError, match=f"files: '{url}/x.parquet': .* does not give ranges"):
        sb.ParquetSource(f"{url}/x.parquet", remote=FAST)
    Handler.answers[""] = [503] * 99
    with pytest.raises(sb.FetchError, match=f"files: '{url}/[*].parquet': the folder '{url}': .* 503"):
        sb.ParquetSource(f"{url}/*.parquet", remote=FAST)


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
