"""Each example runs as it stands, shows a fault and its cure, and prints what its page in docs says it prints.

A script fails by itself if the fault or the cure does not show. Figures differ a little between machines, as training
does, so a page is compared with them without its digits.
"""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SITUATIONS = ("frozen_augmentation", "same_order", "two_paths", "underperforming", "writing_into_the_data")
PRINTED = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
pytestmark = [
    pytest.mark.skipif(find_spec(module) is None, reason=f"{name} is not installed")
    for module, name in (
        ("keras", "Keras"),
        ("torch", "PyTorch"),
        ("skimage", "scikit-image"),
        ("sklearn", "scikit-learn"),
    )
]


def without_figures(text: str) -> list[str]:
    """The words of each line; digests are figures too, and how wide a figure is does not matter."""
    return [re.sub(r"\b(?:[0-9a-f]{32}|[\d.,]*\d)\b", "#", line).split() for line in text.splitlines()]


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_shows_and_its_page_says_how(name, tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / f"{name}.py")],
        cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": "torch", "KERAS_HOME": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "Warning" not in done.stderr
    page = (ROOT / "docs" / "situations" / f"{name}.md").read_text(encoding="utf-8")
    printed = PRINTED.findall(page)
    assert len(printed) == 1
    assert without_figures(printed[0]) == without_figures(done.stdout)


def test_every_situation_is_listed():
    pages = {path.stem for path in (ROOT / "docs" / "situations").glob("*.md")}
    assert pages == set(SITUATIONS)
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert all(f"(situations/{name}.md)" in index for name in SITUATIONS)
