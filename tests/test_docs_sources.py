"""The page on sources: its snippets run as they stand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from test_readme import program

PAGE = Path(__file__).parents[1] / "docs" / "sources.md"


def test_snippets_run_in_order(tmp_path):
    for name in ("datasets", "fsspec", "pyarrow"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    script = tmp_path / "sources.py"
    script.write_text(program(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path), "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"a snippet failed\n{done.stdout}\n{done.stderr}"
