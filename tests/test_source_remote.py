"""Images by URL: the same batches as from files, however often the network fails; errors name the object."""

import multiprocessing
import pickle
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fsspec", reason="fsspec is not installed")

import samebatch as sb
from far_files import Flaky, flaky, s3_server
from picture_files import PIPELINE, pictures
from samebatch import reference
from samebatch.source.remote.ahead import Fetched
from samebatch.source.remote.kept import Kept
from shard_files import shards

IMAGE = "jpg;png;bmp;gif;tif;webp"
FAST = sb.Remote(backoff=0.001)


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def far(tmp_path):
    """Return the paths of pictures, and their URLs."""
    system = flaky()
    paths = pictures(tmp_path, 24)
    for path in paths:
        system.pipe_file(f"/photos/{Path(path).name}", Path(path).read_bytes())
    return paths, [f"flaky://photos/{Path(path).name}" for path in paths]


def batches_of(source, **options):
    return sb.Batches(source, PIPELINE, **{"batch_size": 5, "seed": 3, "threads": 2} | options)


def digests(source, epochs=2, **options):
    batches = batches_of(source, **options)
    return [batch.digest() for epoch in range(epochs) for batch in batches.epoch(epoch)]


@pytest.mark.parametrize(
    "remote",
    [sb.Remote(), sb.Remote(read_ahead=0), sb.Remote(read_ahead=7, concurrency=1, memory=0), sb.Remote(memory=1000)],
    ids=["ahead", "not ahead", "no memory", "little memory"],
)
def test_batches_are_those_of_files(far, remote):
    paths, urls = far
    source = sb.FileSource(urls, np.arange(24), remote=remote)
    files = sb.FileSource(paths, np.arange(24))
    assert digests(source) == digests(files)
    batches = batches_of(source)
    np.testing.assert_array_equal(batches.batch(0, 1).x, reference.batch(batches, 0, 1)[0])
    np.testing.assert_array_equal(source.read(7), files.read(7))
    assert list(source.paths) == urls


def test_every_image_is_fetched_once_an_epoch(far):
    paths, _ = far

    def calls(epochs, **options):
        """Of each image, in a folder of its own: others are still fetched ahead for an epoch that never comes."""
        folder = f"/album{len(Flaky.store)}"
        for path in paths:
            Flaky().pipe_file(f"{folder}/{Path(path).name}", Path(path).read_bytes())
        digests(sb.FileSource([f"flaky:/{folder}/{Path(path).name}" for path in paths], **options), epochs)
        return {count for path, count in Flaky.calls.items() if path.startswith(folder)}

    assert calls(3) == {1}
    assert calls(2, remote=sb.Remote(memory=0)) <= {2, 3}
    assert calls(2, cache="memory", remote=sb.Remote(memory=0, read_ahead=0)) == {1}


def test_what_fails_is_tried_again(far):
    paths, urls = far
    for number in range(0, 24, 2):
        Flaky.errors[f"/photos/{Path(urls[number]).name}"] = [OSError("down"), TimeoutError(), ConnectionError("reset")]
    assert digests(sb.FileSource(urls, remote=FAST)) == digests(sb.FileSource(paths))


def test_what_fails_for_good_is_named(far):
    _, urls = far
    path = f"/photos/{Path(urls[3]).name}"
    Flaky.errors[path] = [OSError("down")] * 100
    words = r"sample 3: 'flaky://photos/003.*': it could not be fetched, and was tried 3 times; .* OSError: down"
    for on_error in ("raise", "skip"):
        source = sb.FileSource(urls, on_error=on_error, remote=sb.Remote(tries=3, backoff=0.0))
        for call in (lambda: batches_of(source, batch_size=24).batch(0, 0), lambda: source.read(3)):  # noqa: B023
            with pytest.raises(sb.FetchError, match=words):
                call()
        assert source.skipped == []
    Flaky.errors[path] = [PermissionError("not for you")] * 100
    Flaky.calls.clear()
    with pytest.raises(sb.FetchError, match=r"sample 3: .*cannot be fetched: PermissionError: not for you"):
        sb.FileSource(urls).read(3)
    assert Flaky.calls[path] == 1


