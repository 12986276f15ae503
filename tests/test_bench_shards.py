"""The benchmarks of shards and objects far away: what they time is verified, and a server that troubles does."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("rich")
pytest.importorskip("scipy")
pytest.importorskip("sklearn")

from benches import folder, s3, works
from benches.works import shards


@pytest.fixture(scope="module", autouse=True)
def _place():
    with folder.provided():
        yield


def test_shards_and_files_are_verified_and_make_batches():
    for contender in works.named("shards", quick=True).contenders:
        ready = contender.ready()
        assert "every byte as in the reference" in ready.verify()
        assert ready.work() == 64


def test_an_index_is_opened_and_built():
    opened, built, _ = works.named("index", quick=True).contenders
    for contender in (opened, built):
        ready = contender.ready()
        assert ready.verify().startswith("10000 images in ")
        assert ready.work() == 10_000


def test_batches_come_from_a_server_that_troubles():
    pytest.importorskip("moto.server", reason="moto[s3] and flask are not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "benches", "--quick", "remote"]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "needs 2 cores" in answer.stdout or shards.TROUBLED[:20] in answer.stdout


def test_of_so_many_requests_one_fails_and_one_is_late(monkeypatch):
    slept = []
    monkeypatch.setattr(s3.time, "sleep", slept.append)
    answers = []
    trouble = s3.Trouble(lambda *_: [b"content"], every=10, seconds=3.0)
    for _ in range(40):
        trouble({"REQUEST_METHOD": "GET"}, lambda status, _: answers.append(status))
    trouble({"REQUEST_METHOD": "PUT"}, None)
    assert answers == ["503 Slow Down"] * 4
    assert slept == [3.0] * 4
    assert shards.EVERY == 10
