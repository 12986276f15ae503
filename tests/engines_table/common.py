"""What the rows of the table share: the batches that every engine makes, and how each is written down.

An engine is a file ``rows_<engine>.py`` here. It names the packages it needs in NEEDS, and gives in ``rows()`` the
name of each row and a function that returns the digests of all global batches over EPOCHS epochs, in order. It imports
its framework within functions: the test reads NEEDS and the names without it, and runs the rows of an engine in a
process of their own, ``run.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "frameworks"))

import scene

EPOCHS = 3

Rows = dict[str, Callable[[], list[str]]]
"""The name of a row, such as "DDP, 2 ranks", and what makes its digests."""

batches = scene.batches
"""23 images of 12 x 10 pixels with int32 labels: 6 steps of 4 an epoch, the last one of 3."""


def expected() -> list[str]:
    """Return the digests of one process that asks for one batch after the other."""
    return scene.digests(batches(), *range(EPOCHS))