def test_what_is_not_there_is_told_or_skipped_as_a_file(far):
    paths, urls = far
    Flaky(skip_instance_cache=True).rm_file(f"/photos/{Path(urls[5]).name}")
    Path(paths[5]).unlink()
    with pytest.raises(sb.DecodeError, match=r"sample 5: 'flaky://photos/005.*': there is no such object"):
        digests(sb.FileSource(urls))
    with pytest.raises(sb.DecodeError, match=r"sample 5: 'flaky://photos/005.*': there is no such object"):
        sb.FileSource(urls).read(5)
    with pytest.warns(sb.SkippedFilesWarning):
        expected = digests(sb.FileSource(paths, on_error="skip"))
    with pytest.warns(sb.SkippedFilesWarning, match="there is no such object"):
        assert digests(sb.FileSource(urls, on_error="skip")) == expected


def test_a_folder_and_a_table_may_be_far_away(far, tmp_path):
    paths, _ = far
    system = flaky()
    for number, path in enumerate(paths):
        name = f"{('cat', 'dog')[number % 2]}/{'deep/' * (number % 3 == 0)}{Path(path).name}"
        system.pipe_file(f"/album/{name}", Path(path).read_bytes())
        copy = tmp_path / "root" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(Path(path).read_bytes())
    system.pipe_file("/album/.hidden/x.png", b"")
    system.pipe_file("/album/cat/notes.txt", b"")
    for options in ({}, {"recursive": False}, {"classes": ["dog"]}, {"label_mode": "none"}):
        near = sb.FolderSource(tmp_path / "root", **options)
        source = sb.FolderSource("flaky://album", **options)
        assert digests(source, 1) == digests(near, 1)
        assert source.digest == near.digest
    split = {"validation_split": 0.3, "subset": "validation"}
    assert sb.FolderSource("flaky://album", **split).digest == sb.FolderSource(tmp_path / "root", **split).digest
    table = {"path": ["cat/004.png", "dog/001.jpg"], "animal": ["cat", "dog"]}
    for root in (tmp_path / "root", "flaky://album"):
        assert sb.TableSource(table, label="animal", root=root).read(1).shape == (9, 19, 3)
    with pytest.raises(sb.SpecError, match="there is nothing there"):
        sb.FolderSource("flaky://nothing")
    with pytest.raises(sb.SpecError, match="these are URLs"):
        sb.TableSource(table, label="animal", root="flaky://album", validate=True)


def test_shards_may_be_far_away(tmp_path):
    _, tars = shards(tmp_path)
    system = flaky()
    for tar in tars:
        system.pipe_file(f"/set/{Path(tar).name}", Path(tar).read_bytes())
    near = sb.ShardSource(tars, image=IMAGE)
    first = sb.ShardSource("flaky://set/train-{000..002}.tar", image=IMAGE, remote=FAST)
    assert digests(first) == digests(near)
    assert first.digest == near.digest
    assert first.names[0] == "flaky://set/train-000.tar: cat/000.png"
    np.testing.assert_array_equal(first.read(9), near.read(9))
    Flaky.calls.clear()
    assert sb.ShardSource("flaky://set/train-*.tar", image=IMAGE).shards == first.shards
    assert not Flaky.calls, "it is opened from its index"
    system.pipe_file("/set/train-001.tar", Path(tars[1]).read_bytes()[:3000])
    with pytest.raises(sb.DecodeError, match=r"shard 'flaky://set/train-001.tar': at byte \d+: it ends within"):
        sb.ShardSource("flaky://set/train-{000..002}.tar", image=IMAGE)
    Flaky.errors["/set/train-000.tar"] = [OSError("down")] * 99
    with pytest.raises(sb.FetchError, match=r"'flaky://set/train-000.tar', at byte 0: it could not.*OSError: down"):
        sb.ShardSource("flaky://set/train-000.tar", image=IMAGE, label=None, remote=FAST)
    with pytest.raises(sb.SpecError, match="there is no such object"):
        sb.ShardSource("flaky://set/none.tar")
    with pytest.raises(sb.SpecError, match="there is no object"):
        sb.ShardSource("flaky://set/none-*.tar")


