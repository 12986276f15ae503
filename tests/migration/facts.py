"""What a snippet reports of what it saw, in forms that two runs can be compared in, and the comparison.

An array is a picture: its shape, its dtype and its range are compared, as the random draws behind it differ. All else
must be equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

ROOM = 0.2  # of the span of values: how far two draws of the same augmentation may reach differently


def exact(array: Any) -> tuple[Any, ...]:
    """The dtype, the shape and every value, in order."""
    array = np.asarray(array)
    return str(array.dtype), array.shape, array.tolist()


def counted(arrays: Any) -> tuple[Any, ...]:
    """The dtype, the shape and every value of labels, in whatever order they came; one array, or those of batches."""
    array = np.concatenate(arrays) if isinstance(arrays, list) else np.asarray(arrays)
    return str(array.dtype), array.shape, sorted(array.tolist())


def refusal(call: Any) -> tuple[str, str]:
    """The type and the words of what a call raises, without spaces and full stops, which vary within Keras."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is compared)
        return type(error).__name__, str(error).replace(" ", "").rstrip(".")
    return "nothing", "it was taken"


def compare(theirs: Any, ours: Any, where: str) -> None:
    """Raise AssertionError, naming the place, if two results differ in more than their draws."""
    if isinstance(theirs, np.ndarray):
        _compare_pictures(theirs, ours, where)
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        for key, value in theirs.items():
            compare(value, ours[key], f"{where}[{key!r}]")
    elif isinstance(theirs, list | tuple):
        assert type(ours) is type(theirs), f"{where}: {type(ours)}, expected {type(theirs)}"
        assert len(ours) == len(theirs), f"{where}: {len(ours)} of {ours!r}, expected {len(theirs)} of {theirs!r}"
        for i, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            compare(one, other, f"{where}[{i}]")
    else:
        assert type(ours) is type(theirs), f"{where}: {ours!r} is {type(ours)}, expected {theirs!r}, {type(theirs)}"
        assert ours == theirs, f"{where}: {ours!r}, expected {theirs!r}"


def _compare_pictures(theirs: np.ndarray, ours: Any, where: str) -> None:
    assert type(ours) is np.ndarray, f"{where}: {type(ours)}, expected an array"
    assert ours.shape == theirs.shape, f"{where}: shape {ours.shape}, expected {theirs.shape}"
    assert ours.dtype == theirs.dtype, f"{where}: dtype {ours.dtype}, expected {theirs.dtype}"
    assert np.isfinite(ours).all(), f"{where}: not all finite"
    low, high = float(theirs.min()), float(theirs.max())
    room = ROOM * (high - low) + 1e-6
    for name, value, expected in (
        ("least", float(ours.min()), low),
        ("largest", float(ours.max()), high),
        ("mean", float(ours.mean()), float(theirs.mean())),
    ):
        assert abs(value - expected) <= room, f"{where}: {name} {value:g}, expected {expected:g} within {room:g}"
