"""Scenes that run in a process of their own, as on each backend of Keras."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

FRAMEWORKS = Path(__file__).parent / "frameworks"
BACKENDS = ["tensorflow", "torch", "jax"]


def seen_on(backend, script, folder):
    """Run a script of `frameworks`, or skip where the backend is missing; return what it wrote into a file there."""
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    return seen_by(script, folder, KERAS_BACKEND=backend, CUDA_VISIBLE_DEVICES="")


def seen_by(script, folder, **environment):
    """Run a script of `frameworks` in an environment; return what it wrote into a file of the folder."""
    result = folder / "seen.json"
    done = subprocess.run(
        [sys.executable, str(FRAMEWORKS / script), str(result)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(result.read_text(encoding="utf-8"))
