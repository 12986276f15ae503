"""Servers that are down, never answer, or give no ranges: none is taken for an object that is missing."""

import socket
import struct
import threading
from collections import Counter
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fsspec", reason="fsspec is not installed")

import samebatch as sb
from picture_files import pictures
from shard_files import shards

IMAGE = "jpg;png;bmp;gif;tif;webp"
FAST = sb.Remote(tries=3, backoff=0.001)
ONCE = sb.Remote(tries=1, timeout=0.3)

pytestmark = pytest.mark.usefixtures("own_cache")


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
