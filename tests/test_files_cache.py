"""Decoded images that are kept: fewer decodes, within a bound, and never another byte."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from image_files import content, picture
from picture_files import PIPELINE, misnamed, pictures

EPOCHS = range(3)


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "files").mkdir()
    return pictures(tmp_path / "files")


def batches_of(paths, cache=None, **options):
    return sb.Batches(sb.FileSource(paths, cache=cache, **options), PIPELINE, batch_size=5, seed=3, threads=3)


def digests(batches):
    return [batches.batch(epoch, step).digest() for epoch in EPOCHS for step in range(batches.steps)]


def entries(folder):
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


def kept_bytes(source):
    return sum(source.read(index).size + 256 for index in range(len(source)))


@pytest.mark.parametrize("options", [{}, {"color": "grey"}, {"upright": True}, {"on_error": "skip"}])
def test_no_cache_changes_a_byte(paths, tmp_path, options):
    expected = digests(batches_of(paths, **options))
    for cache in ("memory", ("memory", 3000), tmp_path / "cache", tmp_path / "cache"):
        assert digests(batches_of(paths, cache, **options)) == expected


def test_what_is_kept_in_memory_is_read_once(paths):
    batches = batches_of(paths, "memory")
    expected = digests(batches)
    for path in paths:
        Path(path).unlink()
    assert digests(batches) == expected


def test_memory_is_seen_and_given_back(paths):
    before = sb.memory()
    batches = batches_of(paths, "memory")
    digests(batches)
    kept = sb.memory()
    assert kept.images_cached - before.images_cached == len(paths)
    assert kept.cached - before.cached == batches.source.native.cached == kept_bytes(batches.source)
    del batches
    assert sb.memory().cached == before.cached
    assert sb.memory().images_cached == before.images_cached


def test_memory_is_bounded_and_nothing_is_given_away(paths):
    half = kept_bytes(sb.FileSource(paths)) // 2
    batches = batches_of(paths, ("memory", half))
    for _ in EPOCHS:
        digests(batches)
        assert 0.8 * half < batches.source.native.cached <= half
    kept = []
    for index, path in enumerate(paths):
        Path(path).unlink()
        try:
            batches.samples(0, [index])
        except sb.DecodeError:
            continue
        kept.append(index)
    assert 0 < len(kept) < len(paths)


def test_batches_of_one_source_share_its_memory(paths):
    batches = batches_of(paths, "memory")
    digests(batches)
    kept = batches.source.native.cached
    batches.evaluation().batch(0, 0)
    other = sb.Batches(batches.source, sb.Pipeline(size=(4, 4)), batch_size=23)
    for path in paths:
        Path(path).unlink()
    other.batch(0, 0)
    assert batches.source.native.cached == kept


def test_a_reduced_scale_is_kept_for_its_size_alone(tmp_path):
    path = tmp_path / "large.jpg"
    path.write_bytes(content(picture(1, (64, 64)), "JPEG"))
    plain = {}
    for size in ((8, 8), (40, 40)):
        plain[size] = sb.Batches(sb.FileSource([path], fast=True), sb.Pipeline(size=size)).batch(0, 0).digest()
    for cache in ("memory", tmp_path / "cache"):
        source = sb.FileSource([path], fast=True, cache=cache)
        for size in ((8, 8), (40, 40), (8, 8), (40, 40)):
            assert sb.Batches(source, sb.Pipeline(size=size)).batch(0, 0).digest() == plain[size]


def test_a_folder_serves_the_next_process(paths, tmp_path):
    cache = tmp_path / "cache"
    batches = batches_of(paths, cache)
    expected = digests(batches)
    assert len(entries(cache)) == len(paths)
    times = [path.stat().st_mtime_ns for path in entries(cache)]
    status = {path: Path(path).stat() for path in paths}
    for path in paths:  # the same size and time: what is kept is believed
        Path(path).write_bytes(bytes(status[path].st_size))
        os.utime(path, ns=(0, status[path].st_mtime_ns))
    script = "import pickle, sys; batches = pickle.load(sys.stdin.buffer)\n"
    script += f"print([batches.batch(e, s).digest() for e in range({len(EPOCHS)}) for s in range(batches.steps)])"
    run = subprocess.run(
        [sys.executable, "-c", script],
        input=pickle.dumps(batches),
        capture_output=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert run.stdout.decode().strip() == str(expected)
    assert [path.stat().st_mtime_ns for path in entries(cache)] == times


def test_a_folder_sees_that_files_change(paths, tmp_path):
    cache = tmp_path / "cache"
    digests(batches_of(paths, cache))
    Path(paths[3]).write_bytes(content(picture(77, (33, 21))))
    misnamed(paths[5])
    batches = batches_of(paths, cache, on_error="skip")
    assert digests(batches) == digests(batches_of(paths, on_error="skip"))
    assert [path for path, _ in batches.source.skipped] == [paths[5]]


def test_a_folder_that_is_damaged_is_mended(paths, tmp_path):
    cache = tmp_path / "cache"
    expected = digests(batches_of(paths, cache))
    whole = [path.read_bytes() for path in entries(cache)]
    random = np.random.default_rng(5)
    for number, path in enumerate(entries(cache)):
        data = bytearray(path.read_bytes())
        match number % 4:
            case 0:
                del data[len(data) // 2 :]
            case 1:
                data[int(random.integers(len(data)))] ^= 1 << int(random.integers(8))
            case 2:
                data.clear()
            case 3:
                data += b"more"
        path.write_bytes(data)
    assert digests(batches_of(paths, cache)) == expected
    assert [path.read_bytes() for path in entries(cache)] == whole


def test_entries_that_are_no_files_are_passed_over(paths, tmp_path):
    cache = tmp_path / "cache"
    expected = digests(batches_of(paths, cache))
    folder, pipe = entries(cache)[:2]
    folder.unlink()
    folder.mkdir()
    pipe.unlink()
    os.mkfifo(pipe)
    batches = batches_of(paths, cache)
    assert digests(batches) == expected
    assert "cannot write to" in batches.source.cache_failure


def test_a_folder_that_cannot_be_written_keeps_nothing(paths, tmp_path):
    """As root may write anywhere, a file stands where a folder is needed; a full disk ends in the same place."""
    cache = tmp_path / "cache"
    batches = batches_of(paths, cache)
    cache.write_bytes(b"")
    assert digests(batches) == digests(batches_of(paths))
    assert str(cache) in batches.source.cache_failure


FULL = """
import pickle, resource, sys
batches = pickle.load(sys.stdin.buffer)
resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))
print([batches.batch(e, s).digest() for e in range(3) for s in range(batches.steps)])
print(batches.source.cache_failure)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no limits of files' sizes")
def test_a_full_disk_keeps_nothing_more(paths, tmp_path):
    """A limit of files' sizes stands for it: a write ends in the middle of an entry."""
    cache = tmp_path / "cache"
    run = subprocess.run(
        [sys.executable, "-c", FULL],
        input=pickle.dumps(batches_of(paths, cache)),
        capture_output=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    found, failure = run.stdout.decode().splitlines()
    assert found == str(digests(batches_of(paths)))
    assert failure.startswith(f"cannot write to {cache}: ")
    assert not [path for path in entries(cache) if path.name.startswith("tmp-")]


def test_processes_fill_one_folder_at_once(paths, tmp_path):
    cache = tmp_path / "cache"
    data = pickle.dumps(batches_of(paths, cache))
    script = "import pickle, sys; batches = pickle.load(sys.stdin.buffer)\n"
    script += f"print([batches.batch(e, s).digest() for e in range({len(EPOCHS)}) for s in range(batches.steps)])"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": ":".join(sys.path)},
        )
        for _ in range(3)
    ]
    outputs = []
    for run in runs:
        run.stdin.write(data)
        run.stdin.close()
    for run in runs:
        outputs.append(run.stdout.read().decode().strip())
        assert run.wait(60) == 0
        run.stdout.close()
    assert outputs == [str(digests(batches_of(paths)))] * 3
    assert len(entries(cache)) == len(paths)
