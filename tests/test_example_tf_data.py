"""examples/tf_data.py: one run, begun by two replicas, and finished by one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import samebatch as sb
from samebatch.cli import photographs

ROOT = Path(__file__).parents[1]
STEPS = 7


@pytest.fixture
def run(tmp_path):
    for name in ("tensorflow", "sklearn"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")

    def start(*arguments):
        written = tmp_path / "written.json"
        command = [
            sys.executable,
            str(ROOT / "examples" / "tf_data.py"),
            "--checkpoint",
            "run",
            "--write",
            str(written),
        ]
        done = subprocess.run(
            [*command, *arguments],
            cwd=tmp_path,
            env=os.environ | {"KERAS_HOME": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-6000:]
        return json.loads(written.read_text())

    return start


def expected():
    batches = sb.Batches(
        sb.ArraySource(photographs.crops(203, 32), [number % 2 for number in range(203)]),
        sb.Pipeline([sb.RandomFlip(), sb.RandomRotation(15), sb.RandomBrightness(0.8, 1.2), sb.Normalize(0.5, 0.25)]),
        batch_size=32,
        seed=7,
    )
    assert batches.steps == STEPS
    assert len(batches.batch(0, STEPS - 1)) == 11
    return [batches.batch(epoch, step).digest() for epoch in range(2) for step in range(STEPS)]


def test_one_replica_finishes_what_two_began(run):
    first = run("--replicas", "2", "--stop-after", "10")
    second = run()
    assert len(first["digests"]) == 10
    assert first["digests"] + second["digests"] == expected()
