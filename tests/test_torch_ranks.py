"""DistributedDataParallel on ranks with uneven parts of a batch, and with none of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parent / "frameworks" / "gradients.py"


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_weighted_rows_give_every_rank_the_gradient_of_the_global_mean(tmp_path):
    result = tmp_path / "gradients.json"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(result)], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-6000:]
    told = json.loads(result.read_text(encoding="utf-8"))
    alone = np.array(told.pop("alone"))
    assert np.abs(alone).max() > 0.01
    for ranks in told.values():
        for steps in ranks:
            # float64 sums in another order
            np.testing.assert_allclose(np.array(steps), alone, rtol=1e-10, atol=1e-14)
