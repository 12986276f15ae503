"""Training and validation: which samples are for validation, as many as Keras takes, chosen by rule.

Keras takes the first ones. Here they are drawn without repeats by a keyed permutation of their places, so that they are
spread over the data, and the same ones for images and masks of the same number, in any process, with any seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch import _native

if TYPE_CHECKING:
    from numpy.typing import NDArray

STREAM: Final = "samebatch.keras.split"


def check(subset: str | None) -> None:
    """Check the name of a subset.

    Raises:
        ValueError: there is no such subset.
    """
    if subset not in (None, "training", "validation"):
        raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')


def validation(count: int, share: float, group: int = 0) -> NDArray[np.bool_]:
    """Return whether each of some samples is for validation: ``int(count * share)`` of them.

    Args:
        count: how many samples.
        share: which part of them, from 0 to 1.
        group: of which class they are, if each class is split by itself.
    """
    chosen = np.zeros(count, np.bool_)
    chosen[_drawn(count, int(count * share), group)] = True
    return chosen


def stratified(classes: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """Return whether each sample is for validation: ``int(n * share)`` in all, and of each class its part of them.

    What is left after rounding down goes to the classes with the largest remainders, the first ones of equals.

    Args:
        classes: the class of each, 0 to K - 1, shape (n,).
        share: which part, from 0 to 1.
    """
    sizes = np.bincount(classes)
    exact = sizes * share
    wanted = exact.astype(np.int64)
    missing = int(len(classes) * share) - int(wanted.sum())
    order = np.argsort(wanted - exact, kind="stable")
    wanted[order[: max(missing, 0)]] += 1
    chosen = np.zeros(len(classes), np.bool_)
    for group, (size, count) in enumerate(zip(sizes.tolist(), wanted.tolist(), strict=True)):
        members = np.flatnonzero(classes == group)
        chosen[members[_drawn(size, count, group)]] = True
    return chosen


def classes_of(y: NDArray[Any] | None) -> NDArray[np.int64] | None:
    """Return the class of each sample if labels are classes: whole numbers, text, booleans or one-hot; else None."""
    if y is None or not len(y):
        return None
    if y.ndim == 2 and y.shape[1] > 1 and _one_hot(y):  # noqa: PLR2004 (n, classes)
        numbers: NDArray[np.int64] = y.argmax(axis=1).astype(np.int64)
        return numbers
    flat = y.ravel() if y.size == len(y) else None
    if flat is None or not (flat.dtype.kind in "biuUS" or (flat.dtype.kind == "f" and _whole(flat))):
        return None
    found: NDArray[np.int64] = np.unique(flat, return_inverse=True)[1].astype(np.int64)
    return found.reshape(len(y))


def _drawn(size: int, count: int, group: int) -> NDArray[np.int64]:
    """Return ``count`` different places below ``size``, by the group's permutation of them."""
    if not count:
        return np.empty(0, np.int64)
    return _native.permute(0, STREAM, 0, group, size, np.arange(count, dtype=np.uint64)).astype(np.int64)


def _one_hot(y: NDArray[Any]) -> bool:
    return y.dtype.kind in "biuf" and bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


def _whole(y: NDArray[Any]) -> bool:
    return bool(np.isfinite(y).all() and (y == np.rint(y)).all())
