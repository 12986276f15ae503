"""Matrices to whiten with, and the transforms that name them."""

from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np

from samebatch import _native

STYLES = ("noise", "zca", "odd", "none")
_KNOWN: dict[str, tuple[np.ndarray, np.ndarray]] = {}


@cache
def transform(features: int, style: str = "noise", seed: int = 0) -> dict[str, Any]:
    """Return the Whiten of a spec; `of` finds its numbers again."""
    rng = np.random.default_rng([features, STYLES.index(style), seed])
    mean = rng.normal(0.4, 0.3, features).astype(np.float32)
    matrix = rng.normal(0.0, 1.0, (features, features)).astype(np.float32)
    if style == "zca":  # what is large stands on the diagonal
        matrix = (matrix / 8 + 40 * np.eye(features)).astype(np.float32)
    elif style == "odd":  # negative zeros, subnormal numbers, large next to small, no mean
        mean = np.zeros(features, np.float32)
        matrix *= rng.choice(np.float32([0.0, -0.0, 1e-42, 1e-20, 1.0, -1e6]), matrix.shape)
    elif style == "none":
        mean, matrix = np.zeros(features, np.float32), np.eye(features, dtype=np.float32)
    return known(mean, matrix)


def known(mean: np.ndarray, matrix: np.ndarray) -> dict[str, Any]:
    """Return the Whiten of a spec that names these numbers."""
    name = digest(mean, matrix)
    _KNOWN[name] = mean, matrix
    return {"kind": "Whiten", "features": len(mean), "digest": name}


def digest(mean: np.ndarray, matrix: np.ndarray) -> str:
    """The rule of COMPATIBILITY.md, written out."""
    hashed = blake2b(digest_size=16)
    for name, array in (("mean", mean), ("matrix", matrix)):
        hashed.update(f"{name} float32 {','.join(map(str, array.shape))};".encode())
        hashed.update(np.ascontiguousarray(array, "<f4").tobytes())
    return hashed.hexdigest()


def of(spec: dict[str, Any]) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the (mean, matrix) that a spec names, if it does."""
    return next((_KNOWN[t["digest"]] for t in spec["transforms"] if t["kind"] == "Whiten"), None)


def native(spec: dict[str, Any]) -> _native.Whitening | None:
    """Return the same as the core holds it."""
    found = of(spec)
    return None if found is None else _native.Whitening(*found)
