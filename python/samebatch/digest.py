"""The digest of a batch: one hash of its bytes, equal across frameworks, layouts and machines."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch.checks import Layout, describe, literal
from samebatch.errors import PixelError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMAGE_RANK = 3


def digest(
    x: Any,  # noqa: ANN401 (arrays of any framework)
    y: Any = None,  # noqa: ANN401
    weights: Any = None,  # noqa: ANN401
    *,
    layout: Layout = "channels_last",
) -> str:
    """Return the hash of images, labels and weights: BLAKE2b of 16 bytes, as 32 hexadecimal digits.

    Hashed are, for each of x, y and weights that is not None: the ASCII text ``"<name> <dtype> <shape>;"``, for
    example ``"x float32 64,224,224,3;"``, and then its values in C order, little-endian. x is brought to channels_last
    first, so a batch and its channels_first twin are equal; and so is a y of x's shape and dtype: images, as
    ``label_mode="input"`` gives them.

    Args:
        x: images, (..., height, width, channels) or (..., channels, height, width): a NumPy array or anything
            :func:`numpy.asarray` takes, or a PyTorch tensor. uint16 holds the bits of bfloat16, and counts as such.
        y: labels, or None.
        weights: weights of the samples, or None.
        layout: where x has its channels.

    Raises:
        SpecError: the layout is unknown.
        ShapeError: x is of rank below 3.
        PixelError: an array holds Python objects, which have no bytes of their own.
    """
    literal("layout", layout, Layout)
    dtype, images = _array("x", x)
    if images.ndim < IMAGE_RANK:
        raise ShapeError(f"x must have rank 3 or more (height, width, channels), got {describe(images)}")
    hashed = blake2b(digest_size=16)
    _add_images(hashed, "x", dtype, images, layout)
    for name, value in (("y", y), ("weights", weights)):
        if value is not None:
            kind, array = _array(name, value)
            like_x = name == "y" and (kind, array.shape) == (dtype, images.shape)
            _add_images(hashed, name, kind, array, layout) if like_x else _add(hashed, name, kind, array)
    return hashed.hexdigest()


def _array(name: str, value: Any) -> tuple[str, NDArray[Any]]:  # noqa: ANN401 (arrays of any framework)
    """Return the dtype's name and a NumPy array; a PyTorch tensor is told by its methods, so nothing is imported."""
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":  # NumPy has none; its bits are the upper half of a float32's
            return "bfloat16", (np.asarray(value.float()).view(np.uint32) >> np.uint32(16)).astype(np.uint16)
    array = np.asarray(value)
    if array.dtype.hasobject:
        raise PixelError(
            f"{name} has dtype {array.dtype}: Python objects have no bytes to hash; use numbers or strings"
        )
    return array.dtype.name, array


def _add_images(hashed: blake2b, name: str, dtype: str, images: NDArray[Any], layout: str) -> None:
    last = np.moveaxis(images, -3, -1) if layout == "channels_first" else images
    _add(hashed, name, "bfloat16" if dtype == "uint16" else dtype, last)


def _add(hashed: blake2b, name: str, dtype: str, array: NDArray[Any]) -> None:
    hashed.update(f"{name} {dtype} {','.join(map(str, array.shape))};".encode("ascii"))
    hashed.update(array.astype(array.dtype.newbyteorder("<"), order="C", copy=False).tobytes())
