"""`compat="keras3"` in fit: on every backend a model sees the batches that Keras' own iterator would give it there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SCENES = Path(__file__).parent / "frameworks" / "keras3_fits.py"

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_a_model_sees_what_it_would_see(backend, tmp_path):
    for needed in ("keras", "scipy", backend):
        if find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    done = subprocess.run(
        [sys.executable, str(SCENES), str(tmp_path / "seen.json")],
        env=os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert len(seen["ours"]["train"]) >= 5 * 6
    for part, expected in seen["theirs"].items():
        assert seen["ours"][part] == expected
