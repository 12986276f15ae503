"""examples/ddp.py: one run, begun by one process, taken up by two ranks and finished by three."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
STEPS = 7


@pytest.fixture
def run(tmp_path):
    for name in ("torch", "sklearn"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")

    def start(ranks, *arguments):
        written = tmp_path / f"{ranks}.json"
        command = [sys.executable]
        if ranks > 1:
            command += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"]
        command += [str(ROOT / "examples" / "ddp.py"), "--checkpoint", "run.pt", "--write", str(written), *arguments]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-6000:]
        return json.loads(written.read_text()), done.stdout

    return start


def expected():
    sys.path.insert(0, str(ROOT / "examples"))
    try:
        from ddp import data  # noqa: PLC0415 (it imports PyTorch)
    finally:
        sys.path.remove(str(ROOT / "examples"))
    batches = data(203, 32)
    assert batches.steps == STEPS
    assert len(batches.batch(0, STEPS - 1)) == 11
    return [batches.batch(epoch, step).digest() for epoch in range(2) for step in range(STEPS)]


def test_the_batches_of_one_process_and_its_losses_whatever_the_number_of_ranks(run):
    first, _ = run(1, "--stop-after", "3")
    second, _ = run(2, "--stop-after", "6")
    third, said = run(3, "--compare")
    assert first["digests"] + second["digests"] + third["digests"] == expected()
    assert [len(part["losses"]) for part in (first, second, third)] == [3, 6, 5]
    assert "one process: the same batches" in said
    # float32 sums of some hundred terms in another order, through 14 steps of training
    assert float(said.split("losses differ by ")[1].split()[0]) < 1e-4
    assert np.isfinite(third["losses"]).all()
