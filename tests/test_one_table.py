"""One table: the digests of the global batches over 3 epochs, from every engine that batches travel through."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "engines_table"
sys.path.insert(0, str(HERE))

import common  # noqa: E402 (it lies there)

pytestmark = [pytest.mark.timeout(240)]
ENGINES = sorted(path.stem for path in HERE.glob("rows_*.py"))
EXPECTED = common.expected()
table: dict[str, list[str]] = {}


def test_every_batch_is_another_one():
    assert len(set(EXPECTED)) == len(EXPECTED) == common.EPOCHS * common.scene.STEPS


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_makes_the_same_global_batches(engine, tmp_path):
    module = importlib.import_module(engine)
    missing = [name for name in module.NEEDS if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    result = tmp_path / "digests.json"
    done = subprocess.run(
        [sys.executable, str(HERE / "run.py"), engine, str(result)],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    made = json.loads(result.read_text(encoding="utf-8"))
    assert list(made) == list(module.rows())
    table.update(made)
    for row, digests in made.items():
        assert digests == EXPECTED, row


def test_the_table():
    """Shown with -rA: each row, and its digests of each epoch, shortened."""
    width = max(map(len, table), default=0)
    lines = [f"{'':{width}}  {'  '.join(f'epoch {epoch}: ' for epoch in range(common.EPOCHS))}"]
    for row, digests in table.items():
        epochs = [digests[epoch * common.scene.STEPS :][: common.scene.STEPS] for epoch in range(common.EPOCHS)]
        lines.append(f"{row:{width}}  " + "  ".join(" ".join(digest[:4] for digest in epoch) for epoch in epochs))
    sys.stdout.write("\n".join(lines) + "\n")
    assert table
    assert all(digests == EXPECTED for digests in table.values())
