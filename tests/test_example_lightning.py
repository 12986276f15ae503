"""examples/lightning_module.py: stopped within an epoch and at the end of one, it goes on with the same batches."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
RUNS = """
import sys
import lightning_module

for arguments in (["--stop-after", "3"], ["--stop-after", "4", "--workers", "1"], []):
    sys.argv = ["lightning_module.py", "--epochs", "2", "--checkpoints", "runs", *arguments]
    try:
        lightning_module.main()
    except (SystemExit, KeyboardInterrupt):
        print("stopped", flush=True)
batches = lightning_module.Photographs().batches
for epoch in range(2):
    for step in range(batches.steps):
        print("expected", epoch, step, batches.batch(epoch, step).digest())
"""


def test_a_run_stopped_twice_sees_every_batch_once(tmp_path):
    for name in ("lightning", "sklearn"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        [sys.executable, "-c", RUNS],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(EXAMPLES), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    seen = re.findall(r"^epoch (\d+) step (\d+): (\w{32})$", done.stdout, re.MULTILINE)
    expected = re.findall(r"^expected (\d+) (\d+) (\w{32})$", done.stdout, re.MULTILINE)
    assert seen == expected
    assert len(expected) == 14
    assert done.stdout.count("stopped\n") == 2
    assert len(re.findall(r"^epoch \d: \d+ of 203 right$", done.stdout, re.MULTILINE)) == 2
