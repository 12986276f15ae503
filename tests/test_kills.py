"""kill -9 of a rank or of a worker, at any moment: an error or no matter, and after it nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")
HERE = Path(__file__).parent / "frameworks"
sys.path.insert(0, str(HERE))

import scene  # noqa: E402 (it lies there)

pytestmark = [
    pytest.mark.timeout(280),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
]
MOMENTS = int(os.environ.get("SAMEBATCH_KILLS", "5"))
CLEAR = {
    "ranks": r"made|killed|RuntimeError: .*(Connection (closed|reset) by peer|Broken pipe)",
    "workers": r"made|RuntimeError: DataLoader worker \(pid.*\) (is killed by signal: Killed|exited unexpectedly)|"
    r"RuntimeError: the worker process \d+ sent a batch and ended before it was received",
}


@pytest.mark.parametrize("kind", list(CLEAR))
def test_a_run_whose_process_is_killed_stops_clearly_and_goes_on_with_the_same_batches(kind, tmp_path):
    result = tmp_path / "told.json"
    done = subprocess.run(
        [sys.executable, str(HERE / "killing.py"), kind, str(MOMENTS), str(result)],
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    told = json.loads(result.read_text(encoding="utf-8"))
    expected = scene.digests(scene.batches(), 0, 1, 2)
    assert len(told) == MOMENTS
    for moment in told:
        for became in moment["became"]:
            assert re.match(CLEAR[kind], became), became
        assert set(moment["goes on"]) == {"made"}
        assert moment["seen"] == expected
    assert any(moment["at"] < len(expected) for moment in told), "no kill came in time"
