"""Levels: whatever instructions are chosen, the core equals the reference and the vectors to the byte."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from samebatch import _native

KNOWN = ("portable", "avx2", "avx512", "neon")
REQUIRED = "SAMEBATCH_TEST_LEVELS"  # a machine of a test farm names the levels that must be there, comma-separated
MODULES = [str(Path(__file__).with_name(name)) for name in ("test_equality.py", "test_vectors.py")]


def at(level, *command):
    """Run Python at a level: a process reads it once."""
    environment = {**os.environ, "SAMEBATCH_LEVEL": level}
    return subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)


def test_the_levels_are_known():
    """A level that this file does not know would go untested."""
    assert set(_native.levels()) <= set(KNOWN)
    assert "portable" in _native.levels()
    assert _native.level() in _native.levels()


def test_no_required_level_is_missing():
    required = {name for name in os.environ.get(REQUIRED, "").split(",") if name}
    assert required <= set(_native.levels())


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("level", KNOWN)
def test_every_level_equals_the_reference(level):
    asked = at(level, "-c", "from samebatch import _native; print(_native.level())")
    if level not in _native.levels():
        assert asked.returncode != 0, "a forced level that the machine lacks must be an error"
        assert f"SAMEBATCH_LEVEL={level}" in asked.stderr
        pytest.skip(f"level {level} is not here: there is {', '.join(_native.levels())}")
    assert asked.stdout.strip() == level, asked.stderr
    if level == _native.level():
        return  # this very run checks it
    run = at(level, "-m", "pytest", "-q", "-p", "no:cacheprovider", *MODULES)
    assert run.returncode == 0, run.stdout[-4000:]
