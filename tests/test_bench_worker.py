"""A contender's own process, the environment it stands in, and the whole command."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("rich")

from benches import cores, environment, works

ROOT = Path(__file__).parents[1]


def worker(body, seconds=0.0, work="1\n"):
    """Run a worker whose only contender is what ``body`` makes; return its answers."""
    code = f"""
        import json, sys
        from benches import harness, worker, works
        from samebatch.cli.workload import WrongOutputError
        def ready():
            {body}
        only = harness.Benchmark("b", "w", (harness.Contender("c", ready),))
        works.named = lambda name, *, quick: only
        worker.main(json.dumps({{"benchmark": "b", "contender": "c", "cores": [{cores.available()[0]}],
                                "seconds": {seconds}, "quick": True}}))
        """
    answer = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        input=work,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return [json.loads(line) for line in answer.stdout.splitlines()], answer


READY = 'return harness.Ready("9.9", lambda: "all", lambda: print("noise") or 5)'


def test_a_worker_says_what_it_made_and_nothing_else():
    (prepared, first, second), answer = worker(READY, work="1\n3\n")
    assert prepared == {"version": "9.9", "verified": "all", "repeats": 1}
    assert (first, second) == ({"images": 5}, {"images": 15})
    assert answer.stderr.count("noise") == 5


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ("import no_such_peer", "absent", "No module named 'no_such_peer'"),
        ('raise WrongOutputError("upside down")', "wrong", "upside down"),
        ('return harness.Ready("1", lambda: 1 / 0, lambda: 1)', "failed", "ZeroDivisionError"),
        ('return harness.Ready("1", lambda: "all", lambda: 1 / 0)', "failed", "ZeroDivisionError"),
    ],
)
def test_a_worker_that_is_not_right_says_why_and_does_not_work(body, kind, reason):
    (said,), _ = worker(body)
    assert said["left"] == kind
    assert reason in said["reason"]


def test_a_worker_that_works_ahead_is_found_out():
    # Several threads without Python's lock, so that they are busy enough beside whatever else runs.
    spin = (
        "import hashlib, threading; data = bytes(2**24); spin = lambda: [hashlib.sha256(data) for _ in range(10**6)]; "
        "[threading.Thread(target=spin, daemon=True).start() for _ in range(4)]; "
    )
    (said,), _ = worker(spin + READY)
    assert said["left"] == "failed"
    assert "in which nothing was asked of it" in said["reason"]


def test_a_piece_of_work_is_repeated_until_it_is_long_enough():
    (prepared,), _ = worker(
        'import time; return harness.Ready("1", lambda: "all", lambda: time.sleep(0.01) or 1)', 0.05, ""
    )
    assert 3 <= prepared["repeats"] <= 12


def test_a_peer_that_did_not_install_is_named_with_the_reason(monkeypatch, tmp_path):
    asked = []

    def pretend(command, **_):
        asked.append(command)
        failed = "install" in command and "nvidia-dali-cuda130" in command
        errors = "ERROR: no wheel for it\nERROR: more\n" if failed else ""
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / "python").touch()
        return subprocess.CompletedProcess(command, int(failed), f"{tmp_path}\n", errors)

    monkeypatch.setattr(environment.subprocess, "run", pretend)
    absent = environment.make(tmp_path)
    assert absent == {"nvidia.dali": "pip install nvidia-dali-cuda130: no wheel for it"}
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert environment.why_absent("nvidia.dali") == environment.why_absent("nvidia") == absent["nvidia.dali"]
    assert environment.why_absent("cv2") is None
    assert environment.why_absent(None) is None
    assert sum("install" in command for command in asked) == 1 + len(environment.PEERS)


def test_the_benches_run(tmp_path):
    pytest.importorskip("scipy")
    pytest.importorskip("sklearn")
    written, chart = tmp_path / "results.json", tmp_path / "chart.svg"
    answer = subprocess.run(
        [
            sys.executable,
            "-m",
            "benches",
            "--quick",
            "drawing",
            "flip",
            "files",
            "resize",
            "--json",
            str(written),
            "--chart",
            str(chart),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    drawing, flip, files, resize = json.loads(written.read_text())["benchmarks"]
    assert drawing["left_out"] == {}
    assert drawing["contenders"]["64 samples drawn"]["verified"] == "every number as in the reference"
    for one in (flip, files, resize):
        named = set(one["contenders"]) | set(one["left_out"])
        assert named == {contender.name for contender in works.named(one["benchmark"], quick=True).contenders}
        assert {left["kind"] for left in one["left_out"].values()} <= {"absent"}
    assert {"samebatch", "samebatch, fast=True"} <= set(files["contenders"])
    assert {"samebatch", "Pillow, Image to Image"} <= set(resize["contenders"])
    assert "No chart: the benchmark 'main' has no numbers" in answer.stdout
