"""`compat="keras3"` in fit: on every backend a model sees the batches that Keras' own iterator would give it there."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from backends import BACKENDS, seen_on

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_sees_what_it_would_see(backend, tmp_path):
    for needed in ("keras", "scipy"):
        if find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    seen = seen_on(backend, "keras3_fits.py", tmp_path)
    assert len(seen["ours"]["train"]) >= 5 * 6
    for part, expected in seen["theirs"].items():
        assert seen["ours"][part] == expected
