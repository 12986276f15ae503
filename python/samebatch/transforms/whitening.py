"""A whitening's numbers: checked, named by a digest, in a file."""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.checks import describe
from samebatch.errors import SpecError
from samebatch.statistics import MOST_FEATURES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

SQUARE = 2  # axes of a matrix


def numbers(matrix: ArrayLike, mean: ArrayLike | None) -> dict[str, Any]:
    """Return mean and matrix as they are kept, and what names them.

    Raises:
        SpecError: the shapes do not fit together, or a number is not finite in float32.
    """
    given = _real("matrix", matrix)
    if given.ndim != SQUARE or given.shape[0] != given.shape[1]:
        raise SpecError(f"Whiten: matrix must have shape (D, D), got {given.shape}")
    side = len(given)
    if not 1 <= side <= MOST_FEATURES:
        raise SpecError(
            f"Whiten: matrix must be 1 to {MOST_FEATURES} a side, got {side}; whiten smaller images: give the "
            "pipeline size=(height, width), for example size=(32, 32)"
        )
    line = np.zeros(side, np.float32) if mean is None else _real("mean", mean)
    if line.shape != (side,):
        raise SpecError(
            f"Whiten: mean must have shape ({side},), as the matrix has {side} rows, got {line.shape}; flatten an "
            "image of (height, width, channels) in C order"
        )
    kept = {"matrix": _float32("matrix", given), "mean": _float32("mean", line)}
    return {**kept, "features": side, "digest": _digest(**kept)}


def read(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean and the matrix that :func:`write` wrote, mapped from the file.

    Raises:
        SpecError: it is no .npy file of float32, or of another shape.
        OSError: it cannot be read.
    """
    try:
        rows = np.lib.format.open_memmap(path, mode="r")  # a header that lies takes no memory
    except ValueError as error:
        raise SpecError(f"{path} holds no whitening: it is not a whole .npy file ({error})") from error
    if rows.dtype != np.float32 or rows.ndim != SQUARE:
        raise SpecError(f"{path} holds no whitening, which is float32 of shape (D + 1, D); got {describe(rows)}")
    if rows.shape[0] != rows.shape[1] + 1:
        raise SpecError(f"{path} must have one row more than columns, the mean first; got {rows.shape}")
    return rows[0], rows[1:]


def write(path: Path, mean: NDArray[np.float32], matrix: NDArray[np.float32]) -> None:
    """Write both to a .npy file: beside it first, then in its place, so that none is ever half written."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            np.save(file, np.concatenate([mean[None], matrix]).astype("<f4", copy=False))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _real(name: str, values: ArrayLike) -> NDArray[Any]:
    try:
        given = np.asarray(values)
    except ValueError as error:
        raise SpecError(f"Whiten: {name} must be an array of numbers ({error})") from error
    if given.dtype.kind not in "fiu":
        raise SpecError(f"Whiten: {name} must be an array of real numbers, got {describe(given)}")
    return given


def _float32(name: str, given: NDArray[Any]) -> NDArray[np.float32]:
    """Return a copy in C order that nobody writes."""
    with np.errstate(over="ignore"):
        rounded = np.array(given, np.float32, order="C")
    finite = np.isfinite(rounded)
    if not finite.all():
        where = tuple(int(i) for i in np.unravel_index(int(finite.argmin()), given.shape))
        raise SpecError(f"Whiten: {name} must be finite in float32, and at {where} it is {given[where]}")
    rounded.flags.writeable = False
    return rounded


def _digest(matrix: NDArray[np.float32], mean: NDArray[np.float32]) -> str:
    hashed = blake2b(digest_size=16)
    for name, array in (("mean", mean), ("matrix", matrix)):
        hashed.update(f"{name} float32 {','.join(map(str, array.shape))};".encode("ascii"))
        hashed.update(array.astype("<f4", copy=False).data)
    return hashed.hexdigest()