def test_what_is_kept_in_a_folder_is_not_fetched_again(far, tmp_path):
    paths, urls = far
    folder = tmp_path / "kept"
    expected = digests(sb.FileSource(paths), 1)
    remote = sb.Remote(folder=folder)
    assert digests(sb.FileSource(urls, remote=remote), 1) == expected
    Flaky.calls.clear()
    assert digests(sb.FileSource(urls, remote=remote), 1) == expected
    assert not Flaky.calls
    damaged = sorted(folder.rglob("??/*"))[:3]
    for path, data in zip(damaged, (b"", b"x" * 100, damaged[2].read_bytes()[:-1]), strict=True):
        path.write_bytes(data)
    assert digests(sb.FileSource(urls, remote=remote), 1) == expected
    assert sum(Flaky.calls.values()) == 3


def test_a_folder_is_filled_up_to_its_bound(tmp_path):
    kept = Kept(tmp_path, 1000)
    for name in "abc":
        kept.put(name, bytes(400))
    assert [kept.get(name) is not None for name in "abc"] == [True, True, False]
    Kept(tmp_path, 1000).put("d", bytes(400))
    assert kept.get("d") is None
    broken = Kept("/proc/nowhere", None)
    broken.put("a", b"1")
    assert broken.get("a") is None


def test_many_threads_do_not_fill_a_folder_beyond_its_bound(tmp_path, monkeypatch):
    kept = Kept(tmp_path, 2000)

    def put(name):
        kept.put(name, bytes(400))

    entered = threading.Barrier(4)
    monkeypatch.setattr(Path, "write_bytes", _met(Path.write_bytes, entered))
    threads = [threading.Thread(target=put, args=(f"{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(path.stat().st_size for path in tmp_path.rglob("??/*")) == 4 * 416
    monkeypatch.undo()
    assert len([number for number in range(8) if kept.get(f"{number}")]) == 4


def _met(write, barrier):
    """Return what writes when as many others are about to."""

    def met(path, data):
        barrier.wait(30)
        return write(path, data)

    return met


def test_paths_and_options_that_do_not_fit_are_refused(far, tmp_path):
    paths, urls = far
    for call, words in [
        (lambda: sb.FileSource([*urls, paths[0]]), "is a URL, .* is a path"),
        (lambda: sb.FileSource(paths, storage_options={}), "are for URLs"),
        (lambda: sb.FileSource(urls, storage_options=3), "must be a dict"),
        (lambda: sb.FileSource(urls, remote={}), "must be samebatch.Remote"),
        (lambda: sb.FileSource(urls, cache=tmp_path / "c"), "is for files of this machine"),
        (lambda: sb.FolderSource(tmp_path, remote=FAST), "are for URLs"),
        (lambda: sb.ShardSource("x.tar", remote=FAST), "are for URLs"),
        (lambda: sb.ShardSource(["x.tar", "flaky://x.tar"]), "mixed"),
        (lambda: sb.FileSource(["nothing://x/y"]).read(0), "nothing"),
        (lambda: sb.TableSource("memory://t.csv"), "table is a URL, 'memory://t.csv', .* must be on this machine"),
        (
            lambda: sb.FileSource(urls, storage_options={3: 1}),
            r"storage_options must have names \(str\) as keys, got 3",
        ),
        (lambda: sb.Remote(tries=0), "tries must be"),
        (lambda: sb.Remote(timeout=0), "timeout must be"),
        (lambda: sb.Remote(folder=3), "folder must be"),
        (lambda: sb.Remote(folder=""), "folder must be"),
        (lambda: sb.Remote(folder_bytes=10), "folder_bytes=10 is for a folder, and there is none"),
    ]:
        with pytest.raises(sb.SpecError, match=words):
            call()


def test_credentials_are_not_shown_and_state_is_not_pickled(far):
    paths, urls = far
    source = sb.FileSource(urls, storage_options={"listings_expiry_time": 77}, remote=FAST)
    digests(source, 1)
    assert "77" not in repr(source)
    again = pickle.loads(pickle.dumps(source))  # noqa: S301 (our own)
    assert again.digest == source.digest
    assert digests(again, 1) == digests(sb.FileSource(paths), 1)


def test_every_nth_step_is_foreseen(far):
    """What another worker renders is not fetched by this one."""
    _, urls = far
    batches = batches_of(sb.FileSource(urls), batch_size=2)
    for step in range(1, 12, 3):
        batches.batch(0, step)
    time.sleep(0.05)
    own = {int(i) for step in range(1, 12, 3) for i in batches.indices(0, step)}
    assert set(Flaky.calls) == {f"/photos/{Path(urls[i]).name}" for i in own}
    assert set(Flaky.calls.values()) == {1}


def test_samples_and_statistics_are_fetched_ahead(far):
    paths, urls = far
    Flaky.delay = 0.005
    near, source = sb.FileSource(paths), sb.FileSource(urls)
    picked = [3, 3, 20, 0]
    np.testing.assert_array_equal(batches_of(source).samples(0, picked).x, batches_of(near).samples(0, picked).x)
    assert sb.Statistics.of(source) == sb.Statistics.of(near)
    assert set(Flaky.calls.values()) == {1}


def test_threads_that_ask_for_the_same_get_the_same():
    calls, lock = [], threading.Lock()

    def fetch(index):
        with lock:
            calls.append(index)
        time.sleep(0.001)
        if index == 13 and calls.count(13) < 3:
            raise OSError("down")
        return b"%d" % index * 10

    fetched = Fetched(fetch, 4, 150)
    wrong = []

    def ask(start):
        for number in range(200):
            index = (start + number * 7) % 50
            if number % 10 == 0:
                fetched.expect(range(index, 50))
            try:
                if fetched.take(index) != b"%d" % index * 10:
                    wrong.append(index)
            except OSError:  # one of them
                assert index == 13

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    fetched.expect([])
    fetched.take(1)
    assert fetched._bytes == sum(map(len, fetched._used.values())) <= 150


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    """Return (storage options, trouble, paths) of pictures that an S3 server has."""
    pytest.importorskip("moto.server", reason="moto[s3] and flask are not installed")
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed")
    folder = tmp_path_factory.mktemp("s3")
    paths, tars = shards(folder)
    with s3_server() as (options, trouble):
        system = s3fs.S3FileSystem(**options)
        system.mkdir("bucket")
        for number, path in enumerate(paths):
            system.put_file(path, f"bucket/photos/{'abc'[number % 3]}/{Path(path).name}")
        for tar in tars:
            system.put_file(tar, f"bucket/set/{Path(tar).name}")
        yield options, trouble, paths


def s3_sources(options):
    remote = sb.Remote(backoff=0.01, concurrency=4)
    yield sb.FolderSource("s3://bucket/photos", storage_options=options, remote=remote)
    yield sb.ShardSource(
        "s3://bucket/set/train-{000..002}.tar", image=IMAGE, index=None, storage_options=options, remote=remote
    )


def test_a_real_s3_client_sees_the_same_batches_however_requests_fail(s3):
    options, trouble, paths = s3
    calm = [digests(source) for source in s3_sources(options)]
    assert calm[1] == digests(sb.FileSource(paths, np.arange(24) % 3))
    trouble.every, trouble.count = 5, 0
    try:
        assert [digests(source) for source in s3_sources(options)] == calm
    finally:
        trouble.every = 0
    assert trouble.count > 40
    with pytest.raises(sb.DecodeError, match=r"sample 0: 's3://bucket/none.png': there is no such object"):
        sb.FileSource(["s3://bucket/none.png"], storage_options=options).read(0)


def test_files_come_by_http(tmp_path):
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    paths = pictures(tmp_path, 6)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        urls = [f"http://127.0.0.1:{server.server_port}/{Path(path).name}" for path in paths]
        assert digests(sb.FileSource(urls), 1) == digests(sb.FileSource(paths), 1)
        with pytest.raises(sb.DecodeError, match=r"sample 0: 'http://.*/none.png': there is no such object"):
            sb.FileSource([f"http://127.0.0.1:{server.server_port}/none.png"]).read(0)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def digests_in(source):
    return digests(source, 1)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_worker_processes_see_them_too(s3, method):
    options, _, _ = s3
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    sources = list(s3_sources(options))
    expected = [digests(source, 1) for source in sources]  # so that there is something to inherit
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(digests_in, sources).get(60) == expected
    assert [digests(source, 1) for source in sources] == expected
