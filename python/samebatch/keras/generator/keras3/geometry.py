"""Geometry as Keras 3 composes and samples it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch import _native

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MODES: Final = ("nearest", "constant", "reflect", "wrap")
NATIVE: Final = ("uint8", "float32", "float64")


def matrix(params: Mapping[str, Any], height: int, width: int) -> NDArray[np.float64] | None:
    """Return the matrix, from output (row, column) to input (row, column), of shape (3, 3); None: nothing to do.

    The centre that Keras turns about is kept, with height and width in each other's place, and so is the order in which
    products are rounded.
    """
    parts = _parts(params)
    if not parts:
        return None
    product = parts[0]
    for part in parts[1:]:
        product = np.dot(product, part)
    x, y = float(height) / 2 - 0.5, float(width) / 2 - 0.5
    there = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    back = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]])
    product = np.dot(np.dot(there, product), back)
    swapped: NDArray[np.float64] = product[np.ix_([1, 0, 2], [1, 0, 2])]
    return swapped  # composed for (x, y), and used for (row, column)


def _parts(params: Mapping[str, Any]) -> list[NDArray[Any]]:
    theta, tx, ty = params.get("theta", 0), params.get("tx", 0), params.get("ty", 0)
    shear, zx, zy = params.get("shear", 0), params.get("zx", 1), params.get("zy", 1)
    parts = []
    if theta != 0:
        theta = np.deg2rad(theta)
        parts.append(np.array([[np.cos(theta), -np.sin(theta), 0], [np.sin(theta), np.cos(theta), 0], [0, 0, 1]]))
    if tx != 0 or ty != 0:
        parts.append(np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]]))
    if shear != 0:
        shear = np.deg2rad(shear)
        parts.append(np.array([[1, -np.sin(shear), 0], [0, np.cos(shear), 0], [0, 0, 1]]))
    if zx != 1 or zy != 1:
        parts.append(np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1]]))
    return parts


def sample(
    image: NDArray[Any],
    matrix: NDArray[np.float64],
    *,
    order: int,
    mode: str,
    cval: float,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return an image, (h, w, c), sampled at the matrix' places, as SciPy's ``affine_transform`` does each channel.

    Args:
        image: of any numeric dtype that SciPy takes.
        matrix: as :func:`matrix` returns it.
        order: of the spline; 0 and 1 are computed natively, others by SciPy.
        mode: of SciPy; "nearest", "constant", "reflect" and "wrap" are native.
        cval: what "constant" fills in.
        out: where to, of the image's shape and dtype.

    Raises:
        ImportError: SciPy is needed and not installed.
        RuntimeError: SciPy knows no such order, mode or dtype.
    """
    if order not in (0, 1) or mode not in MODES:
        return _by_scipy(image, matrix, order, mode, cval)
    linear, offset = np.ascontiguousarray(matrix[:2, :2]), np.ascontiguousarray(matrix[:2, 2])
    if image.dtype in NATIVE:
        return _native.affine(image, linear, offset, int(order), mode, float(cval), out)
    if image.dtype.kind not in "biu":
        raise RuntimeError(f"data type not supported: {image.dtype}; convert the image to float32")
    exact = _native.affine(image.astype(np.float64), linear, offset, int(order), mode, float(cval))
    return _whole(exact, image.dtype)


def _whole(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Round as SciPy does: a half away from zero, and truth values towards zero."""
    if dtype.kind == "b":
        return np.trunc(values).astype(dtype)
    limits = np.iinfo(dtype)
    rounded = np.trunc(np.where(values > 0, values + 0.5, values - 0.5 if limits.min else 0.0))
    return np.clip(rounded, limits.min, limits.max).astype(dtype)


def _by_scipy(image: NDArray[Any], matrix: NDArray[np.float64], order: int, mode: str, cval: float) -> NDArray[Any]:
    try:
        from scipy import ndimage  # noqa: PLC0415 (only rare arguments need it)
    except ModuleNotFoundError as error:
        if error.name not in ("scipy", "scipy.ndimage"):
            raise
        raise ImportError(
            f"interpolation_order={order} with fill_mode={mode!r} needs SciPy, which is missing: pip install scipy; "
            f"or use interpolation_order 0 or 1 with one of the fill modes {', '.join(MODES)}"
        ) from error
    linear, offset = matrix[:2, :2], matrix[:2, 2]
    channels = np.moveaxis(image, 2, 0)
    sampled = [ndimage.affine_transform(c, linear, offset, order=order, mode=mode, cval=cval) for c in channels]
    return np.stack(sampled, axis=-1)
